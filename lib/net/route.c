/* SPDX-License-Identifier: BSD-3-Clause */
#include "route.h"

#include "internal.h"

#define HINT_NONE HOP(0, HOP_REFLECT) /* an index like any other, whose entry is nobody's */

/* ---- set-up --------------------------------------------------------------------------------- */

/* Longer prefixes first; of the same length, in the order of the ports. */
static void
add_on_link(struct net *n, uint8_t range)
{
	const struct local *ranges = n->locals.ranges;
	struct routes *r = &n->routes;
	unsigned at = r->on_link_count++;

	for (; at > 0 && ranges[r->on_link[at - 1]].mask < ranges[range].mask; at--)
		r->on_link[at] = r->on_link[at - 1];
	r->on_link[at] = range;
}

static void
add_gateway(struct net *n, unsigned port, const struct tct_address *address, bool ip6)
{
	struct addr a = addr_from_ip6(address->bytes);

	if ((a.w64[0] | a.w64[1]) == 0)
		return;
	n->routes.gateways[n->routes.gateway_count++] = (struct gateway){
		.addr = a,
		.port = (uint8_t)port,
		.ip6 = ip6,
		.hop = HOP_NONE,
	};
}

void
routes_init(struct net *n, const struct net_port_config *ports)
{
	for (unsigned i = 0; i < ROUTE_HINTS; i++) {
		n->routes.hints[i] = HINT_NONE;
		n->routes.behind[i].hop = HOP_NONE;
	}
	for (unsigned i = 0; i < n->locals.count; i++)
		add_on_link(n, (uint8_t)i);
	for (unsigned port = 0; port < n->port_count; port++) {
		add_gateway(n, port, &ports[port].config->gateway4, false);
		add_gateway(n, port, &ports[port].config->gateway6, true);
	}
}

/* ---- which way ------------------------------------------------------------------------------ */

static bool
matches(const struct local *l, unsigned __int128 number)
{
	return ((number ^ l->first) & l->mask) == 0;
}

/*
 * The range on whose link the address is, NULL: on none. Where several ports have the same prefix
 * (all have fe80::/64), the one that has heard of the address goes first.
 */
static const struct local *
find_on_link(const struct net *n, const struct addr *a)
{
	const struct routes *r = &n->routes;
	unsigned __int128 number = addr_number(a);
	const struct local *found = NULL;

	for (unsigned i = 0; i < r->on_link_count; i++) {
		const struct local *l = &n->locals.ranges[r->on_link[i]];

		if (found != NULL && l->mask != found->mask)
			break;
		if (!matches(l, number))
			continue;
		if (n->port_count == 1 || neighbour_find(n, l->port, a) != NEIGHBOUR_NONE)
			return l;
		if (found == NULL)
			found = l;
	}
	return found;
}

static const struct gateway *
find_gateway(const struct net *n, bool ip6)
{
	const struct routes *r = &n->routes;

	for (unsigned i = 0; i < r->gateway_count; i++)
		if (r->gateways[i].ip6 == ip6)
			return &r->gateways[i];
	return NULL;
}

bool
route_is_on_link(const struct net *n, unsigned port, const struct addr *a)
{
	unsigned __int128 number = addr_number(a);

	for (unsigned i = 0; i < n->locals.count; i++)
		if (n->locals.ranges[i].port == port && matches(&n->locals.ranges[i], number))
			return true;
	return false;
}

/* ---- hops ----------------------------------------------------------------------------------- */

/* Its neighbour, held for good. */
static uint16_t
gateway_hop(struct net *n, const struct gateway *found, uint64_t now_us)
{
	struct gateway *g = &n->routes.gateways[found - n->routes.gateways];

	if (g->hop == HOP_NONE) {
		g->hop = neighbour_get(n, g->port, &g->addr, now_us);
		if (g->hop != HOP_NONE)
			neighbour_ref(n, g->hop);
	}
	return g->hop;
}

void
routes_warm(struct net *n, unsigned port, bool ip6, uint64_t now_us)
{
	const struct gateway *g = find_gateway(n, ip6);

	if (g != NULL && g->port == port)
		gateway_hop(n, g, now_us);
}

