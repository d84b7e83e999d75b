/* SPDX-License-Identifier: BSD-3-Clause */

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "world.h"

#include "net/news.h"

static struct news news;

static struct news_text
text_of(uint64_t n)
{
	struct news_text t = {.addr.w64 = {n, ~n}, .state = (uint8_t)n, .port = (uint8_t)(n % 16)};

	memcpy(&t.mac, &n, sizeof(t.mac));
	return t;
}

static void
assert_text(const struct news_text *t, uint64_t n)
{
	struct news_text wanted = text_of(n);

	assert_true(t->addr.w64[0] == n && t->addr.w64[1] == ~n);
	assert_memory_equal(&t->mac, &wanted.mac, sizeof(t->mac));
	assert_int_equal(t->state, wanted.state);
	assert_int_equal(t->port, wanted.port);
	assert_false(t->locals);
}

static void
write_news(uint64_t n)
{
	struct news_text t = text_of(n);

	news_write(&news, &t);
}

static void
read_in_order(void **state)
{
	struct news_text t;
	uint64_t at = 0;

	memset(&news, 0, sizeof(news));
	assert_int_equal(news_read(&news, &at, &t), NEWS_NONE);
	for (uint64_t n = 0; n < 3 * NEWS_MAX; n++) {
		write_news(n);
		assert_true(news_pending(&news, at));
		assert_int_equal(news_read(&news, &at, &t), NEWS_READ);
		assert_text(&t, n);
		assert_int_equal(news_read(&news, &at, &t), NEWS_NONE);
	}
}

static void
who_is_too_slow_knows_it(void **state)
{
	struct news_text t;
	uint64_t at = 0;

	memset(&news, 0, sizeof(news));
	for (uint64_t n = 0; n < NEWS_MAX; n++)
		write_news(n);
	assert_int_equal(news_read(&news, &at, &t), NEWS_READ);
	assert_text(&t, 0);
	write_news(NEWS_MAX);
	write_news(NEWS_MAX + 1); /* over the next one to be read */
	assert_int_equal(news_read(&news, &at, &t), NEWS_MISSED);
	assert_int_equal(news_read(&news, &at, &t), NEWS_NONE);
	write_news(7);
	assert_int_equal(news_read(&news, &at, &t), NEWS_READ);
	assert_text(&t, 7);
}

/* ---- threads ---- */

#define RACE_NEWS 200000
#define READERS	  3

/* Each piece is whole and in order, or is known to be missed. */
struct follower {
	pthread_t thread;
	_Atomic uint64_t at; /* news read or missed */
	unsigned got, faults;
};

static void *
follow(void *follower)
{
	struct follower *f = follower;
	struct news_text t;
	uint64_t at = 0;

	while (at < RACE_NEWS) {
		uint64_t n = at;
		enum news_verdict verdict = news_read(&news, &at, &t);

		f->at = at;
		if (verdict != NEWS_READ)
			continue;
		f->faults += t.addr.w64[0] != n || t.addr.w64[1] != ~n || t.state != (uint8_t)n ||
			     t.port != n % 16;
		f->got++;
	}
	return NULL;
}

/* On a machine with other things to do, they would else sleep through it all. */
static void
wait_for_all(struct follower followers[READERS], uint64_t written)
{
	for (unsigned i = 0; i < READERS; i++)
		while (followers[i].at != written)
			sched_yield();
}

/* Twice the length of the log is written at a go: the others are in time for some of it only. */
static void
readers_against_a_writer(void **state)
{
	static struct follower followers[READERS];

	memset(&news, 0, sizeof(news));
	for (unsigned i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&followers[i].thread, NULL, follow, &followers[i]),
				 0);
	for (uint64_t n = 0; n < RACE_NEWS; n++) {
		write_news(n);
		if (n % (2 * NEWS_MAX) < 3)
			wait_for_all(followers, n + 1);
	}
	for (unsigned i = 0; i < READERS; i++) {
		assert_int_equal(pthread_join(followers[i].thread, NULL), 0);
		assert_int_equal(followers[i].faults, 0);
		assert_true(followers[i].got > RACE_NEWS / NEWS_MAX / 2);
	}
}

/* ---- a net that follows another ---- */

static struct net *reader;
static struct tx_queue reader_tx;
static struct counters reader_counters;
static struct rte_mbuf *handed[16];
static enum net_hand handed_what[16];
static unsigned handed_count;

static void
on_hand(void *arg, struct rte_mbuf *m, enum net_hand what, unsigned port)
{
	assert_true(handed_count < RTE_DIM(handed));
	handed_what[handed_count] = what;
	handed[handed_count++] = m;
}

