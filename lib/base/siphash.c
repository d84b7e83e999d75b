/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SipHash c-d (Aumasson and Bernstein, 2012), and the batch that hashes a burst's tuples.
 *
 * One SipHash is a chain of dependent additions, rotations and exclusive ors: alone it leaves most
 * of a core idle. So the batch runs LANES chains in step, one in each element of a vector
 * (siphash_lanes.h), compiled for three kinds of machine of which the running one is picked:
 * vectors of 64-bit words have no rotation before AVX-512, and are two words wide in the baseline.
 * Cycles per burst of 32 IPv4 tuples here: one by one 600, SSE2 570, AVX2 320, AVX-512 130.
 */
#include "siphash.h"

#include <rte_branch_prediction.h>
#include <rte_byteorder.h>
#include <rte_common.h>

#define LANES 8

/* Bytes of content: two addresses, and two ports. */
#define IP4_ADDRESSES 8
#define IP6_ADDRESSES 32
#define IP4_CONTENT   (IP4_ADDRESSES + 4)
#define IP6_CONTENT   (IP6_ADDRESSES + 4)

/* Two addresses, a number of 8 bytes and a byte: in words, of which the last has the length, too.
 */
#define IP4_MESSAGE	  (IP4_ADDRESSES + 9)
#define IP6_MESSAGE	  (IP6_ADDRESSES + 9)
#define IP4_MESSAGE_WORDS 3
#define IP6_MESSAGE_WORDS 6

/* Where a machine has less, compilers split the vector. */
typedef uint64_t lanes __attribute__((vector_size(LANES * sizeof(uint64_t))));

#define ROTATE(x, n) ((x) << (n) | (x) >> (64 - (n)))

#define INIT_V0 UINT64_C(0x736f6d6570736575)
#define INIT_V1 UINT64_C(0x646f72616e646f6d)
#define INIT_V2 UINT64_C(0x6c7967656e657261)
#define INIT_V3 UINT64_C(0x7465646279746573)

struct state {
	uint64_t v0, v1, v2, v3;
};

/* The paper's figure 2.1. */
static __rte_always_inline void
sipround(struct state *s)
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

static __rte_always_inline struct state
state_init(const struct siphash_key *key)
{
	return (struct state){
		.v0 = key->k0 ^ INIT_V0,
		.v1 = key->k1 ^ INIT_V1,
		.v2 = key->k0 ^ INIT_V2,
		.v3 = key->k1 ^ INIT_V3,
	};
}

static __rte_always_inline void
state_absorb(struct state *s, uint64_t word, int rounds)
{
	s->v3 ^= word;
	for (int i = 0; i < rounds; i++)
		sipround(s);
	s->v0 ^= word;
}

