/* SPDX-License-Identifier: BSD-3-Clause */
#include "steer.h"

#include <errno.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_malloc.h>

#include "log.h"
#include "team.h"

#define RING_DEPTH_MAX 2048
#define RING_DEPTH_MIN 256
#define RING_PLACES    32768 /* those that lead to one worker, together */
#define PROBATION      4096  /* packets that have to come right before a port is believed */

/* ---- notes ---------------------------------------------------------------------------------- */

/* In mbuf.hash.usr, which the device's hash has no more use for. */
static uint32_t
note_make(enum steer_kind kind, unsigned port)
{
	return (uint32_t)kind << 16 | port;
}

static enum steer_kind
note_kind(const struct rte_mbuf *m)
{
	return (enum steer_kind)(m->hash.usr >> 16);
}

static unsigned
note_port(const struct rte_mbuf *m)
{
	return m->hash.usr & 0xffff;
}

/* ---- rings ---------------------------------------------------------------------------------- */

static struct rte_ring *
ring_make(const struct team *team, int socket)
{
	static unsigned serial;
	unsigned depth = RING_PLACES / team->size;
	char name[RTE_RING_NAMESIZE];

	depth = RTE_MAX(RTE_MIN(depth, (unsigned)RING_DEPTH_MAX), (unsigned)RING_DEPTH_MIN);
	snprintf(name, sizeof(name), "tct_steer_%u", serial++);
	return rte_ring_create(name, rte_align32pow2(depth), socket, RING_F_SP_ENQ | RING_F_SC_DEQ);
}

static int
peers_make(struct team *team, struct tct_worker *w)
{
	w->peers = rte_zmalloc_socket("tct_peers", team->size * sizeof(*w->peers),
				      RTE_CACHE_LINE_SIZE, w->socket);
	if (w->peers == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < team->size; i++) {
		if (i == w->rank)
			continue;
		w->peers[i].in = ring_make(team, w->socket);
		if (w->peers[i].in == NULL)
			return -ENOMEM;
	}
	return 0;
}

int
steer_create(struct team *team)
{
	int ret = 0;

	if (team->size < 2)
		return 0;
	for (unsigned i = 0; ret == 0 && i < team->size; i++)
		ret = peers_make(team, team->members[i]);
	if (ret < 0) {
		ENGINE_LOG(ERR, "no memory for the rings between %u workers: %s\n", team->size,
			   rte_strerror(rte_errno));
		return ret;
	}
	for (unsigned i = 0; i < team->size; i++)
		for (unsigned k = 0; k < team->size; k++)
			team->members[i]->peers[k].out = team->members[k]->peers[i].in;
	return 0;
}

void
steer_destroy(struct team *team)
{
	for (unsigned i = 0; i < team->size; i++) {
		struct tct_worker *w = team->members[i];

		if (w == NULL || w->peers == NULL)
			continue;
		for (unsigned k = 0; k < team->size; k++)
			rte_ring_free(w->peers[k].in);
		rte_free(w->peers);
		w->peers = NULL;
	}
}

static void
peer_drain(struct steer_peer *peer)
{
	void *m;

	rte_pktmbuf_free_bulk(peer->batch, peer->count);
	peer->count = 0;
	while (peer->in != NULL && rte_ring_dequeue(peer->in, &m) == 0)
		rte_pktmbuf_free(m);
}

void
steer_drain(struct team *team)
{
	for (unsigned i = 0; i < team->size; i++)
		for (unsigned k = 0; team->members[i]->peers != NULL && k < team->size; k++)
			peer_drain(&team->members[i]->peers[k]);
}

/* ---- handing over --------------------------------------------------------------------------- */

static void
peer_flush(struct tct_worker *w, struct steer_peer *peer)
{
	unsigned done =
		rte_ring_sp_enqueue_burst(peer->out, (void **)peer->batch, peer->count, NULL);

	w->counters.v[COUNTER_STEERED_OUT] += done;
	w->counters.v[COUNTER_DROP_STEER_FULL] += peer->count - done;
	for (; done < peer->count; done++)
		tx_release_packet(&w->tx, peer->batch[done]);
	peer->count = 0;
}

