/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fragments of our own. TCP segments fit, always; only the reply to an echo request that came in
 * fragments has to be sent in fragments (RFC 1122 3.2.2.6, RFC 4443 4.2: all data comes back). The
 * pieces are copies: there are few, and neither chains nor shared buffers reach the port.
 */
#include <netinet/in.h>
#include <string.h>

#include <rte_ip.h>

#include "../wire/bytes.h"
#include "../wire/checksum.h"
#include "internal.h"

#define FRAGMENT_HEADER_LEN 8

/* A frame to be cut: everything before the payload is in the first segment. */
struct whole {
	const struct rte_mbuf *mbuf;
	uint16_t l2_len;
	uint16_t ip_len;
	uint32_t payload_len;
	uint32_t id;
	bool ip4;
};

/* The IPv4 header for len bytes from offset on; it was complete, with DF. */
static unsigned
patch_ip4(uint8_t *ip, const struct whole *w, uint32_t offset, uint32_t len, bool more)
{
	uint16_t checksum;

	put16(ip + 2, (uint16_t)(w->ip_len + len));
	put16(ip + 4, (uint16_t)w->id);
	put16(ip + 6, (uint16_t)(offset / 8 | (more ? RTE_IPV4_HDR_MF_FLAG : 0)));
	put16(ip + 10, 0);
	checksum = (uint16_t)~csum_fold(csum_bytes(0, ip, w->ip_len));
	memcpy(ip + 10, &checksum, sizeof(checksum));
	return w->ip_len;
}

/* The same for IPv6, with a fragment header behind it (RFC 8200 4.5). */
static unsigned
patch_ip6(uint8_t *ip, const struct whole *w, uint32_t offset, uint32_t len, bool more)
{
	uint8_t *header = ip + w->ip_len;

	header[0] = ip[6];
	header[1] = 0;
	put16(header + 2, (uint16_t)(offset | more));
	put32(header + 4, w->id);
	put16(ip + 4, (uint16_t)(FRAGMENT_HEADER_LEN + len));
	ip[6] = IPPROTO_FRAGMENT;
	return w->ip_len + FRAGMENT_HEADER_LEN;
}

static struct rte_mbuf *
cut(struct net *n, const struct whole *w, uint32_t offset, uint32_t len)
{
	struct rte_mbuf *m = tx_room(n->tx) ? tx_take(n->tx, 1) : NULL;
	bool more = offset + len < w->payload_len;
	unsigned headers = w->l2_len;
	const void *payload;
	uint8_t *frame;

	if (m == NULL)
		return NULL;
	frame = rte_pktmbuf_mtod(m, uint8_t *);
	memcpy(frame, rte_pktmbuf_mtod(w->mbuf, uint8_t *), w->l2_len + w->ip_len);
	headers += w->ip4 ? patch_ip4(frame + w->l2_len, w, offset, len, more)
			  : patch_ip6(frame + w->l2_len, w, offset, len, more);
	payload = rte_pktmbuf_read(w->mbuf, w->l2_len + w->ip_len + offset, len, frame + headers);
	if (payload != frame + headers)
		memcpy(frame + headers, payload, len);
	m->data_len = (uint16_t)(headers + len);
	m->pkt_len = m->data_len;
	return m;
}

bool
fragment_send(struct net *n, unsigned port, const struct rte_mbuf *m)
{
	struct whole w = {
		.mbuf = m,
		.l2_len = m->l2_len,
		.ip_len = m->l3_len,
		.payload_len = m->pkt_len - m->l2_len - m->l3_len,
		.id = n->fragment_id++,
		.ip4 = m->l3_len == sizeof(struct rte_ipv4_hdr),
	};
	uint32_t room = n->ports[port].mtu - w.ip_len - (w.ip4 ? 0 : FRAGMENT_HEADER_LEN);
	uint32_t step = RTE_ALIGN_FLOOR(room, 8);

	for (uint32_t offset = 0; offset < w.payload_len; offset += step) {
		uint32_t len = RTE_MIN(step, w.payload_len - offset);
		struct rte_mbuf *piece = cut(n, &w, offset, len);

		if (piece == NULL) {
			net_count(n, COUNTER_TX_NO_MBUF);
			return false;
		}
		tx_put(n->tx, piece, HOP(port, HOP_REFLECT));
	}
	return true;
}
