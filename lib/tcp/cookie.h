/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SYN cookies: the whole state of a half-open connection in its initial sequence number.
 *
 *    31                            8 7             0
 *   +-------------------------------+---+-+-----+---+
 *   | MAC: 24 bits of SipHash-2-4   | options ^ MAC |    options: epoch 1, SACK 1, wscale 3, MSS 3
 *   +-------------------------------+---------------+
 *
 * The MAC covers the tuple, the peer's initial sequence number and the options byte under the
 * secret of the epoch; the options byte is masked with the MAC's top byte so that it shows no
 * pattern. (The layout is that of FreeBSD's syncache.) MSS and window scale are rounded down to a
 * table's entry.
 *
 * Its message is local address, remote address, local port, remote port as on the wire, the
 * sequence number with its lowest byte first, the options byte: 17 bytes of IPv4, 41 of IPv6, of
 * which SipHash makes three words or six. The length is in the last one, so that no message of one
 * version is one of the other. Nothing of it is this machine's alone. A flood brings SYNs by the
 * burst, and their MACs are made side by side: what one costs is mostly that each step waits for
 * the last.
 *
 * Attacks: guessing costs 2^24 ACKs for one hit per epoch pair and tuple, and only while cookies
 * are or recently were sent (the caller's rule). Replay works until the secret is gone: an epoch
 * lasts 15 s, and the one before it is accepted, so 15 to 30 s. Secrets are derived from a master
 * secret and the epoch's number, counted in wall-clock time, so that machines with the same master
 * accept each other's.
 */
#ifndef TCT_TCP_COOKIE_H
#define TCT_TCP_COOKIE_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/siphash.h"
#include "../base/tuple.h"

#define COOKIE_EPOCH_US	   (15u * 1000000u)
#define COOKIE_LIFETIME_US (2u * COOKIE_EPOCH_US)
#define COOKIE_NO_WSCALE   15
#define COOKIE_BURST	   32

struct cookie_jar {
	struct siphash_key master;
	struct siphash_key secret[2]; /* by epoch parity */
	uint64_t epoch;		      /* the newest that secret[] holds */
};

struct cookie_options {
	uint16_t mss;
	uint8_t wscale; /* COOKIE_NO_WSCALE: none */
	bool sack;
};

void cookie_jar_init(struct cookie_jar *jar, const uint8_t master[32], uint64_t wall_us);

/* Moves to the epoch of wall_us: call before a batch; costs a comparison and a division every 15 s.
 */
void cookie_jar_rotate(struct cookie_jar *jar, uint64_t wall_us);

/* What a cookie is made of: its message, of which the byte is the options', not masked. */
struct cookie {
	struct addresses_message message;
};

/* One to be sent; o is rounded down to what the tables hold. */
struct cookie cookie_ask(const struct cookie_jar *jar, const struct tuple *t, uint32_t irs,
			 const struct cookie_options *o);

/* The one that iss is, if it is one. */
struct cookie cookie_claim(const struct cookie_jar *jar, const struct tuple *t, uint32_t irs,
			   uint32_t iss);

/* The initial sequence number that says it all. Who claims a cookie of this epoch or the last by
 * another one lies. */
uint32_t cookie_iss(const struct cookie *c);

/* The same of n cookies, n <= COOKIE_BURST. */
void cookie_iss_burst(const struct cookie cookies[], unsigned n, uint32_t iss[]);

/* What the options byte says. */
void cookie_read(const struct cookie *c, struct cookie_options *o);

#endif
