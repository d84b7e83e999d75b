/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which source address and port the next active open uses: RFC 6056.
 *
 * The space is a range of consecutive source addresses times a range of ports. Addresses are taken
 * in turn; ports follow algorithm 4 of RFC 6056 (3.3.4): a keyed hash F of (local, remote, remote
 * port) gives each destination an offset that an outsider cannot guess, and one of a table of
 * counters, chosen by a keyed hash G of the destination, walks the range from there, so that a port
 * comes back only after all others did (oldest first). The caller tests each candidate against its
 * flow table and asks again, a bounded number of times.
 *
 * Where workers share ports, the range is walked by positions instead, which are this worker's
 * ports of it: port_share.h. Then the destination's version of IP must be that of the addresses.
 *
 * Not algorithm 3, with its one counter: a load generator that goes round 32 target ports would
 * then give each of them only every 32nd port.
 */
#ifndef TCT_TABLE_PORT_SPACE_H
#define TCT_TABLE_PORT_SPACE_H

#include <stdint.h>

#include "../base/siphash.h"
#include "../base/tuple.h"
#include "port_share.h"

#define PORT_SPACE_COUNTERS 256 /* destinations that share one give ports away to each other */

struct port_space_counter {
	uint32_t address; /* offset of the next one: the low digit */
	uint32_t round;	  /* full rounds over the addresses, modulo ports: the high digit */
};

/* Destinations met lately: what G() says of them. */
#define PORT_SPACE_MEMOS 64

struct port_space_memo {
	struct addr remote;
	rte_be16_t remote_port; /* 0: free */
	uint16_t counter;
};

struct port_space {
	struct addr first;	     /* first source address */
	uint32_t addresses;	     /* how many, >= 1 */
	uint32_t ports;		     /* how many, or positions; >= 1 */
	uint16_t port_min, port_max; /* host byte order */
	struct siphash_key key;
	struct port_space_counter counters[PORT_SPACE_COUNTERS];
	struct port_space_memo memos[PORT_SPACE_MEMOS];
	struct port_range_classes classes;
};

/* Prepares a space; 0, or -EINVAL (empty range, port 0, addresses beyond the family's low 32
 * bits). */
int port_space_init(struct port_space *s, const struct addr *first, uint32_t addresses,
		    uint16_t port_min, uint16_t port_max, const struct siphash_key *key);

/* Of the ports of a space that was prepared, the worker's only; 0, or -EINVAL: there is none. */
int port_space_share(struct port_space *s, const struct port_share *share);

/* Fills t->local and t->local_port with the next candidate for t's remote address and port. Port 0:
 * a position without a port; the next one may have one. */
void port_space_next(struct port_space *s, struct tuple *t);

/*
 * The same in two steps, so that a burst can hash all its tuples at once in between: the first sets
 * t->local, t->local_port to 0, and returns the place in the walk; F() is then tuple_hash() of t
 * with s->key; the second sets the port.
 */
uint32_t port_space_address(struct port_space *s, struct tuple *t);
void port_space_port(const struct port_space *s, struct tuple *t, uint32_t place, uint64_t f);

/* How many different (address, port) pairs there are. */
uint64_t port_space_size(const struct port_space *s);

#endif
