/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The clients of cc, crr and rr: connections that do nothing, one transaction, or many of them one
 * after the other.
 *
 * A transaction begins when its request is queued and ends when the last byte of its response is
 * there: as many bytes as are configured, or as the response's own header says (http). What cannot
 * be understood ends the connection by RST, so that nobody is waited for in vain.
 */
#include "workload_conn.h"

static const struct load_config *
load_of(const struct client_conn *cc)
{
	return cc->part->load;
}

static struct http_reply *
reply_of(const struct client_conn *cc)
{
	return &cc->part->replies[cc - cc->part->client->conns];
}

/* ---- request -------------------------------------------------------------------------------- */

/* The rest of the request, as far as there is room. */
static void
send_request(struct tct_conn *conn)
{
	struct client_conn *cc = tct_user(conn);

	cc->to_send -= (uint32_t)pattern_send(conn, &cc->request, &cc->send_at, cc->to_send);
}

/* How many requests a connection makes; 0: until the run ends. */
static uint32_t
requests_of(const struct load_config *load)
{
	return load->workload == WORKLOAD_CRR ? 1 : load->requests;
}

static void
begin_http(struct client_conn *cc)
{
	struct part *p = cc->part;
	bool closes = cc->last && load_of(cc)->server_closes;

	cc->request = *http_template_next(&p->http, closes);
	cc->to_send = cc->request.len;
	http_reply_begin(reply_of(cc), &p->http.asked);
}

static void
begin(struct tct_conn *conn)
{
	struct client_conn *cc = tct_user(conn);
	const struct load_config *load = load_of(cc);

	cc->part->stats.requests++;
	cc->requests++;
	cc->last = cc->requests == requests_of(load);
	cc->pending = true;
	client_expect(cc);
	cc->request = *cc->part->pattern;
	cc->send_at = 0;
	cc->to_send = load->request_size;
	cc->awaited = load->response_size;
	if (cc->part->replies)
		begin_http(cc);
	send_request(conn);
}

/* ---- response ------------------------------------------------------------------------------- */

static void
fault(struct client_conn *cc, enum transaction_fault why)
{
	cc->pending = false;
	cc->part->stats.faults[why]++;
}

static void
think(struct tct_conn *conn)
{
	struct client_conn *cc = tct_user(conn);

	cc->thinks = true;
	cc->since_ns = 0;
	tct_set_wake(conn, load_of(cc)->think_ms);
}

/* The time to think is over, or the run is. */
static void
think_no_more(struct tct_conn *conn)
{
	struct client_conn *cc = tct_user(conn);

	cc->thinks = false;
	cc->since_ns = client_now_ns(conn);
	if (client_stopping(cc->part->client))
		tct_close(conn);
	else
		begin(conn);
}

/* The response is complete: the next request, or the end, which the run's may bring forward. */
static void
complete(struct tct_conn *conn)
{
	struct client_conn *cc = tct_user(conn);

	client_lap(conn, &cc->part->stats.request);
	cc->give_up_at = 0;
	if (cc->last)
		client_done(conn);
	else if (client_stopping(cc->part->client))
		tct_close(conn);
	else if (load_of(cc)->think_ms)
		think(conn);
	else
		begin(conn);
}

/* As many bytes as configured, and none besides. */
static void
take_bytes(struct tct_conn *conn, uint32_t len)
{
	struct client_conn *cc = tct_user(conn);

	if (len > cc->awaited) {
		fault(cc, FAULT_SURPLUS);
		tct_abort(conn);
		return;
	}
	cc->awaited -= len;
	if (cc->awaited)
		return;
	cc->pending = false;
	cc->part->stats.responses++;
	complete(conn);
}

/* A whole HTTP response; one that is not as wanted counts as failed, and the connection goes on. */
static void
reply_done(struct tct_conn *conn, const struct http_reply *r)
{
	struct client_conn *cc = tct_user(conn);
	enum transaction_fault why = http_template_check(&cc->part->http, r);

	cc->last |= r->last;
	if (why == FAULT_MAX) {
		cc->pending = false;
		cc->part->stats.responses++;
	} else {
		fault(cc, why);
	}
	complete(conn);
}

static void
take_http(struct tct_conn *conn, const struct tct_data *data)
{
	struct client_conn *cc = tct_user(conn);
	struct http_reply *r = reply_of(cc);
	uint32_t taken = http_reply_take(r, data->bytes, data->len);

	if (r->state == HTTP_REPLY_FAULTY)
		fault(cc, r->fault);
	else if (taken < data->len)
		fault(cc, FAULT_SURPLUS);
	else if (r->state == HTTP_REPLY_DONE)
		reply_done(conn, r);
	if (r->state == HTTP_REPLY_FAULTY || taken < data->len)
		tct_abort(conn);
}

/* What comes when nothing was asked, while a connection is held, is not looked at. */
static void
request_data(struct tct_conn *conn, const struct tct_data *data)
{
	struct client_conn *cc = tct_user(conn);

	if (!cc->pending)
		return;
	if (cc->part->replies)
		take_http(conn, data);
	else
		take_bytes(conn, data->len);
}

/* ---- the services --------------------------------------------------------------------------- */

static void
cc_opened(struct tct_conn *conn)
{
	client_opened(conn);
	client_done(conn);
}

static void
request_opened(struct tct_conn *conn)
{
	client_opened(conn);
	begin(conn);
}

/* Room for the rest of a request, or the time to think or to hold is over. */
static void
request_writable(struct tct_conn *conn)
{
	struct client_conn *cc = tct_user(conn);

	if (cc->pending)
		send_request(conn);
	else if (cc->thinks)
		think_no_more(conn);
	else
		client_wake(conn);
}

/* Whoever thinks has nothing to wait for. */
static void
request_finish(struct client_conn *cc)
{
	if (!cc->thinks)
		return;
	tct_set_wake(cc->conn, 0);
	think_no_more(cc->conn);
}

static void
request_give_up(struct client_conn *cc)
{
	fault(cc, FAULT_TIMEOUT);
}

static void
request_closed(struct tct_conn *conn, enum tct_reason reason)
{
	struct client_conn *cc = tct_user(conn);

	if (cc->pending)
		fault(cc, FAULT_CUT);
	client_closed(conn, reason);
}

const struct workload_client workload_cc = {
	.service =
		{
			.name = "cc-client",
			.opened = cc_opened,
			.writable = client_wake,
			.peer_closed = client_peer_closed,
			.closed = client_closed,
		},
};

const struct workload_client workload_crr = {
	.service =
		{
			.name = "crr-client",
			.opened = request_opened,
			.data = request_data,
			.writable = request_writable,
			.peer_closed = client_peer_closed,
			.closed = request_closed,
		},
	.finish = request_finish,
	.give_up = request_give_up,
};

const struct workload_client workload_rr = {
	.service =
		{
			.name = "rr-client",
			.opened = request_opened,
			.data = request_data,
			.writable = request_writable,
			.peer_closed = client_peer_closed,
			.closed = request_closed,
		},
	.finish = request_finish,
	.give_up = request_give_up,
};
