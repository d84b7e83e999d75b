/* SPDX-License-Identifier: BSD-3-Clause */
#include "sides.h"

#include <stdio.h>

#include "addresses.h"

bool
sides_are_given(const struct app_config *config)
{
	for (unsigned i = 0; i < config->lib.port_count; i++)
		if (config->sides[i] != SIDE_ANY)
			return true;
	return false;
}

void
sides_config(const struct app_config *config, enum port_side side, struct tct_config *lib)
{
	*lib = config->lib;
	lib->port_count = 0;
	for (unsigned i = 0; i < config->lib.port_count; i++)
		if (config->sides[i] == side)
			lib->ports[lib->port_count++] = config->lib.ports[i];
}

void
sides_need(const struct app_config *config, struct memory_need *need)
{
	struct memory_need servers;
	struct tct_config lib;

	if (!sides_are_given(config)) {
		memory_need(&config->lib, need);
		return;
	}
	sides_config(config, SIDE_SERVER, &lib);
	memory_need(&lib, &servers);
	sides_config(config, SIDE_CLIENT, &lib);
	memory_need(&lib, need);
	need->mbufs += servers.mbufs;
	need->total += servers.total;
}

bool
sides_own(const struct app_config *config, enum port_side side, const struct tct_address *a)
{
	for (unsigned p = 0; p < config->lib.port_count; p++) {
		const struct tct_port_config *port = &config->lib.ports[p];

		for (unsigned i = 0; i < port->local_count; i++)
			if ((config->sides[p] == side || config->sides[p] == SIDE_ANY) &&
			    addresses_contain(&port->locals[i], a))
				return true;
	}
	return false;
}

static bool
has_side(const struct app_config *config, enum port_side side)
{
	for (unsigned i = 0; i < config->lib.port_count; i++)
		if (config->sides[i] == side)
			return true;
	return false;
}

int
sides_check(const struct app_config *config, struct document *d, char error[CONFIG_ERROR_CHARS])
{
	unsigned last = config->lib.port_count - 1;
	char path[32];

	if (!sides_are_given(config))
		return 0;
	for (unsigned i = 0; i <= last; i++) {
		snprintf(path, sizeof(path), "ports.%u.side", i);
		if (config->sides[i] == SIDE_ANY)
			return document_complain(
				d, path, error,
				"missing; client or server wanted, as other ports have a side");
	}
	if (!has_side(config, SIDE_SERVER))
		return document_complain(d, path, error,
					 "client, as are all; a port with side: server wanted");
	if (!has_side(config, SIDE_CLIENT))
		return document_complain(d, "ports.0.side", error,
					 "server, as are all; a port with side: client wanted");
	return 0;
}
