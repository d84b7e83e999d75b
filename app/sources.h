/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The addresses that a worker's connections come from: local ones of the port by which that worker
 * reaches the target, of the target's version.
 *
 * A worker has all ports where workers share them, else every `workers`-th from its own number on
 * (lib/engine/team.h); and of these it sends by the one with the longest prefix that the target is
 * in, else by the first with a gateway (lib/net/route.h).
 */
#ifndef TCT_APP_SOURCES_H
#define TCT_APP_SOURCES_H

#include "config.h"

/* Those among load's source addresses that the worker's ports have (all of them if that is none, so
 * that it is refused to connect from there), or if load has none, those of the port by which it
 * reaches the target. Returns how many there are; 0: the target is out of reach. */
unsigned sources_of(const struct tct_config *lib, const struct load_config *load, unsigned worker,
		    unsigned workers, struct tct_local sources[TCT_MAX_LOCALS]);

#endif
