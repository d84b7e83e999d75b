/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An HTTP/1.0 and 1.1 server: `response-size` bytes under every path, or the files of `root`.
 *
 * A request that lies whole in one segment is parsed where it lies and answered at once; the
 * connection then has no state but its user pointer. Only what is unfinished takes a record: a
 * body that the send buffer has no room for, and a request whose rest has not come, which takes a
 * block besides. While there is no room delivery pauses, so that no more requests come in than
 * answers go out.
 *
 * An answer whose header finds no room is not kept: its request is, and is answered anew.
 *
 * A request has `header-timeout` to become complete, however it drips in; a body as long as the
 * peer takes some of it every `write-timeout`; a connection without either `idle-timeout`.
 */
#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "block.h"
#include "count.h"
#include "http_known.h"
#include "http_text.h"
#include "internal.h"

/* The beginning of a request, and what came behind a request that waits for room. */
struct input {
	uint32_t seen; /* bytes known not to end a request */
	uint32_t len;  /* bytes in bytes */
	char bytes[];
};

#define INPUT_MAX (BLOCK_BYTES - sizeof(struct input))

static_assert(INPUT_MAX >= HTTP_REQUEST_MAX + 9000, "a part of a request, and a segment behind it");

/* What is unfinished about a connection. */
struct exchange {
	const struct service_settings *settings;
	struct http_body body; /* what of it was not sent yet */
	struct progress progress;
	uint64_t since_ms;   /* the request that input has the beginning of began */
	struct input *input; /* a block; NULL: none */
	bool blocked;	     /* input begins with a request whose answer found no room */
	bool last;	     /* close after body */
	bool peer_closed;    /* no more input */
};

static_assert(sizeof(struct exchange) <= RECORD_BYTES, "it lies in a record");

static void
exchange_free(struct exchange *e)
{
	if (e->input)
		block_give(e->input);
	record_give(e);
}

/* Nothing is unfinished any more. */
static void
exchange_drop(struct tct_conn *conn, struct exchange *e)
{
	const struct service_settings *s = e->settings;

	exchange_free(e);
	patience_rest(conn, s, true);
}

/* ---- sending -------------------------------------------------------------------------------- */

/* The requests of one delivery, and how far they got. */
struct batch {
	const struct service_settings *settings;
	const char *in;
	size_t len;
	size_t seen;
	struct http_body body; /* not empty: no room for it */
	uint64_t sent;	       /* bytes queued */
	bool blocked;	       /* no room for the answer to what in begins with */
	bool starved;	       /* no packet buffers, rather: nobody will say when there are */
	bool last;
};

/* What became of sending len bytes: true when they are queued, or when there is nobody left to send
 * them to. */
static bool
queued(struct tct_conn *conn, struct batch *b, uint32_t len, int ret)
{
	if (ret == -ENOBUFS) {
		b->starved = tct_send_room(conn) >= len;
		return false;
	}
	b->sent += len;
	return true;
}

/* Queues as much of the body as there is room for. True when that was all; else writable() comes.
 */
static bool
push(struct tct_conn *conn, struct batch *b)
{
	while (b->body.left) {
		uint32_t room = tct_send_room(conn), len = http_body_piece(&b->body);

		if (room && len > room)
			len = room;
		if (!queued(conn, b, len, tct_send(conn, b->body.bytes, len, TCT_SEND_STATIC)))
			return false;
		http_body_advance(&b->body, len);
	}
	return true;
}

/* Queues the header, with a short body behind it; the rest of the body is to be pushed. */
static bool
begin(struct tct_conn *conn, struct batch *b, const struct http_answer *a)
{
	uint64_t now_us = tct_worker_now_us(tct_conn_worker(conn));
	struct http_text *shared = http_text(a, now_us);
	char text[HTTP_TEXT_MAX];
	struct http_body rest;
	uint32_t len;
	int ret;

	if (shared) {
		len = shared->text.len;
		rest = shared->rest;
		ret = tct_send_text(conn, &shared->text);
	} else {
		len = http_text_write(a, now_us, text, &rest);
		ret = tct_send(conn, text, len, 0);
	}
	if (!queued(conn, b, len, ret))
		return false;
	b->body = rest;
	return true;
}

/* Everything is said. */
static void
finish(struct tct_conn *conn, const struct service_settings *s, bool peer_closed)
{
	if (peer_closed)
		patience_close(conn);
	else
		patience_linger(conn, s);
}

/* ---- requests ------------------------------------------------------------------------------- */

/* The next request in b, or a fault in what may become one, and its length; 0: its rest has not
 * come. */
