/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A net and the links around it: frames go in, time passes, frames come out.
 *
 *	world_open(&(struct tct_port_config){...});
 *	FRAME_IN(0, frame, len);
 *	AT_MS(1000);
 *	assert_int_equal(sent_count, 1);
 *	world_close();		every buffer is back
 *
 * Addresses: we are 10.0.0.1/24 at OUR_MAC on port 0, peers are 10.0.0.N at peer_mac(N).
 */
#ifndef TCT_TESTS_NET_WORLD_H
#define TCT_TESTS_NET_WORLD_H

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "net/internal.h"
#include "wire/arp.h"
#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/icmp.h"
#include "wire/nd.h"

#include "../fake_mbuf.h"

#define SENT_MAX 512

struct sent {
	unsigned port;
	unsigned len;
	uint64_t l2_len;
	uint8_t bytes[2048];
};

struct error_seen {
	struct tuple tuple;
	uint32_t seq;
	enum icmp_error err;
	uint16_t mtu;
};

static struct net *net;
static struct tx_queue tx;
static struct counters counters;
static struct packet_filter filters[TCT_MAX_PORTS];
static struct sent sent[SENT_MAX];
static unsigned sent_count;
static struct error_seen errors[64];
static unsigned error_count;
static uint64_t now_us;
static uint8_t whole[70000]; /* the last datagram reassembled */
static unsigned whole_len;

#define COUNT(id) ((unsigned)counters.v[COUNTER_##id])

/* Everything that was dropped, for whatever reason. */
static inline unsigned
drops(void)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < COUNTER_MAX; i++)
		if (strcmp(counter_info[i].group, "drop") == 0)
			sum += (unsigned)counters.v[i];
	return sum;
}

static inline void
on_error(void *arg, const struct tuple *t, uint32_t seq, enum icmp_error err, uint16_t mtu)
{
	(void)arg;
	assert_true(error_count < RTE_DIM(errors));
	errors[error_count++] = (struct error_seen){*t, seq, err, mtu};
}

/* ---- addresses ---- */

static inline struct rte_ether_addr
our_mac(unsigned port)
{
	return (struct rte_ether_addr){{2, 0, 0, 0, 1, (uint8_t)port}};
}

static inline struct rte_ether_addr
peer_mac(unsigned n)
{
	return (struct rte_ether_addr){{2, 0, 0, 9, (uint8_t)(n >> 8), (uint8_t)n}};
}

static const struct rte_ether_addr broadcast_mac = {{255, 255, 255, 255, 255, 255}};

static inline struct addr
addr_of(const char *text)
{
	struct addr a;
	uint32_t ip4;

	if (inet_pton(AF_INET, text, &ip4) == 1)
		return addr_from_ip4(ip4);
	assert_int_equal(inet_pton(AF_INET6, text, a.b), 1);
	return a;
}

static inline struct tct_address
address_of(const char *text)
{
	struct addr a = addr_of(text);
	struct tct_address t;

	memcpy(t.bytes, a.b, 16);
	return t;
}

static inline struct tct_local
local_range(const char *first, uint32_t count, uint8_t prefix_len)
{
	return (struct tct_local){address_of(first), count, prefix_len};
}

static inline rte_be32_t
ip4(const char *text)
{
	return addr_of(text).w32[3];
}

#define assert_addr(a, text)                            \
	do {                                            \
		struct addr assert_is = addr_of(text);  \
		assert_true(addr_equal(a, &assert_is)); \
	} while (0)

/* ---- life ---- */

static inline void
refill(void)
{
	while (tx.spare_count < 128)
		tx.spare[tx.spare_count++] = rte_pktmbuf_alloc(fake_pool_get());
}

static bool world_paired; /* the ports are in memory */

