/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One lcore sends packets of the length of an ACK and takes the time when they come back; the other
 * sends back what it receives. Bursts are as long as the workers', and no packet is looked into
 * beyond its Ethernet header and the time it left.
 */
#include "wire.h"

#include <errno.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_launch.h>
#include <rte_mbuf.h>

#include "tsc.h"
#include "worker.h"

#define FRAME_BYTES   66     /* Ethernet, IPv4, TCP with timestamps */
#define ETHERTYPE_OWN 0x88b5 /* IEEE 802: local experiments */
#define GRACE_MS      100    /* for what is under way at the end */

struct frame {
	struct rte_ether_hdr ether;
	uint64_t sent; /* TSC */
} __rte_packed __rte_aligned(2);

/* ---- both ends ------------------------------------------------------------------------------ */

static void
send_all(const struct port *p, struct rte_mbuf *m[], unsigned n)
{
	for (unsigned sent = 0; sent < n;)
		sent += rte_eth_tx_burst(p->id, 0, m + sent, n - sent);
}

static void
turn_round(struct rte_mbuf *m)
{
	struct rte_ether_hdr *ether = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);
	struct rte_ether_addr from = ether->src_addr;

	ether->src_addr = ether->dst_addr;
	ether->dst_addr = from;
}

static int
reflect(void *wire)
{
	struct wire *w = wire;
	struct rte_mbuf *m[WORKER_BURST];

	while (!atomic_load_explicit(&w->enough, memory_order_relaxed)) {
		unsigned n = rte_eth_rx_burst(w->ports[1]->id, 0, m, WORKER_BURST);

		for (unsigned i = 0; i < n; i++)
			turn_round(m[i]);
		send_all(w->ports[1], m, n);
	}
	return 0;
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
	f->ether.dst_addr = w->ports[1]->mac;
	f->ether.ether_type = rte_cpu_to_be_16(ETHERTYPE_OWN);
	return m;
}

/* Returns how many are under way. */
static unsigned
send_first(struct wire *w)
{
	unsigned n = 0;

	for (; n < w->in_flight; n++) {
		struct rte_mbuf *m = make_frame(w);

		if (!m)
			break;
		stamp(m, rte_rdtsc());
		send_all(w->ports[0], &m, 1);
	}
	return n;
}

static unsigned
take_times(struct wire *w, struct rte_mbuf *m[])
{
	unsigned n = rte_eth_rx_burst(w->ports[0]->id, 0, m, WORKER_BURST);
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
	uint64_t until = rte_rdtsc() + (uint64_t)(GRACE_MS * 1e6 / w->ns_per_cycle);
	struct rte_mbuf *m[WORKER_BURST];

	while (under_way && rte_rdtsc() < until) {
		unsigned n = rte_eth_rx_burst(w->ports[0]->id, 0, m, WORKER_BURST);

		rte_pktmbuf_free_bulk(m, n);
		under_way -= n;
	}
}

static int
keep_sending(void *wire)
{
	struct wire *w = wire;
	unsigned under_way = send_first(w);
	uint64_t until = rte_rdtsc() + (uint64_t)((double)w->duration_ns / w->ns_per_cycle);
	struct rte_mbuf *m[WORKER_BURST];

	while (rte_rdtsc() < until) {
		unsigned n = take_times(w, m);

		w->round_trips += n;
		send_all(w->ports[0], m, n);
	}
	collect(w, under_way);
	return under_way == w->in_flight ? 0 : -ENOMEM;
}

/* ---- control -------------------------------------------------------------------------------- */

static int
launch(struct wire *w)
{
	int ret;

	w->ns_per_cycle = 1e9 / (double)tsc_hz();
	w->round_trips = 0;
	histogram_reset(&w->times);
	atomic_store(&w->enough, false);
	ret = rte_eal_remote_launch(reflect, w, w->lcores[1]);
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
		rte_eal_wait_lcore(wires[i]->lcores[1]);
		ret = ret ? ret : sent;
	}
	return ret;
}
