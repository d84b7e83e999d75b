/* SPDX-License-Identifier: BSD-3-Clause */
#include "sources.h"

#include "addresses.h"

static bool
has_port(const struct tct_config *lib, unsigned worker, unsigned workers, unsigned port)
{
	return workers > lib->port_count || port % workers == worker;
}

/* ---- the way to the target ------------------------------------------------------------------ */

/* Bits of the prefix that the target is in; -1: of none of the port's. */
static int
prefix_length(const struct tct_port_config *port, const struct tct_address *target)
{
	int longest = -1;

	for (unsigned i = 0; i < port->local_count; i++) {
		const struct tct_local *l = &port->locals[i];

		if (addresses_share_link(l, target) && l->prefix_len > longest)
			longest = l->prefix_len;
	}
	return longest;
}

static bool
has_gateway(const struct tct_port_config *port, const struct tct_address *target)
{
	return !address_is_none(address_is_ip4(target) ? &port->gateway4 : &port->gateway6);
}

static const struct tct_port_config *
way_to(const struct tct_config *lib, const struct tct_address *target, unsigned worker,
       unsigned workers)
{
	const struct tct_port_config *found = NULL;
	int longest = -1;

	for (unsigned i = 0; i < lib->port_count; i++) {
		const struct tct_port_config *port = &lib->ports[i];
		int length = prefix_length(port, target);

		if (!has_port(lib, worker, workers, i))
			continue;
		if (length > longest || (!found && has_gateway(port, target)))
			found = port;
		longest = length > longest ? length : longest;
	}
	return found;
}

/* ---- sources -------------------------------------------------------------------------------- */

static bool
is_local(const struct tct_config *lib, const struct tct_address *a, unsigned worker,
	 unsigned workers)
{
	for (unsigned p = 0; p < lib->port_count; p++)
		for (unsigned i = 0; i < lib->ports[p].local_count; i++)
			if (has_port(lib, worker, workers, p) &&
			    addresses_contain(&lib->ports[p].locals[i], a))
				return true;
	return false;
}

static unsigned
choose_given(const struct tct_config *lib, const struct load_config *load, unsigned worker,
	     unsigned workers, struct tct_local sources[TCT_MAX_LOCALS])
{
	bool ip4 = address_is_ip4(&load->target);
	unsigned all = 0, own = 0;

	for (unsigned i = 0; i < load->source_count; i++)
		if (address_is_ip4(&load->sources[i].first) == ip4 &&
		    is_local(lib, &load->sources[i].first, worker, workers))
			sources[own++] = load->sources[i];
	for (unsigned i = 0; i < load->source_count && own == 0; i++)
		if (address_is_ip4(&load->sources[i].first) == ip4)
			sources[all++] = load->sources[i];
	return own + all;
}

unsigned
sources_of(const struct tct_config *lib, const struct load_config *load, unsigned worker,
	   unsigned workers, struct tct_local sources[TCT_MAX_LOCALS])
{
	const struct tct_port_config *way = way_to(lib, &load->target, worker, workers);
	unsigned count = 0;

	if (load->source_count)
		return choose_given(lib, load, worker, workers, sources);
	for (unsigned i = 0; way && i < way->local_count; i++)
		if (address_is_ip4(&way->locals[i].first) == address_is_ip4(&load->target))
			sources[count++] = way->locals[i];
	return count;
}
