/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The Toeplitz hash of receive-side scaling: the XOR of those 32-bit windows of a key that begin at
 * the set bits of the input.
 *
 * It is linear, so that each byte of the input has a table of 256 contributions, and a tuple costs
 * a load for each of its 12 or 36 bytes. The input is what a NIC reads in a packet to us: source
 * and destination address, source and destination port, as on the wire.
 *
 * Linear also means that a bad key maps tuples that differ in few bits to few values. A key is
 * drawn until this cannot happen to what differs in practice: of any two bytes that vary among the
 * last of each address and those of the ports, all values of the low TOEPLITZ_EVEN_BITS of the hash
 * come equally often.
 */
#ifndef TCT_BASE_TOEPLITZ_H
#define TCT_BASE_TOEPLITZ_H

#include <stdbool.h>
#include <stdint.h>

#include "tuple.h"

#define TOEPLITZ_KEY_BYTES   40 /* what 36 bytes of input need */
#define TOEPLITZ_INPUT_BYTES 36
#define TOEPLITZ_EVEN_BITS   9 /* RETAs have 512 places at most here */

struct toeplitz {
	uint32_t table[TOEPLITZ_INPUT_BYTES][256];
};

void toeplitz_init(struct toeplitz *t, const uint8_t key[TOEPLITZ_KEY_BYTES]);

/*
 * Fills key with len (at least TOEPLITZ_KEY_BYTES) random bytes that make a good key. Symmetric: 16
 * bits, again and again, so that both directions of a connection have the same hash; then only the
 * two bytes of a port vary evenly. 0, or -EIO when there is no randomness.
 */
int toeplitz_key_draw(uint8_t *key, unsigned len, bool symmetric);

/* Of n bytes, at most TOEPLITZ_INPUT_BYTES. */
static inline uint32_t
toeplitz_bytes(const struct toeplitz *t, const uint8_t *bytes, unsigned n)
{
	uint32_t hash = 0;

	for (unsigned i = 0; i < n; i++)
		hash ^= t->table[i][bytes[i]];
	return hash;
}

/* Of bytes that follow at of others. */
static inline uint32_t
toeplitz_part(const struct toeplitz *t, unsigned at, const void *bytes, unsigned n)
{
	const uint8_t *b = bytes;
	uint32_t hash = 0;

	for (unsigned i = 0; i < n; i++)
		hash ^= t->table[at + i][b[i]];
	return hash;
}

/* Of a packet from the tuple's remote to its local side. */
static inline uint32_t
toeplitz_tuple(const struct toeplitz *t, const struct tuple *tuple)
{
	if (tuple_is_ip4(tuple))
		return toeplitz_part(t, 0, &tuple->remote.w32[3], 4) ^
		       toeplitz_part(t, 4, &tuple->local.w32[3], 4) ^
		       toeplitz_part(t, 8, &tuple->remote_port, 2) ^
		       toeplitz_part(t, 10, &tuple->local_port, 2);
	return toeplitz_part(t, 0, &tuple->remote, 16) ^ toeplitz_part(t, 16, &tuple->local, 16) ^
	       toeplitz_part(t, 32, &tuple->remote_port, 2) ^
	       toeplitz_part(t, 34, &tuple->local_port, 2);
}

/* The share of the local port in it: hashes with and without differ by this. port: host order. */
static inline uint32_t
toeplitz_local_port(const struct toeplitz *t, bool ip4, uint16_t port)
{
	rte_be16_t bytes = rte_cpu_to_be_16(port);

	return toeplitz_part(t, ip4 ? 10 : 34, &bytes, 2);
}

#endif
