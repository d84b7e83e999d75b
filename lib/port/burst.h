/* SPDX-License-Identifier: BSD-3-Clause */
/* Bursts of a port's queue, as ethdev has them: [the worker of that queue]. */
#ifndef TCT_PORT_BURST_H
#define TCT_PORT_BURST_H

#include <rte_ethdev.h>

#include "packet_socket.h"
#include "port.h"

static inline uint16_t
port_receive(const struct port *p, uint16_t queue, struct rte_mbuf *m[], uint16_t n)
{
	if (unlikely(p->packet != NULL))
		return packet_socket_receive(p->packet, p->mbufs, m, n);
	return rte_eth_rx_burst(p->id, queue, m, n);
}

static inline uint16_t
port_send(const struct port *p, uint16_t queue, struct rte_mbuf *m[], uint16_t n)
{
	if (unlikely(p->packet != NULL))
		return packet_socket_send(p->packet, m, n);
	return rte_eth_tx_burst(p->id, queue, m, n);
}

#endif