void
steer_put(struct tct_worker *w, unsigned to, struct rte_mbuf *m, enum steer_kind kind,
	  unsigned port)
{
	struct steer_peer *peer = &w->peers[to];

	m->hash.usr = note_make(kind, port);
	peer->batch[peer->count++] = m;
	if (peer->count == WORKER_BURST)
		peer_flush(w, peer);
}

void
steer_flush(struct tct_worker *w)
{
	for (unsigned i = 0; i < w->team->size; i++)
		if (w->peers[i].count != 0)
			peer_flush(w, &w->peers[i]);
}

/* ---- what belongs to others ----------------------------------------------------------------- */

/* Whoever parses it again need not sum it up again. */
static void
received_put(struct tct_worker *w, unsigned to, struct packet *p)
{
	if (p->kind == PACKET_TCP) {
		p->mbuf->ol_flags &= ~(RTE_MBUF_F_RX_IP_CKSUM_MASK | RTE_MBUF_F_RX_L4_CKSUM_MASK);
		p->mbuf->ol_flags |= RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	}
	steer_put(w, to, p->mbuf, STEER_RECEIVED, p->port);
	p->mbuf = NULL;
}

bool
steer_segment(struct tct_worker *w, struct packet *p)
{
	unsigned owner = team_owner(w->team, &p->tuple);

	if (owner == w->rank)
		return false;
	received_put(w, owner, p);
	return true;
}

/* A port whose device may hash: it is believed once enough has come right, and never again once
 * something came wrong. */
static void
judge(struct tct_worker *w, unsigned port, unsigned right, unsigned wrong)
{
	struct worker_port *wp = &w->ports[port];

	if (team_verdict(w->team, port) != RSS_GOOD)
		return;
	if (wrong != 0) {
		w->counters.v[COUNTER_RSS_MISMATCH] += wrong;
		team_give_up(w->team, wp->port, port, RSS_FOREIGN);
		return;
	}
	wp->came_right += right;
	wp->trusted = wp->came_right >= PROBATION;
}

void
steer_burst(struct tct_worker *w, unsigned port, unsigned n)
{
	unsigned right = 0, wrong = 0;

	if (w->ports[port].trusted && likely(team_verdict(w->team, port) == RSS_GOOD))
		return;
	for (unsigned i = 0; i < n; i++) {
		if (w->packets[i].kind != PACKET_TCP)
			continue;
		if (steer_segment(w, &w->packets[i]))
			wrong++;
		else
			right++;
	}
	judge(w, port, right, wrong);
}

/*
 * A segment without a connection here, of a port that is believed: the one place where it matters
 * that the device was wrong, since a connection is only ever made on its owner. So nothing else
 * needs to be looked at, and no mistake is missed.
 */
bool
steer_stray(void *worker, struct packet *p)
{
	struct tct_worker *w = worker;

	if (w->peers == NULL || team_owner(w->team, &p->tuple) == w->rank)
		return false;
	w->counters.v[COUNTER_RSS_MISMATCH]++;
	if (w->team->mode == TCT_STEERING_RSS)
		return false;
	team_give_up(w->team, w->ports[p->port].port, p->port, RSS_FOREIGN);
	return steer_segment(w, p);
}

const char *
steer_mode_text(const struct tct_worker *w, unsigned port)
{
	if (w->peers == NULL)
		return "alone";
	if (team_verdict(w->team, port) != RSS_GOOD)
		return "software";
	return __atomic_load_n(&w->ports[port].trusted, __ATOMIC_RELAXED) ? "rss" : "probation";
}

/* ---- the net's ------------------------------------------------------------------------------- */

void
steer_hand(void *worker, struct rte_mbuf *m, enum net_hand what, unsigned port)
{
	steer_put(worker, 0, m, what == NET_HAND_SEND ? STEER_ROUTE : STEER_RECEIVED, port);
}

/* What a buffer of kind STEER_ERROR holds. */
struct steer_error {
	struct tuple tuple;
	uint32_t seq;
	uint16_t mtu;
	uint8_t err; /* enum icmp_error */
};

