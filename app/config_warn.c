/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a valid configuration says and cannot be meant: addresses of no host.
 *
 * A range that is written out, and not as a network, may hold the network's own or the broadcast
 * address of its prefix. It is accepted, for the others of it are good, but packets to these are
 * dropped (MUST-57), and nothing is opened from them (MUST-46).
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "addresses.h"
#include "config_warn.h"

#define HOST_BITS_MIN 2	 /* /31 and /32 have hosts only (RFC 3021) */
#define LOST_TEXT     96 /* two addresses, and words */

struct range {
	uint32_t first, last;
	unsigned host_bits;
};

static uint32_t
host_mask(const struct range *r)
{
	return (uint32_t)(((uint64_t)1 << r->host_bits) - 1);
}

static bool
is_no_host(const struct range *r, uint32_t address)
{
	uint32_t host = address & host_mask(r);

	return host == 0 || host == host_mask(r);
}

static uint64_t
count_lost(const struct range *r)
{
	uint64_t first = r->first, last = r->last;

	return ((last >> r->host_bits) - ((first + host_mask(r)) >> r->host_bits) + 1) +
	       (((last + 1) >> r->host_bits) - (first >> r->host_bits));
}

static const char *
ip4_format(uint32_t address, char text[INET_ADDRSTRLEN])
{
	struct in_addr in = {htonl(address)};

	return inet_ntop(AF_INET, &in, text, INET_ADDRSTRLEN);
}

static void
say_lost(const struct range *r, uint64_t lost, char text[LOST_TEXT])
{
	uint32_t from = is_no_host(r, r->first) ? r->first : r->first | host_mask(r);
	uint32_t to = is_no_host(r, r->last) ? r->last : r->last & ~host_mask(r);
	char a[INET_ADDRSTRLEN], b[INET_ADDRSTRLEN];

	ip4_format(from, a);
	ip4_format(to, b);
	if (lost == 1)
		snprintf(text, LOST_TEXT, "%s is no host's", a);
	else if (lost == 2)
		snprintf(text, LOST_TEXT, "%s and %s are no hosts'", a, b);
	else
		snprintf(text, LOST_TEXT, "%" PRIu64 " addresses from %s to %s are no hosts'", lost,
			 a, b);
}

/* Both ends without what is no host's. False if none is left, or more such are in between. */
static bool
trim(struct range *r)
{
	while (r->first <= r->last && is_no_host(r, r->first))
		r->first++;
	while (r->first <= r->last && is_no_host(r, r->last))
		r->last--;
	return r->first <= r->last && count_lost(r) == 0;
}

static void
say_wanted(struct range r, const struct tct_local *local, char text[ADDRESSES_TEXT])
{
	struct tct_local good = *local;
	uint32_t first = r.first;

	if (!trim(&r)) {
		snprintf(text, ADDRESSES_TEXT, "addresses of hosts, a range for each network,");
		return;
	}
	good.first = address_plus(&local->first, r.first - first);
	good.count = r.last - r.first + 1;
	addresses_format(&good, text);
}

static void
warn_local(const char *origin, unsigned port, unsigned n, const struct tct_local *local)
{
	char given[ADDRESSES_TEXT], lost_text[LOST_TEXT], wanted[ADDRESSES_TEXT];
	struct range r = {.host_bits = 32 - local->prefix_len};
	uint32_t low;
	uint64_t lost;

	if (!address_is_ip4(&local->first) || r.host_bits < HOST_BITS_MIN)
		return;
	memcpy(&low, local->first.bytes + 12, sizeof(low));
	r.first = ntohl(low);
	r.last = r.first + local->count - 1;
	lost = count_lost(&r);
	if (lost == 0)
		return;
	say_lost(&r, lost, lost_text);
	say_wanted(r, local, wanted);
	fprintf(stderr,
		"%s: warning: ports.%u.addresses.%u: %s given; %s (network, broadcast), packets "
		"there are dropped; %s wanted\n",
		origin, port, n, addresses_format(local, given), lost_text, wanted);
}

void
config_warn(const char *origin, const struct app_config *config)
{
	for (unsigned p = 0; p < config->lib.port_count; p++)
		for (unsigned i = 0; i < config->lib.ports[p].local_count; i++)
			warn_local(origin, p, i, &config->lib.ports[p].locals[i]);
}
