/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One direction of a bad path: frames go in at a time, and come out later, changed, twice, out of
 * order or not at all.
 *
 * No I/O and no clock: time is passed in, in nanoseconds, and must not go back. All that is random
 * comes from the seed, and each kind of harm draws from a stream of its own, once per frame, so
 * that the same frames at the same times meet the same fate again, and turning one kind on does not
 * move the others.
 *
 * A frame's way: an MTU black hole, a queue of bounded size before a link of bounded rate (tail
 * drop, and CE marks above a threshold), then the wire: loss, corruption, delay with jitter,
 * reordering, duplication. Jitter alone keeps the order, as a queue on the way would: only reorder
 * lets later frames overtake.
 */
#ifndef TCT_TESTS_IMPAIR_H
#define TCT_TESTS_IMPAIR_H

#include <stdbool.h>
#include <stdint.h>

#define IMPAIR_NEVER UINT64_MAX

/* Shares are in parts per million of the frames. All zero: a perfect wire. */
struct impair_config {
	uint64_t seed;
	uint32_t l2_len; /* bytes before the IP header: the black hole does not count them, and
			  * corruption leaves them alone */

	uint32_t loss_ppm;
	/* Gilbert and Elliott: in the bad state burst_loss_ppm of the frames are lost. A burst is
	 * one of frames, and of time: after half a second of silence the state is good. */
	uint32_t burst_enter_ppm;
	uint32_t burst_leave_ppm;
	uint32_t burst_loss_ppm;

	uint32_t reorder_ppm; /* these take reorder_ns longer, and are overtaken */
	uint64_t reorder_ns;
	uint32_t duplicate_ppm;
	uint32_t corrupt_ppm; /* one or more bits of one byte flip: no checksum misses that */

	uint64_t delay_ns;
	uint64_t jitter_ns; /* up to so much more, evenly spread */

	uint64_t rate_bps;	/* bits per second, 0: infinite */
	uint32_t queue_bytes;	/* waiting for the link, the frame on it included; 0: no bound */
	uint32_t queue_packets; /* likewise */
	uint32_t mark_bytes;	/* CE on ECN-capable packets that find so much queued; 0: never */

	uint32_t mtu;	/* longer IP packets vanish; 0: none */
	bool mtu_tells; /* impair_put() says so, for an ICMP "too big" */
};

/* What happened to a frame: a mask. X(NAME, "name", "help"). */
#define IMPAIR_LIST(X)                                                    \
	X(LOST, "lost", "lost on the wire, by itself")                    \
	X(BURST_LOST, "burst_lost", "lost on the wire, in the bad state") \
	X(REORDERED, "reordered", "held back, for others to overtake")    \
	X(DUPLICATED, "duplicated", "delivered twice")                    \
	X(CORRUPTED, "corrupted", "bits flipped")                         \
	X(MARKED, "marked", "given Congestion Experienced")               \
	X(QUEUE_FULL, "queue_full", "dropped at the tail of the queue")   \
	X(VANISHED, "vanished", "longer than the path's MTU")

enum impair_bit {
#define X(id, name, help) IMPAIR_BIT_##id,
	IMPAIR_LIST(X)
#undef X
	IMPAIR_BITS
};

enum impair_what {
	IMPAIR_UNHARMED = 0,
#define X(id, name, help) IMPAIR_##id = 1 << IMPAIR_BIT_##id,
	IMPAIR_LIST(X)
#undef X
};

#define IMPAIR_DROPPED (IMPAIR_LOST | IMPAIR_BURST_LOST | IMPAIR_QUEUE_FULL | IMPAIR_VANISHED)

extern const char *const impair_name[IMPAIR_BITS];

struct impair_counts {
	uint64_t frames; /* that went in */
	uint64_t dropped;
	uint64_t what[IMPAIR_BITS];
};

struct impair;

/* NULL: no memory. */
struct impair *impair_make(const struct impair_config *config);
void impair_free(struct impair *i);

/* Takes a copy of a frame; returns what happens to it (enum impair_what), or -ENOMEM. */
int impair_put(struct impair *i, const uint8_t *frame, uint32_t len, uint64_t now_ns);

/* When the next frame comes out: IMPAIR_NEVER when none is on the way. */
uint64_t impair_due(const struct impair *i);

struct impair_frame {
	uint64_t due_ns;
	uint64_t serial; /* of two that are due at once the first that went in is the first out */
	uint32_t len;
	uint8_t bytes[];
};

/* The next frame that is due, valid until the next call; NULL when there is none. */
const struct impair_frame *impair_take(struct impair *i, uint64_t now_ns);

const struct impair_counts *impair_counts(const struct impair *i);

/*
 * impair_option.c: one setting by its name on a command line. 0, or -EINVAL.
 *
 *	loss 1%        burst-loss ENTER%,LEAVE%,LOSS%   reorder 10%,5ms   duplicate 0.5%
 *	corrupt 1%     delay 20ms     jitter 500us      rate 10M          queue 64k or 100p
 *	ecn-mark 32k   mtu-black-hole 1400 or 1400,tell
 */
int impair_option(struct impair_config *config, const char *name, const char *value);

/* The text of a usage message about them, a line each. */
extern const char impair_usage[];

#endif
