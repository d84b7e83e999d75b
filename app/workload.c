/* SPDX-License-Identifier: BSD-3-Clause */
#include "workload.h"

#include <stdlib.h>

#include <rte_common.h>

#include "addresses.h"
#include "workload_conn.h"

#define READY_US  3000000 /* addresses may take so long at the start */
#define PRIME_US  1000000 /* the first connection is waited for so long */
#define RETRY_US  1000	  /* closed loop: until something is tried again that cannot be opened */
#define SWEEP_US  1000
#define OPEN_STEP 64 /* connections opened in one poll at most: a burst each way */

/* ---- what all workloads do ------------------------------------------------------------------ */

void
client_lap(struct tct_conn *conn, struct histogram *h)
{
	struct client_conn *cc = tct_user(conn);
	uint64_t now = client_now_ns(conn);

	histogram_record(h, now - cc->since_ns);
	cc->since_ns = now;
}

void
client_opened(struct tct_conn *conn)
{
	struct client_conn *cc = tct_user(conn);

	cc->conn = conn;
	cc->opened = true;
	cc->give_up_at = 0;
	cc->part->stats.established++;
	cc->part->primed = true;
	client_lap(conn, &cc->part->stats.connect);
}

/* Whether this is one of so many of a hundred, as evenly spread as can be. */
static bool
is_turn(uint32_t *owed, uint32_t percent)
{
	*owed += percent;
	if (*owed < 100)
		return false;
	*owed -= 100;
	return true;
}

void
client_end(struct tct_conn *conn)
{
	struct client_conn *cc = tct_user(conn);

	cc->aborts = is_turn(&cc->part->aborts, cc->part->load->abort_percent);
	if (cc->aborts)
		tct_abort(conn);
	else
		tct_close(conn);
}

void
client_done(struct tct_conn *conn)
{
	struct client_conn *cc = tct_user(conn);
	const struct load_config *load = cc->part->load;

	if (load->server_closes)
		return;
	if (load->hold_ms) {
		cc->since_ns = 0; /* closing has not begun */
		tct_set_wake(conn, load->hold_ms);
	} else {
		client_end(conn);
	}
}

void
client_wake(struct tct_conn *conn)
{
	struct client_conn *cc = tct_user(conn);

	cc->since_ns = client_now_ns(conn);
	client_end(conn);
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
	struct part *p = cc->part;
	struct client *c = p->client;

	if (reason == TCT_CLOSED) {
		p->stats.closed++;
		if (cc->since_ns)
			client_lap(conn, &p->stats.close);
	} else if (cc->half_open) {
		p->stats.half_open++;
	} else if (cc->aborts && reason == TCT_ABORTED) {
		p->stats.aborted++;
	} else {
		p->stats.failed[reason]++;
		p->stats.unanswered += !cc->opened && reason == TCT_ABORTED;
		p->primed = true; /* or it never will be */
	}
	cc->conn = NULL;
	cc->opened = false;
	cc->give_up_at = 0;
	cc->next_free = c->free;
	c->free = (uint32_t)(cc - c->conns);
	p->open--;
}

/* ---- made and freed ------------------------------------------------------------------------- */

static const struct workload_client *const workloads[] = {
	[WORKLOAD_CC] = &workload_cc,
	[WORKLOAD_CRR] = &workload_crr,
	[WORKLOAD_RR] = &workload_rr,
	[WORKLOAD_STREAM] = &workload_stream,
};

/* What http needs. */
static bool
part_make_replies(struct part *p)
{
	struct client *c = p->client;

	if (p->load->protocol != PROTOCOL_HTTP)
		return true;
	if (!http_template_make(&p->http, p->load))
		return false;
	if (!c->replies)
		c->replies = calloc(c->config.room, sizeof(*c->replies));
	p->replies = c->replies;
	return p->replies != NULL;
}

/* From now on connections come from that one of the part's ranges. */
static void
use_source(struct part *p, unsigned source)
{
	p->source = source;
	p->next.local = p->config.sources[source].first;
	p->next.local_count = p->config.sources[source].count;
}

