/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Big-endian numbers in byte buffers of any alignment, and the view of a frame that the parsers of
 * this room share.
 */
#ifndef TCT_WIRE_BYTES_H
#define TCT_WIRE_BYTES_H

#include <stdint.h>
#include <string.h>

#include <rte_byteorder.h>

/* The contiguous first bytes of a frame: its headers. */
struct view {
	const uint8_t *bytes;
	uint32_t len;	    /* of them */
	uint32_t frame_len; /* of the whole frame, at least len */
};

static inline uint16_t
get16(const uint8_t *p)
{
	rte_be16_t be;

	memcpy(&be, p, sizeof(be));
	return rte_be_to_cpu_16(be);
}

static inline uint32_t
get32(const uint8_t *p)
{
	rte_be32_t be;

	memcpy(&be, p, sizeof(be));
	return rte_be_to_cpu_32(be);
}

static inline uint64_t
get64(const uint8_t *p)
{
	rte_be64_t be;

	memcpy(&be, p, sizeof(be));
	return rte_be_to_cpu_64(be);
}

/* As they lie there, in network byte order. */
static inline uint16_t
load16(const uint8_t *p)
{
	uint16_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

static inline uint32_t
load32(const uint8_t *p)
{
	uint32_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

static inline uint64_t
load64(const uint8_t *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

/* They return where the next number goes. */
static inline uint8_t *
put16(uint8_t *p, uint16_t value)
{
	rte_be16_t be = rte_cpu_to_be_16(value);

	memcpy(p, &be, sizeof(be));
	return p + sizeof(be);
}

static inline uint8_t *
put32(uint8_t *p, uint32_t value)
{
	rte_be32_t be = rte_cpu_to_be_32(value);

	memcpy(p, &be, sizeof(be));
	return p + sizeof(be);
}

static inline uint8_t *
put_bytes(uint8_t *p, const void *from, size_t len)
{
	memcpy(p, from, len);
	return p + len;
}

#endif
