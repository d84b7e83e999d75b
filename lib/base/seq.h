/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TERCET_BASE_SEQ_H
#define TERCET_BASE_SEQ_H

/*
 * Sequence numbers live on a circle of 2^32 (RFC 9293 3.4): "before" means less than half the
 * circle behind. Two numbers exactly 2^31 apart have no order; the protocol never compares such a
 * pair, since a window is at most 2^30 bytes (RFC 7323 2.3).
 */

#include <stdbool.h>
#include <stdint.h>

static inline bool
seq_lt(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static inline bool
seq_le(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) <= 0;
}

static inline bool
seq_gt(uint32_t a, uint32_t b)
{
	return seq_lt(b, a);
}

static inline bool
seq_ge(uint32_t a, uint32_t b)
{
	return seq_le(b, a);
}

/* first <= seq < first + length, for any length: the circle is walked forward from first. */
static inline bool
seq_between(uint32_t seq, uint32_t first, uint32_t length)
{
	return seq - first < length;
}

#endif
