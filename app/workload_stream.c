/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stream: bulk, one way or both at once, for as long as the run lasts.
 *
 * Whoever sends queues the pattern whenever there is room. At the end the client sends its FIN
 * behind what it has queued and goes on receiving; the server answers it with its own, behind what
 * it has queued; so that both streams end complete, and nothing is aborted.
 *
 * What was received is counted as the service gets it: in order, once. What the client's peer has
 * received it can only know by acknowledgments, which are looked at now and then.
 */
#include "workload_conn.h"

/* ---- client --------------------------------------------------------------------------------- */

static bool
sends(const struct part *p)
{
	return p->load->direction != DIRECTION_RECEIVE;
}

static void
client_send(struct client_conn *cc)
{
	struct part *p = cc->part;
	uint64_t n;

	if (!sends(p) || cc->finished)
		return;
	n = pattern_send(cc->conn, p->pattern, &cc->send_at, UINT64_MAX);
	cc->sent += n;
	p->stats.sent_bytes += n;
}

static void
stream_acked(struct client_conn *cc, uint64_t acked)
{
	cc->part->stats.acked_bytes += acked - cc->acked;
	cc->acked = acked;
}

/* What is not queued any more has been acknowledged. */
static void
stream_look(struct client_conn *cc)
{
	uint32_t queued = tct_send_queued(cc->conn);

	if (cc->sent - queued > cc->acked)
		stream_acked(cc, cc->sent - queued);
}

/* The FIN goes behind what is queued; what still comes is taken. */
static void
stream_finish(struct client_conn *cc)
{
	if (cc->finished)
		return;
	cc->finished = true;
	cc->since_ns = client_now_ns(cc->conn);
	tct_shutdown(cc->conn);
}

static void
stream_opened(struct tct_conn *conn)
{
	struct client_conn *cc = tct_user(conn);

	client_opened(conn);
	if (client_stopping(cc->part->client))
		stream_finish(cc);
	else
		client_send(cc);
}

static void
stream_data(struct tct_conn *conn, const struct tct_data *data)
{
	struct client_conn *cc = tct_user(conn);
	struct part *p = cc->part;

	cc->received += data->len;
	p->stats.received_bytes += data->len;
	if (!p->load->verify || cc->corrupt)
		return;
	cc->corrupt = pattern_check(&p->config.comes_back, &cc->check_at, data->bytes, data->len) <
		      data->len;
	p->stats.corrupt += cc->corrupt;
}

static void
stream_writable(struct tct_conn *conn)
{
	struct client_conn *cc = tct_user(conn);

	stream_look(cc);
	client_send(cc);
}

static void
spread_add(struct spread *s, double bytes)
{
	s->min = s->count == 0 || bytes < s->min ? bytes : s->min;
	s->max = bytes > s->max ? bytes : s->max;
	s->sum += bytes;
	s->squares += bytes * bytes;
	s->count++;
}

static void
stream_closed(struct tct_conn *conn, enum tct_reason reason)
{
	struct client_conn *cc = tct_user(conn);

	if (reason == TCT_CLOSED)
		stream_acked(cc, cc->sent); /* or there were no end in order */
	if (cc->conn)
		spread_add(&cc->part->stats.spread, (double)(cc->acked + cc->received));
	client_closed(conn, reason);
}

const struct workload_client workload_stream = {
	.service =
		{
			.name = "stream-client",
			.opened = stream_opened,
			.data = stream_data,
			.writable = stream_writable,
			.peer_closed = client_peer_closed,
			.closed = stream_closed,
		},
	.finish = stream_finish,
	.look = stream_look,
};
