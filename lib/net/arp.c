/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ARP (RFC 826) with what experience has added: nothing is learned from replies that were not asked
 * for, nor from anybody who is not on the link; requests to us teach us who asks, since an answer
 * is about to go there; everything else can only correct an entry that exists. A correction is not
 * believed for long: the entry is asked for, by unicast, when it is used next.
 */
#include "../wire/arp.h"

#include "internal.h"

static const struct rte_ether_addr everybody = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

static bool
read_arp(const struct packet *p, struct arp *arp)
{
	uint8_t buffer[ARP_LEN];
	const uint8_t *bytes = rte_pktmbuf_read(p->mbuf, p->l2_len, ARP_LEN, buffer);

	return bytes != NULL && arp_parse(arp, bytes, ARP_LEN);
}

/* What the sender says about itself, unless it is a probe, whose sender has no address. */
static void
learn(struct net *n, unsigned port, const struct arp *arp, bool to_us, uint64_t now_us)
{
	struct addr sender = addr_from_ip4(arp->sender_ip);
	uint16_t hop;

	if (!net_is_unicast(n, &sender) || !route_is_on_link(n, port, &sender))
		return;
	hop = neighbour_find(n, port, &sender);
	if (to_us && arp->op == ARP_REPLY && hop != NEIGHBOUR_NONE && neighbour_is_asked(n, hop))
		neighbour_answered(n, hop, &arp->sender_mac, now_us);
	else
		neighbour_heard(n, port, &sender, &arp->sender_mac, to_us && arp->op == ARP_REQUEST,
				now_us);
}

static void
answer(struct net *n, struct packet *p, unsigned port, const struct arp *request)
{
	uint8_t reply[ARP_LEN];
	unsigned len = arp_build_reply(reply, request, &n->ports[port].mac);

	frame_done(n, p);
	if (frame_send(n, port, &request->sender_mac, RTE_ETHER_TYPE_ARP, reply, len))
		net_count(n, COUNTER_ARP_REPLY_TX);
}

void
arp_input(struct net *n, struct packet *p, unsigned port, uint64_t now_us)
{
	struct addr sender, target;
	struct arp arp;
	bool to_us;

	if (!read_arp(p, &arp)) {
		net_count(n, COUNTER_DROP_ARP);
		return;
	}
	net_count(n, arp.op == ARP_REQUEST ? COUNTER_ARP_REQUEST_RX : COUNTER_ARP_REPLY_RX);
	sender = addr_from_ip4(arp.sender_ip);
	target = addr_from_ip4(arp.target_ip);
	if (local_is_on(n, port, &sender)) {
		/* Our own, come back, is no conflict. */
		if (!rte_is_same_ether_addr(&arp.sender_mac, &n->ports[port].mac))
			net_count(n, COUNTER_ARP_CONFLICT);
		return;
	}
	to_us = local_is_on(n, port, &target);
	learn(n, port, &arp, to_us, now_us);
	if (to_us && arp.op == ARP_REQUEST)
		answer(n, p, port, &arp);
	else if (!to_us && !arp_is_gratuitous(&arp))
		net_count(n, COUNTER_DROP_ARP);
}

void
arp_announce(struct net *n, unsigned port, const struct addr *a)
{
	uint8_t request[ARP_LEN];
	unsigned len = arp_build_announce(request, &n->ports[port].mac, a->w32[3]);

	if (frame_send(n, port, &everybody, RTE_ETHER_TYPE_ARP, request, len))
		net_count(n, COUNTER_ARP_REQUEST_TX);
}

void
arp_solicit(struct net *n, unsigned port, const struct addr *source, const struct addr *target,
	    const struct rte_ether_addr *mac)
{
	uint8_t request[ARP_LEN];
	unsigned len =
		arp_build_request(request, &n->ports[port].mac, source->w32[3], target->w32[3]);

	if (frame_send(n, port, mac != NULL ? mac : &everybody, RTE_ETHER_TYPE_ARP, request, len))
		net_count(n, COUNTER_ARP_REQUEST_TX);
}
