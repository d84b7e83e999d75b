/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Somebody who sees every frame that is put on the wire and knows what becomes of it: traces
 * segments, a line each, and counts what was sent again, what was sent again for nothing, and what
 * was reported and then not acknowledged, by itself and not by what the stacks say.
 */
#ifndef TCT_TESTS_WATCH_H
#define TCT_TESTS_WATCH_H

#include <stdbool.h>
#include <stdint.h>

/* One direction. */
struct watch_way {
	uint64_t segments;	/* with data */
	uint64_t again;		/* of these, with nothing but bytes that were sent before */
	uint64_t needless;	/* of those, with nothing but bytes that had not been lost */
	uint64_t bytes;		/* of payload */
	uint64_t acks;		/* segments without data */
	uint64_t wraps;		/* segments that reach over sequence number 2^32 */
	uint64_t sack_segments; /* that carried SACK blocks */
	uint64_t taken_back;	/* that ask for a byte which was reported or acknowledged */
};

struct watch;

/* The client's ports are first_port and on, one for each of conns connections that carry at most
 * bytes each way. trace: to stdout.
 */
struct watch *watch_make(uint16_t first_port, uint32_t conns, uint64_t bytes, bool trace);
void watch_free(struct watch *w);

/* A frame that was put on the wire, and what impair_put() said. */
void watch_frame(struct watch *w, bool to_server, const uint8_t *frame, uint32_t len, unsigned what,
		 uint64_t now_us);

const struct watch_way *watch_way(const struct watch *w, bool to_server);

#endif
