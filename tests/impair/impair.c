/* SPDX-License-Identifier: BSD-3-Clause */
#include "impair.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

#define NS 1000000000ull

const char *const impair_name[IMPAIR_BITS] = {
#define X(id, name, help) name,
	IMPAIR_LIST(X)
#undef X
};

enum stream {
	STREAM_LOSS,
	STREAM_BURST,
	STREAM_BURST_LOSS,
	STREAM_REORDER,
	STREAM_DUPLICATE,
	STREAM_CORRUPT,
	STREAM_CORRUPT_WHERE,
	STREAM_JITTER,
	STREAMS
};

#define BURST_SILENCE_NS 500000000ull

/* A frame that waits for the link or is on it. */
struct waiting {
	uint64_t gone_ns;
	uint32_t len;
};

struct impair {
	struct impair_config config;
	struct impair_counts counts;
	struct random random[STREAMS];
	bool bad;	 /* the state of Gilbert and Elliott's chain */
	uint64_t put_ns; /* when the last frame came */

	/* the link: a ring of what has not left, oldest first; size is a power of two */
	struct waiting *queue;
	uint32_t queue_size, queue_head, queue_count;
	uint64_t queued_bytes;
	uint64_t free_ns; /* when the link has sent all that waits */

	uint64_t last_ns; /* the latest arrival of a frame that kept the order */

	/* what is on the way: a binary heap by time of arrival */
	struct impair_frame **heap;
	uint32_t heap_size, heap_count;
	uint64_t serial;
	struct impair_frame *taken; /* by the last impair_take() */
};

struct impair *
impair_make(const struct impair_config *config)
{
	struct impair *i = calloc(1, sizeof(*i));

	if (!i)
		return NULL;
	i->config = *config;
	for (unsigned n = 0; n < STREAMS; n++)
		i->random[n] = random_stream(config->seed, n);
	return i;
}

void
impair_free(struct impair *i)
{
	if (!i)
		return;
	for (uint32_t n = 0; n < i->heap_count; n++)
		free(i->heap[n]);
	free(i->taken);
	free(i->heap);
	free(i->queue);
	free(i);
}

const struct impair_counts *
impair_counts(const struct impair *i)
{
	return &i->counts;
}

/* ---- on the way: the heap ------------------------------------------------------------------- */

static bool
earlier(const struct impair_frame *a, const struct impair_frame *b)
{
	return a->due_ns < b->due_ns || (a->due_ns == b->due_ns && a->serial < b->serial);
}

static bool
heap_reserve(struct impair *i)
{
	uint32_t size = i->heap_size ? 2 * i->heap_size : 64;
	void *bigger;

	if (i->heap_count < i->heap_size)
		return true;
	bigger = realloc(i->heap, size * sizeof(i->heap[0]));
	if (!bigger)
		return false;
	i->heap = bigger;
	i->heap_size = size;
	return true;
}

static void
heap_add(struct impair *i, struct impair_frame *f)
{
	uint32_t at = i->heap_count++;

	for (uint32_t up; at > 0 && earlier(f, i->heap[up = (at - 1) / 2]); at = up)
		i->heap[at] = i->heap[up];
	i->heap[at] = f;
}

static struct impair_frame *
heap_take(struct impair *i)
{
	struct impair_frame *first = i->heap[0], *last = i->heap[--i->heap_count];
	uint32_t at = 0;

	for (uint32_t down = 1; down < i->heap_count; down = 2 * at + 1) {
		if (down + 1 < i->heap_count && earlier(i->heap[down + 1], i->heap[down]))
			down++;
		if (earlier(last, i->heap[down]))
			break;
		i->heap[at] = i->heap[down];
		at = down;
	}
	i->heap[at] = last;
	return first;
}

static struct impair_frame *
frame_add(struct impair *i, const uint8_t *bytes, uint32_t len, uint64_t due_ns)
{
	struct impair_frame *f = malloc(sizeof(*f) + len);

	if (!f || !heap_reserve(i)) {
		free(f);
		return NULL;
	}
	f->due_ns = due_ns;
	f->serial = i->serial++;
	f->len = len;
	memcpy(f->bytes, bytes, len);
	heap_add(i, f);
	return f;
}

