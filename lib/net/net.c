/* SPDX-License-Identifier: BSD-3-Clause */
#include "net.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "../wire/bytes.h"
#include "internal.h"

/* ---- life ----------------------------------------------------------------------------------- */

static void
ports_init(struct net *n, const struct net_config *config)
{
	n->port_count = config->port_count;
	for (unsigned i = 0; i < config->port_count; i++) {
		const struct net_port_config *port = &config->ports[i];

		n->ports[i] = (struct net_port){
			.mac = port->mac,
			.vlan = port->config->vlan,
			.mtu = port->mtu,
			.tx_checksum = port->tx_checksum,
			.paired = port->paired,
		};
	}
}

/* Anywhere: RFC 7739 has reasons not to begin with 0. */
static int
ids_init(struct net *n)
{
	ssize_t got = getrandom(&n->fragment_id, sizeof(n->fragment_id), 0);

	return got == sizeof(n->fragment_id) ? 0 : -EIO;
}

/* Of a writer with readers; or the writer's. */
static int
news_init(struct net *n, const struct net_config *config)
{
	n->hand = config->hand;
	n->hand_arg = config->hand_arg;
	if (config->writer != NULL) {
		n->followed = config->writer->news;
		for (unsigned i = 0; i < n->locals.count; i++) /* until there is news */
			locals_count(&n->locals, &n->locals.ranges[i], 1);
	}
	if (!config->shared)
		return 0;
	n->news = aligned_alloc(alignof(struct news), sizeof(*n->news));
	if (n->news == NULL)
		return -ENOMEM;
	memset(n->news, 0, sizeof(*n->news));
	return 0;
}

static int
tables_init(struct net *n, const struct net_config *config)
{
	uint32_t neighbours = RTE_MIN(RTE_MAX(config->neighbours, 1u), HOP_NEIGHBOURS_MAX);
	int err = neighbours_init(n, neighbours, config->socket);

	if (err != 0 || config->fragments == 0)
		return err;
	n->reassembly = reassembly_create(config->fragments, config->socket);
	return n->reassembly != NULL ? 0 : -errno;
}

struct net *
net_create(const struct net_config *config)
{
	struct net *n = calloc(1, sizeof(*n));
	int err;

	if (n == NULL)
		return NULL;
	n->tx = config->tx;
	n->counters = config->counters;
	n->icmp_error = config->icmp_error;
	n->icmp_error_arg = config->icmp_error_arg;
	rate_limit_init(&n->echo_limit, NET_ECHO_RATE, NET_ECHO_PEAK);
	ports_init(n, config);
	locals_init(n, config->ports);
	routes_init(n, config->ports);
	err = news_init(n, config);
	if (err == 0)
		err = tables_init(n, config);
	if (err == 0)
		err = ids_init(n);
	if (err == 0)
		return n;
	net_destroy(n);
	errno = -err;
	return NULL;
}

void
net_destroy(struct net *n)
{
	if (n == NULL)
		return;
	reassembly_destroy(n->reassembly);
	neighbours_fini(n);
	free(n->news);
	free(n);
}

/* ---- addresses ------------------------------------------------------------------------------ */

bool
net_is_local(const struct net *n, const struct addr *a)
{
	return local_is(n, a);
}

bool
net_is_settled(const struct net *n, bool ip6)
{
	return (ip6 ? n->locals.busy : n->locals.busy_ip4) == 0;
}

/* ---- the poll ------------------------------------------------------------------------------- */

void
net_announce(struct net *n, uint64_t now_us)
{
	if (n->followed != NULL)
		return;
	locals_start(n);
	n->timers_due_us = now_us;
}

void
net_announce_again(struct net *n, unsigned port)
{
	locals_announce(n, port);
}

bool
net_input(struct net *n, struct packet *p, unsigned port, uint64_t now_us)
{
	switch (p->kind) {
	case PACKET_ARP:
		if (!net_hand_over(n, p, port))
			arp_input(n, p, port, now_us);
		return false;
	case PACKET_ICMP4:
	case PACKET_ICMP6:
		icmp_input(n, p, port, now_us);
		return false;
	case PACKET_FRAGMENT:
		return !net_hand_over(n, p, port) && reassemble(n, p, now_us);
	default:
		return false;
	}
}

