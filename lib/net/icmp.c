/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ICMP: echo requests are answered, within a limit that all peers share, and errors go to the
 * connection that they are about. Of RFC 5927's checks, those on addresses are made here (the error
 * came to the address that the packet it quotes was sent from, which is ours); the one on the
 * sequence number needs the connection. Nothing else is believed, redirects least of all.
 */
#include "../wire/icmp.h"

#include "../wire/bytes.h"
#include "internal.h"

/* ---- echo ----------------------------------------------------------------------------------- */

/* The headers are written in place: nobody else may look at them. */
static bool
is_ours_to_write(const struct rte_mbuf *m)
{
	return rte_mbuf_refcnt_read(m) == 1 && RTE_MBUF_DIRECT(m);
}

static bool
make_reply(struct net *n, const struct packet *p, unsigned port)
{
	const struct net_port *from = &n->ports[port];
	struct rte_ether_addr mac = frame_source(p);
	struct l2_header l2;

	if (!rte_is_valid_assigned_ether_addr(&mac) || !is_ours_to_write(p->mbuf))
		return false;
	l2_build(&l2, &mac, &from->mac, from->vlan,
		 p->ip_version == 4 ? RTE_ETHER_TYPE_IPV4 : RTE_ETHER_TYPE_IPV6);
	return icmp_echo_reply(p->mbuf, p, &p->tuple.local, &l2);
}

/* The buffer goes, or what has to be cut is copied. */
static bool
send_reply(struct net *n, struct packet *p, unsigned port)
{
	struct rte_mbuf *m = p->mbuf;

	if (m->pkt_len - m->l2_len > n->ports[port].mtu)
		return fragment_send(n, port, m);
	tx_put(n->tx, m, HOP(port, HOP_REFLECT));
	p->mbuf = NULL;
	return true;
}

static void
echo_input(struct net *n, struct packet *p, unsigned port, uint64_t now_us)
{
	net_count(n, COUNTER_ICMP_ECHO_RX);
	if (!rate_limit_take(&n->echo_limit, now_us)) {
		net_count(n, COUNTER_DROP_ICMP_LIMIT);
		return;
	}
	if (!tx_room(n->tx) || !make_reply(n, p, port))
		net_count(n, COUNTER_DROP_ICMP);
	else if (send_reply(n, p, port))
		net_count(n, COUNTER_ICMP_ECHO_TX);
}

/* ---- errors --------------------------------------------------------------------------------- */

/* RFC 1122 3.2.2.1: codes 0, 6 and 11 speak of the network. RFC 4443 3.1: code 0 is "no route". */
static enum icmp_error
soft_error(const struct icmp *i)
{
	if (i->ip_version == 4)
		return i->type == 3 && (i->code == 0 || i->code == 6 || i->code == 11)
			       ? ICMP_ERROR_SOFT_NET
			       : ICMP_ERROR_SOFT_HOST;
	return i->type == 1 && i->code == 0 ? ICMP_ERROR_SOFT_NET : ICMP_ERROR_SOFT_HOST;
}

static enum icmp_error
error_of(const struct icmp *i)
{
	switch (i->class) {
	case ICMP_HARD:
		return ICMP_ERROR_HARD;
	case ICMP_TOO_BIG:
		return ICMP_ERROR_TOO_BIG;
	default:
		return soft_error(i);
	}
}

/* The next smaller of RFC 1191 7.1's plateaus: routers older than it do not say their MTU. */
static uint16_t
plateau_below(uint16_t total_len)
{
	static const uint16_t plateaus[] = {32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296};

	for (unsigned i = 0; i < RTE_DIM(plateaus); i++)
		if (plateaus[i] < total_len)
			return plateaus[i];
	return 68;
}

/* Of the packet that the message quotes. */
static uint32_t
quoted_len(const struct icmp *i, const uint8_t *message)
{
	return i->ip_version == 4 ? get16(message + 8 + 2) : 40 + get16(message + 8 + 4);
}

