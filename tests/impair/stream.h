/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The service at both ends of a simulated connection: it sends a stream, in pieces of any size, now
 * copied and now static, closes its half, and compares every byte that comes with what the other
 * end was given to send. A slow one stops reading now and then.
 */
#ifndef TCT_TESTS_STREAM_H
#define TCT_TESTS_STREAM_H

#include <tercet.h>

#include "random.h"

struct stream {
	/* set by the simulation */
	const char *name;
	const uint8_t *out, *in; /* what is to be sent, and to be received */
	uint64_t out_len, in_len;
	uint32_t piece_max;  /* at most the send buffer */
	uint32_t slow_bytes; /* pauses after about so many bytes; 0: never */
	uint32_t slow_ms;    /* for about so long */
	struct random random;
	const uint64_t *now_us;

	/* the stream's */
	uint64_t sent, received;
	uint64_t pause_at; /* when so many bytes are received */
	uint64_t resume_us;
	uint64_t opened_us, last_us; /* 0: not opened; when the last byte came */
	uint64_t pauses;
	bool paused, peer_closed, closed;
	enum tct_reason reason; /* once closed */
	uint64_t wrong_at;	/* first byte that differs + 1, 0: none does */
};

extern const struct tct_service stream_service;

/* Of the passive side: the stream that a connection from this port belongs to. */
extern struct stream *(*stream_of_port)(uint16_t remote_port);

/* All came, and the connection ended in order. */
bool stream_complete(const struct stream *s);

#endif