/* Where a packet of ours wants to go. */
static struct addr
destination(const struct rte_mbuf *m)
{
	const uint8_t *ip = rte_pktmbuf_mtod(m, const uint8_t *);

	return ip[0] >> 4 == 4 ? addr_from_ip4(load32(ip + 16)) : addr_from_ip6(ip + 24);
}

void
net_forward(struct net *n, struct rte_mbuf *m, uint64_t now_us)
{
	struct addr remote = destination(m);
	uint16_t hop = net_hop(n, &remote, now_us);

	if (hop == HOP_NONE) {
		net_count(n, COUNTER_DROP_NO_ROUTE);
		tx_release_packet(n->tx, m);
		return;
	}
	if (!n->ready[hop].attend) /* else the packet's leaving is news */
		news_of_neighbour(n, hop);
	if (tx_room(n->tx)) {
		tx_put(n->tx, m, hop);
	} else {
		net_count(n, COUNTER_DROP_NEIGHBOUR_QUEUE);
		tx_release_packet(n->tx, m);
	}
	net_hop_release(n, hop);
}

void
net_timers(struct net *n, uint64_t now_us)
{
	if (n->followed != NULL) {
		if (unlikely(news_pending(n->followed, n->news_at)))
			news_apply(n);
		return;
	}
	if (likely(now_us < n->timers_due_us))
		return;
	n->timers_due_us = now_us + NET_TIMERS_US;
	neighbours_timers(n, now_us);
	locals_timers(n, now_us);
	reassembly_timers(n, now_us);
}

/* Whole words, from 2 bytes before a header of 14: what is there is nobody's. */
static __rte_always_inline void
prepend(struct rte_mbuf *m, const struct l2_ready *l2)
{
	uint8_t *ip = rte_pktmbuf_mtod(m, uint8_t *);
	uint8_t len = l2->len;

	RTE_ASSERT(rte_pktmbuf_headroom(m) >= sizeof(l2->bytes));
	memcpy(ip - 16, l2->bytes + 8, 16);
	if (len > 16) /* a tag */
		memcpy(ip - 24, l2->bytes, 8);
	m->data_off -= len;
	m->data_len += len;
	m->pkt_len += len;
	if (l2->offload)
		m->l2_len = len;
}

/* The packets from at on that go the same way, to the place of `to` and on; how many. The header
 * is a copy, so that it stays in registers. */
static uint32_t
resolve_run(struct tx_queue *q, uint32_t at, uint32_t to, const struct l2_ready *ready)
{
	const struct l2_ready l2 = *ready;
	uint32_t count = q->out_count, i = at;
	uint16_t hop = q->hop[at];

	do {
		struct rte_mbuf *m = q->out[i];

		if (l2.len != 0)
			prepend(m, &l2);
		q->out[to] = m;
		q->hop[to++] = hop;
	} while (++i < count && q->hop[i] == hop);
	return i - at;
}

/* A packet whose neighbour has to be attended to; false when it has to wait for that. */
static bool
resolve_one(struct net *n, struct rte_mbuf *m, uint16_t hop, uint64_t now_us)
{
	const struct l2_ready *l2 = &n->ready[hop];

	if (!neighbour_use(n, hop, m, now_us))
		return false;
	if (l2->len != 0)
		prepend(m, l2);
	return true;
}

/* neighbour_use() may queue a solicitation: it is reached in the same pass. */
void
net_resolve(struct net *n, uint64_t now_us)
{
	struct tx_queue *q = n->tx;
	uint32_t kept = 0, i = 0;

	while (i < q->out_count) {
		struct rte_mbuf *m = q->out[i];
		uint16_t hop = q->hop[i];

		if (unlikely(hop >= n->hops)) {
			net_count(n, COUNTER_DROP_NO_ROUTE);
			tx_release_packet(q, m);
			i++;
		} else if (unlikely(n->ready[hop].attend)) {
			if (resolve_one(n, m, hop, now_us)) {
				q->out[kept] = m;
				q->hop[kept++] = hop;
			}
			i++;
		} else {
			uint32_t run = resolve_run(q, i, kept, &n->ready[hop]);

			i += run;
			kept += run;
		}
	}
	q->out_count = kept;
}