static inline void
world_open_with(const struct tct_port_config *configs, unsigned count, uint32_t neighbours,
		uint32_t fragments, bool tx_checksum)
{
	static struct tct_port_config kept[TCT_MAX_PORTS];
	struct net_port_config ports[TCT_MAX_PORTS];
	struct net_config config = {
		.ports = ports,
		.port_count = count,
		.neighbours = neighbours,
		.fragments = fragments,
		.socket = -1,
		.tx = &tx,
		.counters = &counters,
		.icmp_error = on_error,
	};

	memset(&counters, 0, sizeof(counters));
	tx.spare_count = tx.out_count = 0;
	sent_count = error_count = 0;
	now_us = 1000000;
	for (unsigned i = 0; i < count; i++) {
		kept[i] = configs[i];
		ports[i] = (struct net_port_config){our_mac(i), &kept[i], 1500, tx_checksum,
						    world_paired};
		filters[i] = (struct packet_filter){.mac = our_mac(i), .vlan = configs[i].vlan};
	}
	refill();
	net = net_create(&config);
	assert_non_null(net);
}

static inline void
world_open(const struct tct_port_config *config)
{
	world_open_with(config, 1, 16, 0, false);
}

/* 10.0.0.1/24 */
static inline void
world_open_plain(void)
{
	const struct tct_port_config config = {
		.locals = {local_range("10.0.0.1", 1, 24)},
		.local_count = 1,
	};

	world_open(&config);
}

static inline void
world_close(void)
{
	net_destroy(net);
	for (unsigned i = 0; i < tx.out_count; i++)
		rte_pktmbuf_free(tx.out[i]);
	for (unsigned i = 0; i < tx.spare_count; i++)
		rte_pktmbuf_free(tx.spare[i]);
	assert_int_equal(fake_pool.in_use, 0);
}

/* ---- time and frames ---- */

/* The end of a poll: what is queued gets its Ethernet header and is sent. */
static inline void
flush(void)
{
	net_resolve(net, now_us);
	for (unsigned i = 0; i < tx.out_count; i++) {
		struct sent *s = &sent[sent_count++];
		struct rte_mbuf *m = tx.out[i];

		assert_true(sent_count < SENT_MAX);
		s->port = HOP_PORT(tx.hop[i]);
		s->len = m->pkt_len;
		s->l2_len = m->l2_len;
		assert_true(s->len <= sizeof(s->bytes));
		memcpy(s->bytes, rte_pktmbuf_read(m, 0, m->pkt_len, s->bytes), s->len);
		tx_release_packet(&tx, m);
	}
	tx.out_count = 0;
	refill();
}

static inline void
forget_sent(void)
{
	sent_count = 0;
}

/* Time passes in steps of a millisecond, as polls would see it. */
static inline void
at_ms(uint64_t ms)
{
	uint64_t end = 1000000 + ms * 1000;

	while (now_us < end) {
		now_us += 1024;
		if (now_us > end)
			now_us = end;
		net_timers(net, now_us);
		flush();
	}
}
#define AT_MS(ms) at_ms(ms)

/* Returns the kind that the parser gave it; PACKET_TCP for what reassembly completed. */
static inline enum packet_kind
mbuf_in(unsigned port, struct rte_mbuf *m)
{
	struct packet p = {.mbuf = NULL};
	enum packet_kind kind;

	packet_parse(&p, m, &filters[port]);
	kind = p.kind;
	if (kind == PACKET_DROP) {
		counters.v[p.why]++;
	} else if (kind != PACKET_TCP && net_input(net, &p, port, now_us)) {
		packet_parse(&p, p.mbuf, &filters[port]);
		kind = p.kind;
		if (kind == PACKET_DROP)
			counters.v[p.why]++;
		whole_len = p.mbuf->pkt_len;
		memcpy(whole, rte_pktmbuf_read(p.mbuf, 0, whole_len, whole), whole_len);
	}
	if (p.mbuf != NULL)
		tx_release_packet(&tx, p.mbuf);
	flush();
	return kind;
}

static inline enum packet_kind
frame_in(unsigned port, const void *bytes, unsigned len)
{
	return mbuf_in(port, fake_mbuf(bytes, len));
}

/* An Ethernet frame around len bytes, from peer src to dst. Returns its length. */
static inline unsigned
frame_make(uint8_t *out, unsigned port, struct rte_ether_addr dst, struct rte_ether_addr src,
	   uint16_t type, const void *bytes, unsigned len)
{
	struct l2_header l2;

	l2_build(&l2, &dst, &src, filters[port].vlan, type);
	memcpy(out, l2.bytes, l2.len);
	memcpy(out + l2.len, bytes, len);
	return l2.len + len;
}

/* ---- ARP ---- */