/* So many conns in each step that this part's are looked at often enough. */
static void
part_sweep(const struct part *p)
{
	struct client *c = p->client;
	uint32_t steps = (uint32_t)(p->load->timeout_ms * 1000ull / 4 / SWEEP_US);

	if (p->load->timeout_ms && c->config.room / (steps + 1) >= c->sweep_step)
		c->sweep_step = c->config.room / (steps + 1) + 1;
}

static bool
part_make(struct client *c, unsigned i)
{
	struct part *p = calloc(1, sizeof(*p));

	c->parts[i] = p;
	if (!p)
		return false;
	p->client = c;
	p->config = c->config.parts[i];
	p->load = p->config.load;
	p->workload = workloads[p->load->workload];
	p->next = (struct tct_connect){
		.remote = p->load->target,
		.remote_port = p->load->target_ports.first,
		.service = &p->workload->service,
		.local_port = p->load->source_ports.first,
		.local_port_last = p->load->source_ports.last,
	};
	if (p->config.source_count)
		use_source(p, 0);
	for (unsigned t = 0; t < p->load->target_count; t++)
		p->targets += p->load->targets[t].count;
	p->patience = (uint32_t)((p->load->timeout_ms * 1000000ull) >> 20);
	part_sweep(p);
	p->pattern = pattern_get();
	c->looks |= p->workload->look != NULL;
	histogram_reset(&p->stats.connect);
	histogram_reset(&p->stats.request);
	histogram_reset(&p->stats.close);
	return part_make_replies(p);
}

struct client *
client_create(const struct client_config *config)
{
	struct client *c = calloc(1, sizeof(*c) + config->room * sizeof(c->conns[0]));

	if (!c)
		return NULL;
	c->config = *config;
	c->wanted_rate = config->rate;
	schedule_prepare();
	for (uint32_t i = 0; i < config->room; i++)
		c->conns[i].next_free = i + 1 < config->room ? i + 1 : UINT32_MAX;
	for (unsigned i = 0; i < config->part_count; i++)
		if (!part_make(c, i)) {
			client_destroy(c);
			return NULL;
		}
	return c;
}

void
client_destroy(struct client *c)
{
	if (!c)
		return;
	for (unsigned i = 0; i < c->config.part_count && c->parts[i]; i++) {
		http_template_fini(&c->parts[i]->http);
		free(c->parts[i]);
	}
	free(c->replies);
	free(c);
}

/* ---- opening -------------------------------------------------------------------------------- */

/* A connection that begins: nothing of the last one in its place is left. */
static void
conn_begin(struct client_conn *cc, struct part *p, uint64_t since_ns)
{
	*cc = (struct client_conn){
		.part = p,
		.half_open = p->primed && is_turn(&p->half_opens, p->load->half_open_percent),
		.since_ns = since_ns,
		.next_free = cc->next_free,
	};
}

/* The next address of the range, or the first of the next. */
static void
next_target(struct part *p)
{
	const struct load_config *load = p->load;

	if (++p->target_host == load->targets[p->target].count) {
		p->target_host = 0;
		p->target = p->target + 1 < load->target_count ? p->target + 1 : 0;
	}
	p->next.remote = address_plus(&load->targets[p->target].first, p->target_host);
}

/* Where the next one goes, and from where: all ports of a target, then the next target. */
static void
part_advance(struct part *p)
{
	const struct load_config *load = p->load;

	if (p->next.remote_port < load->target_ports.last) {
		p->next.remote_port++;
	} else {
		p->next.remote_port = load->target_ports.first;
		if (p->targets > 1)
			next_target(p);
	}
	if (p->config.source_count > 1)
		use_source(p, p->source + 1 < p->config.source_count ? p->source + 1 : 0);
}

