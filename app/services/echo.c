/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 862: what comes goes back, in the very packet buffers that it came in.
 *
 * A peer that sends and does not read fills the send buffer. The piece that finds no room is copied
 * into a block, since a callback may not keep it, and delivery pauses, so that there is one such
 * piece at most; the peer's window closes, and it feels what it does. When there is room again the
 * piece goes first, then delivery resumes. A peer that has not made room for too long is reset.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "block.h"
#include "count.h"
#include "internal.h"

/* The piece that found no room. */
struct held {
	const struct service_settings *settings;
	struct progress progress;
	uint8_t *bytes; /* a block */
	uint32_t at, end;
	bool peer_closed; /* close once this is sent */
};

/* As much of data as is taken, up to a refusal, so that writable() comes; returns how much. */
static uint32_t
send_some(struct tct_conn *conn, const struct tct_data *data)
{
	struct tct_data part = *data;
	uint32_t at = 0, room;
	int ret;

	while (at < data->len) {
		room = tct_send_room(conn);
		part.bytes = (const uint8_t *)data->bytes + at;
		part.len = data->len - at;
		if (room && part.len > room)
			part.len = room;
		ret = tct_send_data(conn, &part);
		if (ret == -ENOBUFS && room)
			tct_set_wake(conn, SERVICE_RETRY_MS);
		if (ret < 0)
			break;
		at += part.len;
	}
	return at;
}

static void
held_free(struct held *h)
{
	block_give(h->bytes);
	record_give(h);
}

/* A younger connection needs the block. */
static void
echo_evict(struct tct_conn *conn)
{
	struct held *h = user_record(conn);
	const struct service_settings *s = h->settings;

	service_count(conn, COUNTER_SERVICE_EVICTED);
	held_free(h);
	patience_rest(conn, s, false);
	tct_abort(conn);
}

/* What cannot be echoed must not be lost in silence. */
static void
give_up(struct tct_conn *conn)
{
	service_count(conn, COUNTER_SERVICE_NO_MEMORY);
	tct_abort(conn);
}

static void
hold(struct tct_conn *conn, const uint8_t *bytes, uint32_t len)
{
	const struct service_settings *s = user_settings(conn);
	struct held *h = len <= BLOCK_BYTES ? record_take() : NULL;

	if (!h) {
		give_up(conn);
		return;
	}
	*h = (struct held){.settings = s, .end = len};
	h->bytes = block_take(conn, echo_evict);
	if (!h->bytes) {
		record_give(h);
		give_up(conn);
		return;
	}
	memcpy(h->bytes, bytes, len);
	progress_begin(&h->progress, conn);
	patience_forget(conn);
	user_set_record(conn, h);
	tct_pause(conn);
	if (!tct_send_room(conn))
		progress_arm(conn, s);
}

static void
echo_data(struct tct_conn *conn, const struct tct_data *data)
{
	uint32_t n;

	if (user_kind(conn) == USER_LINGERING)
		return;
	n = send_some(conn, data);
	if (n < data->len)
		hold(conn, (const uint8_t *)data->bytes + n, data->len - n);
	else
		patience_heard(conn, n);
}

/* Sends what is held, or a part of it; the rest waits for more room. */
static bool
send_held(struct tct_conn *conn, struct held *h)
{
	while (h->at < h->end) {
		uint32_t room = tct_send_room(conn);
		uint32_t len = h->end - h->at;
		int ret;

		if (len > room && room)
			len = room;
		ret = tct_send(conn, h->bytes + h->at, len, 0);
		if (ret == -ENOBUFS && room)
			tct_set_wake(conn, SERVICE_RETRY_MS);
		else if (ret < 0)
			progress_arm(conn, h->settings);
		if (ret < 0)
			return false;
		h->at += len;
		h->progress.sent += len;
	}
	return true;
}

static void
held_writable(struct tct_conn *conn, struct held *h)
{
	const struct service_settings *s = h->settings;
	bool peer_closed = h->peer_closed;

	if (progress_give_up(&h->progress, conn, s))
		return;
	if (progress_still_ms(&h->progress, conn) == 0)
		block_renew(h->bytes);
	if (!send_held(conn, h))
		return;
	held_free(h);
	patience_rest(conn, s, true);
	if (peer_closed)
		patience_close(conn);
	else
		tct_resume(conn);
}

static void
echo_writable(struct tct_conn *conn)
{
	struct held *h = user_record(conn);

	if (h)
		held_writable(conn, h);
	else
		patience_due(conn);
}

static void
echo_peer_closed(struct tct_conn *conn)
{
	struct held *h = user_record(conn);

	if (h)
		h->peer_closed = true;
	else
		patience_close(conn);
}

static void
echo_closed(struct tct_conn *conn, enum tct_reason reason)
{
	struct held *h = user_record(conn);

	if (h)
		held_free(h);
	else
		patience_closed(conn, reason);
}

const struct tct_service service_echo = {
	.name = "echo",
	.opened = patience_begin,
	.data = echo_data,
	.writable = echo_writable,
	.peer_closed = echo_peer_closed,
	.closed = echo_closed,
};