static inline void
arp_in(unsigned port, struct rte_ether_addr dst, const struct arp *a)
{
	uint8_t bytes[ARP_LEN], frame[64];

	arp_build(bytes, a);
	frame_in(port, frame,
		 frame_make(frame, port, dst, a->sender_mac, RTE_ETHER_TYPE_ARP, bytes, ARP_LEN));
}

static inline void
arp_request_in(unsigned peer, const char *sender, const char *target)
{
	arp_in(0, broadcast_mac,
	       &(struct arp){ARP_REQUEST, peer_mac(peer), {{0}}, ip4(sender), ip4(target)});
}

static inline void
arp_reply_in(unsigned peer, const char *sender)
{
	arp_in(0, our_mac(0),
	       &(struct arp){ARP_REPLY, peer_mac(peer), our_mac(0), ip4(sender), ip4("10.0.0.1")});
}

static inline unsigned
l2_len(const struct sent *s)
{
	return get16(s->bytes + 12) == RTE_ETHER_TYPE_VLAN ? 18 : 14;
}

static inline uint16_t
sent_type(const struct sent *s)
{
	return get16(s->bytes + l2_len(s) - 2);
}

static inline bool
sent_is_to(const struct sent *s, struct rte_ether_addr mac)
{
	return memcmp(s->bytes, &mac, 6) == 0;
}

static inline bool
sent_is_from(const struct sent *s, struct rte_ether_addr mac)
{
	return memcmp(s->bytes + 6, &mac, 6) == 0;
}

static inline struct arp
sent_arp(const struct sent *s)
{
	struct arp a;

	assert_int_equal(sent_type(s), RTE_ETHER_TYPE_ARP);
	assert_true(arp_parse(&a, s->bytes + l2_len(s), s->len - l2_len(s)));
	return a;
}

/* ---- packets of ours ---- */

/* Queues a TCP segment, marked by its sequence number, to hop; as lib/tcp would. */
static inline void
segment_out(uint16_t hop, const char *local, const char *remote, uint32_t mark)
{
	struct tuple t = {addr_of(local), addr_of(remote), RTE_BE16(80), RTE_BE16(1000)};
	struct segment_header h = {
		.tuple = &t,
		.seq = mark,
		.ttl = 64,
		.pseudo_sum = csum_tuple(&t, 1),
	};
	struct rte_mbuf *m = tx_take(&tx, 0);

	m->data_len = (uint16_t)segment_build(rte_pktmbuf_mtod(m, uint8_t *), &h, 0, false);
	m->pkt_len = m->data_len;
	tx_put(&tx, m, hop);
}

/* The mark of a sent segment. */
static inline uint32_t
sent_mark(const struct sent *s)
{
	const uint8_t *ip = s->bytes + l2_len(s);

	return get32(ip + (ip[0] >> 4 == 4 ? 20 : 40) + 4);
}

/* ---- neighbours ---- */

struct lookup {
	struct addr a;
	const char *state;
	struct rte_ether_addr mac;
};

static inline void
lookup_one(void *arg, unsigned port, const struct addr *a, const struct rte_ether_addr *mac,
	   const char *state)
{
	struct lookup *l = arg;

	(void)port;
	if (addr_equal(a, &l->a)) {
		l->state = state;
		l->mac = *mac;
	}
}

/* "absent" or the state's name */
static inline const char *
state_of(const char *address)
{
	struct lookup l = {addr_of(address), "absent", {{0}}};

	net_neighbours(net, lookup_one, &l);
	return l.state;
}

static inline struct rte_ether_addr
mac_of(const char *address)
{
	struct lookup l = {addr_of(address), "absent", {{0}}};

	net_neighbours(net, lookup_one, &l);
	return l.mac;
}

static inline uint16_t
hop_to(const char *address)
{
	struct addr a = addr_of(address);

	return net_hop(net, &a, now_us);
}

static inline bool
is_local(const char *address)
{
	struct addr a = addr_of(address);

	return net_is_local(net, &a);
}

#define assert_state(address, name) assert_string_equal(state_of(address), name)
#define assert_mac(a, b)                                            \
	do {                                                        \
		struct rte_ether_addr mac_a = (a), mac_b = (b);     \
		assert_memory_equal(&mac_a, &mac_b, sizeof(mac_a)); \
	} while (0)

#endif
