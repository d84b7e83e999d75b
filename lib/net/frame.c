/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "internal.h"

void
frame_done(struct net *n, struct packet *p)
{
	tx_release_packet(n->tx, p->mbuf);
	p->mbuf = NULL;
}

bool
frame_send(struct net *n, unsigned port, const struct rte_ether_addr *dst, uint16_t ethertype,
	   const void *bytes, unsigned len)
{
	const struct net_port *from = &n->ports[port];
	struct l2_header l2;
	struct rte_mbuf *m;
	char *frame;

	m = tx_room(n->tx) ? tx_take(n->tx, 1) : NULL;
	if (m == NULL) {
		net_count(n, COUNTER_TX_NO_MBUF);
		return false;
	}
	l2_build(&l2, dst, &from->mac, from->vlan, ethertype);
	frame = rte_pktmbuf_append(m, (uint16_t)(l2.len + len));
	memcpy(frame, l2.bytes, l2.len);
	memcpy(frame + l2.len, bytes, len);
	tx_put(n->tx, m, HOP(port, HOP_REFLECT));
	return true;
}

struct rte_ether_addr
frame_source(const struct packet *p)
{
	struct rte_ether_addr buffer, mac;

	/* In the first segment, nearly always. */
	memcpy(&mac, rte_pktmbuf_read(p->mbuf, RTE_ETHER_ADDR_LEN, sizeof(buffer), &buffer),
	       sizeof(mac));
	return mac;
}
