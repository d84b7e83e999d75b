/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Deviations from RFC 4862: no random delay before the tests (5.4.2), since whoever starts a load
 * generator waits for it; and no MLD report for the solicited-node groups (5.4.2): a switch that
 * snoops MLD must flood neighbour discovery. A link-local address that is somebody else's is not
 * used, but the port goes on with its other addresses (5.4.5 would have it stop).
 */
#include "local.h"

#include <string.h>

#include "internal.h"

#define SENDS_STEP 8 /* tests and announcements per call */

/* ---- set-up --------------------------------------------------------------------------------- */

static unsigned __int128
prefix_mask(unsigned len)
{
	return len == 0 ? 0 : ~(unsigned __int128)0 << (128 - len);
}

static void
add(struct net *n, unsigned port, const struct tct_local *config)
{
	struct addr first = addr_from_ip6(config->first.bytes);
	bool ip6 = !addr_is_ip4(&first);
	unsigned __int128 mask = prefix_mask(config->prefix_len + (ip6 ? 0 : 96));

	n->locals.ranges[n->locals.count++] = (struct local){
		.first = addr_number(&first),
		.mask = mask,
		.broadcast = ip6 || config->prefix_len >= 31 ? 0 : ~mask,
		.count = config->count,
		.port = (uint8_t)port,
		.ip6 = ip6,
		.link_local = ip6 && first.b[0] == 0xfe && (first.b[1] & 0xc0) == 0x80,
	};
}

/* fe80::/64 with the MAC as modified EUI-64 (RFC 4291 2.5.6 and appendix A). */
static void
add_link_local(struct net *n, unsigned port)
{
	const uint8_t *mac = n->ports[port].mac.addr_bytes;
	const struct tct_local local = {
		.first = {{0xfe, 0x80, 0, 0, 0, 0, 0, 0, mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe,
			   mac[3], mac[4], mac[5]}},
		.count = 1,
		.prefix_len = 64,
	};

	add(n, port, &local);
}

void
locals_init(struct net *n, const struct net_port_config *ports)
{
	for (unsigned port = 0; port < n->port_count; port++) {
		const struct tct_port_config *config = ports[port].config;
		bool ip6 = false, link_local = false;

		for (unsigned i = 0; i < config->local_count; i++) {
			const struct local *l = &n->locals.ranges[n->locals.count];

			add(n, port, &config->locals[i]);
			ip6 |= l->ip6;
			link_local |= l->link_local;
		}
		if (ip6 && !link_local)
			add_link_local(n, port);
	}
}

/* ---- whose address -------------------------------------------------------------------------- */

static bool
holds(const struct local *l, unsigned __int128 number, uint32_t *index)
{
	unsigned __int128 distance = number - l->first;

	*index = (uint32_t)distance;
	return distance < l->count && !local_is_broadcast(l, number);
}

static bool
has_failed(const struct local *l, uint32_t index)
{
	return index < LOCAL_TESTED && (l->failed >> index & 1);
}

bool
local_is(const struct net *n, const struct addr *a)
{
	unsigned __int128 number = addr_number(a);
	uint32_t index;

	for (unsigned i = 0; i < n->locals.count; i++) {
		const struct local *l = &n->locals.ranges[i];

		if (holds(l, number, &index) && local_is_usable(l) && !has_failed(l, index))
			return true;
	}
	return false;
}

/* The range of the port that the address is in. */
static const struct local *
find_on(const struct net *n, unsigned port, const struct addr *a, uint32_t *index)
{
	unsigned __int128 number = addr_number(a);

	for (unsigned i = 0; i < n->locals.count; i++) {
		const struct local *l = &n->locals.ranges[i];

		if (l->port == port && holds(l, number, index))
			return l;
	}
	return NULL;
}

bool
local_is_on(const struct net *n, unsigned port, const struct addr *a)
{
	uint32_t index;
	const struct local *l = find_on(n, port, a, &index);

	return l != NULL && local_is_usable(l) && !has_failed(l, index);
}

bool
local_is_configured(const struct net *n, const struct addr *a)
{
	unsigned __int128 number = addr_number(a);
	uint32_t index;

	for (unsigned i = 0; i < n->locals.count; i++)
		if (holds(&n->locals.ranges[i], number, &index))
			return true;
	return false;
}

static bool
is_tested(const struct local *l, uint32_t index)
{
	return l->ip6 && !local_is_usable(l) && !has_failed(l, index);
}

bool
local_is_tested(const struct net *n, unsigned port, const struct addr *a)
{
	uint32_t index;
	const struct local *l = find_on(n, port, a, &index);

	return l != NULL && is_tested(l, index);
}