static size_t
next_request(struct batch *b, struct http_request *r)
{
	size_t len = http_request_length(b->in, b->len, b->seen);

	*r = (struct http_request){.fate = HTTP_CLOSE};
	if (len > HTTP_REQUEST_MAX || (len == 0 && b->len >= HTTP_REQUEST_MAX)) {
		r->status = HTTP_HEADER_TOO_LARGE;
		return b->len;
	}
	if (len) {
		http_request_parse(b->in, len, r);
		return len;
	}
	if (!http_request_may_begin(b->in[0])) { /* not HTTP: TLS, perhaps */
		r->status = HTTP_BAD_REQUEST;
		return b->len;
	}
	b->seen = b->len;
	return 0;
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

static void
count(const struct tct_conn *conn, enum http_status status)
{
	service_count(conn, COUNTER_HTTP_REQUESTS);
	if (status == HTTP_BAD_REQUEST || status == HTTP_HEADER_TOO_LARGE ||
	    status == HTTP_NOT_IMPLEMENTED || status == HTTP_VERSION_NOT_SUPPORTED)
		service_count(conn, COUNTER_HTTP_BAD_REQUESTS);
}

/* What answers the next request in b, and its length; 0: its rest has not come. */
static size_t
next_answer(struct batch *b, struct http_answer *a)
{
	const struct http_resource *resource = &b->settings->http;
	size_t len = b->seen ? 0 : http_known(resource, b->in, b->len, a);
	struct http_request r;

	if (len)
		return len;
	len = next_request(b, &r);
	if (len == 0)
		return 0;
	http_answer(resource, &r, a);
	if (r.status == HTTP_OK && !b->seen)
		http_known_add(resource, b->in, len, a);
	return len;
}

/* Answers requests until one is incomplete, there is no room for an answer, or one was the last. */
static void
answer(struct tct_conn *conn, struct batch *b)
{
	struct http_answer a;
	size_t len;

	while (!b->last) {
		skip_empty_lines(b);
		if (b->len == 0 || (b->len == 1 && b->in[0] == '\r'))
			return;
		len = next_answer(b, &a);
		if (len == 0)
			return;
		b->blocked = !begin(conn, b, &a);
		if (b->blocked)
			return;
		count(conn, a.status);
		b->last = a.fate == HTTP_CLOSE;
		b->in += len;
		b->len -= len;
		b->seen = 0;
		if (!push(conn, b))
			return;
	}
}

/* ---- from delivery to delivery --------------------------------------------------------------- */

/* No memory: an unfinished request is refused, and a response that is cut off must be seen to be.
 */
static void
shed(struct tct_conn *conn, struct batch *b)
{
	struct http_answer a;

	service_count(conn, COUNTER_SERVICE_NO_MEMORY);
	http_answer_fault(HTTP_UNAVAILABLE, &a);
	if (b->body.left || b->blocked || !begin(conn, b, &a))
		tct_abort(conn);
	else
		finish(conn, b->settings, false);
}

/* A younger connection needs the block. */
static void
http_evict(struct tct_conn *conn)
{
	struct exchange *e = user_record(conn);
	struct batch b = {.settings = e->settings, .body = e->body, .blocked = e->blocked};
	struct http_answer a;

	service_count(conn, COUNTER_SERVICE_EVICTED);
	exchange_drop(conn, e);
	http_answer_fault(HTTP_UNAVAILABLE, &a);
	if (b.body.left || b.blocked || !begin(conn, &b, &a))
		tct_abort(conn);
	else
		finish(conn, b.settings, false);
}

static bool
is_waiting_for_room(const struct exchange *e)
{
	return e->body.left || e->blocked;
}

/* The rest of a request has until header-timeout after its beginning, however it drips in. */
static void
await_rest(struct tct_conn *conn, const struct exchange *e)
{
	uint32_t limit = e->settings->timeouts.header_ms;
	uint64_t age = now_ms(conn) - e->since_ms;

	if (limit)
		tct_set_wake(conn, age < limit ? limit - (uint32_t)age : 1);
}

static void
await_room(struct tct_conn *conn, const struct exchange *e, const struct batch *b)
{
	tct_pause(conn);
	if (b->starved)
		tct_set_wake(conn, SERVICE_RETRY_MS);
	else
		progress_arm(conn, e->settings);
}

/* A copy of what is left of a batch that was delivered; false: no memory. */
static bool
keep_input(struct tct_conn *conn, struct exchange *e, const struct batch *b)
{
	e->input = b->len <= INPUT_MAX ? block_take(conn, http_evict) : NULL;
	if (!e->input)
		return false;
	e->input->seen = (uint32_t)b->seen;
	e->input->len = (uint32_t)b->len;
	memcpy(e->input->bytes, b->in, b->len);
	return true;
}

static void
keep(struct tct_conn *conn, struct batch *b)
{
	struct exchange *e = record_take();

	if (!e) {
		shed(conn, b);
		return;
	}
	*e = (struct exchange){
		.settings = b->settings,
		.body = b->body,
		.since_ms = now_ms(conn),
		.blocked = b->blocked,
		.last = b->last,
	};
	if (b->len && !b->last && !keep_input(conn, e, b)) {
		record_give(e);
		shed(conn, b);
		return;
	}
	progress_begin(&e->progress, conn);
	patience_forget(conn);
	user_set_record(conn, e);
	if (is_waiting_for_room(e))
		await_room(conn, e, b);
	else
		await_rest(conn, e);
}

/* What is left of the input of e after b; without any its block goes back. */
static void
trim_input(struct tct_conn *conn, struct exchange *e, const struct batch *b)
{
	if (!e->input)
		return;
	if (b->len == 0 || b->last) {
		block_give(e->input);
		e->input = NULL;
		return;
	}
	if (b->in != e->input->bytes) { /* another request than before */
		memmove(e->input->bytes, b->in, b->len);
		e->since_ms = now_ms(conn);
		block_renew(e->input);
	}
	e->input->len = (uint32_t)b->len;
	e->input->seen = (uint32_t)b->seen;
}

/* Goes on with what was kept, as far as it can now. */
static void
resume(struct tct_conn *conn, struct exchange *e)
{
	struct batch b = {.settings = e->settings,
			  .in = e->input ? e->input->bytes : NULL,
			  .len = e->input ? e->input->len : 0,
			  .seen = e->input ? e->input->seen : 0,
			  .body = e->body,
			  .last = e->last};
	bool peer_closed = e->peer_closed;

	if (is_waiting_for_room(e)) /* nothing came meanwhile */
		e->since_ms = now_ms(conn);
	if (push(conn, &b))
		answer(conn, &b);
	trim_input(conn, e, &b);
	e->body = b.body;
	e->blocked = b.blocked;
	e->last = b.last;
	e->progress.sent += b.sent;
	if (is_waiting_for_room(e)) {
		await_room(conn, e, &b);
		return;
	}
	if (b.last || peer_closed) {
		exchange_drop(conn, e);
		finish(conn, b.settings, peer_closed);
	} else if (!e->input) {
		exchange_drop(conn, e);
	} else {
		await_rest(conn, e);
	}
	tct_resume(conn); /* may deliver: e may be gone */
}

/* A segment behind what was kept. */
static void
append(struct tct_conn *conn, struct exchange *e, const struct tct_data *data)
{
	struct input *in = e->input;

	if (!in || data->len > INPUT_MAX - in->len) { /* never: see INPUT_MAX */
		tct_abort(conn);
		return;
	}
	memcpy(in->bytes + in->len, data->bytes, data->len);
	in->len += data->len;
	resume(conn, e);
}

static void
http_data(struct tct_conn *conn, const struct tct_data *data)
{
	struct exchange *e = user_record(conn);
	struct batch b = {.in = data->bytes, .len = data->len};

	if (e) {
		append(conn, e, data);
		return;
	}
	if (user_kind(conn) == USER_LINGERING)
		return;
	b.settings = user_settings(conn);
	answer(conn, &b);
	if (b.body.left || b.blocked || (b.len && !b.last)) {
		keep(conn, &b);
	} else if (b.last) {
		finish(conn, b.settings, false);
	} else {
		patience_heard(conn, (uint32_t)b.sent);
	}
}

static void
time_out(struct tct_conn *conn, struct exchange *e)
{
	struct batch b = {.settings = e->settings};
	struct http_answer a;

	service_count(conn, COUNTER_HTTP_HEADER_TIMEOUT);
	exchange_drop(conn, e);
	http_answer_fault(HTTP_REQUEST_TIMEOUT, &a);
	begin(conn, &b, &a); /* if it finds no room the end has to do */
	finish(conn, b.settings, false);
}

static void
exchange_due(struct tct_conn *conn, struct exchange *e)
{
	uint32_t limit = e->settings->timeouts.header_ms;

	if (is_waiting_for_room(e)) {
		if (!progress_give_up(&e->progress, conn, e->settings))
			resume(conn, e);
	} else if (limit && now_ms(conn) - e->since_ms >= limit) {
		time_out(conn, e);
	} else {
		await_rest(conn, e);
	}
}

static void
http_writable(struct tct_conn *conn)
{
	struct exchange *e = user_record(conn);

	if (e)
		exchange_due(conn, e);
	else
		patience_due(conn);
}

static void
http_peer_closed(struct tct_conn *conn)
{
	struct exchange *e = user_record(conn);

	if (e && is_waiting_for_room(e)) {
		e->peer_closed = true;
		return;
	}
	if (e)
		exchange_drop(conn, e);
	patience_close(conn);
}

static void
http_closed(struct tct_conn *conn, enum tct_reason reason)
{
	struct exchange *e = user_record(conn);

	if (e)
		exchange_free(e);
	else
		patience_closed(conn, reason);
}

const struct tct_service service_http = {
	.name = "http",
	.opened = patience_begin,
	.data = http_data,
	.writable = http_writable,
	.peer_closed = http_peer_closed,
	.closed = http_closed,
};
