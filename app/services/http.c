/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An HTTP/1.0 and 1.1 server with one resource under every path: `response-size` bytes.
 *
 * A request that lies whole in one segment is parsed where it lies and answered by one send of
 * bytes made beforehand; the connection then has no state but the pointer to its listener's
 * settings. Only what is unfinished takes a block: a request whose rest has not come, or a response
 * that the send buffer has no room for (delivery then pauses, so that no more requests come in than
 * answers go out). Blocks are bounded per worker, and an unfinished request has REQUEST_MS to
 * become one, so that slow peers cannot take them all for long; when they are taken, 503.
 *
 * After the last response the connection closes by half and input is thrown away for a while: a RST
 * could reach the peer ahead of the response (RFC 9112 9.6).
 */
#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "block.h"
#include "internal.h"

#define REQUEST_MS 10000 /* from the first bytes of a request to its last */

/* What is unfinished about a connection. */
struct unfinished {
	const struct service_settings *settings;
	struct http_output out;
	uint64_t since_us; /* the request that in holds a part of began */
	bool last;	   /* close after out */
	bool peer_closed;  /* no more input */
	uint32_t seen;	   /* bytes of in known not to end a request */
	uint32_t len;	   /* bytes in in */
	char in[];
};

#define IN_MAX (BLOCK_BYTES - sizeof(struct unfinished))

static_assert(IN_MAX >= HTTP_REQUEST_MAX + 9000, "a part of a request, and a segment behind it");

/* The low bits of the user pointer. */
enum {
	USER_SETTINGS = 0,
	USER_UNFINISHED = 1,
	USER_LINGERING = 2, /* the last response is on its way; nothing is behind the pointer */
	USER_BITS = 3
};

static unsigned
user_kind(const struct tct_conn *conn)
{
	return (uintptr_t)tct_user(conn) & USER_BITS;
}

static struct unfinished *
unfinished_of(const struct tct_conn *conn)
{
	uintptr_t user = (uintptr_t)tct_user(conn);

	return (user & USER_BITS) == USER_UNFINISHED ? (struct unfinished *)(user - USER_UNFINISHED)
						     : NULL;
}

static void
unfinished_drop(struct tct_conn *conn, struct unfinished *u)
{
	tct_set_user(conn, (void *)(uintptr_t)u->settings);
	block_give(u);
}

/* ---- sending -------------------------------------------------------------------------------- */

/* Queues as much of out as there is room for. True when that was all, or when there is nobody left
 * to send it to; else writable() comes. */
static bool
push(struct tct_conn *conn, const struct service_settings *s, struct http_output *out)
{
	while (out->len) {
		uint32_t room = tct_send_room(conn);
		uint32_t len = room && out->len > room ? room : out->len;
		int ret = tct_send(conn, out->bytes, len, TCT_SEND_STATIC);

		if (ret == -ENOBUFS) {
			if (room)
				tct_set_wake(conn, SERVICE_RETRY_MS);
			return false;
		}
		if (ret < 0)
			*out = (struct http_output){0};
		else
			http_output_advance(&s->http, out, len);
	}
	return true;
}

/* Everything is said. */
static void
finish(struct tct_conn *conn, bool peer_closed)
{
	tct_set_user(conn, (void *)(uintptr_t)USER_LINGERING);
	if (peer_closed) {
		tct_close(conn);
		return;
	}
	tct_shutdown(conn);
	tct_set_wake(conn, SERVICE_LINGER_MS);
}

/* ---- requests ------------------------------------------------------------------------------- */

/* The requests of one delivery, and how far they got. */
struct batch {
	const struct service_settings *settings;
	const char *in;
	size_t len;
	size_t seen;
	struct http_output out; /* not empty: no room for it */
	bool last;
};

static bool
is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* The next request in b, or a fault in what may become one. False: its rest has not come. */
static bool
next_request(struct batch *b, struct http_request *r)
{
	size_t len = http_request_length(b->in, b->len, b->seen);

	*r = (struct http_request){.fate = HTTP_CLOSE};
	if (len > HTTP_REQUEST_MAX || (len == 0 && b->len >= HTTP_REQUEST_MAX)) {
		r->status = HTTP_HEADER_TOO_LARGE;
	} else if (len) {
		http_request_parse(b->in, len, r);
	} else if (!is_letter(b->in[0])) { /* not HTTP: TLS, perhaps */
		r->status = HTTP_BAD_REQUEST;
	} else {
		b->seen = b->len;
		return false;
	}
	b->in += len;
	b->len -= len;
	b->seen = 0;
	return true;
}

/* Empty lines before a request line: RFC 9112 2.2. */
static void
skip_empty_lines(struct batch *b)
{
	while (b->len && b->seen == 0) {
		size_t n = b->in[0] == '\n' ? 1 : b->len > 1 && !memcmp(b->in, "\r\n", 2) ? 2 : 0;

		if (!n)
			return;
		b->in += n;
		b->len -= n;
	}
}

/* Answers requests until one is incomplete, there is no room for an answer, or one was the last. */
static void
answer(struct tct_conn *conn, struct batch *b)
{
	struct http_request r;

	while (!b->last) {
		skip_empty_lines(b);
		if (b->len == 0 || (b->len == 1 && b->in[0] == '\r') || !next_request(b, &r))
			return;
		b->last = r.fate == HTTP_CLOSE;
		http_response(&b->settings->http, &r, &b->out);
		if (!push(conn, b->settings, &b->out))
			return;
	}
}

