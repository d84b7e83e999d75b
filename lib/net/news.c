/* SPDX-License-Identifier: BSD-3-Clause */
#include "news.h"

#include <string.h>

#include "internal.h"

#define LOCALS_CHANGED UINT64_C(0xff) /* in the place of a port */

/* ---- the log -------------------------------------------------------------------------------- */

/* The last word: the MAC, the state, the port. */
static uint64_t
pack(const struct news_text *text)
{
	uint64_t word = 0;

	memcpy(&word, &text->mac, sizeof(text->mac));
	word |= (uint64_t)text->state << 48;
	return word | (text->locals ? LOCALS_CHANGED : text->port) << 56;
}

static void
unpack(struct news_text *text, uint64_t word)
{
	memcpy(&text->mac, &word, sizeof(text->mac));
	text->state = (uint8_t)(word >> 48);
	text->port = (uint8_t)(word >> 56);
	text->locals = word >> 56 == LOCALS_CHANGED;
}

/* Each word is released after the number that makes it invalid, and before the one that makes it
 * valid: no fence is needed, and none that a sanitizer would not know. */
void
news_write(struct news *news, const struct news_text *text)
{
	uint64_t n = atomic_load_explicit(&news->count, memory_order_relaxed);
	struct news_item *item = &news->items[n % NEWS_MAX];

	atomic_store_explicit(&item->number, 2 * n + 1, memory_order_relaxed);
	atomic_store_explicit(&item->word[0], text->addr.w64[0], memory_order_release);
	atomic_store_explicit(&item->word[1], text->addr.w64[1], memory_order_release);
	atomic_store_explicit(&item->word[2], pack(text), memory_order_release);
	atomic_store_explicit(&item->number, 2 * n + 2, memory_order_release);
	atomic_store_explicit(&news->count, n + 1, memory_order_release);
}

enum news_verdict
news_read(const struct news *news, uint64_t *at, struct news_text *text)
{
	uint64_t count = atomic_load_explicit(&news->count, memory_order_acquire);
	const struct news_item *item = &news->items[*at % NEWS_MAX];
	uint64_t before, after;

	if (count == *at)
		return NEWS_NONE;
	before = atomic_load_explicit(&item->number, memory_order_acquire);
	text->addr.w64[0] = atomic_load_explicit(&item->word[0], memory_order_acquire);
	text->addr.w64[1] = atomic_load_explicit(&item->word[1], memory_order_acquire);
	unpack(text, atomic_load_explicit(&item->word[2], memory_order_acquire));
	after = atomic_load_explicit(&item->number, memory_order_relaxed);
	if (before == after && before == 2 * *at + 2) {
		++*at;
		return NEWS_READ;
	}
	*at = count;
	return NEWS_MISSED;
}

/* ---- writing -------------------------------------------------------------------------------- */

void
news_of_neighbour(struct net *n, uint16_t hop)
{
	const struct neighbour *e = &n->neighbours.entries[hop];

	if (n->news == NULL)
		return;
	news_write(n->news, &(struct news_text){
				    .addr = e->addr,
				    .mac = e->mac,
				    .state = e->state,
				    .port = (uint8_t)HOP_PORT(hop),
			    });
}

void
news_of_local(struct net *n, unsigned range)
{
	const struct local *l = &n->locals.ranges[range];

	if (n->news == NULL)
		return;
	atomic_store_explicit(&n->news->locals[range], l->phase | (uint32_t)l->failed << 16,
			      memory_order_relaxed);
	news_write(n->news, &(struct news_text){.locals = true});
}

/* ---- reading -------------------------------------------------------------------------------- */

static void
apply_locals(struct net *n)
{
	n->locals.busy = 0;
	n->locals.busy_ip4 = 0;
	for (unsigned i = 0; i < n->locals.count; i++) {
		uint32_t word = atomic_load_explicit(&n->followed->locals[i], memory_order_relaxed);

		n->locals.ranges[i].phase = (uint8_t)word;
		n->locals.ranges[i].failed = (uint16_t)(word >> 16);
		if (n->locals.ranges[i].phase != LOCAL_DONE)
			locals_count(&n->locals, &n->locals.ranges[i], 1);
	}
}

void
news_apply(struct net *n)
{
	struct news_text text;

	for (unsigned i = 0; i < NEWS_STEP; i++) {
		switch (news_read(n->followed, &n->news_at, &text)) {
		case NEWS_NONE:
			return;
		case NEWS_MISSED:
			neighbours_forget(n);
			apply_locals(n);
			break;
		case NEWS_READ:
			if (text.locals)
				apply_locals(n);
			else
				neighbour_told(n, text.port, &text.addr, &text.mac, text.state);
		}
	}
}
