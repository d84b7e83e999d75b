/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a connection costs a server that holds N others, or M records in TIME_WAIT:
 * bench_held [--time-waits M] [N...], N in rising order.
 *
 * Connections are opened and stay, N of them; beside them crr goes on in a closed loop, IN_FLIGHT
 * at a time, of which the client closes first. The client keeps nothing: a function of each segment
 * that comes says what goes back, so that this machine's memory is the server's alone. Both are
 * polled by this one thread, in virtual time, over an in-memory port; only the server's polls are
 * counted, in cycles of the TSC. Medians over many rounds.
 *
 * With M the server closes first, and has so many records, all of them in use when it is measured:
 * each new one makes the oldest give up its place.
 *
 * When all are open a sample of them is asked, with a segment each, whether it still is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "bench.h"
#include "engine/endpoint.h"
#include "port/pair.h"
#include "wire/arp.h"
#include "wire/build.h"
#include "wire/checksum.h"
#include "workload.h"

#define BURST	  WORKER_BURST
#define IN_FLIGHT 512
#define POLL_US	  5
#define ROUNDS	  2001
#define ROUND	  256 /* connections */
#define TEXT	  64  /* of a request and of a response */
#define SAMPLE	  1000
#define STUCK	  1000000 /* polls */

#define HELD_PORT   7000
#define CRR_PORT    8000
#define FIRST_PORT  1024
#define PORTS_EACH  64000 /* of a source address */
#define HELD_SOURCE RTE_IPV4(10, 2, 0, 0)
#define CRR_SOURCE  RTE_IPV4(10, 128, 0, 0)
#define SOURCES	    (1u << 14) /* then crr's tuples come again */
#define SERVER	    RTE_IPV4(10, 1, 0, 1)

static struct port far, near;
static struct tct_endpoint *server;
static struct workload_server settings = {
	.request_size = TEXT, .response_size = TEXT, .requests = 1};
static uint32_t time_waits;
static uint64_t now_us = 10000000;
static const struct rte_ether_addr sender = {{2, 0, 0, 0, 0, 1}};

/* What the client knows. */
static struct {
	uint64_t held_opened, held; /* SYNs sent, SYN-ACKs received */
	uint64_t crr_opened, crr;   /* SYNs sent, ends received */
	uint64_t resets;
	uint64_t answers; /* to the sample */
	uint64_t stride;  /* of held connections in the sample */
	uint32_t acks[SAMPLE];
} client;

/* ---- set-up --------------------------------------------------------------------------------- */

static void
listen_on(uint16_t port, const struct tct_service *service)
{
	struct tct_listen listen = {.port = port, .service = service};

	must(tct_listen(server, &listen), "listen");
}

static void
open_server(uint32_t held)
{
	static const struct tct_service discard = {.name = "discard"};
	struct port *port = &near;
	struct tct_config config;

	must(port_open_pair(&far, port, "held", 8192, 16384, 1500), "ports");
	tct_config_init(&config);
	config.memory.connections = held + 65536;
	config.memory.half_open = 65536;
	config.memory.time_wait = time_waits ? time_waits : 65536;
	config.tcp.time_wait_ms = 600000;
	config.memory.prefault = true;
	config.port_count = config.workers = 1;
	snprintf(config.ports[0].device, TCT_DEVICE_CHARS, "server");
	config.ports[0].locals[0] = (struct tct_local){.count = 1, .prefix_len = 30};
	config.ports[0].local_count = 1;
	must(tct_address_parse("10.1.0.1", &config.ports[0].locals[0].first), "address");
	must(tct_address_parse("10.1.0.2", &config.ports[0].gateway4), "gateway");
	must(endpoint_create_on(&config, &port, &server), "endpoint");
	workload_server_set(&settings);
	listen_on(HELD_PORT, &discard);
	listen_on(CRR_PORT, workload_service(WORKLOAD_CRR));
	must(port_start(&near), "port");
	must(port_start(&far), "port");
}

/* ---- the client's segments ------------------------------------------------------------------ */

static struct tuple
tuple_of(uint64_t serial, bool held)
{
	uint32_t source = (uint32_t)(serial / PORTS_EACH) % SOURCES;

	return (struct tuple){
		.local =
			addr_from_ip4(rte_cpu_to_be_32((held ? HELD_SOURCE : CRR_SOURCE) + source)),
		.remote = addr_from_ip4(rte_cpu_to_be_32(SERVER)),
		.local_port = rte_cpu_to_be_16((uint16_t)(FIRST_PORT + serial % PORTS_EACH)),
		.remote_port = rte_cpu_to_be_16(held ? HELD_PORT : CRR_PORT),
	};
}

static uint64_t
serial_of(const struct tuple *t)
{
	uint32_t source = rte_be_to_cpu_32(t->local.w32[3]) - HELD_SOURCE;

	return (uint64_t)source * PORTS_EACH + rte_be_to_cpu_16(t->local_port) - FIRST_PORT;
}

struct reply {
	struct tuple tuple;
	uint32_t seq, ack, ts_ecr;
	uint8_t flags;
	uint16_t len; /* of text, all zeros */
};

