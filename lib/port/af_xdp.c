/* SPDX-License-Identifier: BSD-3-Clause */
#include "af_xdp.h"

#include <errno.h>

#include <rte_ethdev.h>

#include "log.h"

#define RECEIVES 2048 /* buffers of a queue, whatever is asked for */
#define PAGE	 4096
/* In steps of lib/port/pool.c: three of 1024 bytes, without Ethernet's header, tags and FCS. */
#define MTU_MAX 3046

int
af_xdp_check(const struct port *p, unsigned workers, uint32_t mbufs, uint16_t buffer_mtu)
{
	uint32_t kept = RECEIVES * p->queues;

	if (buffer_mtu > MTU_MAX) {
		PORT_LOG(
			ERR,
			"%s: mtu %u, AF_XDP takes at most %u: a buffer lies in a page of %u bytes\n",
			p->name, buffer_mtu, MTU_MAX, PAGE);
		return -EINVAL;
	}
	if (mbufs * workers >= 2 * kept)
		return 0;
	PORT_LOG(ERR,
		 "%s: AF_XDP keeps %u packet buffers to receive into, and there are %u: "
		 "memory.mbufs has to be %u at least\n",
		 p->name, kept, mbufs * workers, (2 * kept + workers - 1) / workers);
	return -EINVAL;
}

void
af_xdp_stop(const struct port *p)
{
	for (uint16_t q = 0; q < p->queues; q++)
		rte_eth_tx_burst(p->id, q, NULL, 0);
	rte_eth_dev_stop(p->id);
}