bool
local_object(struct net *n, unsigned port, const struct addr *a)
{
	uint32_t index = LOCAL_TESTED;
	const struct local *l = find_on(n, port, a, &index);

	if (l == NULL || index >= LOCAL_TESTED || !is_tested(l, index))
		return false;
	n->locals.ranges[l - n->locals.ranges].failed |= (uint16_t)(1u << index);
	news_of_local(n, (unsigned)(l - n->locals.ranges));
	net_count(n, COUNTER_ND_DAD_FAILED);
	return true;
}

/* ---- what to speak from --------------------------------------------------------------------- */

/* The first address of the range that names a host and is ours. */
static bool
first_usable(const struct local *l, struct addr *a)
{
	uint32_t tries = RTE_MIN(l->count, LOCAL_TESTED + 2u);

	if (!local_is_usable(l))
		return false;
	for (uint32_t i = 0; i < tries; i++) {
		if (!has_failed(l, i) && !local_is_broadcast(l, l->first + i)) {
			*a = addr_of_number(l->first + i);
			return true;
		}
	}
	return false;
}

bool
local_source(const struct net *n, unsigned port, const struct addr *remote, bool on_link,
	     struct addr *local)
{
	unsigned __int128 number = addr_number(remote);
	bool found = false;
	struct addr a;

	for (unsigned i = 0; i < n->locals.count; i++) {
		const struct local *l = &n->locals.ranges[i];

		if (l->port != port || l->ip6 == addr_is_ip4(remote) ||
		    (l->link_local && !on_link) || !first_usable(l, &a))
			continue;
		if (!found || ((number ^ l->first) & l->mask) == 0)
			*local = a;
		if (((number ^ l->first) & l->mask) == 0)
			return true;
		found = true;
	}
	return found;
}

/* ---- tests and announcements ---------------------------------------------------------------- */

void
locals_start(struct net *n)
{
	n->locals.busy = 0;
	n->locals.busy_ip4 = 0;
	for (unsigned i = 0; i < n->locals.count; i++) {
		struct local *l = &n->locals.ranges[i];

		l->phase = l->ip6 && !n->ports[l->port].paired ? LOCAL_TEST : LOCAL_ANNOUNCE;
		l->next = 0;
		l->failed = 0;
		locals_count(&n->locals, l, 1);
		news_of_local(n, i);
	}
}

void
locals_announce(struct net *n, unsigned port)
{
	for (unsigned i = 0; i < n->locals.count; i++) {
		struct local *l = &n->locals.ranges[i];

		if (l->port != port || l->phase != LOCAL_DONE)
			continue;
		l->phase = LOCAL_ANNOUNCE;
		l->next = 0;
		locals_count(&n->locals, l, 1);
	}
}

static void
send_one(struct net *n, const struct local *l)
{
	struct addr a = addr_of_number(l->first + l->next);

	if (has_failed(l, l->next) || local_is_broadcast(l, l->first + l->next))
		return;
	if (l->phase == LOCAL_TEST)
		nd_test(n, l->port, &a);
	else if (l->ip6)
		nd_announce(n, l->port, &a);
	else
		arp_announce(n, l->port, &a);
}

static void
next_phase(struct net *n, struct local *l, uint64_t now_us)
{
	l->phase++;
	l->next = 0;
	if (l->phase == LOCAL_WAIT)
		l->due_us = now_us + LOCAL_DAD_US;
	news_of_local(n, (unsigned)(l - n->locals.ranges));
	if (l->phase != LOCAL_DONE)
		return;
	locals_count(&n->locals, l, -1);
	routes_warm(n, l->port, l->ip6, now_us);
}

/* Sends for the range's next address; false: nothing to be sent now. */
static bool
advance(struct net *n, struct local *l, uint64_t now_us)
{
	switch (l->phase) {
	case LOCAL_TEST:
	case LOCAL_ANNOUNCE:
		send_one(n, l);
		if (++l->next >= RTE_MIN(l->count, LOCAL_TESTED))
			next_phase(n, l, now_us);
		return true;
	case LOCAL_WAIT:
		if (now_us >= l->due_us)
			next_phase(n, l, now_us);
		return false;
	default:
		return false;
	}
}

void
locals_timers(struct net *n, uint64_t now_us)
{
	unsigned sends = 0;

	for (unsigned i = 0; i < n->locals.count && n->locals.busy != 0; i++)
		while (sends < SENDS_STEP && advance(n, &n->locals.ranges[i], now_us))
			sends++;
}