/*
 * The MTU that an error asks for; 0: none that can be. No link is narrower than RFC 791's 68 bytes,
 * or RFC 8201's 1280, none that we use is wider than the port, and what was too big for it was
 * longer (RFC 5927 7.2).
 */
static uint16_t
error_mtu(const struct net *n, const struct icmp *i, const uint8_t *message, unsigned port)
{
	uint32_t least = i->ip_version == 4 ? 68 : NET_MTU_MIN;
	uint32_t len = quoted_len(i, message);
	uint32_t mtu = i->mtu;

	if (mtu == 0 && i->ip_version == 4)
		mtu = plateau_below((uint16_t)len);
	return mtu >= least && mtu < n->ports[port].mtu && mtu < len ? (uint16_t)mtu : 0;
}

static void
error_input(struct net *n, const struct packet *p, unsigned port, const struct icmp *i,
	    const uint8_t *message)
{
	uint16_t mtu = i->class == ICMP_TOO_BIG ? error_mtu(n, i, message, port) : 0;

	if (!addr_equal(&i->tuple.local, &p->tuple.local)) {
		net_count(n, COUNTER_DROP_ICMP_UNMATCHED);
		return;
	}
	if (i->class == ICMP_TOO_BIG && mtu == 0) {
		net_count(n, COUNTER_DROP_ICMP);
		return;
	}
	n->icmp_error(n->icmp_error_arg, &i->tuple, i->seq, error_of(i), mtu);
}

void
icmp_undelivered(struct net *n, const struct rte_mbuf *m)
{
	const uint8_t *ip = rte_pktmbuf_mtod(m, const uint8_t *);
	bool ip4 = ip[0] >> 4 == 4;
	const uint8_t *tcp = ip + (ip4 ? 20 : 40);
	struct tuple t;

	if (m->data_len < tcp - ip + 8u)
		return;
	t.local = ip4 ? addr_from_ip4(load32(ip + 12)) : addr_from_ip6(ip + 8);
	t.remote = ip4 ? addr_from_ip4(load32(ip + 16)) : addr_from_ip6(ip + 24);
	t.local_port = load16(tcp);
	t.remote_port = load16(tcp + 2);
	n->icmp_error(n->icmp_error_arg, &t, get32(tcp + 4), ICMP_ERROR_SOFT_HOST, 0);
}

/* ---- input ---------------------------------------------------------------------------------- */

static void
dispatch(struct net *n, struct packet *p, unsigned port, const uint8_t *message, unsigned len,
	 uint64_t now_us)
{
	struct icmp i;

	icmp_parse(&i, message, len, p->ip_version);
	if (i.class == ICMP_ND) {
		if (!net_hand_over(n, p, port))
			nd_input(n, p, port, now_us);
		return;
	}
	if (!local_is(n, &p->tuple.local)) {
		net_count(n, COUNTER_DROP_IP_DESTINATION);
		return;
	}
	switch (i.class) {
	case ICMP_ECHO_REQUEST:
		echo_input(n, p, port, now_us);
		break;
	case ICMP_SOFT:
	case ICMP_HARD:
	case ICMP_TOO_BIG:
		error_input(n, p, port, &i, message);
		break;
	case ICMP_SOURCE_QUENCH:
		net_count(n, COUNTER_ICMP_SOURCE_QUENCH);
		break;
	case ICMP_FOREIGN:
		net_count(n, COUNTER_DROP_ICMP_UNMATCHED);
		break;
	default:
		net_count(n, COUNTER_DROP_ICMP);
	}
}

void
icmp_input(struct net *n, struct packet *p, unsigned port, uint64_t now_us)
{
	uint8_t buffer[ICMP_PARSE_LEN];
	unsigned len = RTE_MIN(p->payload_len, ICMP_PARSE_LEN);
	const uint8_t *message = rte_pktmbuf_read(p->mbuf, p->payload_off, len, buffer);

	if (message == NULL)
		net_count(n, COUNTER_DROP_ICMP);
	else
		dispatch(n, p, port, message, len, now_us);
}
