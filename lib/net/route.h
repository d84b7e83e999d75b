/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Routes: the prefixes that are on the links, longest first, and each port's gateways.
 *
 * What is on no link goes to the first gateway of its version, in the order of the ports. There are
 * no routes in between: an endpoint is a host.
 */
#ifndef TCT_NET_ROUTE_H
#define TCT_NET_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/tuple.h"
#include "local.h"

struct net_port_config;

struct gateway {
	struct addr addr;
	uint8_t port;
	bool ip6;
	uint16_t hop; /* a reference to its neighbour, once used; HOP_NONE */
};

/* Which entry an on-link address has, as far as somebody remembers: the entry says if it is true.
 */
#define ROUTE_HINTS 256

/* An address that lies behind a gateway, whose hop is held for good. */
struct route_behind {
	struct addr remote; /* all zero: none */
	uint16_t hop;
};

struct routes {
	uint16_t hints[ROUTE_HINTS];
	struct route_behind behind[ROUTE_HINTS];
	uint8_t on_link[LOCALS_MAX]; /* ranges of struct locals, longest prefix first */
	unsigned on_link_count;
	struct gateway gateways[2 * TCT_MAX_PORTS];
	unsigned gateway_count;
};

void routes_init(struct net *n, const struct net_port_config *ports);

/* Asks for the gateways of the port, so that the first packet need not wait for them. */
void routes_warm(struct net *n, unsigned port, bool ip6, uint64_t now_us);

/* Whether the address is on the link of that port. */
bool route_is_on_link(const struct net *n, unsigned port, const struct addr *a);

#endif
