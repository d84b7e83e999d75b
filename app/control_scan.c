/* SPDX-License-Identifier: BSD-3-Clause */
#include "control_scan.h"

#include <string.h>

#include "tcp/internal.h"

enum {
	KIND_CONN,
	KIND_HALF_OPEN,
	KIND_TIME_WAIT,
	KINDS
};

static const struct pool *
pool_of(const struct tcp_stack *s, unsigned kind)
{
	return kind == KIND_CONN	? &s->conns
	       : kind == KIND_HALF_OPEN ? &s->half_opens
					: &s->time_waits;
}

static void
prefetch(const struct pool *p, uint32_t index)
{
	const uint8_t *record = pool_at(p, index);

	for (uint32_t at = 0; index < p->fresh && at < p->record_size; at += 64)
		rte_prefetch0(record + at);
}

/* ---- one record ----------------------------------------------------------------------------- */

static void
copy_tuple(struct scan_record *r, const struct tuple *t)
{
	memcpy(r->local.bytes, t->local.b, sizeof(r->local.bytes));
	memcpy(r->remote.bytes, t->remote.b, sizeof(r->remote.bytes));
	r->local_port = rte_be_to_cpu_16(t->local_port);
	r->remote_port = rte_be_to_cpu_16(t->remote_port);
}

static bool
copy_conn(struct scan_record *r, const struct tct_conn *c)
{
	struct tct_info info;

	if (c->state == STATE_CLOSED)
		return false;
	tct_info(c, &info);
	copy_tuple(r, &c->tuple);
	r->state = c->state;
	r->active = c->flags & CONN_ACTIVE;
	r->mss = info.mss;
	r->generation = c->generation;
	r->service = info.service;
	r->srtt_us = info.srtt_us;
	r->rto_ms = info.rto_ms;
	r->unacked = info.unacked;
	r->queued = info.queued;
	r->cwnd = c->cwnd;
	return true;
}

static bool
copy_half_open(struct scan_record *r, struct tcp_stack *s, const struct half_open *h)
{
	const struct listener *l;

	if (h->deadline == TICK_NONE)
		return false;
	l = tcp_listener(s, &h->tuple);
	copy_tuple(r, &h->tuple);
	r->state = STATE_SYN_RCVD;
	r->mss = h->mss;
	r->service = l ? l->service->name : NULL;
	return true;
}

static bool
copy_time_wait(struct scan_record *r, const struct time_wait *t)
{
	if (!(t->flags & TIME_WAIT_LIVE))
		return false;
	copy_tuple(r, &t->tuple);
	r->state = STATE_TIME_WAIT;
	return true;
}

static bool
copy_record(struct scan_record *r, struct tcp_stack *s, unsigned kind, uint32_t index)
{
	void *record = pool_at(pool_of(s, kind), index);

	*r = (struct scan_record){.kind = (uint8_t)kind, .index = index};
	switch (kind) {
	case KIND_CONN:
		return copy_conn(r, record);
	case KIND_HALF_OPEN:
		return copy_half_open(r, s, record);
	default:
		return copy_time_wait(r, record);
	}
}

/* ---- filter --------------------------------------------------------------------------------- */

static bool
differs(const struct tct_address *a, const struct tct_address *b)
{
	return memcmp(a, b, sizeof(*a)) != 0;
}

static bool
matches(const struct control_request *f, const struct scan_record *r)
{
	if (f->given & HAS(STATE) && r->state != f->state)
		return false;
	if (f->given & HAS(SERVICE) && (!r->service || strcmp(r->service, f->service->name)))
		return false;
	if (f->given & HAS(LOCAL_PORT) && r->local_port != f->local_port)
		return false;
	if (f->given & HAS(REMOTE_PORT) && r->remote_port != f->remote_port)
		return false;
	if (f->given & HAS(LOCAL_ADDRESS) && differs(&r->local, &f->local))
		return false;
	if (f->given & HAS(REMOTE_ADDRESS) && differs(&r->remote, &f->remote))
		return false;
	return !(f->given & HAS(ID)) || r->generation == f->id.generation;
}

/* Which kinds of records a listing is about. */
static bool
wants_kind(const struct control_request *f, unsigned kind)
{
	if (!f)
		return true;
	if (f->given & HAS(ID))
		return kind == KIND_CONN;
	if (kind == KIND_TIME_WAIT)
		return f->time_wait || (f->given & HAS(STATE) && f->state == STATE_TIME_WAIT);
	return kind == KIND_CONN || !(f->given & HAS(STATE)) || f->state == STATE_SYN_RCVD;
}

/* ---- the step ------------------------------------------------------------------------------- */

/* Looks at `looks` records of one kind at most; returns how many were left over. */
static unsigned
scan_kind(struct scan *scan, struct tcp_stack *s, unsigned looks)
{
	const struct pool *p = pool_of(s, scan->at.kind);

	while (looks && scan->found < scan->room && scan->at.index < p->fresh) {
		struct scan_record *r = &scan->records[scan->found];

		prefetch(p, scan->at.index + 4);
		if (copy_record(r, s, scan->at.kind, scan->at.index) &&
		    (!scan->filter || matches(scan->filter, r)))
			scan->found++;
		scan->at.index++;
		looks--;
	}
	return looks;
}

/* An id names its record: no need to look at others. */
static void
scan_id(struct scan *scan, struct tcp_stack *s)
{
	scan->at.index = scan->filter->id.index;
	scan_kind(scan, s, 1);
	scan->done = true;
}

void
scan_step(struct tct_worker *worker, void *arg)
{
	struct tcp_stack *s = &worker->tcp;
	struct scan *scan = arg;
	unsigned looks = SCAN_STEP;

	scan->found = 0;
	if (scan->filter && scan->filter->given & HAS(ID)) {
		scan_id(scan, s);
		return;
	}
	while (looks && scan->found < scan->room && scan->at.kind < KINDS) {
		if (wants_kind(scan->filter, scan->at.kind))
			looks = scan_kind(scan, s, looks);
		if (scan->at.index < pool_of(s, scan->at.kind)->fresh &&
		    wants_kind(scan->filter, scan->at.kind))
			return;
		scan->at.kind++;
		scan->at.index = 0;
	}
	scan->done = scan->at.kind == KINDS;
}
