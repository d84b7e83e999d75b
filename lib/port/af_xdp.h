/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What net_af_xdp leaves to its user (DPDK 22.11). It tells the kernel where its buffers lie as if
 * they were packed: where something is left over at the end of each page, the last ones are never
 * sent (pool.h). A frame lies in a page with all that belongs to its buffer. Each queue takes
 * buffers to receive into, and forgets them when it is closed; what was sent it takes back when it
 * sends the next. And when there are not enough of them it refuses a queue and crashes when it is
 * closed. [control]
 */
#ifndef TCT_PORT_AF_XDP_H
#define TCT_PORT_AF_XDP_H

#include "port.h"

/* Whether it has room for its buffers, and they for it: mbufs for each of workers, of a frame of
 * buffer_mtu. 0 or -EINVAL, logged. */
int af_xdp_check(const struct port *p, unsigned workers, uint32_t mbufs, uint16_t buffer_mtu);

void af_xdp_stop(const struct port *p);

#endif
