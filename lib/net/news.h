/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * News: how the workers of a team share what one of them finds out about the link.
 *
 * One of them, the writer, has the neighbours' timers, answers and asks on the wire, and tests the
 * addresses. Each change of a neighbour is written to a log of fixed length, which every other
 * worker, a reader, follows at its own pace and applies to neighbours of its own: so the packet way
 * reads nothing but what belongs to its worker. A reader that has fallen behind by more than the
 * log forgets all neighbours; what it does not know it hands to the writer, packet by packet, who
 * sends it and repeats the news. What is known of the local addresses is small, and always there in
 * whole.
 *
 * No locks: an item is a sequence number and three words, all atomic. The number says which news
 * the item holds, and is odd while it is written, so that a reader knows what it has read.
 */
#ifndef TCT_NET_NEWS_H
#define TCT_NET_NEWS_H

#include <assert.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_ether.h>

#include "local.h"

struct net;

#define NEWS_MAX  1024 /* a power of two */
#define NEWS_STEP 64   /* read in one poll */

struct news_item {
	_Atomic uint64_t number; /* 2 * n + 2: holds news n; odd: being written */
	_Atomic uint64_t word[3];
};

struct news {
	alignas(64) _Atomic uint64_t count; /* news ever written */
	alignas(64) struct news_item items[NEWS_MAX];
	_Atomic uint32_t locals[LOCALS_MAX]; /* phase, and failed in the high half */
};

static_assert(offsetof(struct news, items) - offsetof(struct news, count) == 64,
	      "what readers look at in every poll has a line of its own");

/* What a piece of news says of a neighbour; locals: that those have changed, instead. */
struct news_text {
	struct addr addr;
	struct rte_ether_addr mac;
	uint8_t state; /* enum neighbour_state */
	uint8_t port;
	bool locals;
};

/* Writer: appends. */
void news_write(struct news *news, const struct news_text *text);

enum news_verdict {
	NEWS_NONE,
	NEWS_READ,
	NEWS_MISSED, /* the log was faster; *at is at its end now */
};

/* Reader: the news at *at, which goes on by one. */
enum news_verdict news_read(const struct news *news, uint64_t *at, struct news_text *text);

static inline bool
news_pending(const struct news *news, uint64_t at)
{
	return atomic_load_explicit(&news->count, memory_order_relaxed) != at;
}

/* Writer, on a net without readers: nothing. */
void news_of_neighbour(struct net *n, uint16_t hop);
void news_of_local(struct net *n, unsigned range);

/* Reader: applies what there is. */
void news_apply(struct net *n);

#endif
