/* SPDX-License-Identifier: BSD-3-Clause */
#include "http_text.h"

#include <assert.h>
#include <string.h>

#include "block.h"
#include "http_date.h"

#define TEXTS	 512
#define PLACES	 64 /* where a text is looked for, by what it says */
#define TEXT_TRY 8  /* texts looked at to find one that nobody needs */

struct texts {
	struct http_text *place[PLACES];
	unsigned next;
	struct http_text all[TEXTS];
};

static_assert(sizeof(struct texts) <= CACHE_TEXTS_BYTES, "it lies there");

static unsigned
place_of(const struct http_answer *a)
{
	uintptr_t h = (uintptr_t)a->fields ^ (uintptr_t)a->body.bytes;

	h ^= (uintptr_t)(a->body.left == 0) << 7;
	h ^= (uintptr_t)a->status << 5 ^ (uintptr_t)a->fate << 8 ^ a->first << 4 ^ a->length << 4;
	return (h >> 4 ^ h >> 10 ^ h >> 16) % PLACES;
}

/* What they point to stays the same until the end. */
static bool
says_same(const struct http_answer *a, const struct http_answer *b)
{
	return a->status == b->status && a->fate == b->fate && a->fields == b->fields &&
	       a->fields_len == b->fields_len && a->length == b->length && a->first == b->first &&
	       a->size == b->size && a->body.bytes == b->body.bytes &&
	       a->body.left == b->body.left && a->body.repeats == b->body.repeats;
}

static struct http_text *
unused_text(struct texts *t, struct http_text *last)
{
	if (last && last->text.users == 0)
		return last;
	for (unsigned i = 0; i < TEXT_TRY; i++) {
		struct http_text *text = &t->all[t->next++ % TEXTS];

		if (text->text.users == 0)
			return text;
	}
	return NULL;
}

uint32_t
http_text_write(const struct http_answer *a, uint64_t now_us, char out[HTTP_TEXT_MAX],
		struct http_body *rest)
{
	uint64_t until_us;
	uint32_t len = http_answer_header(a, http_date_now(now_us, &until_us), out);

	*rest = a->body;
	if (rest->left && len + rest->left <= HTTP_TEXT_SHORT) {
		memcpy(out + len, rest->bytes, rest->left);
		len += (uint32_t)rest->left;
		rest->left = 0;
	}
	return len;
}

static struct http_text *
make(struct texts *t, struct http_text **place, const struct http_answer *a, uint64_t now_us,
     uint64_t until_us)
{
	struct http_text *text = unused_text(t, *place);
	char bytes[HTTP_TEXT_MAX];
	struct http_body rest;
	uint32_t len;

	if (!text)
		return NULL;
	len = http_text_write(a, now_us, bytes, &rest);
	if (len > HTTP_TEXT_SHORT)
		return NULL;
	*text = (struct http_text){.rest = rest, .answer = *a, .until_us = until_us};
	memcpy(text->bytes, bytes, len);
	text->text = (struct tct_text){.bytes = text->bytes, .len = len};
	*place = text;
	return text;
}

struct http_text *
http_text(const struct http_answer *a, uint64_t now_us)
{
	struct texts *t = worker_cache(CACHE_TEXTS);
	struct http_text **place;
	uint64_t until_us;

	if (!t)
		return NULL;
	http_date_now(now_us, &until_us);
	place = &t->place[place_of(a)];
	if (*place && (*place)->until_us == until_us && says_same(&(*place)->answer, a))
		return *place;
	return make(t, place, a, now_us, until_us);
}