/* Opens n connections, for which there is room; false when one of them cannot be opened. */
static bool
open_burst(struct part *p, struct tct_worker *w, uint64_t since_ns, uint64_t now_ns, unsigned n)
{
	struct client *c = p->client;
	struct tct_connect o[TCT_CONNECT_BURST];
	struct tct_conn *conns[TCT_CONNECT_BURST];
	uint32_t give_up_at = p->patience ? (client_ticks(now_ns) + p->patience) | 1 : 0;
	uint32_t free = c->free;
	int opened;

	for (unsigned i = 0; i < n; i++) {
		struct client_conn *cc = &c->conns[free];

		o[i] = p->next;
		o[i].user = cc;
		part_advance(p);
		conn_begin(cc, p, since_ns);
		o[i].silent = cc->half_open;
		cc->give_up_at = give_up_at;
		free = cc->next_free;
	}
	opened = tct_connect_burst(w, o, n, conns);
	for (int i = 0; i < opened; i++) {
		struct client_conn *cc = &c->conns[c->free];

		cc->conn = conns[i];
		p->stats.attempted++;
		p->open++;
		c->free = cc->next_free;
	}
	if (opened == (int)n)
		return true;
	if (!p->primed && since_ns / 1000 < c->start_us + READY_US)
		return false; /* addresses are still being checked (DAD) */
	p->stats.attempted++;
	p->stats.refused_locally++;
	return false;
}

/* Whose turn it is, by weight, as evenly as can be. */
static struct part *
next_part(struct client *c)
{
	struct part *chosen = c->parts[0];
	int64_t all = 0;

	if (c->config.part_count == 1)
		return chosen;
	for (unsigned i = 0; i < c->config.part_count; i++) {
		struct part *p = c->parts[i];

		p->turn += p->config.weight;
		all += p->config.weight;
		if (p->turn > chosen->turn)
			chosen = p;
	}
	chosen->turn -= all;
	return chosen;
}

/* All that is due. What cannot be opened has failed: its time is over. */
static void
open_scheduled(struct client *c, struct tct_worker *w)
{
	uint64_t now = c->now_ns;

	for (unsigned i = 0; i < OPEN_STEP && c->schedule.due_ns <= now; i++) {
		if (c->free == UINT32_MAX) {
			c->pace.held++;
			break;
		}
		open_burst(next_part(c), w, c->schedule.due_ns, now, 1);
		schedule_next(&c->schedule);
	}
	c->pace.due_ns = c->schedule.due_ns;
}

/* How many of the list are free, at most n. */
static unsigned
free_conns(const struct client *c, unsigned n)
{
	uint32_t free = c->free;
	unsigned found;

	for (found = 0; found < n && free != UINT32_MAX; found++)
		free = c->conns[free].next_free;
	return found;
}

/* As many as may be open of each part, in bursts. */
static void
open_closed_loop(struct client *c, struct tct_worker *w, uint64_t now_us)
{
	unsigned left = OPEN_STEP;

	if (now_us < c->retry_us)
		return;
	for (unsigned i = 0; i < c->config.part_count; i++) {
		struct part *p = c->parts[i];

		while (left && p->open < p->config.concurrency) {
			unsigned wanted = RTE_MIN(p->config.concurrency - p->open, left);
			unsigned n = free_conns(c, RTE_MIN(wanted, (unsigned)TCT_CONNECT_BURST));

			if (n == 0 || !open_burst(p, w, c->now_ns, c->now_ns, n)) {
				c->retry_us = now_us + RETRY_US;
				return;
			}
			left -= n;
		}
	}
}

/* One connection of each part first: ARP would drop a burst. Who does not answer is not waited for,
 * but that own addresses are ready is. True: all have come through. */
static bool
prime(struct client *c, struct tct_worker *w, uint64_t now_us)
{
	bool all = true;

	if (c->start_us == 0)
		c->start_us = now_us;
	for (unsigned i = 0; i < c->config.part_count; i++) {
		struct part *p = c->parts[i];

		if (!p->primed && p->open == 0) {
			open_burst(p, w, c->now_ns, c->now_ns, 1);
			return false;
		}
		if (now_us > c->start_us + PRIME_US)
			p->primed = true;
		all &= p->primed;
	}
	return all;
}

