/* SPDX-License-Identifier: BSD-3-Clause */
#include "checksum.h"

#include <netinet/in.h>

#include <rte_branch_prediction.h>
#include <rte_byteorder.h>
#include <rte_common.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Up to here a chain of additions with carry is as fast as vectors, which take a while to start. */
#define SHORT 128

/* The last 0 to 7 bytes, as if zeros followed. */
static __rte_always_inline uint64_t
load_rest(const uint8_t *p, size_t len)
{
	uint64_t word = 0;

	if (len & 4) {
		word = load32(p);
		p += 4;
	}
	if (len & 2) {
		word += (uint64_t)load16(p) << (len & 4) * 8;
		p += 2;
	}
	if (len & 1)
		word += (uint64_t)*p << (len & 6) * 8;
	return word;
}

/*
 * The sum of len bytes, a multiple of 64 and at most 512 KiB, which go to out as well unless that
 * is NULL.
 *
 * SSE2 adds pairs of signed 16-bit words into 32 bits, so all words are moved down by 2^15, and the
 * sum up by as much for each: 64 cycles for 1408 bytes. Words of 32 bits in 64-bit lanes, with no
 * carry to pass on, are what compilers make vectors of elsewhere: 78 cycles.
 */
static __rte_always_inline uint64_t
blocks(uint8_t *out, const uint8_t *p, size_t len)
{
#ifdef __SSE2__
	const __m128i half = _mm_set1_epi16(INT16_MIN), ones = _mm_set1_epi16(1);
	__m128i sums[4];
	int32_t lanes[4];

	for (unsigned i = 0; i < 4; i++)
		sums[i] = _mm_setzero_si128();
	for (const uint8_t *end = p + len; p < end; p += 64) {
		for (unsigned i = 0; i < 4; i++) {
			__m128i words = _mm_loadu_si128((const __m128i *)(p + 16 * i));
			__m128i moved = _mm_xor_si128(words, half);

			if (out)
				_mm_storeu_si128((__m128i *)(out + 16 * i), words);
			sums[i] = _mm_add_epi32(sums[i], _mm_madd_epi16(moved, ones));
		}
		out = out ? out + 64 : NULL;
	}
	_mm_storeu_si128((__m128i *)lanes, _mm_add_epi32(_mm_add_epi32(sums[0], sums[1]),
							 _mm_add_epi32(sums[2], sums[3])));
	return (uint64_t)((int64_t)lanes[0] + lanes[1] + lanes[2] + lanes[3] +
			  (int64_t)(len / 2 << 15));
#else
	uint64_t lanes[8] = {0};
	uint64_t sum = 0;

	if (out)
		memcpy(out, p, len);
	for (const uint8_t *end = p + len; p < end; p += 64) {
		for (int i = 0; i < 8; i++) {
			uint64_t word = load64(p + 8 * i);

			lanes[i] += (uint32_t)word;
			lanes[i] += word >> 32;
		}
	}
	for (int i = 0; i < 8; i++)
		sum = csum_add(sum, lanes[i]);
	return sum;
#endif
}

/* Not inlined, or short sums would save registers for it. */
static __rte_noinline uint64_t
sum_blocks(const uint8_t *p, size_t len)
{
	return blocks(NULL, p, len);
}

uint64_t
csum_copy(uint8_t *out, const uint8_t *p, size_t len)
{
	size_t whole = RTE_ALIGN_FLOOR(len, 64);
	uint64_t sum = blocks(out, p, whole);

	memcpy(out + whole, p + whole, len - whole);
	return csum_bytes(sum, out + whole, len - whole);
}

uint64_t
csum_bytes(uint64_t sum, const void *data, size_t len)
{
	const uint8_t *p = data;

	if (len >= SHORT) {
		size_t blocks = RTE_ALIGN_FLOOR(len, 64);

		sum = csum_add(sum, sum_blocks(p, blocks));
		p += blocks;
		len -= blocks;
	}
	for (; len >= 32; len -= 32, p += 32)
		sum = csum_32(sum, p);
	if (len & 16) {
		sum = csum_add(csum_add(sum, load64(p)), load64(p + 8));
		p += 16;
	}
	if (len & 8) {
		sum = csum_add(sum, load64(p));
		p += 8;
	}
	return len & 7 ? csum_add(sum, load_rest(p, len & 7)) : sum;
}

/* Bytes that begin at an odd offset count as if swapped (RFC 1071 2 (B)). */
static uint64_t
sum_at(uint64_t sum, uint32_t offset, const void *p, uint32_t len)
{
	if (offset % 2)
		return csum_add(sum, rte_bswap16(csum_fold(csum_bytes(0, p, len))));
	return csum_bytes(sum, p, len);
}

int
csum_mbuf(uint64_t *sum, const struct rte_mbuf *m, uint32_t off, uint32_t len)
{
	uint32_t done = 0;

	for (; m != NULL && off >= m->data_len; m = m->next)
		off -= m->data_len;
	for (; m != NULL && done < len; m = m->next) {
		uint32_t part = RTE_MIN(m->data_len - off, len - done);

		*sum = sum_at(*sum, done, rte_pktmbuf_mtod_offset(m, const void *, off), part);
		done += part;
		off = 0;
	}
	return done == len;
}

uint64_t
csum_tuple(const struct tuple *t, int with_ports)
{
	uint64_t sum = rte_cpu_to_be_16(IPPROTO_TCP);
	uint32_t ports;

	if (with_ports) {
		memcpy(&ports, &t->local_port, sizeof(ports));
		sum += ports;
	}
	if (likely(tuple_is_ip4(t)))
		return sum + t->local.w32[3] + t->remote.w32[3];
	return csum_bytes(sum, t, sizeof(t->local) + sizeof(t->remote));
}