static void
error_deliver(struct tct_worker *w, const struct steer_error *e)
{
	switch ((enum icmp_error)e->err) {
	case ICMP_ERROR_TOO_BIG:
		tcp_icmp_too_big(&w->tcp, &e->tuple, e->seq, e->mtu);
		break;
	case ICMP_ERROR_SOFT_NET:
		tcp_icmp_error(&w->tcp, &e->tuple, e->seq, -ENETUNREACH, false);
		break;
	case ICMP_ERROR_SOFT_HOST:
		tcp_icmp_error(&w->tcp, &e->tuple, e->seq, -EHOSTUNREACH, false);
		break;
	case ICMP_ERROR_HARD:
		tcp_icmp_error(&w->tcp, &e->tuple, e->seq, -ECONNREFUSED, true);
		break;
	}
}

static void
error_put(struct tct_worker *w, unsigned to, const struct steer_error *e)
{
	struct rte_mbuf *m = tx_take(&w->tx, 1);

	if (m == NULL) {
		w->counters.v[COUNTER_DROP_STEER_FULL]++;
		return;
	}
	memcpy(rte_pktmbuf_append(m, sizeof(*e)), e, sizeof(*e));
	steer_put(w, to, m, STEER_ERROR, 0);
}

void
steer_icmp_error(void *worker, const struct tuple *t, uint32_t seq, enum icmp_error err,
		 uint16_t mtu)
{
	const struct steer_error e = {.tuple = *t, .seq = seq, .mtu = mtu, .err = (uint8_t)err};
	struct tct_worker *w = worker;
	unsigned owner = w->peers != NULL ? team_owner(w->team, t) : w->rank;

	if (owner == w->rank)
		error_deliver(w, &e);
	else
		error_put(w, owner, &e);
}

/* ---- what the others have for us ------------------------------------------------------------- */

static void
send_put(struct tct_worker *w, struct rte_mbuf *m)
{
	if (tx_room(&w->tx)) {
		tx_put(&w->tx, m, HOP(note_port(m), HOP_REFLECT));
		return;
	}
	w->counters.v[COUNTER_TX_REFUSED]++;
	tx_release_packet(&w->tx, m);
}

static void
error_take(struct tct_worker *w, struct rte_mbuf *m)
{
	struct steer_error e;

	memcpy(&e, rte_pktmbuf_mtod(m, void *), sizeof(e));
	error_deliver(w, &e);
	tx_release(&w->tx, m);
}

/* Received frames stay in mbufs, and are counted; the rest is done with. */
static unsigned
sort_out(struct tct_worker *w, struct rte_mbuf *mbufs[], unsigned n)
{
	unsigned received = 0;

	for (unsigned i = 0; i < n; i++) {
		switch (note_kind(mbufs[i])) {
		case STEER_RECEIVED:
			mbufs[received++] = mbufs[i];
			break;
		case STEER_SEND:
			send_put(w, mbufs[i]);
			break;
		case STEER_ROUTE:
			net_forward(w->net, mbufs[i], w->tcp.now_us);
			break;
		case STEER_ERROR:
			error_take(w, mbufs[i]);
			break;
		}
	}
	return received;
}

static void
parse(struct tct_worker *w, struct rte_mbuf *mbufs[], unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		rte_prefetch0(rte_pktmbuf_mtod(mbufs[i], void *));
	for (unsigned i = 0; i < n; i++) {
		unsigned port = note_port(mbufs[i]);

		packet_parse(&w->packets[i], mbufs[i], &w->ports[port].filter);
		w->packets[i].port = (uint8_t)port;
	}
}

unsigned
steer_input(struct tct_worker *w)
{
	struct rte_mbuf *mbufs[WORKER_BURST];
	unsigned sum = 0;

	for (unsigned i = 0; i < w->team->size; i++) {
		struct rte_ring *in = w->peers[i].in;
		unsigned n, received;

		if (in == NULL || rte_ring_empty(in))
			continue;
		n = rte_ring_sc_dequeue_burst(in, (void **)mbufs, WORKER_BURST, NULL);
		w->counters.v[COUNTER_STEERED_IN] += n;
		for (unsigned k = 0; k < n; k++)
			rte_prefetch0(mbufs[k]);
		received = sort_out(w, mbufs, n);
		parse(w, mbufs, received);
		rx_packets(w, received);
		sum += n;
	}
	return sum;
}