/* Anybody can make two addresses share a hint: then the second has to be looked up, no more. */
static unsigned
hint_index(const struct addr *a)
{
	uint64_t mixed = (a->w64[0] ^ a->w64[1]) * UINT64_C(0x9e3779b97f4a7c15);

	return mixed >> 56;
}

/* Routes never change, so that what was once found on a link is still there. */
static uint16_t
on_link_hop(struct net *n, const struct local *l, const struct addr *remote, uint64_t now_us)
{
	uint16_t hop = neighbour_get(n, l->port, remote, now_us);

	if (hop != HOP_NONE)
		n->routes.hints[hint_index(remote)] = hop;
	return hop;
}

/* Nothing that is behind a gateway will ever be on a link. */
static uint16_t
behind_gateway_hop(struct net *n, const struct gateway *g, const struct addr *remote,
		   uint64_t now_us)
{
	uint16_t hop = gateway_hop(n, g, now_us);

	if (hop != HOP_NONE)
		n->routes.behind[hint_index(remote)] = (struct route_behind){*remote, hop};
	return hop;
}

static __rte_noinline uint16_t
find_hop(struct net *n, const struct addr *remote, uint64_t now_us)
{
	const struct local *l;
	const struct gateway *g;

	if (!net_is_unicast(n, remote) || local_is_configured(n, remote))
		return HOP_NONE;
	l = find_on_link(n, remote);
	if (l != NULL)
		return on_link_hop(n, l, remote, now_us);
	g = find_gateway(n, !addr_is_ip4(remote));
	return g != NULL ? behind_gateway_hop(n, g, remote, now_us) : HOP_NONE;
}

static uint16_t
known_hop(const struct net *n, const struct addr *remote)
{
	unsigned i = hint_index(remote);
	uint16_t hop = n->routes.hints[i];

	if (hop != HINT_NONE && addr_equal(&n->neighbours.entries[hop].addr, remote))
		return hop;
	return addr_equal(&n->routes.behind[i].remote, remote) ? n->routes.behind[i].hop : HOP_NONE;
}

uint16_t
net_hop(struct net *n, const struct addr *remote, uint64_t now_us)
{
	uint16_t hop = known_hop(n, remote);

	if (unlikely(hop == HOP_NONE))
		hop = find_hop(n, remote, now_us);
	if (likely(hop != HOP_NONE))
		neighbour_ref(n, hop);
	return hop;
}

void
net_hop_release(struct net *n, uint16_t hop)
{
	if (hop < n->hops && HOP_NEIGHBOUR(hop) != HOP_REFLECT)
		neighbour_unref(n, hop);
}

uint16_t
net_hop_mtu(const struct net *n, uint16_t hop)
{
	return hop < n->hops ? n->ports[HOP_PORT(hop)].mtu : NET_MTU_MIN;
}

bool
net_hop_ready(const struct net *n, uint16_t hop)
{
	return hop < n->hops && n->ready[hop].len != 0;
}

/* ---- addresses ------------------------------------------------------------------------------ */

static bool
is_host_ip4(rte_be32_t ip)
{
	uint32_t host = rte_be_to_cpu_32(ip);
	uint8_t net = host >> 24;

	return net != 0 && net != 127 && net >> 4 != 14 && host != UINT32_MAX;
}

static bool
is_host_ip6(const struct addr *a)
{
	return a->b[0] != 0xff && !(a->w64[0] == 0 && rte_be_to_cpu_64(a->w64[1]) <= 1);
}

bool
net_is_unicast(const struct net *n, const struct addr *a)
{
	unsigned __int128 number = addr_number(a);

	if (!addr_is_ip4(a))
		return is_host_ip6(a);
	for (unsigned i = 0; i < n->locals.count; i++) {
		const struct local *l = &n->locals.ranges[i];

		if (matches(l, number) && local_is_broadcast(l, number))
			return false;
	}
	return is_host_ip4(a->w32[3]);
}

bool
net_source(const struct net *n, const struct addr *remote, struct addr *local)
{
	const struct local *l;
	const struct gateway *g;

	if (!net_is_unicast(n, remote) || local_is_configured(n, remote))
		return false;
	l = find_on_link(n, remote);
	if (l != NULL)
		return local_source(n, l->port, remote, true, local);
	g = find_gateway(n, !addr_is_ip4(remote));
	return g != NULL && local_source(n, g->port, remote, false, local);
}
