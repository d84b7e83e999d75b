/* SPDX-License-Identifier: BSD-3-Clause */
#include "workload.h"

#include <stdlib.h>

#include "workload_conn.h"

#define READY_US  3000000 /* addresses and neighbours may take so long at the start */
#define OPEN_STEP 64	  /* connections opened in one poll at most: a burst each way */

/* ---- what all workloads do ------------------------------------------------------------------ */

static uint64_t
now_us(const struct tct_conn *conn)
{
	return tct_worker_now_us(tct_conn_worker(conn));
}

void
client_lap(struct tct_conn *conn, struct histogram *h)
{
	struct client_conn *cc = tct_user(conn);
	uint64_t now = now_us(conn);

	histogram_record(h, (now - cc->since_us) * 1000);
	cc->since_us = now;
}

void
client_opened(struct tct_conn *conn)
{
	struct client_conn *cc = tct_user(conn);

	cc->conn = conn;
	cc->client->stats.established++;
	cc->client->primed = true;
	client_lap(conn, &cc->client->stats.connect);
}

void
client_done(struct tct_conn *conn)
{
	struct client_conn *cc = tct_user(conn);
	const struct load_config *load = cc->client->config.load;

	if (load->server_closes)
		return;
	if (load->hold_ms) {
		cc->since_us = 0; /* closing has not begun */
		tct_set_wake(conn, load->hold_ms);
	} else {
		tct_close(conn);
	}
}

void
client_wake(struct tct_conn *conn)
{
	struct client_conn *cc = tct_user(conn);

	cc->since_us = now_us(conn);
	tct_close(conn);
}

void
client_peer_closed(struct tct_conn *conn)
{
	tct_close(conn);
}

void
client_closed(struct tct_conn *conn, enum tct_reason reason)
{
	struct client_conn *cc = tct_user(conn);
	struct client *c = cc->client;

	if (reason == TCT_CLOSED) {
		c->stats.closed++;
		if (cc->since_us)
			client_lap(conn, &c->stats.close);
	} else {
		c->stats.failed[reason]++;
	}
	cc->conn = NULL;
	cc->next_free = c->free;
	c->free = (uint32_t)(cc - c->conns);
	c->open--;
}

/* ---- opening -------------------------------------------------------------------------------- */

static const struct workload_client *const workloads[] = {
	[WORKLOAD_CC] = &workload_cc,
	[WORKLOAD_CRR] = &workload_crr,
	[WORKLOAD_RR] = &workload_rr,
	[WORKLOAD_STREAM] = &workload_stream,
};

static bool
make_replies(struct client *c)
{
	if (c->config.load->protocol != PROTOCOL_HTTP)
		return true;
	for (unsigned last = 0; last < 2; last++)
		c->http_len[last] = workload_http_request(c->config.load, last, c->http[last]);
	c->replies = calloc(c->room, sizeof(*c->replies));
	return c->replies != NULL;
}

struct client *
client_create(const struct client_config *config)
{
	struct client *c = calloc(1, sizeof(*c) + config->concurrency * sizeof(c->conns[0]));

	if (!c)
		return NULL;
	c->config = *config;
	c->workload = workloads[config->load->workload];
	c->pattern = pattern_get();
	c->room = config->concurrency;
	for (uint32_t i = 0; i < c->room; i++) {
		c->conns[i].client = c;
		c->conns[i].next_free = i + 1 < c->room ? i + 1 : UINT32_MAX;
	}
	histogram_reset(&c->stats.connect);
	histogram_reset(&c->stats.request);
	histogram_reset(&c->stats.close);
	if (make_replies(c))
		return c;
	free(c);
	return NULL;
}

void
client_destroy(struct client *c)
{
	if (c)
		free(c->replies);
	free(c);
}

/* A connection that begins: nothing of the last one in its place is left. */
static void
conn_begin(struct client_conn *cc, uint64_t since_us)
{
	*cc = (struct client_conn){
		.client = cc->client,
		.since_us = since_us,
		.next_free = cc->next_free,
	};
}

/* Opens one connection; false when none can be opened now. */
static bool
open_one(struct client *c, struct tct_worker *w, uint64_t since_us)
{
	const struct load_config *load = c->config.load;
	uint32_t ports = load->target_ports.last - load->target_ports.first + 1u;
	struct client_conn *cc;
	struct tct_connect o = {
		.remote = load->target,
		.remote_port = (uint16_t)(load->target_ports.first + c->port),
		.service = &c->workload->service,
		.local_port = load->source_ports.first,
		.local_port_last = load->source_ports.last,
	};

	if (c->free == UINT32_MAX)
		return false;
	if (c->config.source_count) {
		o.local = c->config.sources[c->source].first;
		o.local_count = c->config.sources[c->source].count;
		c->source = c->source + 1 < c->config.source_count ? c->source + 1 : 0;
	}
	c->port = c->port + 1 < ports ? c->port + 1 : 0;
	cc = &c->conns[c->free];
	o.user = cc;
	conn_begin(cc, since_us);
	if (tct_connect(w, &o, NULL) < 0) {
		if (!c->primed && since_us < c->start_us + READY_US)
			return false; /* addresses are still being checked (DAD) */
		c->stats.attempted++;
		c->stats.refused_locally++;
		return false;
	}
	c->stats.attempted++;
	c->free = cc->next_free;
	c->open++;
	return true;
}

static void
open_scheduled(struct client *c, struct tct_worker *w, uint64_t now)
{
	if (c->last_us == 0)
		c->last_us = now;
	c->credit += (now - c->last_us) * c->config.rate;
	c->last_us = now;
	for (unsigned i = 0; i < OPEN_STEP && c->credit >= 1000000; i++) {
		/* Late by what the credit beyond this one says. */
		if (!open_one(c, w, now - (c->credit - 1000000) / c->config.rate))
			return;
		c->credit -= 1000000;
	}
}

/* Tells the connections that would go on for ever, some of them in each poll. */
static void
finish(struct client *c)
{
	for (unsigned i = 0; i < OPEN_STEP && c->finished < c->room; i++, c->finished++)
		if (c->workload->finish && c->conns[c->finished].conn)
			c->workload->finish(&c->conns[c->finished]);
}

/* One connection in each poll. */
static void
look(struct client *c)
{
	c->looked = c->looked + 1 < c->room ? c->looked + 1 : 0;
	if (c->conns[c->looked].conn)
		c->workload->look(&c->conns[c->looked]);
}

void
client_poll(struct tct_worker *w, uint64_t now, void *arg)
{
	struct client *c = arg;

	if (c->workload->look)
		look(c);
	if (client_stopping(c)) {
		finish(c);
		return;
	}
	if (!c->primed) { /* one connection first: ARP would drop a burst */
		if (c->start_us == 0)
			c->start_us = now;
		if (c->open == 0)
			open_one(c, w, now);
		return;
	}
	if (c->config.rate) {
		open_scheduled(c, w, now);
		return;
	}
	for (unsigned i = 0; i < OPEN_STEP && c->open < c->config.concurrency; i++)
		if (!open_one(c, w, now))
			return;
}

void
client_stop(struct client *c)
{
	atomic_store(&c->stop, true);
}

uint32_t
client_open(const struct client *c)
{
	return __atomic_load_n(&c->open, __ATOMIC_RELAXED);
}

const struct client_stats *
client_stats(const struct client *c)
{
	return &c->stats;
}
