/* SPDX-License-Identifier: BSD-3-Clause */
#define ALLOW_EXPERIMENTAL_API /* rte_ip_frag_table_del_expired_entries() */

#include "reassemble.h"

#include <errno.h>
#include <stdlib.h>

#include <rte_ip_frag.h>

#include "internal.h"

#define BUCKET_ENTRIES 8

struct reassembly {
	struct rte_ip_frag_tbl *table;
	uint32_t held; /* buffers in the table */
	uint32_t held_max;
	struct rte_ip_frag_death_row dead; /* the library's way to give buffers back */
};

struct reassembly *
reassembly_create(uint32_t datagrams, int socket)
{
	struct reassembly *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	/* Two buckets are tried for each datagram, so that half of the places may be taken. */
	r->table =
		rte_ip_frag_table_create(rte_align32pow2(RTE_MAX(datagrams / BUCKET_ENTRIES, 1u)),
					 BUCKET_ENTRIES, datagrams, REASSEMBLY_TIMEOUT_US, socket);
	if (r->table == NULL) {
		free(r);
		errno = ENOMEM;
		return NULL;
	}
	r->held_max = datagrams * REASSEMBLY_MBUFS_FACTOR;
	return r;
}

void
reassembly_destroy(struct reassembly *r)
{
	if (r == NULL)
		return;
	rte_ip_frag_table_destroy(r->table);
	free(r);
}

static void
bury(struct net *n, struct reassembly *r, enum counter why)
{
	for (uint32_t i = 0; i < r->dead.cnt; i++) {
		r->held -= r->dead.row[i]->nb_segs;
		tx_release_packet(n->tx, r->dead.row[i]);
	}
	n->counters->v[why] += r->dead.cnt;
	r->dead.cnt = 0;
}

void
reassembly_timers(struct net *n, uint64_t now_us)
{
	struct reassembly *r = n->reassembly;

	if (r == NULL || r->held == 0)
		return;
	rte_ip_frag_table_del_expired_entries(r->table, &r->dead, now_us);
	bury(n, r, COUNTER_DROP_FRAGMENT_TIMEOUT);
}

/* The library has no other place for what stands between the headers. */
static bool
is_supported(const struct packet *p)
{
	return p->ip_version == 4 ||
	       p->l3_len == sizeof(struct rte_ipv6_hdr) + sizeof(struct rte_ipv6_fragment_ext);
}

/* It writes to the headers, and reads them in the first segment. */
static bool
is_writable(const struct packet *p)
{
	return rte_mbuf_refcnt_read(p->mbuf) == 1 && RTE_MBUF_DIRECT(p->mbuf) &&
	       p->mbuf->data_len >= p->l2_len + p->l3_len;
}

static struct rte_mbuf *
insert(struct reassembly *r, const struct packet *p, uint64_t now_us)
{
	struct rte_mbuf *m = p->mbuf;
	void *ip = rte_pktmbuf_mtod_offset(m, void *, p->l2_len);

	m->l2_len = p->l2_len;
	m->l3_len = p->l3_len;
	r->held += m->nb_segs;
	if (p->ip_version == 4)
		m = rte_ipv4_frag_reassemble_packet(r->table, &r->dead, m, now_us, ip);
	else
		m = rte_ipv6_frag_reassemble_packet(r->table, &r->dead, m, now_us, ip,
						    RTE_PTR_ADD(ip, sizeof(struct rte_ipv6_hdr)));
	if (m != NULL)
		r->held -= m->nb_segs;
	return m;
}

/* The IPv4 header's checksum was good on each fragment and is not written again; that of TCP is not
 * known to anybody yet. */
static void
finish(struct rte_mbuf *m)
{
	m->ol_flags &= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
	m->ol_flags |= RTE_MBUF_F_RX_IP_CKSUM_GOOD;
	m->tx_offload = 0;
}

bool
reassemble(struct net *n, struct packet *p, uint64_t now_us)
{
	struct reassembly *r = n->reassembly;
	struct rte_mbuf *whole;

	net_count(n, COUNTER_IP_FRAGMENTS);
	if (!local_is(n, &p->tuple.local)) {
		net_count(n, COUNTER_DROP_IP_DESTINATION);
		return false;
	}
	if (r == NULL || !is_supported(p) || !is_writable(p) ||
	    r->held + p->mbuf->nb_segs > r->held_max) {
		net_count(n, COUNTER_DROP_FRAGMENT);
		return false;
	}
	reassembly_timers(n, now_us);
	whole = insert(r, p, now_us);
	p->mbuf = whole;
	bury(n, r, COUNTER_DROP_FRAGMENT);
	if (whole == NULL)
		return false;
	finish(whole);
	net_count(n, COUNTER_IP_REASSEMBLED);
	return true;
}
