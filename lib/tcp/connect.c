/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Active OPEN (RFC 9293 3.10.1), for a burst of connections at a time.
 *
 * Where a new connection's bucket lies in the flow table is known once its port is chosen, and it
 * is cold: with a table of millions a miss to memory costs as much as all the rest of an open. So a
 * burst goes through stages, as received packets do: all addresses, all ports (one hash in
 * vectors), all flow hashes and initial sequence numbers (two more), their records prefetched; a
 * conn is made for each while the buckets arrive; then each is opened in turn, and those whose port
 * turns out to be taken choose again.
 */
#include <errno.h>

#include "internal.h"

#define PORT_MIN      1024 /* RFC 6056 3.2: as wide as it goes */
#define PORT_MAX      65535
#define CONNECT_TRIES 64 /* candidates of the port space that are looked at */

/* One connection on its way through the stages. */
struct opening {
	struct tuple tuple;
	struct port_space *space; /* NULL: the local port is given */
	uint32_t place;
	uint64_t prf; /* what its ISN is made of */
	uint64_t hash;
};

struct openings {
	unsigned count;
	struct opening list[TCP_CONNECT_BURST];
	const struct tuple *tuples[TCP_CONNECT_BURST];
};

/* ---- from where, and to where --------------------------------------------------------------- */

static struct port_space *
space_for(struct tcp_stack *s, const struct addr *first, const struct tct_connect *o)
{
	uint32_t count = o->local_count > 1 ? o->local_count : 1;
	uint16_t min = o->local_port_last ? o->local_port : PORT_MIN;
	uint16_t max = o->local_port_last ? o->local_port_last : PORT_MAX;
	uint64_t seed[2] = {s->isn_key.k0 ^ s->space_count, s->isn_key.k1};
	struct siphash_key key;

	for (unsigned i = 0; i < s->space_count; i++)
		if (addr_equal(&s->spaces[i].first, first) && s->spaces[i].addresses == count &&
		    s->spaces[i].port_min == min && s->spaces[i].port_max == max)
			return &s->spaces[i];
	if (s->space_count == TCP_PORT_SPACES_MAX)
		return NULL;
	key.k0 = siphash24(&s->isn_key, seed, sizeof(seed));
	key.k1 = siphash24(&s->ts_key, seed, sizeof(seed));
	if (port_space_init(&s->spaces[s->space_count], first, count, min, max, &key) < 0)
		return NULL;
	if (s->share && port_space_share(&s->spaces[s->space_count], s->share) < 0)
		return NULL;
	return &s->spaces[s->space_count++];
}

/* Fills in t's local address: MUST-43, MUST-44. */
static int
local_address(struct tcp_stack *s, const struct tct_connect *o, struct tuple *t)
{
	memcpy(t->local.b, o->local.bytes, sizeof(t->local.b));
	if (t->local.w64[0] | t->local.w64[1])
		return s->route->is_local(s->net, &t->local) &&
				       addr_is_ip4(&t->local) == addr_is_ip4(&t->remote)
			       ? 0
			       : -EADDRNOTAVAIL;
	return s->route->source(s->net, &t->remote, &t->local) ? 0 : -ENETUNREACH;
}

/* Everything that needs no port. Fills in the source address, the first one of a range. */
static int
check_way(struct tcp_stack *s, const struct tct_connect *o, struct opening *n)
{
	int ret;

	if (!s->route->is_unicast(s->net, &n->tuple.remote))
		return -EINVAL; /* MUST-46 */
	ret = local_address(s, o, &n->tuple);
	if (ret < 0)
		return ret;
	n->space = NULL;
	if (o->local_port && !o->local_port_last)
		return 0;
	n->space = space_for(s, &n->tuple.local, o);
	return n->space ? 0 : -EADDRNOTAVAIL;
}

/* Between the same hosts, from the same ports: what held for the one before holds. */
static bool
same_way(const struct tct_connect *a, const struct tct_connect *b)
{
	return memcmp(&a->remote, &b->remote, sizeof(a->remote)) == 0 &&
	       memcmp(&a->local, &b->local, sizeof(a->local)) == 0 &&
	       a->local_count == b->local_count && a->local_port == b->local_port &&
	       a->local_port_last == b->local_port_last;
}

