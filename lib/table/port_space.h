/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which source address and port the next active open uses: RFC 6056.
 *
 * The space is a range of consecutive source addresses times a range of ports. Ports follow
 * algorithm 3 of RFC 6056 (3.3.3): a keyed hash of (local, remote, remote port) gives each
 * destination an offset that an outsider cannot guess, and a counter walks the range from there; so
 * a port comes back only after all others did (oldest first). Addresses are taken in turn. The caller tests each candidate
 * against its flow table and asks again, a bounded number of times.
 */
#ifndef TCT_TABLE_PORT_SPACE_H
#define TCT_TABLE_PORT_SPACE_H

#include <stdint.h>

#include "../base/siphash.h"
#include "../base/tuple.h"

struct port_space {
	struct addr first;    /* first source address */
	uint32_t addresses;   /* how many, >= 1 */
	uint16_t port_min;    /* host byte order */
	uint16_t port_max;    /* inclusive */
	struct siphash_key key;
	uint64_t counter;     /* candidates handed out */
};

/* Prepares a space; 0 or -EINVAL (empty range, address count beyond the family's low 32 bits). */
int port_space_init(struct port_space *s, const struct addr *first, uint32_t addresses,
		    uint16_t port_min, uint16_t port_max, const struct siphash_key *key);

/* Fills t->local and t->local_port with the next candidate for t's remote address and port. */
void port_space_next(struct port_space *s, struct tuple *t);

/* How many different (address, port) pairs there are. */
uint64_t port_space_size(const struct port_space *s);

#endif
