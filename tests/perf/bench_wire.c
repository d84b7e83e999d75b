/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What one packet costs in base and wire, in TSC cycles: medians over many runs with everything in
 * the first-level cache. Says nothing about misses, which DESIGN counts apart.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>

#include "../unit/fake_mbuf.h"
#include "base/siphash.h"
#include "wire/build.h"
#include "wire/checksum.h"
#include "wire/packet.h"

#define BURST 32
#define RUNS  20001

static const struct rte_ether_addr mac = {{2, 0, 0, 0, 0, 1}};
static const struct packet_filter filter = {.mac = {{2, 0, 0, 0, 0, 1}}};
static const struct siphash_key key = {1, 2};

static struct tuple tuples[BURST];
static const struct tuple *tuple_of[BURST];
static struct rte_mbuf *mbufs[BURST];
static struct packet packets[BURST];
static uint64_t hashes[BURST];
static uint8_t options[TCP_OPTIONS_MAX];
static unsigned options_len;
static uint8_t out[BURST][SEGMENT_HEADER_MAX];
static uint64_t offload_flags;
static volatile uint64_t sink;

static int
by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Cycles per item of a function that handles per_run of them. */
static double
measure(void (*work)(void), unsigned per_run)
{
	static uint64_t cycles[RUNS];

	for (unsigned i = 0; i < RUNS; i++) {
		uint64_t start = rte_rdtsc_precise();

		work();
		cycles[i] = rte_rdtsc_precise() - start;
	}
	qsort(cycles, RUNS, sizeof(cycles[0]), by_value);
	return (double)cycles[RUNS / 2] / per_run;
}

static void
nothing(void)
{
}

static void
hash(void)
{
	tuple_hash_burst(&key, tuple_of, BURST, hashes);
}

static void
hash_singly(void)
{
	for (unsigned i = 0; i < BURST; i++)
		hashes[i] = tuple_hash(&key, tuple_of[i]);
}

static void
parse(void)
{
	for (unsigned i = 0; i < BURST; i++) {
		mbufs[i]->ol_flags = offload_flags;
		packet_parse(&packets[i], mbufs[i], &filter);
	}
}

static void
sum_bytes(unsigned len)
{
	for (unsigned i = 0; i < BURST; i++)
		sink = csum_bytes(0, rte_pktmbuf_mtod(mbufs[i], void *), len);
}

static void
sum_40(void)
{
	sum_bytes(40);
}

static void
sum_1460(void)
{
	sum_bytes(1460);
}

static void
build_segments(bool offload)
{
	for (unsigned i = 0; i < BURST; i++) {
		const struct segment_header h = {
			.tuple = &tuples[i],
			.seq = i,
			.ack = i,
			.wnd = 1000,
			.flags = TCP_FLAG_ACK,
			.ttl = 64,
			.options = options,
			.options_len = (uint8_t)options_len,
			.pseudo_sum = hashes[i] & UINT32_MAX,
		};

		segment_build(out[i], &h, 0, offload);
	}
}

static void
build(void)
{
	build_segments(false);
}

static void
build_offload(void)
{
	build_segments(true);
}

static struct rte_mbuf *
frame_of(const struct tuple *t)
{
	struct rte_mbuf *m = fake_mbuf(NULL, 1514);
	struct tuple reverse = {t->remote, t->local, t->remote_port, t->local_port};
	struct segment_header h = {
		.tuple = &reverse,
		.flags = TCP_FLAG_ACK,
		.ttl = 64,
		.options = options,
		.options_len = (uint8_t)options_len,
		.pseudo_sum = csum_tuple(&reverse, 1),
	};
	uint8_t *frame = rte_pktmbuf_mtod(m, uint8_t *);
	struct l2_header l2;

	l2_build(&l2, &mac, &mac, 0, addr_is_ip4(&t->local) ? 0x0800 : 0x86dd);
	memcpy(frame, l2.bytes, l2.len);
	m->data_len = (uint16_t)(l2.len + segment_build(frame + l2.len, &h, 0, false));
	m->pkt_len = m->data_len;
	return m;
}

static void
set_up(bool ip6, bool timestamps)
{
	const struct tcp_options o = {.has_ts = timestamps, .ts_val = 1, .ts_ecr = 2};

	options_len = tcp_options_build(&o, options);
	for (unsigned i = 0; i < BURST; i++) {
		uint8_t a[16] = {0x20, 1, 0xd, 0xb8, [15] = 1}, b[16] = {0x20, 1, [14] = 1};

		b[15] = (uint8_t)i;
		tuples[i] = (struct tuple){
			.local = ip6 ? addr_from_ip6(a) : addr_from_ip4(RTE_BE32(0x0a000001)),
			.remote = ip6 ? addr_from_ip6(b)
				      : addr_from_ip4(rte_cpu_to_be_32(0x0a010001 + i)),
			.local_port = RTE_BE16(80),
			.remote_port = rte_cpu_to_be_16((uint16_t)(1024 + i)),
		};
		tuple_of[i] = &tuples[i];
		rte_pktmbuf_free(mbufs[i]);
		mbufs[i] = frame_of(&tuples[i]);
	}
}

static void
check(void)
{
	for (unsigned i = 0; i < BURST; i++)
		if (packets[i].kind != PACKET_TCP) {
			fprintf(stderr, "packet %u was dropped: %s\n", i,
				counter_info[packets[i].why].name);
			exit(1);
		}
}

static void
report(const char *what, void (*work)(void), double overhead)
{
	printf("  %-40s %6.1f\n", what, measure(work, BURST) - overhead);
}

static void
report_parse(const char *what, uint64_t flags, double overhead)
{
	offload_flags = flags;
	report(what, parse, overhead);
	check();
}

static void
report_all(bool ip6, bool timestamps, double overhead)
{
	set_up(ip6, timestamps);
	printf("IPv%d, %s (cycles each, in bursts of %d)\n", ip6 ? 6 : 4,
	       timestamps ? "timestamps" : "no TCP options", BURST);
	report("tuple_hash_burst", hash, overhead);
	report("tuple_hash", hash_singly, overhead);
	report_parse("packet_parse, checksums trusted",
		     RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD, overhead);
	report_parse("packet_parse, checksums computed", 0, overhead);
	report("segment_build, checksums offloaded", build_offload, overhead);
	report("segment_build, checksums computed", build, overhead);
}

int
main(void)
{
	double overhead = measure(nothing, BURST);

	report_all(false, false, overhead);
	report_all(false, true, overhead);
	report_all(true, true, overhead);
	printf("checksum\n");
	report("csum_bytes, 40 bytes", sum_40, overhead);
	report("csum_bytes, 1460 bytes", sum_1460, overhead);
	return 0;
}
