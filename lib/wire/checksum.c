/* SPDX-License-Identifier: BSD-3-Clause */
#include "checksum.h"

#include <netinet/in.h>

#include <rte_branch_prediction.h>
#include <rte_byteorder.h>
#include <rte_common.h>

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
 * Adds len bytes, a multiple of 64, as 32-bit words in 64-bit lanes that cannot overflow below 2^34
 * bytes: no carry to pass on, so that compilers make vectors of it. Not inlined, or short sums
 * would save registers for it.
 */
static __rte_noinline uint64_t
sum_blocks(const uint8_t *p, size_t len)
{
	uint64_t lanes[8] = {0};
	uint64_t sum = 0;

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
