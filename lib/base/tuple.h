/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Addresses and tuples: what names a connection.
 *
 * An IPv4 address is held as its IPv4-mapped IPv6 form (::ffff:a.b.c.d, RFC 4291 2.5.5.2), so that
 * one key, one compare and one record layout serve both versions. Everything here is in network
 * byte order, as on the wire. "Local" is this endpoint, "remote" the peer, whichever direction a
 * packet travels.
 */
#ifndef TCT_BASE_TUPLE_H
#define TCT_BASE_TUPLE_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_byteorder.h>

struct addr {
	union {
		uint8_t b[16];
		rte_be32_t w32[4];
		uint64_t w64[2];
	} __attribute__((packed, aligned(4)));
};

struct tuple {
	struct addr local;
	struct addr remote;
	rte_be16_t local_port;
	rte_be16_t remote_port;
};

static_assert(sizeof(struct addr) == 16, "an address is two words");
static_assert(sizeof(struct tuple) == 36, "records are laid out around this size");
static_assert(_Alignof(struct tuple) == 4, "records are laid out around this alignment");

#define ADDR_MAPPED_W32 RTE_BE32(0x0000ffff)

static inline struct addr
addr_from_ip4(rte_be32_t ip)
{
	return (struct addr){.w64 = {0, (uint64_t)ip << 32 | ADDR_MAPPED_W32}};
}

static inline struct addr
addr_from_ip6(const uint8_t ip[16])
{
	struct addr a;

	memcpy(a.b, ip, sizeof(a.b));
	return a;
}

static inline bool
addr_is_ip4(const struct addr *a)
{
	return a->w64[0] == 0 && a->w32[2] == ADDR_MAPPED_W32;
}

/* Both addresses of a tuple are of one version. */
static inline bool
tuple_is_ip4(const struct tuple *t)
{
	return addr_is_ip4(&t->local);
}

static inline bool
addr_equal(const struct addr *a, const struct addr *b)
{
	return ((a->w64[0] ^ b->w64[0]) | (a->w64[1] ^ b->w64[1])) == 0;
}

static inline bool
tuple_equal(const struct tuple *a, const struct tuple *b)
{
	uint32_t p, q;

	memcpy(&p, &a->local_port, sizeof(p));
	memcpy(&q, &b->local_port, sizeof(q));
	return p == q && addr_equal(&a->remote, &b->remote) && addr_equal(&a->local, &b->local);
}

#endif
