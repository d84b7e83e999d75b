/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SipHash of LANES tuples in step, one chain in each element of a vector: 1-3 to find a flow by,
 * 2-4 for what an outsider must not guess. A part of siphash.c,
 * which includes it once for each kind of machine: LANES_TARGET names it to the compiler, and
 * LANES_NAME() to the linker. (Helpers must be compiled for the same machine as their caller, or
 * gcc splits their vectors before it inlines them.)
 */

struct LANES_NAME(state) {
	lanes v0, v1, v2, v3;
};

LANES_TARGET static __rte_always_inline void
LANES_NAME(round)(struct LANES_NAME(state) * s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = ROTATE(s->v1, 13) ^ s->v0;
	s->v3 = ROTATE(s->v3, 16) ^ s->v2;
	s->v0 = ROTATE(s->v0, 32);
	s->v2 += s->v1;
	s->v0 += s->v3;
	s->v1 = ROTATE(s->v1, 17) ^ s->v2;
	s->v3 = ROTATE(s->v3, 21) ^ s->v0;
	s->v2 = ROTATE(s->v2, 32);
}

LANES_TARGET static __rte_always_inline void
LANES_NAME(init)(struct LANES_NAME(state) * s, const struct siphash_key *key)
{
	const struct state one = state_init(key);

	s->v0 = (lanes){0} + one.v0;
	s->v1 = (lanes){0} + one.v1;
	s->v2 = (lanes){0} + one.v2;
	s->v3 = (lanes){0} + one.v3;
}

LANES_TARGET static __rte_always_inline void
LANES_NAME(absorb)(struct LANES_NAME(state) * s, const uint64_t words[LANES], int c_rounds)
{
	lanes w;

	memcpy(&w, words, sizeof(w));
	s->v3 ^= w;
	for (int i = 0; i < c_rounds; i++)
		LANES_NAME(round)(s);
	s->v0 ^= w;
}

LANES_TARGET static __rte_always_inline void
LANES_NAME(finish)(struct LANES_NAME(state) * s, uint64_t hashes[LANES], int d_rounds)
{
	s->v2 ^= (lanes){0} + 0xff;
	for (int i = 0; i < d_rounds; i++)
		LANES_NAME(round)(s);
	s->v0 ^= s->v1 ^ s->v2 ^ s->v3;
	memcpy(hashes, &s->v0, sizeof(s->v0));
}

LANES_TARGET static __rte_always_inline void
LANES_NAME(ip4)(const struct siphash_key *key, const struct tuple *const t[LANES],
		uint64_t hashes[LANES], bool ports, int c_rounds, int d_rounds)
{
	uint64_t addresses[LANES], last[LANES];
	struct LANES_NAME(state) s;

	for (int i = 0; i < LANES; i++) {
		addresses[i] = ip4_addresses(t[i]);
		last[i] = last_word(t[i], true, ports);
	}
	LANES_NAME(init)(&s, key);
	LANES_NAME(absorb)(&s, addresses, c_rounds);
	LANES_NAME(absorb)(&s, last, c_rounds);
	LANES_NAME(finish)(&s, hashes, d_rounds);
}

LANES_TARGET static __rte_always_inline void
LANES_NAME(ip6)(const struct siphash_key *key, const struct tuple *const t[LANES],
		uint64_t hashes[LANES], bool ports, int c_rounds, int d_rounds)
{
	uint64_t words[LANES];
	struct LANES_NAME(state) s;

	LANES_NAME(init)(&s, key);
	for (unsigned word = 0; word < 4; word++) {
		for (int i = 0; i < LANES; i++)
			words[i] = load_le64((const uint8_t *)t[i] + 8 * word);
		LANES_NAME(absorb)(&s, words, c_rounds);
	}
	for (int i = 0; i < LANES; i++)
		words[i] = last_word(t[i], false, ports);
	LANES_NAME(absorb)(&s, words, c_rounds);
	LANES_NAME(finish)(&s, hashes, d_rounds);
}

/* Tuples of one version. */
LANES_TARGET static __rte_always_inline void
LANES_NAME(tuples)(const struct siphash_key *key, const struct tuple *const t[LANES],
		   uint64_t hashes[LANES], bool ip4, bool ports, int c_rounds, int d_rounds)
{
	if (likely(ip4))
		LANES_NAME(ip4)(key, t, hashes, ports, c_rounds, d_rounds);
	else
		LANES_NAME(ip6)(key, t, hashes, ports, c_rounds, d_rounds);
}

LANES_TARGET static void
LANES_NAME(hash)(const struct siphash_key *key, const struct tuple *const t[LANES],
		 uint64_t hashes[LANES], bool ip4)
{
	LANES_NAME(tuples)(key, t, hashes, ip4, true, 1, 3);
}

LANES_TARGET static void
LANES_NAME(prf)(const struct siphash_key *key, const struct tuple *const t[LANES],
		uint64_t hashes[LANES], bool ip4)
{
	LANES_NAME(tuples)(key, t, hashes, ip4, true, 2, 4);
}

LANES_TARGET static void
LANES_NAME(hosts)(const struct siphash_key *key, const struct tuple *const t[LANES],
		  uint64_t hashes[LANES], bool ip4)
{
	LANES_NAME(tuples)(key, t, hashes, ip4, false, 2, 4);
}

/* SipHash-2-4 of words that lie ready, under a key for each chain. */
LANES_TARGET static void
LANES_NAME(chains)(const struct chains *c, unsigned first, unsigned words, uint64_t hashes[LANES])
{
	struct LANES_NAME(state) s;
	lanes k0, k1;

	memcpy(&k0, c->k0 + first, sizeof(k0));
	memcpy(&k1, c->k1 + first, sizeof(k1));
	s.v0 = k0 ^ INIT_V0;
	s.v1 = k1 ^ INIT_V1;
	s.v2 = k0 ^ INIT_V2;
	s.v3 = k1 ^ INIT_V3;
	for (unsigned i = 0; i < words; i++)
		LANES_NAME(absorb)(&s, c->words[i] + first, 2);
	LANES_NAME(finish)(&s, hashes, 4);
}