/* Of 10.0.0.1/24; the writer is `net`. */
static void
pair_open(void)
{
	static struct tct_port_config port;
	const struct net_port_config ports[] = {{.mac = our_mac(0), .config = &port, .mtu = 1500}};
	struct net_config config = {
		.ports = ports,
		.port_count = 1,
		.neighbours = 16,
		.socket = -1,
		.tx = &tx,
		.counters = &counters,
		.icmp_error = on_error,
		.shared = true,
	};

	port = (struct tct_port_config){
		.locals = {local_range("10.0.0.1", 1, 24)},
		.local_count = 1,
	};
	world_open(&port);
	net_destroy(net);
	net = net_create(&config);
	config.shared = false;
	config.writer = net;
	config.tx = &reader_tx;
	config.counters = &reader_counters;
	config.hand = on_hand;
	reader = net_create(&config);
	assert_non_null(net);
	assert_non_null(reader);
	handed_count = 0;
}

static void
pair_close(void)
{
	net_destroy(reader);
	world_close();
}

/* A packet from its IP header on, from the reader. */
static void
reader_sends(uint16_t hop, const char *to)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(fake_pool_get());
	uint8_t ip[40] = {0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6};
	rte_be32_t address = ip4(to);

	memcpy(ip + 16, &address, 4);
	memcpy(rte_pktmbuf_append(m, sizeof(ip)), ip, sizeof(ip));
	tx_put(&reader_tx, m, hop);
	net_resolve(reader, now_us);
}

static void
a_packet_goes_to_the_writer_and_the_news_come_back(void **state)
{
	struct addr peer = addr_of("10.0.0.9");
	uint16_t hop;

	pair_open();
	AT_MS(10);
	net_timers(reader, now_us);
	forget_sent();
	hop = net_hop(reader, &peer, now_us);
	assert_false(net_hop_ready(reader, hop));
	reader_sends(hop, "10.0.0.9");
	assert_int_equal(reader_tx.out_count, 0);
	assert_int_equal(handed_count, 1);
	assert_int_equal(handed_what[0], NET_HAND_SEND);
	net_forward(net, handed[0], now_us);
	flush();
	assert_int_equal(sent_count, 1); /* who has 10.0.0.9? */
	arp_reply_in(9, "10.0.0.9");
	assert_int_equal(sent_count, 2); /* the packet */
	net_timers(reader, now_us);
	assert_true(net_hop_ready(reader, hop));
	reader_sends(hop, "10.0.0.9");
	assert_int_equal(handed_count, 1);
	assert_int_equal(reader_tx.out_count, 1); /* by itself now */
	tx_release_packet(&reader_tx, reader_tx.out[--reader_tx.out_count]);
	rte_pktmbuf_free_bulk(reader_tx.spare, reader_tx.spare_count);
	reader_tx.spare_count = 0;
	net_hop_release(reader, hop);
	pair_close();
}

/* Another reader, that has not heard: what it hands over is sent, and the news are repeated. */
static void
old_news_are_repeated(void **state)
{
	struct addr peer = addr_of("10.0.0.9");
	uint16_t hop;

	pair_open();
	AT_MS(10);
	hop = net_hop(net, &peer, now_us);
	flush();
	arp_reply_in(9, "10.0.0.9");
	net_hop_release(net, hop);
	net_timers(reader, now_us); /* nobody that it knows */
	forget_sent();
	hop = net_hop(reader, &peer, now_us);
	reader_sends(hop, "10.0.0.9");
	assert_int_equal(handed_count, 1);
	net_forward(net, handed[0], now_us);
	flush();
	assert_int_equal(sent_count, 1);
	net_timers(reader, now_us);
	assert_true(net_hop_ready(reader, hop));
	net_hop_release(reader, hop);
	pair_close();
}

/* The writer forgets a neighbour: nobody sends to its MAC any more. */
static void
failure_is_news(void **state)
{
	struct addr peer = addr_of("10.0.0.9");
	uint16_t hop, theirs;

	pair_open();
	AT_MS(10);
	hop = net_hop(reader, &peer, now_us);
	theirs = net_hop(net, &peer, now_us);
	flush();
	arp_reply_in(9, "10.0.0.9");
	net_timers(reader, now_us);
	assert_true(net_hop_ready(reader, hop));
	AT_MS(31000); /* stale; its use asks, in vain */
	reader_sends(hop, "10.0.0.9");
	net_timers(reader, now_us);
	reader_sends(hop, "10.0.0.9");
	for (unsigned i = 0; i < handed_count; i++)
		net_forward(net, handed[i], now_us);
	flush();
	AT_MS(40000);
	net_timers(reader, now_us);
	assert_false(net_hop_ready(reader, hop));
	while (reader_tx.out_count)
		tx_release_packet(&reader_tx, reader_tx.out[--reader_tx.out_count]);
	rte_pktmbuf_free_bulk(reader_tx.spare, reader_tx.spare_count);
	reader_tx.spare_count = 0;
	net_hop_release(net, theirs);
	net_hop_release(reader, hop);
	pair_close();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_in_order),
		cmocka_unit_test(who_is_too_slow_knows_it),
		cmocka_unit_test(readers_against_a_writer),
		cmocka_unit_test(a_packet_goes_to_the_writer_and_the_news_come_back),
		cmocka_unit_test(old_news_are_repeated),
		cmocka_unit_test(failure_is_news),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
