/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The Internet checksum (RFC 1071), summed 64 bits at a time.
 *
 * Sums are kept unfolded (64 bits, one's complement, in memory byte order) until the end, so that a
 * connection can store the part of it that never changes.
 */
#ifndef TCT_WIRE_CHECKSUM_H
#define TCT_WIRE_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <netinet/in.h>

#include <rte_mbuf.h>

#include "../base/tuple.h"
#include "bytes.h"

static inline uint64_t
csum_add(uint64_t sum, uint64_t word)
{
	bool carry = __builtin_add_overflow(sum, word, &sum);

	return sum + carry;
}

/*
 * Adds 32 bytes. Each addition takes the carry of the one before: compilers make two instructions
 * of every word's, since C has no carry, and gcc 12 stores each sum of _addcarry_u64().
 */
static __rte_always_inline uint64_t
csum_32(uint64_t sum, const uint8_t *p)
{
#ifdef __x86_64__
	__asm__("addq (%1), %0\n\t"
		"adcq 8(%1), %0\n\t"
		"adcq 16(%1), %0\n\t"
		"adcq 24(%1), %0\n\t"
		"adcq $0, %0"
		: "+&r"(sum)
		: "r"(p), "m"(*(const uint8_t(*)[32])p)
		: "cc");
	return sum;
#else
	for (unsigned i = 0; i < 32; i += 8)
		sum = csum_add(sum, load64(p + i));
	return sum;
#endif
}

static inline uint16_t
csum_fold(uint64_t sum)
{
	uint32_t word;
	bool carry = __builtin_add_overflow((uint32_t)sum, (uint32_t)(sum >> 32), &word);

	word += carry;
	return (uint16_t)((word + (word << 16 | word >> 16)) >>
			  16); /* the carry comes from below */
}

/* Adds len bytes at p, at most 512 KiB, which begin at an even offset of the message. */
uint64_t csum_bytes(uint64_t sum, const void *p, size_t len);

/* Copies them to out; their sum. In one go that is a third less than the copy and the sum. */
uint64_t csum_copy(uint8_t *out, const uint8_t *p, size_t len);

/*
 * Adds len bytes of a (chained) mbuf from offset off, which is even in the message; any segment
 * boundary. False when it is shorter.
 */
int csum_mbuf(uint64_t *sum, const struct rte_mbuf *m, uint32_t off, uint32_t len);

/*
 * The sum of the pseudo-header's addresses and protocol 6, without the length (add that as
 * rte_cpu_to_be_16(len)); ports included when with_ports. IPv4-mapped addresses count as IPv4.
 */
uint64_t csum_tuple(const struct tuple *t, int with_ports);

/* The same with ports, inline; ip4: what tuple_is_ip4(t) says. */
static inline uint64_t
csum_tuple_ports(const struct tuple *t, bool ip4)
{
	uint32_t ports;
	uint64_t sum;

	memcpy(&ports, &t->local_port, sizeof(ports));
	sum = (uint64_t)ports + rte_cpu_to_be_16(IPPROTO_TCP);
	if (ip4)
		return sum + t->local.w32[3] + t->remote.w32[3];
	for (unsigned i = 0; i < 2; i++)
		sum = csum_add(csum_add(sum, t->local.w64[i]), t->remote.w64[i]);
	return sum;
}

#endif
