/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bytes whose place in the stream can be told from them, so that a shift, a loss or a repetition
 * shows, wherever it begins.
 *
 * The pattern is PATTERN_WORDS different random-looking 64-bit words, over and over. Their number
 * is a prime: no shift by a power of two, or by whole segments, is one by whole periods, which
 * alone would not show. It lies in memory once and is sent from there without being copied.
 */
#ifndef TCT_APP_PATTERN_H
#define TCT_APP_PATTERN_H

#include <stdint.h>

#include "services.h"
#include "tercet.h"

#define PATTERN_WORDS 16381
#define PATTERN_BYTES (8 * PATTERN_WORDS)

/* len bytes that repeat for ever. */
struct pattern {
	const uint8_t *bytes;
	uint32_t len;
};

/* [control] The one of this file, made by the first call. */
const struct pattern *pattern_get(void);

/* [control] Has it lie where copy() puts it, if that is anywhere; before it is sent. */
void pattern_move(service_copy *copy);

/*
 * Queues up to n bytes of p from *at on, which moves on; returns how many were taken. Fewer than n:
 * writable() will be called.
 */
uint64_t pattern_send(struct tct_conn *conn, const struct pattern *p, uint32_t *at, uint64_t n);

/* How many of the bytes are what p has from *at on, which moves on as far. */
uint32_t pattern_check(const struct pattern *p, uint32_t *at, const void *bytes, uint32_t len);

#endif
