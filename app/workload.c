/* SPDX-License-Identifier: BSD-3-Clause */
#include "workload.h"

#include <errno.h>
#include <stdlib.h>

#define READY_US  3000000 /* addresses and neighbours may take so long at the start */
#define OPEN_STEP 64	  /* connections opened in one poll at most: a burst each way */

/* One connection of the client. */
struct client_conn {
	struct client *client;
	uint64_t since_us; /* of the phase being timed */
	uint32_t received;
	uint32_t next_free;
};

struct client {
	struct client_config config;
	const struct tct_service *service;
	atomic_bool stop; /* control rw */
	bool primed;	  /* one connection was established: neighbours are known */
	uint64_t start_us;
	uint32_t open;
	uint32_t free; /* head of the free list, UINT32_MAX: empty */
	uint32_t room;
	unsigned source;  /* next */
	uint32_t port;	  /* next target port, from the first */
	uint64_t last_us; /* of the schedule */
	uint64_t credit;  /* millionths of a connection due */
	struct client_stats stats;
	struct client_conn conns[];
};

const uint8_t *
workload_bytes(void)
{
	static uint8_t bytes[WORKLOAD_BYTES_MAX]; /* zeroes do: nobody looks */

	return bytes;
}

/* ---- client's side -------------------------------------------------------------------------- */

static uint64_t
now_us(const struct tct_conn *conn)
{
	return tct_worker_now_us(tct_conn_worker(conn));
}

/* Ends the phase being timed and begins the next. */
static void
lap(struct tct_conn *conn, struct client_conn *cc, struct histogram *h)
{
	uint64_t now = now_us(conn);

	histogram_record(h, (now - cc->since_us) * 1000);
	cc->since_us = now;
}

static void
client_opened(struct tct_conn *conn)
{
	struct client_conn *cc = tct_user(conn);

	cc->client->stats.established++;
	cc->client->primed = true;
	lap(conn, cc, &cc->client->stats.connect);
}

/* The work is done: who closes first closes, at once or after the time to hold. */
static void
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

static void
cc_opened(struct tct_conn *conn)
{
	client_opened(conn);
	client_done(conn);
}

/* The time to hold is over. */
static void
client_wake(struct tct_conn *conn)
{
	struct client_conn *cc = tct_user(conn);

	cc->since_us = now_us(conn);
	tct_close(conn);
}

static void
crr_opened(struct tct_conn *conn)
{
	struct client_conn *cc = tct_user(conn);

	client_opened(conn);
	tct_send(conn, workload_bytes(), cc->client->config.load->request_size, TCT_SEND_STATIC);
}

static void
crr_data(struct tct_conn *conn, const struct tct_data *data)
{
	struct client_conn *cc = tct_user(conn);
	const struct load_config *load = cc->client->config.load;

	cc->received += data->len;
	if (cc->received < load->response_size)
		return;
	lap(conn, cc, &cc->client->stats.request);
	client_done(conn);
}

static void
client_peer_closed(struct tct_conn *conn)
{
	tct_close(conn);
}

static void
client_closed(struct tct_conn *conn, enum tct_reason reason)
{
	struct client_conn *cc = tct_user(conn);
	struct client *c = cc->client;

	if (reason == TCT_CLOSED) {
		c->stats.closed++;
		if (cc->since_us)
			lap(conn, cc, &c->stats.close);
	} else {
		c->stats.failed[reason]++;
	}
	cc->next_free = c->free;
	c->free = (uint32_t)(cc - c->conns);
	c->open--;
}

static const struct tct_service cc_client = {
	.name = "cc-client",
	.opened = cc_opened,
	.writable = client_wake,
	.peer_closed = client_peer_closed,
	.closed = client_closed,
};

static const struct tct_service crr_client = {
	.name = "crr-client",
	.opened = crr_opened,
	.data = crr_data,
	.writable = client_wake,
	.peer_closed = client_peer_closed,
	.closed = client_closed,
};

/* ---- opening -------------------------------------------------------------------------------- */

struct client *
client_create(const struct client_config *config)
{
	struct client *c = calloc(1, sizeof(*c) + config->concurrency * sizeof(c->conns[0]));

	if (!c)
		return NULL;
	c->config = *config;
	c->service = config->load->workload == WORKLOAD_CC ? &cc_client : &crr_client;
	c->room = config->concurrency;
	for (uint32_t i = 0; i < c->room; i++) {
		c->conns[i].client = c;
		c->conns[i].next_free = i + 1 < c->room ? i + 1 : UINT32_MAX;
	}
	histogram_reset(&c->stats.connect);
	histogram_reset(&c->stats.request);
	histogram_reset(&c->stats.close);
	return c;
}

void
client_destroy(struct client *c)
{
	free(c);
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
		.service = c->service,
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
	cc->since_us = since_us;
	cc->received = 0;
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

void
client_poll(struct tct_worker *w, uint64_t now, void *arg)
{
	struct client *c = arg;

	if (atomic_load_explicit(&c->stop, memory_order_relaxed))
		return;
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

/* ---- server's side -------------------------------------------------------------------------- */

static const struct workload_server *server; /* control rw, before workers run; then ro */

void
workload_server_set(const struct workload_server *settings)
{
	server = settings;
}

static void
cc_server_opened(struct tct_conn *conn)
{
	if (server->closes)
		tct_close(conn);
}

static void
server_peer_closed(struct tct_conn *conn)
{
	tct_close(conn);
}

/* The user pointer counts the bytes of a request that comes in parts. */
static void
crr_server_data(struct tct_conn *conn, const struct tct_data *data)
{
	uintptr_t received = (uintptr_t)tct_user(conn) + data->len;

	if (received < server->request_size) {
		tct_set_user(conn, (void *)received);
		return;
	}
	tct_send(conn, workload_bytes(), server->response_size, TCT_SEND_STATIC);
	if (server->closes)
		tct_close(conn);
}

const struct tct_service workload_cc_service = {
	.name = "cc",
	.opened = cc_server_opened,
	.peer_closed = server_peer_closed,
};

const struct tct_service workload_crr_service = {
	.name = "crr",
	.data = crr_server_data,
	.peer_closed = server_peer_closed,
};