/* ---- from delivery to delivery --------------------------------------------------------------- */

/* No block: an unfinished request is refused, and a response that is cut off must be seen to be. */
static void
shed(struct tct_conn *conn, struct batch *b)
{
	struct http_request r = {.status = HTTP_UNAVAILABLE, .fate = HTTP_CLOSE};

	if (b->out.len == 0) {
		http_response(&b->settings->http, &r, &b->out);
		if (push(conn, b->settings, &b->out)) {
			finish(conn, false);
			return;
		}
	}
	tct_abort(conn);
}

/* The rest of a request has until REQUEST_MS after its beginning, however it drips in. */
static void
await_rest(struct tct_conn *conn, const struct unfinished *u)
{
	uint64_t age_ms = (tct_worker_now_us(tct_conn_worker(conn)) - u->since_us) / 1000;

	tct_set_wake(conn, age_ms < REQUEST_MS ? REQUEST_MS - (uint32_t)age_ms : 1);
}

/* Keeps what is left of a batch that was delivered. */
static void
keep(struct tct_conn *conn, const struct batch *b)
{
	struct unfinished *u = b->len <= IN_MAX ? block_take() : NULL;

	if (!u) {
		shed(conn, &(struct batch){.settings = b->settings, .out = b->out});
		return;
	}
	*u = (struct unfinished){
		.settings = b->settings,
		.out = b->out,
		.last = b->last,
		.seen = (uint32_t)b->seen,
		.len = b->last ? 0 : (uint32_t)b->len,
		.since_us = tct_worker_now_us(tct_conn_worker(conn)),
	};
	memcpy(u->in, b->in, u->len);
	tct_set_user(conn, (char *)u + USER_UNFINISHED);
	if (u->out.len)
		tct_pause(conn);
	else
		await_rest(conn, u);
}

/* Goes on with what was kept, as far as it can now. */
static void
resume(struct tct_conn *conn, struct unfinished *u)
{
	struct batch b = {.settings = u->settings,
			  .in = u->in,
			  .len = u->len,
			  .seen = u->seen,
			  .out = u->out,
			  .last = u->last};
	bool peer_closed = u->peer_closed, had_to_wait = u->out.len > 0;

	if (push(conn, b.settings, &b.out))
		answer(conn, &b);
	memmove(u->in, b.in, b.len);
	if (b.in != u->in || had_to_wait) /* another request than before, or none came meanwhile */
		u->since_us = tct_worker_now_us(tct_conn_worker(conn));
	u->out = b.out;
	u->last = b.last;
	u->len = (uint32_t)b.len;
	u->seen = (uint32_t)b.seen;
	if (u->out.len) {
		tct_pause(conn);
		return;
	}
	if (b.last || peer_closed) {
		unfinished_drop(conn, u);
		finish(conn, peer_closed);
	} else if (u->len == 0) {
		unfinished_drop(conn, u);
	} else {
		await_rest(conn, u);
	}
	tct_resume(conn); /* may deliver: u may be gone */
}

/* A segment behind what was kept. */
static void
append(struct tct_conn *conn, struct unfinished *u, const struct tct_data *data)
{
	if (data->len > IN_MAX - u->len) { /* never: see IN_MAX */
		tct_abort(conn);
		return;
	}
	memcpy(u->in + u->len, data->bytes, data->len);
	u->len += data->len;
	resume(conn, u);
}

static void
http_data(struct tct_conn *conn, const struct tct_data *data)
{
	struct unfinished *u = unfinished_of(conn);
	struct batch b = {.in = data->bytes, .len = data->len};

	if (u) {
		append(conn, u, data);
		return;
	}
	if (user_kind(conn) == USER_LINGERING)
		return;
	b.settings = tct_user(conn);
	answer(conn, &b);
	if (b.out.len || (b.len && !b.last))
		keep(conn, &b);
	else if (b.last)
		finish(conn, false);
}

static void
time_out(struct tct_conn *conn, struct unfinished *u)
{
	struct http_request r = {.status = HTTP_REQUEST_TIMEOUT, .fate = HTTP_CLOSE};

	u->last = true;
	http_response(&u->settings->http, &r, &u->out);
	resume(conn, u);
}

static void
http_writable(struct tct_conn *conn)
{
	struct unfinished *u = unfinished_of(conn);

	if (user_kind(conn) == USER_LINGERING)
		tct_close(conn);
	else if (u && u->out.len)
		resume(conn, u);
	else if (u &&
		 tct_worker_now_us(tct_conn_worker(conn)) - u->since_us >= REQUEST_MS * 1000ull)
		time_out(conn, u);
}

static void
http_peer_closed(struct tct_conn *conn)
{
	struct unfinished *u = unfinished_of(conn);

	if (u && u->out.len) {
		u->peer_closed = true;
		return;
	}
	if (u)
		unfinished_drop(conn, u);
	tct_close(conn);
}

static void
http_closed(struct tct_conn *conn, enum tct_reason reason)
{
	struct unfinished *u = unfinished_of(conn);

	(void)reason;
	if (u)
		unfinished_drop(conn, u);
}

const struct tct_service service_http = {
	.name = "http",
	.data = http_data,
	.writable = http_writable,
	.peer_closed = http_peer_closed,
	.closed = http_closed,
};
