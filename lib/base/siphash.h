/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SipHash: the keyed hash of tuples (1-3) and the pseudo-random function of sequence numbers and
 * cookies (2-4). J.-P. Aumasson and D. J. Bernstein, "SipHash: a fast short-input PRF", 2012.
 *
 * The general function is the paper's, checked against its vectors. The batch function hashes the
 * tuples of a burst with SipHash-1-3 so that the compiler can interleave or vectorise the chains;
 * IPv4 tuples are hashed as 12 bytes of content, IPv6 ones as 36, so that both cost what they must.
 */
#ifndef TCT_BASE_SIPHASH_H
#define TCT_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

#include "tuple.h"

struct siphash_key {
	uint64_t k0, k1;
};

/* SipHash-2-4 of len bytes: 64 bits. */
uint64_t siphash24(const struct siphash_key *key, const void *data, size_t len);

/* SipHash-1-3 of len bytes: 64 bits. */
uint64_t siphash13(const struct siphash_key *key, const void *data, size_t len);

/* The flow hash of one tuple; the same value as tuple_hash_burst() gives. */
uint64_t tuple_hash(const struct siphash_key *key, const struct tuple *t);

/* SipHash-2-4 of a tuple: for what an outsider must not guess. Hashes the same content as
 * tuple_hash(), not the 36 bytes of the struct. */
uint64_t tuple_prf(const struct siphash_key *key, const struct tuple *t);

/* SipHash-2-4 of a tuple's addresses, without its ports: 8 bytes, or 32 of IPv6. */
uint64_t hosts_prf(const struct siphash_key *key, const struct tuple *t);

/* A tuple's addresses, and nine bytes more. */
struct addresses_message {
	const struct siphash_key *key;
	const struct tuple *tuple;
	uint64_t number;
	uint8_t byte;
};

/* SipHash-2-4 of 17 bytes, or 41 of IPv6: local address, remote address, the number's bytes, lowest
 * first, the byte. */
uint64_t addresses_prf(const struct addresses_message *m);

/* The flow hash of n tuples, n <= 32. tuples[i] must be readable; hashes[i] is written. */
void tuple_hash_burst(const struct siphash_key *key, const struct tuple *const tuples[], unsigned n,
		      uint64_t hashes[]);

/* tuple_prf() of n tuples, and hosts_prf(), likewise. */
void tuple_prf_burst(const struct siphash_key *key, const struct tuple *const tuples[], unsigned n,
		     uint64_t hashes[]);
void hosts_prf_burst(const struct siphash_key *key, const struct tuple *const tuples[], unsigned n,
		     uint64_t hashes[]);

/* addresses_prf() of n messages, n <= 32, each under its own key. */
void addresses_prf_burst(const struct addresses_message m[], unsigned n, uint64_t hashes[]);

#endif
