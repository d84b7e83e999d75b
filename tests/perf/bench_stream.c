/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What bulk costs a packet at either end, in TSC cycles: a client and a server of workload stream
 * over in-memory ports, MTU 1500, checksums in software, polled in turn by this one thread. So
 * nothing waits for a core that somebody else has, and medians over many short rounds are the same
 * on a machine that is busy. tests/perf/stream measures the program as it is.
 */
#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>

#include "bench.h"
#include "engine/endpoint.h"
#include "port/pair.h"
#include "workload.h"

#define ROUNDS	    4000
#define ROUND_POLLS 64 /* of each end: some tens of microseconds */
#define SETTLE_S    10
#define PORT	    80
#define MSS	    1448 /* with timestamps */

enum {
	CLIENT,
	SERVER,
	ENDS
};

static struct port ports[ENDS];
static struct tct_endpoint *ends[ENDS];
static struct load_config load = {
	.workload = WORKLOAD_STREAM,
	.target_ports = {PORT, PORT},
	.source_ports = {1024, 65535},
};
static const struct workload_server server = {0};
static struct client *client;

/* A round's: of each end, and the packets of data that were delivered meanwhile. */
struct sample {
	double cycles[ENDS], phase[ENDS][PHASE_MAX];
};

static struct sample samples[ROUNDS];
static unsigned sample_count;

static void
open_end(unsigned i)
{
	static const char *const addresses[] = {"10.0.0.1", "10.0.0.2"};
	struct tct_config config;
	struct port *port = &ports[i];

	tct_config_init(&config);
	config.memory.connections = config.memory.half_open = config.memory.time_wait = 1024;
	config.port_count = config.workers = 1;
	snprintf(config.ports[0].device, TCT_DEVICE_CHARS, "end%u", i);
	config.ports[0].locals[0] = (struct tct_local){.count = 1, .prefix_len = 24};
	config.ports[0].local_count = 1;
	must(tct_address_parse(addresses[i], &config.ports[0].locals[0].first), "address");
	must(endpoint_create_on(&config, &port, &ends[i]), "endpoint");
	must(port_start(port), "port");
	load.target = config.ports[0].locals[0].first; /* the server's, which is made last */
}

static void
set_up(void)
{
	struct tct_listen listen = {.port = PORT, .service = workload_service(WORKLOAD_STREAM)};
	struct client_config config = {
		.parts = {{.load = &load, .concurrency = 1}},
		.part_count = 1,
		.workers = 1,
		.room = 1,
	};

	must(port_open_pair(&ports[CLIENT], &ports[SERVER], "bulk", 8192, 16384, 1500), "ports");
	open_end(CLIENT);
	open_end(SERVER);
	workload_server_set(&server);
	must(tct_listen(ends[SERVER], &listen), "listen");
	client = client_create(&config);
	client_begin(client);
	tct_worker_set_poll(ends[CLIENT], 0, client_poll, client);
}

static uint64_t
delivered(void)
{
	return workload_server_stats(0, 0)->received_bytes;
}

static void
poll_both(uint64_t cycles[ENDS])
{
	for (unsigned i = 0; i < ENDS; i++) {
		uint64_t start = rte_rdtsc();

		worker_poll(ends[i]->workers[0]);
		cycles[i] += rte_rdtsc() - start;
	}
}

/* Until bulk flows, and the window has grown. */
static void
settle(void)
{
	uint64_t end = rte_rdtsc() + SETTLE_S * rte_get_tsc_hz(), ignored[ENDS] = {0};

	while (delivered() < 100000000 && rte_rdtsc() < end)
		poll_both(ignored);
	must(delivered() < 100000000 ? -1 : 0, "no bulk");
}

static void
sample_take(struct sample *s)
{
	uint64_t cycles[ENDS] = {0}, phase[ENDS][PHASE_MAX], bytes = delivered();
	double packets;

	for (unsigned i = 0; i < ENDS; i++)
		memcpy(phase[i], ends[i]->workers[0]->phase_cycles, sizeof(phase[i]));
	for (unsigned i = 0; i < ROUND_POLLS; i++)
		poll_both(cycles);
	packets = (double)(delivered() - bytes) / MSS;
	for (unsigned i = 0; i < ENDS; i++) {
		s->cycles[i] = (double)cycles[i] / packets;
		for (unsigned p = 0; p < PHASE_MAX; p++)
			s->phase[i][p] =
				(double)(ends[i]->workers[0]->phase_cycles[p] - phase[i][p]) /
				packets;
	}
	sample_count += packets > 0;
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
	static double values[ROUNDS];

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

	printf("%s %6.0f cycles per packet of %u bytes:", name,
	       median(offsetof(struct sample, cycles) + i * sizeof(double)), MSS);
	for (unsigned p = 0; p < PHASE_MAX; p++)
		printf(" %s %.0f", phases[p],
		       median(offsetof(struct sample, phase) +
			      (i * PHASE_MAX + p) * sizeof(double)));
	puts("");
}

int
main(void)
{
	double slower;

	eal_start_on("0@0,1@0,2@0", "256");
	set_up();
	settle();
	while (sample_count < ROUNDS)
		sample_take(&samples[sample_count]);
	print_end("client", CLIENT);
	print_end("server", SERVER);
	slower = RTE_MAX(median(offsetof(struct sample, cycles[CLIENT])),
			 median(offsetof(struct sample, cycles[SERVER])));
	printf("at most %.1f Gbit/s by one pair of workers at %.2f GHz\n",
	       (double)rte_get_tsc_hz() / slower * MSS * 8 / 1e9, (double)rte_get_tsc_hz() / 1e9);
	return 0;
}
