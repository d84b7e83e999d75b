/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One lcore sends packets of the length of an ACK and takes the time when they come back; the other
 * sends back what it receives. Bursts are as long as the workers', and no packet is looked into
 * beyond its Ethernet header and the time it left. A worker that reflects parses them first: to it
 * they are frames of an unknown EtherType.
 */
#include "wire.h"

#include <errno.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_mbuf.h>

#include "../port/burst.h"
#include "tsc.h"
#include "worker.h"

#define FRAME_BYTES   66     /* Ethernet, IPv4, TCP with timestamps */
#define ETHERTYPE_OWN 0x88b5 /* IEEE 802: local experiments */
#define GRACE_MS      100    /* for what is under way at the end */
#define FIND_MS	      5000 /* for somebody to reflect: links and learning switches take their time */
#define FIND_STEP_MS  100  /* a frame for each of these */
#define LOST_MS	      10   /* nothing came back for so long: it never will */

struct frame {
	struct rte_ether_hdr ether;
	uint64_t sent; /* TSC */
	uint32_t generation;
} __rte_packed __rte_aligned(2);

/* ---- both ends ------------------------------------------------------------------------------ */

static uint64_t
tsc_after(const struct wire *w, double ms)
{
	return rte_rdtsc() + (uint64_t)(ms * 1e6 / w->ns_per_cycle);
}

/* What a port does not take until then is given up. Returns how many it took. */
static unsigned
send_all(const struct port *p, struct rte_mbuf *m[], unsigned n, uint64_t until)
{
	unsigned sent = port_send(p, 0, m, (uint16_t)n);

	while (unlikely(sent < n) && rte_rdtsc() < until)
		sent += port_send(p, 0, m + sent, (uint16_t)(n - sent));
	if (unlikely(sent < n))
		rte_pktmbuf_free_bulk(m + sent, n - sent);
	return sent;
}

static void
turn_round(struct rte_mbuf *m)
{
	struct rte_ether_hdr *ether = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);
	struct rte_ether_addr from = ether->src_addr;

	ether->src_addr = ether->dst_addr;
	ether->dst_addr = from;
}

static bool
is_own(const struct rte_mbuf *m)
{
	const struct frame *f = rte_pktmbuf_mtod(m, const struct frame *);

	return rte_pktmbuf_data_len(m) >= sizeof(*f) &&
	       f->ether.ether_type == rte_cpu_to_be_16(ETHERTYPE_OWN);
}

/* Whatever else a port receives is nobody's. Returns how many are left. */
static unsigned
keep_own(struct rte_mbuf *m[], unsigned n)
{
	unsigned own = 0;

	for (unsigned i = 0; i < n; i++) {
		if (likely(is_own(m[i])))
			m[own++] = m[i];
		else
			rte_pktmbuf_free(m[i]);
	}
	return own;
}

static int
reflect(void *wire)
{
	struct wire *w = wire;
	uint64_t until = tsc_after(w, (double)w->duration_ns / 1e6 + GRACE_MS);
	struct rte_mbuf *m[WORKER_BURST];

	while (!atomic_load_explicit(&w->enough, memory_order_relaxed)) {
		unsigned n = port_receive(w->ports[1], 0, m, WORKER_BURST);

		n = keep_own(m, n);
		for (unsigned i = 0; i < n; i++)
			turn_round(m[i]);
		send_all(w->ports[1], m, n, until);
	}
	return 0;
}

bool
wire_reflect(struct tct_worker *w, struct packet *p)
{
	const struct worker_port *port = &w->ports[p->port];
	struct frame *f;

	if (p->why != COUNTER_DROP_ETHERTYPE || p->mbuf->nb_segs != 1 || !is_own(p->mbuf) ||
	    !tx_room(&w->tx))
		return false;
	f = rte_pktmbuf_mtod(p->mbuf, struct frame *);
	if (!rte_is_broadcast_ether_addr(&f->ether.dst_addr) &&
	    !rte_is_same_ether_addr(&f->ether.dst_addr, &port->port->mac))
		return false;
	turn_round(p->mbuf);
	f->ether.src_addr = port->port->mac; /* it may have come to all */
	p->mbuf->ol_flags = 0;
	tx_put(&w->tx, p->mbuf, HOP(p->port, HOP_REFLECT));
	p->mbuf = NULL;
	return true;
}

/* ---- the sender ----------------------------------------------------------------------------- */

static void
stamp(struct rte_mbuf *m, uint64_t now)
{
	rte_pktmbuf_mtod(m, struct frame *)->sent = now;
}

static struct rte_mbuf *
make_frame(const struct wire *w)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(port_pool(w->ports[0], 0));
	struct frame *f = m ? (struct frame *)rte_pktmbuf_append(m, FRAME_BYTES) : NULL;

	if (!f) {
		rte_pktmbuf_free(m);
		return NULL;
	}
	memset(f, 0, FRAME_BYTES);
	f->ether.src_addr = w->ports[0]->mac;
	f->ether.dst_addr = w->far;
	f->ether.ether_type = rte_cpu_to_be_16(ETHERTYPE_OWN);
	f->generation = w->generation;
	return m;
}

