/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a connection costs at either end: a client and a server of workload cc or crr over in-memory
 * ports, checksums in software, polled in turn by this one thread, in virtual time. So nothing
 * waits for a core that somebody else has, no timer fires that would not fire on an idle machine,
 * and the same number of connections is the same work each time.
 *
 * With --workers N there are N pairs of them, all polled in turn by the one thread: what a
 * connection costs must not depend on how many workers there are.
 *
 * Cycles are medians over many short rounds. With --count N it opens N connections, measured() and
 * no more: tests/perf/instructions has valgrind count what that function executes.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>

#include "bench.h"
#include "engine/endpoint.h"
#include "port/pair.h"
#include "workload.h"

#define ROUNDS_MAX  20000
#define ROUND_CONNS 256
#define POLL_US	    5 /* that pass with each poll */
#define PORT	    8000
#define PORTS	    32
#define WORKERS_MAX 8
#define SETTLE	    20000 /* polls: ARP, duplicate addresses, and some laps round the pools */

enum {
	CLIENT,
	SERVER,
	ENDS
};

static struct port ports[ENDS][WORKERS_MAX];
static struct tct_endpoint *ends[ENDS];
static struct client *clients[WORKERS_MAX];
static struct workload_server server = {.request_size = 64, .response_size = 64, .requests = 1};
static uint64_t now_us = 10000000;

static struct {
	struct load_config load;
	bool ip6;
	enum tct_syn_cookies cookies;
	uint32_t time_waits;
	uint32_t time_wait_ms;
	uint32_t rounds;
	uint64_t count;
	unsigned workers; /* of each end */
} options = {
	.load =
		{
			.workload = WORKLOAD_CRR,
			.target_ports = {PORT, PORT + PORTS - 1},
			.source_ports = {1024, 65535},
			.concurrency = 512,
			.request_size = 64,
			.response_size = 64,
		},
	.time_waits = 4 << 20,
	.time_wait_ms = 60000,
	.rounds = 2000,
	.workers = 1,
};

/* A round's, of each end, per connection. */
struct sample {
	double cycles[ENDS], phase[ENDS][PHASE_MAX];
};

static struct sample samples[ROUNDS_MAX];
static unsigned sample_count;

/* ---- set-up --------------------------------------------------------------------------------- */

static void
usage(void)
{
	fputs("bench_connections [--cc] [--ipv6] [--cookies] [--in-flight N] [--time-waits N]\n"
	      "                  [--time-wait MS] [--workers N] [--rounds N | --count N]\n"
	      "In flight, time-waits and rounds are those of each worker.\n",
	      stderr);
	exit(2);
}

static void
options_parse(int argc, char **argv)
{
	static const struct option known[] = {
		{"cc", no_argument, NULL, 'c'},
		{"ipv6", no_argument, NULL, '6'},
		{"cookies", no_argument, NULL, 'k'},
		{"in-flight", required_argument, NULL, 'f'},
		{"time-waits", required_argument, NULL, 'w'},
		{"time-wait", required_argument, NULL, 't'},
		{"workers", required_argument, NULL, 'p'},
		{"rounds", required_argument, NULL, 'r'},
		{"count", required_argument, NULL, 'n'},
		{0},
	};
	int o;

	while ((o = getopt_long(argc, argv, "", known, NULL)) != -1) {
		uint32_t n = optarg ? (uint32_t)strtoul(optarg, NULL, 10) : 0;

		switch (o) {
		case 'c':
			options.load.workload = WORKLOAD_CC;
			break;
		case '6':
			options.ip6 = true;
			break;
		case 'k':
			options.cookies = TCT_SYN_COOKIES_ALWAYS;
			break;
		case 'f':
			options.load.concurrency = n;
			break;
		case 'w':
			options.time_waits = n;
			break;
		case 't':
			options.time_wait_ms = n;
			break;
		case 'p':
			options.workers = RTE_MAX(1u, RTE_MIN(n, (uint32_t)WORKERS_MAX));
			break;
		case 'r':
			options.rounds = RTE_MIN(n, (uint32_t)ROUNDS_MAX);
			break;
		case 'n':
			options.count = n;
			break;
		default:
			usage();
		}
	}
}