static __rte_always_inline uint64_t
state_finish(struct state *s, int rounds)
{
	s->v2 ^= 0xff;
	for (int i = 0; i < rounds; i++)
		sipround(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

static __rte_always_inline uint64_t
load_le64(const void *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return rte_le_to_cpu_64(word);
}

static __rte_always_inline uint32_t
load_le32(const void *p)
{
	uint32_t word;

	memcpy(&word, p, sizeof(word));
	return rte_le_to_cpu_32(word);
}

static __rte_always_inline uint64_t
siphash(const struct siphash_key *key, const void *data, size_t len, int c_rounds, int d_rounds)
{
	struct state s = state_init(key);
	const uint8_t *p = data;
	uint64_t last = (uint64_t)len << 56;
	size_t rest = len % 8;

	for (; len >= 8; len -= 8, p += 8)
		state_absorb(&s, load_le64(p), c_rounds);
	for (size_t i = 0; i < rest; i++)
		last |= (uint64_t)p[i] << 8 * i;
	state_absorb(&s, last, c_rounds);
	return state_finish(&s, d_rounds);
}

uint64_t
siphash24(const struct siphash_key *key, const void *data, size_t len)
{
	return siphash(key, data, len, 2, 4);
}

uint64_t
siphash13(const struct siphash_key *key, const void *data, size_t len)
{
	return siphash(key, data, len, 1, 3);
}

/* The content of an IPv4 tuple: local and remote address, then ports and length. */
static __rte_always_inline uint64_t
ip4_addresses(const struct tuple *t)
{
	return load_le32(&t->local.w32[3]) | (uint64_t)load_le32(&t->remote.w32[3]) << 32;
}

/* The last word: the ports if they count, and the length. */
static __rte_always_inline uint64_t
last_word(const struct tuple *t, bool ip4, bool ports)
{
	if (!ports)
		return (uint64_t)(ip4 ? IP4_ADDRESSES : IP6_ADDRESSES) << 56;
	return load_le32(&t->local_port) | (uint64_t)(ip4 ? IP4_CONTENT : IP6_CONTENT) << 56;
}

static __rte_always_inline uint64_t
hash_tuple(const struct siphash_key *key, const struct tuple *t, bool ports, int c_rounds,
	   int d_rounds)
{
	struct state s = state_init(key);
	bool ip4 = tuple_is_ip4(t);

	if (likely(ip4))
		state_absorb(&s, ip4_addresses(t), c_rounds);
	else
		for (unsigned i = 0; i < 4; i++)
			state_absorb(&s, load_le64((const uint8_t *)t + 8 * i), c_rounds);
	state_absorb(&s, last_word(t, ip4, ports), c_rounds);
	return state_finish(&s, d_rounds);
}

uint64_t
tuple_hash(const struct siphash_key *key, const struct tuple *t)
{
	return hash_tuple(key, t, true, 1, 3);
}

uint64_t
tuple_prf(const struct siphash_key *key, const struct tuple *t)
{
	return hash_tuple(key, t, true, 2, 4);
}

uint64_t
hosts_prf(const struct siphash_key *key, const struct tuple *t)
{
	return hash_tuple(key, t, false, 2, 4);
}

uint64_t
addresses_prf(const struct addresses_message *m)
{
	struct state s = state_init(m->key);
	const struct tuple *t = m->tuple;
	bool ip4 = tuple_is_ip4(t);

	if (likely(ip4))
		state_absorb(&s, ip4_addresses(t), 2);
	else
		for (unsigned i = 0; i < 4; i++)
			state_absorb(&s, load_le64((const uint8_t *)t + 8 * i), 2);
	state_absorb(&s, m->number, 2);
	state_absorb(&s, m->byte | (uint64_t)(ip4 ? IP4_MESSAGE : IP6_MESSAGE) << 56, 2);
	return state_finish(&s, 4);
}

#define BURST_MAX 32

/* Messages of as many words each, side by side. */
struct chains {
	uint64_t k0[BURST_MAX], k1[BURST_MAX];
	uint64_t words[IP6_MESSAGE_WORDS][BURST_MAX];
};

#define LANES_TARGET
#define LANES_NAME(name) name##_any
#include "siphash_lanes.h"
#undef LANES_TARGET
#undef LANES_NAME

#if defined(__x86_64__) && !defined(__AVX512VL__)
#define HAVE_AVX512	 __builtin_cpu_supports("avx512vl")
#define LANES_TARGET	 __attribute__((target("avx512f,avx512vl")))
#define LANES_NAME(name) name##_avx512
#include "siphash_lanes.h"
#undef LANES_TARGET
#undef LANES_NAME
#else
#define HAVE_AVX512   0
#define hash_avx512   hash_any
#define prf_avx512    prf_any
#define hosts_avx512  hosts_any
#define chains_avx512 chains_any
#endif

#if defined(__x86_64__) && !defined(__AVX2__)
#define HAVE_AVX2	 __builtin_cpu_supports("avx2")
#define LANES_TARGET	 __attribute__((target("avx2")))
#define LANES_NAME(name) name##_avx2
#include "siphash_lanes.h"
#undef LANES_TARGET
#undef LANES_NAME
#else
#define HAVE_AVX2   0
#define hash_avx2   hash_any
#define prf_avx2    prf_any
#define hosts_avx2  hosts_any
#define chains_avx2 chains_any
#endif

typedef void hash_lanes_fn(const struct siphash_key *key, const struct tuple *const t[LANES],
			   uint64_t hashes[LANES], bool ip4);

/* One of the functions: of a tuple, and of LANES of them. */
struct tuple_function {
	uint64_t (*one)(const struct siphash_key *key, const struct tuple *t);
	hash_lanes_fn *any, *avx2, *avx512;
};

static const struct tuple_function hash_function = {tuple_hash, hash_any, hash_avx2, hash_avx512};
static const struct tuple_function prf_function = {tuple_prf, prf_any, prf_avx2, prf_avx512};
static const struct tuple_function hosts_function = {hosts_prf, hosts_any, hosts_avx2,
						     hosts_avx512};

static __rte_always_inline void
hash_mixed(const struct tuple_function *f, const struct siphash_key *key,
	   const struct tuple *const t[], unsigned n, uint64_t hashes[])
{
	for (unsigned i = 0; i < n; i++)
		hashes[i] = f->one(key, t[i]);
}

static unsigned
count_ip4(const struct tuple *const t[LANES])
{
	unsigned ip4 = 0;

	for (int i = 0; i < LANES; i++)
		ip4 += tuple_is_ip4(t[i]);
	return ip4;
}

static __rte_always_inline void
hash_lanes(const struct tuple_function *f, const struct siphash_key *key,
	   const struct tuple *const t[LANES], uint64_t hashes[LANES])
{
	unsigned ip4 = count_ip4(t);

	if (ip4 != 0 && ip4 != LANES)
		hash_mixed(f, key, t, LANES, hashes);
	else if (HAVE_AVX512)
		f->avx512(key, t, hashes, ip4);
	else if (HAVE_AVX2)
		f->avx2(key, t, hashes, ip4);
	else
		f->any(key, t, hashes, ip4);
}

/* Fewer than LANES tuples: the last one fills the lanes that nobody needs. */
static __rte_always_inline void
hash_rest(const struct tuple_function *f, const struct siphash_key *key,
	  const struct tuple *const t[], unsigned n, uint64_t hashes[])
{
	const struct tuple *filled[LANES];
	uint64_t out[LANES];

	for (unsigned i = 0; i < LANES; i++)
		filled[i] = t[i < n ? i : n - 1];
	hash_lanes(f, key, filled, out);
	memcpy(hashes, out, n * sizeof(out[0]));
}

static __rte_always_inline void
hash_burst(const struct tuple_function *f, const struct siphash_key *key,
	   const struct tuple *const tuples[], unsigned n, uint64_t hashes[])
{
	unsigned done = 0;

	for (; n - done >= LANES; done += LANES)
		hash_lanes(f, key, tuples + done, hashes + done);
	if (n - done > 2)
		hash_rest(f, key, tuples + done, n - done, hashes + done);
	else
		hash_mixed(f, key, tuples + done, n - done, hashes + done);
}

void
tuple_hash_burst(const struct siphash_key *key, const struct tuple *const tuples[], unsigned n,
		 uint64_t hashes[])
{
	hash_burst(&hash_function, key, tuples, n, hashes);
}

void
tuple_prf_burst(const struct siphash_key *key, const struct tuple *const tuples[], unsigned n,
		uint64_t hashes[])
{
	hash_burst(&prf_function, key, tuples, n, hashes);
}

void
hosts_prf_burst(const struct siphash_key *key, const struct tuple *const tuples[], unsigned n,
		uint64_t hashes[])
{
	hash_burst(&hosts_function, key, tuples, n, hashes);
}

static __rte_always_inline void
chains_put(struct chains *c, unsigned chain, const struct addresses_message *m, bool ip4)
{
	const struct tuple *t = m->tuple;

	c->k0[chain] = m->key->k0;
	c->k1[chain] = m->key->k1;
	if (ip4)
		c->words[0][chain] = ip4_addresses(t);
	else
		for (unsigned i = 0; i < 4; i++)
			c->words[i][chain] = load_le64((const uint8_t *)t + 8 * i);
	c->words[ip4 ? 1 : 4][chain] = m->number;
	c->words[ip4 ? 2 : 5][chain] = m->byte | (uint64_t)(ip4 ? IP4_MESSAGE : IP6_MESSAGE) << 56;
}

static __rte_always_inline void
chains_run(const struct chains *c, unsigned first, unsigned words, uint64_t hashes[LANES])
{
	if (HAVE_AVX512)
		chains_avx512(c, first, words, hashes);
	else if (HAVE_AVX2)
		chains_avx2(c, first, words, hashes);
	else
		chains_any(c, first, words, hashes);
}

/* Those of one version; returns how many they are. All lie ready before the first are hashed: words
 * that were stored one by one and are loaded as vectors wait until the stores are done. One or two
 * are not worth the vectors. */
static __rte_always_inline unsigned
addresses_of_version(const struct addresses_message m[], unsigned n, uint64_t hashes[], bool ip4)
{
	unsigned words = ip4 ? IP4_MESSAGE_WORDS : IP6_MESSAGE_WORDS, count = 0;
	uint8_t of[BURST_MAX];
	uint64_t out[LANES];
	struct chains c;

	for (unsigned i = 0; i < n; i++) {
		if (tuple_is_ip4(m[i].tuple) != ip4)
			continue;
		chains_put(&c, count, &m[i], ip4);
		of[count++] = (uint8_t)i;
	}
	if (count <= 2) {
		for (unsigned i = 0; i < count; i++)
			hashes[of[i]] = addresses_prf(&m[of[i]]);
		return count;
	}
	for (unsigned i = count; i % LANES != 0; i++) /* lanes that nobody needs */
		chains_put(&c, i, &m[of[0]], ip4);
	for (unsigned done = 0; done < count; done += LANES) {
		chains_run(&c, done, words, out);
		for (unsigned i = done; i < RTE_MIN(count, done + LANES); i++)
			hashes[of[i]] = out[i - done];
	}
	return count;
}

void
addresses_prf_burst(const struct addresses_message m[], unsigned n, uint64_t hashes[])
{
	if (unlikely(addresses_of_version(m, n, hashes, true) != n))
		addresses_of_version(m, n, hashes, false);
}