/* Sends n; returns how many are under way. */
static unsigned
send_fresh(const struct wire *w, unsigned n, uint64_t until)
{
	unsigned sent = 0;

	for (; sent < n; sent++) {
		struct rte_mbuf *m = make_frame(w);

		if (!m)
			break;
		stamp(m, rte_rdtsc());
		if (send_all(w->ports[0], &m, 1, until) == 0)
			break;
	}
	return sent;
}

/* Frames that came back: to us, and none of those that were given up for lost. */
static unsigned
take_back(const struct wire *w, struct rte_mbuf *m[])
{
	unsigned n = keep_own(m, port_receive(w->ports[0], 0, m, WORKER_BURST)), ours = 0;

	for (unsigned i = 0; i < n; i++) {
		const struct frame *f = rte_pktmbuf_mtod(m[i], const struct frame *);

		if (likely(f->generation == w->generation &&
			   rte_is_same_ether_addr(&f->ether.dst_addr, &w->ports[0]->mac)))
			m[ours++] = m[i];
		else
			rte_pktmbuf_free(m[i]);
	}
	return ours;
}

/* Whoever is the first to answer a broadcast. */
static int
find_far(struct wire *w)
{
	uint64_t until = tsc_after(w, FIND_MS);
	struct rte_mbuf *m[WORKER_BURST];

	memset(&w->far, 0xff, sizeof(w->far));
	while (rte_rdtsc() < until) {
		uint64_t next = tsc_after(w, FIND_STEP_MS);
		unsigned n = 0;

		send_fresh(w, 1, next);
		while (n == 0 && rte_rdtsc() < next)
			n = take_back(w, m);
		if (n == 0)
			continue;
		w->far = rte_pktmbuf_mtod(m[0], struct frame *)->ether.src_addr;
		w->generation++; /* what others answer is not waited for */
		rte_pktmbuf_free_bulk(m, n);
		return 0;
	}
	return -EHOSTUNREACH;
}

static unsigned
take_times(struct wire *w, struct rte_mbuf *m[])
{
	unsigned n = take_back(w, m);
	uint64_t now = n ? rte_rdtsc() : 0;

	for (unsigned i = 0; i < n; i++) {
		uint64_t cycles = now - rte_pktmbuf_mtod(m[i], struct frame *)->sent;

		histogram_record(&w->times, (uint64_t)((double)cycles * w->ns_per_cycle));
		stamp(m[i], now);
		turn_round(m[i]);
	}
	return n;
}

/* What is under way comes back and goes no further. */
static void
collect(const struct wire *w, unsigned under_way)
{
	uint64_t until = tsc_after(w, GRACE_MS);
	struct rte_mbuf *m[WORKER_BURST];

	while (under_way && rte_rdtsc() < until) {
		unsigned n = take_back(w, m);

		rte_pktmbuf_free_bulk(m, n);
		under_way -= RTE_MIN(n, under_way);
	}
}

/* What is lost on the way is sent anew, when there is nothing else to wait for. */
static int
keep_sending(void *wire)
{
	struct wire *w = wire;
	int ret = w->ports[1] ? 0 : find_far(w);
	uint64_t until = tsc_after(w, (double)w->duration_ns / 1e6);
	uint64_t lost = tsc_after(w, LOST_MS);
	unsigned under_way = ret ? 0 : send_fresh(w, w->in_flight, until);
	struct rte_mbuf *m[WORKER_BURST];
	bool all = under_way == w->in_flight;

	while (ret == 0 && rte_rdtsc() < until) {
		unsigned n = take_times(w, m);

		w->round_trips += n;
		under_way -= n - send_all(w->ports[0], m, n, until);
		if (likely(n)) {
			lost = tsc_after(w, LOST_MS);
		} else if (unlikely(rte_rdtsc() > lost)) {
			w->generation++;
			under_way = send_fresh(w, w->in_flight, until);
			lost = tsc_after(w, LOST_MS);
		}
	}
	collect(w, under_way);
	if (ret == 0 && w->round_trips == 0)
		return -EHOSTUNREACH;
	return ret == 0 && !all ? -ENOMEM : ret;
}

/* ---- control -------------------------------------------------------------------------------- */

static int
launch(struct wire *w)
{
	int ret;

	w->ns_per_cycle = 1e9 / (double)tsc_hz();
	w->round_trips = 0;
	w->generation = (uint32_t)rte_rdtsc(); /* another one than any other sender's */
	histogram_reset(&w->times);
	atomic_store(&w->enough, false);
	if (w->ports[1])
		w->far = w->ports[1]->mac;
	ret = w->ports[1] ? rte_eal_remote_launch(reflect, w, w->lcores[1]) : 0;
	return ret ? ret : rte_eal_remote_launch(keep_sending, w, w->lcores[0]);
}

int
wire_run(struct wire *wires[], unsigned count)
{
	int ret = 0;

	for (unsigned i = 0; i < count && ret == 0; i++)
		ret = launch(wires[i]);
	for (unsigned i = 0; i < count; i++) {
		int sent = rte_eal_wait_lcore(wires[i]->lcores[0]);

		atomic_store(&wires[i]->enough, true);
		if (wires[i]->ports[1])
			rte_eal_wait_lcore(wires[i]->lcores[1]);
		ret = ret ? ret : sent;
	}
	return ret;
}