static void
build(struct rte_mbuf *m, const struct reply *r)
{
	uint8_t options[TCP_OPTIONS_MAX], *frame;
	struct tcp_options o = {.has_ts = 1, .ts_ecr = r->ts_ecr};
	struct segment_header h = {
		.tuple = &r->tuple,
		.seq = r->seq,
		.ack = r->ack,
		.wnd = 64240,
		.flags = r->flags,
		.ttl = 64,
		.options = options,
		.payload_len = r->len,
		.pseudo_sum = csum_tuple(&r->tuple, 1),
	};
	struct l2_header l2;

	o.ts_val = (uint32_t)(now_us / 1000);
	if (r->flags & TCP_FLAG_SYN) {
		o.mss = 1460;
		o.sack_permitted = o.has_wscale = 1;
		o.wscale = 7;
	}
	h.options_len = (uint8_t)tcp_options_build(&o, options);
	rte_pktmbuf_reset(m);
	frame = rte_pktmbuf_mtod(m, uint8_t *);
	l2_build(&l2, &near.mac, &sender, 0, RTE_ETHER_TYPE_IPV4);
	memcpy(frame, l2.bytes, l2.len);
	m->data_len = (uint16_t)(l2.len + segment_build(frame + l2.len, &h, 0, false));
	memset(frame + m->data_len, 0, r->len);
	m->data_len += r->len;
	m->pkt_len = m->data_len;
}

/* The gateway is asked for, and is here. */
static bool
answer_arp(struct rte_mbuf *m)
{
	struct rte_ether_hdr *ether = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);
	uint8_t *body = (uint8_t *)(ether + 1);
	struct arp request;

	if (ether->ether_type != rte_cpu_to_be_16(RTE_ETHER_TYPE_ARP) ||
	    !arp_parse(&request, body, ARP_LEN) || request.op != ARP_REQUEST ||
	    request.target_ip != rte_cpu_to_be_32(SERVER + 1))
		return false;
	ether->dst_addr = ether->src_addr;
	ether->src_addr = sender;
	arp_build_reply(body, &request, &sender);
	return true;
}

/* Of the held connections in the sample, what they are asked with later. */
static void
note_held(const struct reply *r)
{
	uint64_t serial = serial_of(&r->tuple);

	client.held++;
	if (serial % client.stride == 0 && serial / client.stride < SAMPLE)
		client.acks[serial / client.stride] = r->ack;
}

static bool
respond_held(struct reply *r, uint8_t flags)
{
	if (!(flags & TCP_FLAG_SYN)) {
		client.answers++;
		return false;
	}
	note_held(r);
	return true;
}

static bool
respond_crr(struct reply *r, const struct packet *p)
{
	if (p->flags & TCP_FLAG_SYN) {
		r->flags |= TCP_FLAG_PSH;
		r->len = TEXT;
	} else if (p->flags & TCP_FLAG_FIN) {
		client.crr++;
		if (time_waits)
			r->flags |= TCP_FLAG_FIN;
	} else if (p->payload_len != 0) {
		r->flags |= TCP_FLAG_FIN;
	} else {
		return false;
	}
	return true;
}

/* The server's port and the flags say what a segment is. False: nothing goes back. */
static bool
respond(const struct packet *p, struct reply *r)
{
	*r = (struct reply){
		.tuple = p->tuple,
		.seq = p->ack,
		.ack = p->seq + p->payload_len + !!(p->flags & (TCP_FLAG_SYN | TCP_FLAG_FIN)),
		.ts_ecr = p->opt.ts_val,
		.flags = TCP_FLAG_ACK,
	};
	if (p->flags & TCP_FLAG_RST) {
		client.resets++;
		return false;
	}
	if (p->tuple.remote_port == rte_cpu_to_be_16(HELD_PORT))
		return respond_held(r, p->flags);
	return respond_crr(r, p);
}

static bool
turn_round(struct rte_mbuf *m)
{
	static const struct packet_filter filter = {.all_macs = 1};
	struct packet p;
	struct reply r;

	if (answer_arp(m))
		return true;
	packet_parse(&p, m, &filter);
	if (p.kind != PACKET_TCP || !respond(&p, &r))
		return false;
	build(m, &r);
	return true;
}

static void
send_all(struct rte_mbuf *m[], uint16_t n)
{
	must(rte_eth_tx_burst(far.id, 0, m, n) == n ? 0 : -1, "ring");
}

static uint32_t
first_seq(uint64_t serial)
{
	return (uint32_t)serial * 2654435761u;
}

static void
open_some(uint64_t *opened, uint64_t done, uint64_t all, bool held)
{
	struct rte_mbuf *m[BURST];
	uint16_t n = 0;

	while (n < BURST && *opened < all && *opened - done < IN_FLIGHT) {
		struct reply r = {
			.tuple = tuple_of(*opened, held),
			.seq = first_seq(*opened),
			.flags = TCP_FLAG_SYN,
		};

		m[n] = rte_pktmbuf_alloc(far.mbufs);
		must(m[n] ? 0 : -1, "buffers");
		build(m[n++], &r);
		++*opened;
	}
	send_all(m, n);
}

