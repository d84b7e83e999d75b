/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Neighbour discovery (RFC 4861) as a host with configured addresses needs it: solicitations are
 * answered, advertisements update what was asked for, and duplicate address detection (RFC 4862)
 * goes before an address is used. Router advertisements and redirects are ignored: gateways are
 * configured, and nobody on the link can become one.
 */
#include "../wire/nd.h"

#include "internal.h"

#define MESSAGE_MAX 256 /* longer ones are nobody's: the options in use have 8 bytes */

static bool
read_nd(const struct packet *p, struct nd *nd)
{
	uint8_t buffer[MESSAGE_MAX];
	const uint8_t *bytes;

	if (p->payload_len > sizeof(buffer))
		return false;
	bytes = rte_pktmbuf_read(p->mbuf, p->payload_off, p->payload_len, buffer);
	return bytes != NULL &&
	       nd_parse(nd, bytes, p->payload_len, &p->tuple.remote, &p->tuple.local, p->ip_ttl);
}

/* A group's frame that we sent ourselves and a careless link gave back (RFC 4862 appendix A). */
static bool
is_own(const struct net *n, const struct packet *p, unsigned port)
{
	struct rte_ether_addr mac = frame_source(p);

	return rte_is_same_ether_addr(&mac, &n->ports[port].mac);
}

/* RFC 4861 7.2.4 */
static void
answer(struct net *n, struct packet *p, unsigned port, const struct nd *nd)
{
	struct addr asker = p->tuple.remote, all_nodes = nd_all_nodes();
	struct rte_ether_addr mac = nd->has_mac ? nd->mac : frame_source(p);
	uint8_t advert[ND_PACKET_LEN];
	unsigned len = nd_build_advert(advert, &nd->target, &asker, &n->ports[port].mac);

	if (nd->dad)
		mac = nd_group_mac(&all_nodes);
	frame_done(n, p);
	if (frame_send(n, port, &mac, RTE_ETHER_TYPE_IPV6, advert, len))
		net_count(n, COUNTER_ND_ADVERT_TX);
}

/* RFC 4861 7.2.3, RFC 4862 5.4.3 */
static void
solicit_input(struct net *n, struct packet *p, unsigned port, const struct nd *nd, uint64_t now_us)
{
	net_count(n, COUNTER_ND_SOLICIT_RX);
	if (local_is_tested(n, port, &nd->target)) {
		/* Two stations want it: neither gets it. Who only looks for it learns nothing. */
		if (nd->dad && !is_own(n, p, port))
			local_object(n, port, &nd->target);
		return;
	}
	if (!local_is_on(n, port, &nd->target)) {
		if (!nd->dad) /* a test of an address goes to all that share its group */
			net_count(n, COUNTER_DROP_ND);
		return;
	}
	if (!nd->dad && local_is_on(n, port, &p->tuple.remote))
		return;
	if (nd->has_mac && route_is_on_link(n, port, &p->tuple.remote))
		neighbour_heard(n, port, &p->tuple.remote, &nd->mac, true, now_us);
	answer(n, p, port, nd);
}

/* RFC 4861 7.2.5, on an entry that exists. An advertisement without a MAC means the one we know. */
static void
update(struct net *n, unsigned port, uint16_t hop, const struct nd *nd, uint64_t now_us)
{
	const struct neighbour *e = &n->neighbours.entries[hop];
	struct rte_ether_addr mac = nd->has_mac ? nd->mac : e->mac;
	bool known = n->ready[hop].len != 0;

	if (!known && !nd->has_mac)
		return;
	if (known && !nd->override && !neighbour_knows(n, hop, &mac))
		neighbour_doubted(n, hop, now_us);
	else if (nd->solicited)
		neighbour_answered(n, hop, &mac, now_us);
	else
		neighbour_heard(n, port, &nd->target, &mac, false, now_us);
}

static void
advert_input(struct net *n, struct packet *p, unsigned port, const struct nd *nd, uint64_t now_us)
{
	bool own = is_own(n, p, port);
	uint16_t hop;

	net_count(n, COUNTER_ND_ADVERT_RX);
	if (!own && local_object(n, port, &nd->target))
		return;
	if (local_is_on(n, port, &nd->target)) {
		n->counters->v[COUNTER_ARP_CONFLICT] += !own;
		return;
	}
	/* Also from our own MAC: net_tap gives the kernel's side the same one. */
	hop = neighbour_find(n, port, &nd->target);
	if (hop != NEIGHBOUR_NONE)
		update(n, port, hop, nd, now_us);
}

void
nd_input(struct net *n, struct packet *p, unsigned port, uint64_t now_us)
{
	struct nd nd;

	if (!read_nd(p, &nd))
		net_count(n, COUNTER_DROP_ND);
	else if (nd.type == ND_SOLICIT)
		solicit_input(n, p, port, &nd, now_us);
	else
		advert_input(n, p, port, &nd, now_us);
}

void
nd_announce(struct net *n, unsigned port, const struct addr *a)
{
	struct addr all_nodes = nd_all_nodes();
	struct rte_ether_addr mac = nd_group_mac(&all_nodes);
	uint8_t advert[ND_PACKET_LEN];
	unsigned len = nd_build_advert(advert, a, NULL, &n->ports[port].mac);

	if (frame_send(n, port, &mac, RTE_ETHER_TYPE_IPV6, advert, len))
		net_count(n, COUNTER_ND_ADVERT_TX);
}

static void
send_solicit(struct net *n, unsigned port, const struct rte_ether_addr *mac, const uint8_t *packet,
	     unsigned len)
{
	if (frame_send(n, port, mac, RTE_ETHER_TYPE_IPV6, packet, len))
		net_count(n, COUNTER_ND_SOLICIT_TX);
}

void
nd_solicit(struct net *n, unsigned port, const struct addr *source, const struct addr *target,
	   const struct rte_ether_addr *mac)
{
	struct addr group = nd_solicited_node(target);
	struct rte_ether_addr group_mac = nd_group_mac(&group);
	uint8_t packet[ND_PACKET_LEN];
	unsigned len = nd_build_solicit(packet, source, mac != NULL ? target : NULL, target,
					&n->ports[port].mac);

	send_solicit(n, port, mac != NULL ? mac : &group_mac, packet, len);
}

void
nd_test(struct net *n, unsigned port, const struct addr *target)
{
	struct addr group = nd_solicited_node(target);
	struct rte_ether_addr group_mac = nd_group_mac(&group);
	uint8_t packet[ND_PACKET_LEN];
	unsigned len = nd_build_dad(packet, target);

	send_solicit(n, port, &group_mac, packet, len);
}
