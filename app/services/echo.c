/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 862: what comes goes back, in the very packet buffers that it came in.
 *
 * A peer that sends and does not read fills the send buffer. The piece that finds no room is copied
 * into a block, since a callback may not keep it, and delivery pauses, so that there is one such
 * piece at most; the peer's window closes, and it feels what it does. When there is room again the
 * piece goes first, then delivery resumes.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "block.h"
#include "internal.h"

struct held {
	uint32_t at, end;
	bool peer_closed; /* close once this is sent */
	uint8_t bytes[];
};

/* The user pointer is a held piece when its lowest bit says so. */
#define HELD 1u

static struct held *
echo_held(const struct tct_conn *conn)
{
	uintptr_t user = (uintptr_t)tct_user(conn);

	return user & HELD ? (struct held *)(user - HELD) : NULL;
}

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
hold(struct tct_conn *conn, const uint8_t *bytes, uint32_t len)
{
	struct held *h = len <= BLOCK_BYTES - sizeof(*h) ? block_take() : NULL;

	if (!h) { /* what cannot be echoed must not be lost in silence */
		tct_abort(conn);
		return;
	}
	*h = (struct held){.end = len};
	memcpy(h->bytes, bytes, len);
	tct_set_user(conn, (uint8_t *)h + HELD);
	tct_pause(conn);
}

static void
echo_data(struct tct_conn *conn, const struct tct_data *data)
{
	uint32_t n = send_some(conn, data);

	if (n < data->len)
		hold(conn, (const uint8_t *)data->bytes + n, data->len - n);
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
		if (ret < 0)
			return false;
		h->at += len;
	}
	return true;
}

static void
echo_writable(struct tct_conn *conn)
{
	struct held *h = echo_held(conn);
	bool peer_closed;

	if (!h || !send_held(conn, h))
		return;
	peer_closed = h->peer_closed;
	tct_set_user(conn, NULL);
	block_give(h);
	if (peer_closed)
		tct_close(conn);
	else
		tct_resume(conn);
}

static void
echo_peer_closed(struct tct_conn *conn)
{
	struct held *h = echo_held(conn);

	if (h)
		h->peer_closed = true;
	else
		tct_close(conn);
}

static void
echo_closed(struct tct_conn *conn, enum tct_reason reason)
{
	struct held *h = echo_held(conn);

	(void)reason;
	if (h)
		block_give(h);
}

const struct tct_service service_echo = {
	.name = "echo",
	.data = echo_data,
	.writable = echo_writable,
	.peer_closed = echo_peer_closed,
	.closed = echo_closed,
};