/* ---- the link ------------------------------------------------------------------------------- */

static void
queue_leave(struct impair *i, uint64_t now_ns)
{
	while (i->queue_count) {
		const struct waiting *w = &i->queue[i->queue_head & (i->queue_size - 1)];

		if (w->gone_ns > now_ns)
			return;
		i->queued_bytes -= w->len;
		i->queue_head++;
		i->queue_count--;
	}
}

static bool
queue_full(const struct impair *i, uint32_t len)
{
	const struct impair_config *c = &i->config;

	return (c->queue_packets && i->queue_count >= c->queue_packets) ||
	       (c->queue_bytes && i->queued_bytes + len > c->queue_bytes);
}

static bool
queue_reserve(struct impair *i)
{
	uint32_t size = i->queue_size ? 2 * i->queue_size : 64;
	struct waiting *bigger;

	if (i->queue_count < i->queue_size)
		return true;
	bigger = malloc(size * sizeof(*bigger));
	if (!bigger)
		return false;
	for (uint32_t n = 0; n < i->queue_count; n++)
		bigger[n] = i->queue[(i->queue_head + n) & (i->queue_size - 1)];
	free(i->queue);
	i->queue = bigger;
	i->queue_size = size;
	i->queue_head = 0;
	return true;
}

/* When the last bit of a frame is on the wire. */
static bool
queue_join(struct impair *i, uint32_t len, uint64_t now_ns, uint64_t *gone_ns)
{
	uint64_t from = i->free_ns > now_ns ? i->free_ns : now_ns;

	if (!queue_reserve(i))
		return false;
	*gone_ns = i->free_ns = from + 8ull * len * NS / i->config.rate_bps;
	i->queue[(i->queue_head + i->queue_count++) & (i->queue_size - 1)] =
		(struct waiting){.gone_ns = *gone_ns, .len = len};
	i->queued_bytes += len;
	return true;
}

/* ---- the packet ----------------------------------------------------------------------------- */

/* RFC 1624 equation 3, for a word of the header that changes from one to another. */
static void
ip4_checksum_update(uint8_t *ip, uint16_t from, uint16_t to)
{
	uint32_t sum = (uint16_t) ~(ip[10] << 8 | ip[11]);

	sum += (uint16_t)~from + to;
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~((sum & 0xffff) + (sum >> 16));
	ip[10] = (uint8_t)(sum >> 8);
	ip[11] = (uint8_t)sum;
}

/* Not-ECT packets stay as they are (RFC 3168 5); false then, and for what is no IP packet. */
static bool
mark(uint8_t *ip, uint32_t len)
{
	if (len >= 20 && ip[0] >> 4 == 4 && ip[1] & 3) {
		uint16_t from = (uint16_t)(ip[0] << 8 | ip[1]);

		ip[1] |= 3;
		ip4_checksum_update(ip, from, (uint16_t)(from | 3));
		return true;
	}
	if (len >= 40 && ip[0] >> 4 == 6 && ip[1] & 0x30) {
		ip[1] |= 0x30;
		return true;
	}
	return false;
}

static void
corrupt(struct impair *i, uint8_t *ip, uint32_t len)
{
	uint64_t where = random_next(&i->random[STREAM_CORRUPT_WHERE]);

	if (len)
		ip[(where >> 16) % len] ^= (uint8_t)(1 + (where & 0xffff) % 255);
}

/* ---- what happens --------------------------------------------------------------------------- */

/* A sender that backs off would else find a path bad for as long as it takes to send some frames:
 * minutes. */
static void
burst_ends(struct impair *i, uint64_t now_ns)
{
	if (now_ns - i->put_ns > BURST_SILENCE_NS)
		i->bad = false;
	i->put_ns = now_ns;
}