static void
client_turn(void)
{
	struct rte_mbuf *m[BURST];
	uint16_t n;

	while ((n = rte_eth_rx_burst(far.id, 0, m, BURST)) != 0) {
		uint16_t kept = 0;

		for (uint16_t i = 0; i < n; i++)
			if (turn_round(m[i]))
				m[kept++] = m[i];
			else
				rte_pktmbuf_free(m[i]);
		send_all(m, kept);
	}
}

/* ---- running -------------------------------------------------------------------------------- */

static uint64_t
poll_both(void)
{
	uint64_t start, cycles;

	client_turn();
	start = rte_rdtsc_precise();
	worker_poll_at(server->workers[0], now_us);
	cycles = rte_rdtsc_precise() - start;
	now_us += POLL_US;
	return cycles;
}

static void
settle(void)
{
	net_announce(server->workers[0]->net, now_us);
	for (unsigned i = 0; i < 50000; i++, now_us += 100)
		poll_both();
}

static void
hold(uint64_t all)
{
	unsigned idle = 0;

	while (client.held < all) {
		uint64_t before = client.held;

		for (unsigned i = 0; i < 4; i++)
			open_some(&client.held_opened, client.held, all, true);
		poll_both();
		idle = client.held == before ? idle + 1 : 0;
		must(idle < STUCK ? 0 : -1, "connections to hold do not open");
	}
	for (unsigned i = 0; i < 1000; i++)
		poll_both();
}

/* Cycles of a connection. */
static double
crr_round(void)
{
	uint64_t end = client.crr + ROUND, begin = client.crr, cycles = 0;

	for (unsigned i = 0; client.crr < end; i++) {
		must(i < STUCK ? 0 : -1, "crr stands still");
		for (unsigned k = 0; k < 4; k++)
			open_some(&client.crr_opened, client.crr, UINT64_MAX, false);
		cycles += poll_both();
	}
	return (double)cycles / (double)(client.crr - begin);
}

/* Those in the sample that answer a segment: all, or this is no measurement. */
static void
ask_sample(uint64_t held)
{
	uint64_t n = RTE_MIN(held, (uint64_t)SAMPLE), before = client.answers;

	for (uint64_t i = 0; i < n; i++) {
		uint64_t serial = i * client.stride;
		struct rte_mbuf *m = rte_pktmbuf_alloc(far.mbufs);
		struct reply r = {
			.tuple = tuple_of(serial, true),
			.seq = first_seq(serial) + 1,
			.ack = client.acks[i],
			.flags = TCP_FLAG_ACK | TCP_FLAG_PSH,
			.len = TEXT,
		};

		must(m ? 0 : -1, "buffers");
		build(m, &r);
		send_all(&m, 1);
		poll_both();
	}
	for (unsigned i = 0; i < 100000; i++) /* delayed ACKs, too */
		poll_both();
	printf("of %" PRIu64 " of them %" PRIu64 " answered a segment\n", n,
	       client.answers - before);
	if (client.answers - before < n || client.resets != 0)
		exit(1);
}

static int
by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double
resident_gib(void)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	return (double)used.ru_maxrss / (1 << 20);
}

static void
measure(uint64_t held)
{
	static double cycles[ROUNDS];

	hold(held);
	while (client.crr < RTE_MAX(time_waits, (uint32_t)ROUNDS / 4 * ROUND))
		crr_round();
	for (unsigned i = 0; i < ROUNDS; i++)
		cycles[i] = crr_round();
	qsort(cycles, ROUNDS, sizeof(cycles[0]), by_value);
	printf("%9" PRIu64
	       " held, %u conns and %u time-waits in use: %5.0f cycles of the server's for a crr (%.0f "
	       "to %.0f: half of them)\n",
	       held, server->workers[0]->tcp.conns.used, server->workers[0]->tcp.time_waits.used,
	       cycles[ROUNDS / 2], cycles[ROUNDS / 4], cycles[3 * ROUNDS / 4]);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	static const uint64_t usual[] = {1000, 100000, 1000000};
	uint64_t last;
	unsigned n;

	if (argc > 2 && strcmp(argv[1], "--time-waits") == 0) {
		time_waits = (uint32_t)strtoul(argv[2], NULL, 10);
		settings.closes = true;
		argc -= 2;
		argv += 2;
	}
	n = argc > 1 ? (unsigned)argc - 1 : RTE_DIM(usual);
	last = argc > 1 ? strtoull(argv[argc - 1], NULL, 10) : usual[RTE_DIM(usual) - 1];
	must(last >= 1 && last < UINT32_MAX - 65536 ? 0 : -1, "N");
	client.stride = RTE_MAX(last / SAMPLE, 1u);
	eal_start_on("0@0,1@0", "256");
	open_server((uint32_t)last);
	settle();
	for (unsigned i = 0; i < n; i++)
		measure(argc > 1 ? strtoull(argv[i + 1], NULL, 10) : usual[i]);
	ask_sample(last);
	printf("%.2f GiB of memory are used, by this process, for %" PRIu64 "\n", resident_gib(),
	       last);
	return 0;
}
