/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ports: ethdev set-up, the only room that includes rte_ethdev.h.
 *
 * A port is opened with a number of queue pairs, asked for what it can do (checksums, MTU,
 * allmulti), and started once its owner is ready to poll. A pair of in-memory ports is two rings
 * crossed (net_ring).
 */
#ifndef TCT_PORT_PORT_H
#define TCT_PORT_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>
#include <rte_mempool.h>

#include "../tercet.h"

struct port {
	uint16_t id; /* ethdev port id */
	uint16_t mtu;
	uint16_t queues;
	int socket;
	struct rte_ether_addr mac;
	struct rte_mempool *mbufs;
	bool tx_checksum; /* IPv4 and TCP checksums are written by hardware */
	bool rx_checksum; /* and verified */
	bool vlan_strip;
	bool linear_tx; /* must not be given chained mbufs (net_memif) */
	bool plugged;	/* hot-plugged by us: to be removed on close */
	char name[64];
};

/* Makes (or finds) the device, configures queues rx and tx queues and mbufs buffers. 0, -ENODEV,
 * -ENOMEM, -EINVAL (MTU, queues...); logged once at the cause with what to do next. */
int port_open(struct port *p, const struct tct_port_config *config, unsigned queues,
	      uint32_t mbufs);

/* Two in-memory ports joined back to back, one queue each: a's tx is b's rx. depth: packets in
 * flight each way. */
int port_open_pair(struct port *a, struct port *b, const char *name, uint32_t depth,
		   uint32_t mbufs);

int port_start(struct port *p);
void port_stop(struct port *p);
void port_close(struct port *p);

/* mbufs of the port's pool that are neither in the pool nor in its caches: held by somebody. 0 at
 * exit: no leak. */
unsigned port_mbufs_in_use(const struct port *p);

#endif