static int
choose_way(struct tcp_stack *s, const struct tct_connect *o, struct opening *n, unsigned i)
{
	if (!o->remote_port || !o->service)
		return -EINVAL;
	memcpy(n->tuple.remote.b, o->remote.bytes, sizeof(n->tuple.remote.b));
	n->tuple.remote_port = rte_cpu_to_be_16(o->remote_port);
	n->tuple.local_port = rte_cpu_to_be_16(o->local_port);
	if (i == 0 || !same_way(o, o - 1))
		return check_way(s, o, n);
	n->space = n[-1].space;
	n->tuple.local = n->space ? n->space->first : n[-1].tuple.local;
	return 0;
}

/* ---- the stages ----------------------------------------------------------------------------- */

/* As many as have a way: the rest is not opened. The error is the first one's that has none. */
static int
stage_ways(struct tcp_stack *s, const struct tct_connect options[], unsigned n, struct openings *b)
{
	for (b->count = 0; b->count < n; b->count++) {
		int ret = choose_way(s, &options[b->count], &b->list[b->count], b->count);

		if (ret < 0)
			return ret;
		b->tuples[b->count] = &b->list[b->count].tuple;
	}
	return 0;
}

/* The places in the port spaces, in the order of the burst, then the ports themselves. */
static void
stage_ports(struct openings *b)
{
	const struct tuple *tuples[TCP_CONNECT_BURST];
	uint64_t f[TCP_CONNECT_BURST];
	unsigned from = 0, to;

	for (; from < b->count; from = to) {
		struct port_space *space = b->list[from].space;

		for (to = from; to < b->count && b->list[to].space == space; to++) {
			tuples[to] = &b->list[to].tuple;
			if (space)
				b->list[to].place = port_space_address(space, &b->list[to].tuple);
		}
		if (!space)
			continue;
		tuple_hash_burst(&space->key, tuples + from, to - from, f + from);
		for (unsigned i = from; i < to; i++)
			port_space_port(space, &b->list[i].tuple, b->list[i].place, f[i]);
	}
}

static void
stage_hashes(struct tcp_stack *s, struct openings *b)
{
	uint64_t hashes[TCP_CONNECT_BURST];

	tuple_hash_burst(&s->flow_key, b->tuples, b->count, hashes);
	for (unsigned i = 0; i < b->count; i++) {
		b->list[i].hash = hashes[i];
		pool_prefetch(&s->conns, i);
	}
	tuple_prf_burst(&s->isn_key, b->tuples, b->count, hashes);
	for (unsigned i = 0; i < b->count; i++)
		b->list[i].prf = hashes[i];
}

/* ---- one of them ---------------------------------------------------------------------------- */

/* Is the tuple free, or can the time-wait on it be reused? */
static bool
tuple_free(struct tcp_stack *s, const struct opening *n, uint32_t *floor, bool *has_floor)
{
	uint32_t ref = tcp_lookup(s, &n->tuple, n->hash);

	*has_floor = false;
	if (ref == FLOW_REF_NONE)
		return true;
	if (REF_KIND(ref) != RECORD_TIME_WAIT)
		return false;
	*has_floor = time_wait_reuse(s, record_at(s, ref), floor);
	return *has_floor;
}

/* RFC 6056 3.2: a port that somebody listens on is not chosen. Port 0: a place without a port. The
 * table of listeners is not looked into where there is none: it is a cold line for each port. */
static bool
may_choose(const struct tcp_stack *s, const struct opening *n)
{
	if (!n->space)
		return true;
	return n->tuple.local_port && (s->listener_count == 0 ||
				       !s->listener_of_port[rte_be_to_cpu_16(n->tuple.local_port)]);
}

/* A port that was given may be one whose replies come to another worker. */
static bool
replies_come(const struct tcp_stack *s, const struct opening *n)
{
	return n->space || !s->share || port_share_owns(s->share, &n->tuple);
}

/* c, which is not in the flow table yet, is to have the tuple of n. */
static void
rename_conn(struct tct_conn *c, const struct opening *n)
{
	c->tuple = n->tuple;
	c->hash = (uint32_t)n->hash;
	c->ts_offset = ts_offset_make(c->stack, &n->tuple);
}

