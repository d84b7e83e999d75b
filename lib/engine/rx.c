/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The receive stages: take a burst, parse all, hand the TCP segments to TCP as one burst and the
 * rest to the net room, give the buffers back. Each stage goes over the whole burst, so that its
 * cache misses overlap. Where more waits in the queue, the next burst is taken before one is
 * handled: its buffers come from another core or from memory meanwhile.
 */
#include <rte_cycles.h>

#include "../base/prefetch.h"
#include "../port/burst.h"
#include "steer.h"
#include "wire.h"

/* In one poll, of all queues if there are not more of these. With 512 connections in flight six
 * make 1.13 to 1.2 times the crr that four make; eight make no more, and with 256 they take all
 * there is, so that either end waits for the other. */
#define RX_BURSTS 6

#define TEXT_LINES 6 /* of a frame, that are fetched before it is read */

/* A frame begins in the middle of a line: the headers lie in two, and end in a third. Of the text
 * behind them the first lines are asked for, too: those of a request or a response that is not
 * long. Of longer ones the core sees that they are read in a row. */
static void
prefetch_headers(struct rte_mbuf *const mbufs[], unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const uint8_t *frame = rte_pktmbuf_mtod(mbufs[i], const uint8_t *);

		prefetch_own(frame);
		prefetch_own(frame + RTE_CACHE_LINE_SIZE);
		prefetch_own(frame + 2 * RTE_CACHE_LINE_SIZE);
		for (unsigned at = 3;
		     at < TEXT_LINES && at * RTE_CACHE_LINE_SIZE < mbufs[i]->data_len; at++)
			prefetch_own(frame + at * RTE_CACHE_LINE_SIZE);
		if (unlikely(mbufs[i]->nb_segs > 1))
			prefetch_own(&mbufs[i]->next);
	}
}

/* The second buffers of those that have one: all that will be read of them until they are given
 * back (tx_borrow()). */
static void
prefetch_chains(struct rte_mbuf *const mbufs[], unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (unlikely(mbufs[i]->nb_segs > 1)) {
			const struct rte_mbuf *next = mbufs[i]->next;

			prefetch_own(next);
			prefetch_own(&next->next);
			prefetch_own(next + 1);
		}
}

/* What prefetch_headers() will read. */
static void
prefetch_mbufs(struct rte_mbuf *const mbufs[], unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		prefetch_own(mbufs[i]);
}

static void
parse_stage(struct tct_worker *w, unsigned port, struct rte_mbuf *mbufs[], unsigned n)
{
	w->counters.v[COUNTER_RX_BURSTS]++;
	w->counters.v[COUNTER_RX_PACKETS] += n;
	w->counters.v[COUNTER_RX_BYTES] +=
		packet_parse_burst(w->packets, mbufs, n, &w->ports[port].filter);
}

/* A packet that is not a TCP segment. One that was a fragment may have become one. */
static void
other_input(struct tct_worker *w, struct packet *p)
{
	if (p->kind == PACKET_DROP) {
		if (!w->reflects || !wire_reflect(w, p))
			w->counters.v[p->why]++;
		return;
	}
	if (!net_input(w->net, p, p->port, w->tcp.now_us))
		return;
	packet_parse(p, p->mbuf, &w->ports[p->port].filter);
	if (p->kind == PACKET_TCP) {
		if (w->peers == NULL || !steer_segment(w, p))
			tcp_input_burst(&w->tcp, &p, 1);
	} else if (p->kind == PACKET_DROP)
		w->counters.v[p->why]++;
	else if (p->kind != PACKET_FRAGMENT)
		net_input(w->net, p, p->port, w->tcp.now_us);
}

/* What has no buffer is another worker's now. */
void
rx_packets(struct tct_worker *w, unsigned n)
{
	struct packet *segments[WORKER_BURST];
	unsigned tcp = 0;

	for (unsigned i = 0; i < n; i++)
		if (likely(w->packets[i].kind == PACKET_TCP && w->packets[i].mbuf != NULL))
			segments[tcp++] = &w->packets[i];
	tcp_input_burst(&w->tcp, segments, tcp);
	if (unlikely(tcp != n))
		for (unsigned i = 0; i < n; i++)
			if (w->packets[i].kind != PACKET_TCP)
				other_input(w, &w->packets[i]);
	for (unsigned i = 0; i < n; i++)
		if (w->packets[i].mbuf)
			tx_release_packet(&w->tx, w->packets[i].mbuf);
}

static unsigned
take_burst(struct tct_worker *w, unsigned port, struct rte_mbuf *mbufs[])
{
	return port_receive(w->ports[port].port, w->ports[port].queue, mbufs, WORKER_BURST);
}

unsigned
rx_stage(struct tct_worker *w, unsigned port)
{
	struct rte_mbuf *bursts[2][WORKER_BURST];
	uint64_t since = rte_rdtsc();
	unsigned n = take_burst(w, port, bursts[0]), next, all = n;
	unsigned bursts_of_all = w->port_count; /* if every queue gives as many as this one */

	prefetch_headers(bursts[0], n);
	for (unsigned i = 0; n != 0; i ^= 1, n = next) {
		bursts_of_all += w->port_count;
		next = bursts_of_all <= RX_BURSTS ? take_burst(w, port, bursts[i ^ 1]) : 0;
		prefetch_mbufs(bursts[i ^ 1], next);
		prefetch_chains(bursts[i], n);
		phase_end(w, PHASE_RX, &since);
		parse_stage(w, port, bursts[i], n);
		prefetch_headers(bursts[i ^ 1], next);
		if (w->peers != NULL)
			steer_burst(w, port, n);
		phase_end(w, PHASE_PARSE, &since);
		rx_packets(w, n);
		phase_end(w, PHASE_TCP, &since);
		all += next;
	}
	return all;
}