static void
local_add(struct tct_port_config *port, const char *first, uint32_t count, uint8_t prefix_len)
{
	struct tct_local *l = &port->locals[port->local_count++];

	*l = (struct tct_local){.count = count, .prefix_len = prefix_len};
	must(tct_address_parse(first, &l->first), first);
}

/* As in config/bench.yaml: the clients lie behind a gateway. */
static void
addresses(struct tct_port_config *port, unsigned end)
{
	if (end == CLIENT) {
		local_add(port, "10.0.0.1", 64, 8);
		local_add(port, "10.1.0.2", 1, 8);
		local_add(port, "2001:db8::1", 64, 64);
		local_add(port, "2001:db8::1:2", 1, 64);
		return;
	}
	local_add(port, "10.1.0.1", 1, 30);
	local_add(port, "2001:db8::1:1", 1, 126);
	must(tct_address_parse("10.1.0.2", &port->gateway4), "gateway");
	must(tct_address_parse("2001:db8::1:2", &port->gateway6), "gateway");
}

static void
open_end(unsigned end)
{
	struct tct_config config;
	struct port *on[WORKERS_MAX];

	tct_config_init(&config);
	config.memory.connections = config.memory.half_open = 65536;
	config.memory.time_wait = end == CLIENT ? options.time_waits : 65536;
	config.memory.prefault = true;
	config.tcp.time_wait_ms = options.time_wait_ms;
	config.tcp.syn_cookies = end == SERVER ? options.cookies : config.tcp.syn_cookies;
	config.port_count = config.workers = options.workers;
	for (unsigned i = 0; i < options.workers; i++) {
		on[i] = &ports[end][i];
		snprintf(config.ports[i].device, TCT_DEVICE_CHARS, "end%u.%u", end, i);
		addresses(&config.ports[i], end);
	}
	must(endpoint_create_on(&config, on, &ends[end]), "endpoint");
	for (unsigned i = 0; i < options.workers; i++)
		must(port_start(on[i]), "port");
}

static void
open_pairs(void)
{
	for (unsigned i = 0; i < options.workers; i++) {
		char name[16];

		snprintf(name, sizeof(name), "conns%u", i);
		must(port_open_pair(&ports[CLIENT][i], &ports[SERVER][i], name, 8192, 16384, 1500),
		     "ports");
	}
}

static void
open_clients(void)
{
	struct client_config config = {
		.parts = {{
			.load = &options.load,
			.concurrency = options.load.concurrency,
			.source_count = 1,
			.sources = {{.count = 64}},
		}},
		.part_count = 1,
		.workers = options.workers,
		.room = options.load.concurrency,
	};

	must(tct_address_parse(options.ip6 ? "2001:db8::1" : "10.0.0.1",
			       &config.parts[0].sources[0].first),
	     "source");
	for (; config.worker < options.workers; config.worker++) {
		struct client *c = client_create(&config);

		clients[config.worker] = c;
		must(c ? 0 : -1, "memory");
		client_begin(c);
		must(tct_worker_set_poll(ends[CLIENT], config.worker, client_poll, c), "client");
	}
}

static void
set_up(void)
{
	struct tct_listen listen = {.service = workload_service(options.load.workload)};

	must(tct_address_parse(options.ip6 ? "2001:db8::1:1" : "10.1.0.1", &options.load.target),
	     "target");
	open_pairs();
	open_end(CLIENT);
	open_end(SERVER);
	workload_server_set(&server);
	for (listen.port = PORT; listen.port < PORT + PORTS; listen.port++)
		must(tct_listen(ends[SERVER], &listen), "listen");
	open_clients();
}

/* ---- running -------------------------------------------------------------------------------- */

static uint64_t
closed(void)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < options.workers; i++)
		n += client_stats(clients[i], 0)->closed;
	return n;
}

static uint64_t
counted(unsigned end, enum counter c)
{
	struct counters sum;

	endpoint_counters(ends[end], &sum);
	return sum.v[c];
}

static uint64_t
phase_cycles(unsigned end, unsigned phase)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < options.workers; i++)
		n += ends[end]->workers[i]->phase_cycles[phase];
	return n;
}

static uint32_t
open_conns(unsigned end)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < options.workers; i++)
		n += ends[end]->workers[i]->tcp.conns.used;
	return n;
}