/* The port that was chosen, or the next free one of the space (RFC 6056), for c as well. */
static int
take_tuple(struct tct_conn *c, struct opening *n, uint32_t *floor, bool *has_floor)
{
	struct tcp_stack *s = c->stack;

	if (unlikely(!replies_come(s, n)))
		return -EADDRNOTAVAIL;
	for (unsigned tries = 0; tries < CONNECT_TRIES; tries++) {
		if (likely(may_choose(s, n)) && tuple_free(s, n, floor, has_floor))
			return 0;
		if (!n->space)
			return -EADDRINUSE;
		port_space_next(n->space, &n->tuple);
		n->hash = tuple_hash(&s->flow_key, &n->tuple);
		n->prf = tuple_prf(&s->isn_key, &n->tuple);
		rename_conn(c, n);
	}
	tcp_count(s, COUNTER_CONN_FAILED_NO_PORT);
	return -EADDRNOTAVAIL;
}

/* Above what a time-wait on the tuple has used: its old segments cannot be taken for new ones. Who
 * is silent takes none. */
static uint32_t
choose_iss(struct tcp_stack *s, const struct tct_connect *o, const struct opening *n,
	   const uint32_t *floor)
{
	uint32_t iss = isn_of(s, n->prf);

	if (unlikely(o->silent)) {
		s->silent = true;
		return isn_silent(n->prf);
	}
	return floor && seq_le(iss, *floor) ? *floor + 1 : iss;
}

static void
active_open(struct tct_conn *c, const struct tct_connect *o, uint32_t iss)
{
	struct tcp_stack *s = c->stack;

	c->service = o->service;
	c->user = o->user;
	c->flags = CONN_ACTIVE | (o->silent ? CONN_SILENT : 0);
	c->snd_una = c->snd_nxt = c->snd_max = iss;
	c->cwnd = UINT16_MAX;
	c->state = STATE_SYN_SENT;
	tcp_count(s, COUNTER_CONN_ACTIVE_OPEN);
	conn_touch(c);
}

static int
open_one(struct tct_conn *c, const struct tct_connect *o, struct opening *n)
{
	struct tcp_stack *s = c->stack;
	uint32_t floor = 0;
	bool has_floor;
	int ret;

	ret = take_tuple(c, n, &floor, &has_floor);
	if (ret < 0)
		return ret;
	if (flow_insert(&s->flows, n->hash, REF(RECORD_CONN, conn_index(s, c))) < 0)
		return -ENOMEM;
	active_open(c, o, choose_iss(s, o, n, has_floor ? &floor : NULL));
	return 0;
}

/* ---- the burst ------------------------------------------------------------------------------ */

/* A conn for each, that knows its next hop; the burst ends before the first one without. Buckets
 * are fetched meanwhile. */
static int
stage_conns(struct tcp_stack *s, struct openings *b, struct tct_conn *conns[])
{
	for (unsigned i = 0; i < b->count; i++) {
		struct tct_conn *c;

		flow_prefetch(&s->flows, b->list[i].hash);
		c = conn_make(s, &b->list[i].tuple, b->list[i].hash);
		conns[i] = c;
		if (c && conn_route(c))
			continue;
		b->count = i;
		if (!c)
			return -ENOMEM;
		conn_free(c);
		return -ENETUNREACH;
	}
	return 0;
}

int
tcp_connect_burst(struct tcp_stack *s, const struct tct_connect options[], unsigned n,
		  struct tct_conn *conns[])
{
	struct openings b;
	unsigned opened;
	int ret, failed;

	if (s->stopping)
		return -ESHUTDOWN;
	ret = stage_ways(s, options, n < TCP_CONNECT_BURST ? n : TCP_CONNECT_BURST, &b);
	stage_ports(&b);
	stage_hashes(s, &b);
	failed = stage_conns(s, &b, conns);
	ret = failed < 0 ? failed : ret;
	for (opened = 0; opened < b.count; opened++) {
		failed = open_one(conns[opened], &options[opened], &b.list[opened]);
		if (failed < 0) {
			ret = failed;
			break;
		}
	}
	for (unsigned i = opened; i < b.count; i++)
		conn_free(conns[i]);
	if (ret == -ENOMEM)
		tcp_count(s, COUNTER_CONN_FAILED_NO_MEMORY);
	return opened ? (int)opened : ret;
}

int
tcp_connect(struct tcp_stack *s, const struct tct_connect *o, struct tct_conn **conn)
{
	struct tct_conn *c;
	int ret = tcp_connect_burst(s, o, 1, &c);

	if (ret < 0)
		return ret;
	if (conn)
		*conn = c;
	return 0;
}