/* ---- the poll ------------------------------------------------------------------------------- */

/* Tells the connections that would go on for ever, some of them in each poll. */
static void
finish(struct client *c)
{
	for (unsigned i = 0; i < OPEN_STEP && c->finished < c->config.room; i++, c->finished++) {
		struct client_conn *cc = &c->conns[c->finished];

		if (cc->opened && cc->part->workload->finish)
			cc->part->workload->finish(cc);
	}
}

/* One connection in each poll. */
static void
look(struct client *c)
{
	struct client_conn *cc;

	c->looked = c->looked + 1 < c->config.room ? c->looked + 1 : 0;
	cc = &c->conns[c->looked];
	if (cc->opened && cc->part->workload->look)
		cc->part->workload->look(cc);
}

/* What takes longer than load.timeout ends by RST. */
static void
give_up(struct client_conn *cc)
{
	cc->give_up_at = 0;
	if (cc->opened && cc->part->workload->give_up)
		cc->part->workload->give_up(cc);
	tct_abort(cc->conn);
}

/* A part of the connections each time, all of them in a quarter of the least timeout. */
static void
sweep(struct client *c, uint64_t now_us)
{
	uint32_t now = client_ticks(c->now_ns);

	c->sweep_us = now_us + SWEEP_US;
	for (uint32_t i = 0; i < c->sweep_step; i++) {
		struct client_conn *cc = &c->conns[c->swept];

		c->swept = c->swept + 1 < c->config.room ? c->swept + 1 : 0;
		if (cc->give_up_at && cc->conn && (int32_t)(now - cc->give_up_at) >= 0)
			give_up(cc);
	}
}

static void
take_rate(struct client *c, uint64_t rate)
{
	c->rate = rate;
	c->pace.due_ns = 0;
	if (rate)
		schedule_begin(&c->schedule, c->config.arrival, rate, c->config.worker,
			       c->config.workers, c->now_ns);
}

void
client_poll(struct tct_worker *w, uint64_t now_us, void *arg)
{
	struct client *c = arg;
	uint64_t rate = atomic_load_explicit(&c->wanted_rate, memory_order_relaxed);

	c->now_ns = tct_worker_now_ns(w);
	if (c->looks)
		look(c);
	if (c->sweep_step && now_us >= c->sweep_us)
		sweep(c, now_us);
	if (client_stopping(c)) {
		finish(c);
		return;
	}
	if (!atomic_load_explicit(&c->begun, memory_order_relaxed))
		return;
	c->primed = c->primed || prime(c, w, now_us);
	if (!c->primed)
		return;
	if (rate != c->rate)
		take_rate(c, rate);
	if (rate)
		open_scheduled(c, w);
	else
		open_closed_loop(c, w, now_us);
}

void
client_set_rate(struct client *c, uint64_t rate)
{
	atomic_store(&c->wanted_rate, rate);
}

void
client_begin(struct client *c)
{
	atomic_store(&c->begun, true);
}

void
client_stop(struct client *c)
{
	atomic_store(&c->stop, true);
}

uint32_t
client_open(const struct client *c)
{
	uint32_t open = 0;

	for (unsigned i = 0; i < c->config.part_count; i++)
		open += __atomic_load_n(&c->parts[i]->open, __ATOMIC_RELAXED);
	return open;
}

uint32_t
client_ending(const struct client *c)
{
	uint32_t ending = 0;

	for (unsigned i = 0; i < c->config.part_count; i++)
		if (!c->parts[i]->load->hold_ms)
			ending += __atomic_load_n(&c->parts[i]->open, __ATOMIC_RELAXED);
	return ending;
}

const struct client_stats *
client_stats(const struct client *c, unsigned part)
{
	return &c->parts[part]->stats;
}

const struct client_pace *
client_pace(const struct client *c)
{
	return &c->pace;
}