static void
poll_both(uint64_t cycles[ENDS])
{
	for (unsigned i = 0; i < ENDS; i++) {
		uint64_t start = rte_rdtsc();

		for (unsigned k = 0; k < options.workers; k++)
			worker_poll_at(ends[i]->workers[k], now_us);
		cycles[i] += rte_rdtsc() - start;
	}
	now_us += POLL_US;
}

/* Why there are no connections. */
static void
print_counters(void)
{
	for (unsigned i = 0; i < ENDS; i++)
		for (unsigned c = 0; c < COUNTER_MAX; c++)
			if (counted(i, c))
				printf("%u %s %" PRIu64 "\n", i, counter_info[c].name,
				       counted(i, c));
}

static __rte_noinline void
settle(void)
{
	uint64_t ignored[ENDS] = {0};

	for (unsigned i = 0; i < 2 * ENDS * options.workers; i++)
		net_announce(ends[i % ENDS]->workers[i / 2 / ENDS]->net, now_us);
	for (unsigned i = 0; i < 100000 && closed() < options.workers; i++) {
		now_us += 100;
		poll_both(ignored);
	}
	for (unsigned i = 0; i < SETTLE && !options.count; i++)
		poll_both(ignored);
	for (unsigned i = 0; i < 1000 && options.count; i++)
		poll_both(ignored);
	if (closed() == 0)
		print_counters();
	must(closed() < 1 ? -1 : 0, "no connections");
}

/* The function whose instructions are counted. */
__rte_noinline uint64_t measured(uint64_t conns, uint64_t cycles[ENDS]);

__rte_noinline uint64_t
measured(uint64_t conns, uint64_t cycles[ENDS])
{
	uint64_t before = closed();

	while (closed() - before < conns)
		poll_both(cycles);
	return closed() - before;
}

static void
sample_take(struct sample *s)
{
	uint64_t cycles[ENDS] = {0}, phase[ENDS][PHASE_MAX];
	double conns;

	for (unsigned i = 0; i < ENDS; i++)
		for (unsigned p = 0; p < PHASE_MAX; p++)
			phase[i][p] = phase_cycles(i, p);
	conns = (double)measured(ROUND_CONNS * options.workers, cycles);
	for (unsigned i = 0; i < ENDS; i++) {
		s->cycles[i] = (double)cycles[i] / conns;
		for (unsigned p = 0; p < PHASE_MAX; p++)
			s->phase[i][p] = (double)(phase_cycles(i, p) - phase[i][p]) / conns;
	}
}

static int
by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The median of the number that lies so far into each sample. */
static double
median(size_t offset)
{
	static double values[ROUNDS_MAX];

	for (unsigned i = 0; i < sample_count; i++)
		memcpy(&values[i], (const char *)&samples[i] + offset, sizeof(values[i]));
	qsort(values, sample_count, sizeof(values[0]), by_value);
	return values[sample_count / 2];
}

static void
print_end(const char *name, unsigned i)
{
	static const char *const phases[] = {
#define X(id, name) [PHASE_##id] = name,
		PHASE_LIST(X)
#undef X
	};

	printf("%s %5.0f cycles per connection:", name,
	       median(offsetof(struct sample, cycles) + i * sizeof(double)));
	for (unsigned p = 0; p < PHASE_MAX; p++)
		printf(" %s %.0f", phases[p],
		       median(offsetof(struct sample, phase) +
			      (i * PHASE_MAX + p) * sizeof(double)));
	printf("; %u open, %.1f packets a burst\n", open_conns(i),
	       (double)counted(i, COUNTER_RX_PACKETS) / (double)counted(i, COUNTER_RX_BURSTS));
}

static uint64_t
packets(void)
{
	return counted(CLIENT, COUNTER_TX_PACKETS) + counted(SERVER, COUNTER_TX_PACKETS);
}

static void
count(void)
{
	uint64_t ignored[ENDS] = {0}, before = packets();
	uint64_t n = measured(options.count, ignored);

	printf("%" PRIu64 " connections, %" PRIu64 " packets\n", n, packets() - before);
}

int
main(int argc, char **argv)
{
	options_parse(argc, argv);
	eal_start_on("0@0,(1-16)@0", "1024");
	set_up();
	settle();
	if (options.count) {
		count();
		return 0;
	}
	while (sample_count < options.rounds)
		sample_take(&samples[sample_count++]);
	print_end("client", CLIENT);
	print_end("server", SERVER);
	return 0;
}