/* One step of the chain, whether its state matters or not. */
static bool
burst_loses(struct impair *i)
{
	const struct impair_config *c = &i->config;
	uint32_t leave = i->bad ? c->burst_leave_ppm : c->burst_enter_ppm;
	bool loses = random_share(&i->random[STREAM_BURST_LOSS], c->burst_loss_ppm);

	if (random_share(&i->random[STREAM_BURST], leave))
		i->bad = !i->bad;
	return i->bad && loses;
}

/* What the wire does: every stream is drawn from for every frame that comes this far. */
static unsigned
wire_draw(struct impair *i)
{
	const struct impair_config *c = &i->config;
	unsigned what = 0;

	if (random_share(&i->random[STREAM_LOSS], c->loss_ppm))
		what |= IMPAIR_LOST;
	if (burst_loses(i))
		what |= IMPAIR_BURST_LOST;
	if (random_share(&i->random[STREAM_REORDER], c->reorder_ppm))
		what |= IMPAIR_REORDERED;
	if (random_share(&i->random[STREAM_DUPLICATE], c->duplicate_ppm))
		what |= IMPAIR_DUPLICATED;
	if (random_share(&i->random[STREAM_CORRUPT], c->corrupt_ppm))
		what |= IMPAIR_CORRUPTED;
	/* A lost frame meets no other fate. */
	return what & IMPAIR_DROPPED ? what & IMPAIR_DROPPED : what;
}

static uint64_t
arrival(struct impair *i, uint64_t gone_ns, unsigned what)
{
	const struct impair_config *c = &i->config;
	uint64_t due =
		gone_ns + c->delay_ns + random_below(&i->random[STREAM_JITTER], c->jitter_ns + 1);

	if (what & IMPAIR_REORDERED)
		return due + c->reorder_ns;
	if (due < i->last_ns)
		due = i->last_ns;
	i->last_ns = due;
	return due;
}

static int
count(struct impair *i, unsigned what)
{
	i->counts.frames++;
	i->counts.dropped += !!(what & IMPAIR_DROPPED);
	for (unsigned bit = 0; bit < IMPAIR_BITS; bit++)
		i->counts.what[bit] += what >> bit & 1;
	return (int)what;
}

int
impair_put(struct impair *i, const uint8_t *bytes, uint32_t len, uint64_t now_ns)
{
	const struct impair_config *c = &i->config;
	uint32_t l2_len = len < c->l2_len ? len : c->l2_len;
	unsigned what = 0, ce = 0;
	uint64_t gone_ns = now_ns, due;
	struct impair_frame *f;

	if (c->mtu && len - l2_len > c->mtu)
		return count(i, IMPAIR_VANISHED);
	if (c->rate_bps) {
		queue_leave(i, now_ns);
		if (queue_full(i, len))
			return count(i, IMPAIR_QUEUE_FULL);
		ce = c->mark_bytes && i->queued_bytes >= c->mark_bytes;
		if (!queue_join(i, len, now_ns, &gone_ns))
			return -ENOMEM;
	}
	burst_ends(i, now_ns);
	what = wire_draw(i);
	due = arrival(i, gone_ns, what);
	if (what & IMPAIR_DROPPED)
		return count(i, what);
	f = frame_add(i, bytes, len, due);
	if (!f)
		return -ENOMEM;
	if (ce && mark(f->bytes + l2_len, len - l2_len))
		what |= IMPAIR_MARKED;
	/* The copy is made before the original is corrupted: they part ways before that. */
	if (what & IMPAIR_DUPLICATED && !frame_add(i, f->bytes, len, due))
		return -ENOMEM;
	if (what & IMPAIR_CORRUPTED)
		corrupt(i, f->bytes + l2_len, len - l2_len);
	return count(i, what);
}

uint64_t
impair_due(const struct impair *i)
{
	return i->heap_count ? i->heap[0]->due_ns : IMPAIR_NEVER;
}

const struct impair_frame *
impair_take(struct impair *i, uint64_t now_ns)
{
	free(i->taken);
	i->taken = NULL;
	if (impair_due(i) <= now_ns && i->heap_count)
		i->taken = heap_take(i);
	return i->taken;
}
