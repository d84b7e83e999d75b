/* SPDX-License-Identifier: BSD-3-Clause */
/* In-memory ports: two rings crossed (net_ring). */
#ifndef TCT_PORT_PAIR_H
#define TCT_PORT_PAIR_H

#include "port.h"

/*
 * Two in-memory ports joined back to back, one queue each: a's tx is b's rx. depth: packets in
 * flight each way, rounded up to 2^n - 1. mbufs: buffers of each port; they travel: either side may
 * free the other's. The MTU is that of both. name: at most 16 characters, unique in the process;
 * the devices are net_ring_NAMEa and net_ring_NAMEb.
 */
int port_open_pair(struct port *a, struct port *b, const char *name, uint32_t depth, uint32_t mbufs,
		   uint16_t mtu);

#endif
