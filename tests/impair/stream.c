/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COPY_MAX 32768 /* a copy takes a buffer for each KiB, at once */

struct stream *(*stream_of_port)(uint16_t remote_port);

bool
stream_complete(const struct stream *s)
{
	return s->closed && s->reason == TCT_CLOSED && s->peer_closed && s->received == s->in_len &&
	       s->sent == s->out_len && !s->wrong_at;
}

/* ---- sending -------------------------------------------------------------------------------- */

/* Small, about a segment, large: each often. */
static uint32_t
piece(struct stream *s, unsigned *flags)
{
	static const uint32_t most[4] = {100, 1500, 65536, 65536};
	uint64_t left = s->out_len - s->sent;
	uint64_t len = 1 + random_below(&s->random, most[random_below(&s->random, 4)]);

	*flags = random_below(&s->random, 2) ? TCT_SEND_STATIC : 0;
	if (!*flags && len > COPY_MAX)
		len = COPY_MAX;
	if (len > s->piece_max)
		len = s->piece_max;
	return (uint32_t)(len < left ? len : left);
}

/* Until it is refused: then writable() comes. Sometimes what there is room for is not tried. */
static void
pump(struct tct_conn *conn, struct stream *s)
{
	while (s->sent < s->out_len) {
		unsigned flags;
		uint32_t len = piece(s, &flags), room = tct_send_room(conn);
		int ret;

		if (room && len > room && random_below(&s->random, 4))
			len = room;
		ret = tct_send(conn, s->out + s->sent, len, flags);
		if (ret == -ENOBUFS)
			return;
		if (ret < 0) {
			fprintf(stderr, "%s: tct_send: %s\n", s->name, strerror(-ret));
			tct_abort(conn);
			return;
		}
		s->sent += len;
	}
	tct_shutdown(conn);
}

/* ---- receiving ------------------------------------------------------------------------------ */

static void
next_pause(struct stream *s)
{
	s->pause_at = s->slow_bytes
			      ? s->received + 1 + random_below(&s->random, 2ull * s->slow_bytes)
			      : UINT64_MAX;
}

static void
pause_reading(struct tct_conn *conn, struct stream *s)
{
	uint32_t ms = 1 + (uint32_t)random_below(&s->random, 2ull * s->slow_ms + 1);

	s->paused = true;
	s->pauses++;
	s->resume_us = *s->now_us + 1000ull * ms;
	tct_pause(conn);
	tct_set_wake(conn, ms);
}

static void
resume_reading(struct tct_conn *conn, struct stream *s)
{
	if (*s->now_us < s->resume_us) {
		tct_set_wake(conn, (uint32_t)((s->resume_us - *s->now_us) / 1000) + 1);
		return;
	}
	s->paused = false;
	next_pause(s);
	tct_resume(conn);
}

static void
compare(struct stream *s, const uint8_t *bytes, uint32_t len)
{
	uint64_t left = s->in_len - s->received;

	if (s->wrong_at)
		return;
	if (len <= left && memcmp(s->in + s->received, bytes, len) == 0)
		return;
	for (uint32_t i = 0; i < len && !s->wrong_at; i++)
		if (i >= left || bytes[i] != s->in[s->received + i])
			s->wrong_at = s->received + i + 1;
}

/* ---- the service ---------------------------------------------------------------------------- */

static void
opened(struct tct_conn *conn)
{
	struct stream *s = tct_user(conn);

	if (!s) {
		struct tct_info info;

		tct_info(conn, &info);
		s = stream_of_port(info.remote_port);
		tct_set_user(conn, s);
	}
	if (!s || s->opened_us) { /* an old SYN that came once more, and somebody acknowledged */
		tct_set_user(conn, NULL);
		tct_abort(conn);
		return;
	}
	s->opened_us = *s->now_us + 1;
	s->last_us = *s->now_us;
	next_pause(s);
	pump(conn, s);
}

static void
data(struct tct_conn *conn, const struct tct_data *d)
{
	struct stream *s = tct_user(conn);

	if (!s)
		return;
	compare(s, d->bytes, d->len);
	s->received += d->len;
	s->last_us = *s->now_us;
	if (s->received >= s->pause_at && !s->paused)
		pause_reading(conn, s);
}

static void
writable(struct tct_conn *conn)
{
	struct stream *s = tct_user(conn);

	if (!s)
		return;
	if (s->paused)
		resume_reading(conn, s);
	pump(conn, s);
}

static void
peer_closed(struct tct_conn *conn)
{
	struct stream *s = tct_user(conn);

	if (s)
		s->peer_closed = true;
}

static void
closed(struct tct_conn *conn, enum tct_reason reason)
{
	struct stream *s = tct_user(conn);

	if (!s)
		return;
	s->closed = true;
	s->reason = reason;
}

const struct tct_service stream_service = {
	.name = "stream",
	.opened = opened,
	.data = data,
	.writable = writable,
	.peer_closed = peer_closed,
	.closed = closed,
};
