/* SPDX-License-Identifier: BSD-3-Clause */
#include "calibrate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_lcore.h>

#define IN_FLIGHT_MAX 256   /* packets of a pair: any ring and pool hold them */
#define LINK_MS	      10000 /* for the links to come up */

unsigned
nth_lcore(unsigned n)
{
	unsigned lcore;

	RTE_LCORE_FOREACH_WORKER(lcore)
		if (n-- == 0)
			break;
	return lcore;
}

/* ---- ports that are open -------------------------------------------------------------------- */

static int
reflect(struct wire wires[], unsigned count, unsigned in_flight)
{
	struct wire *all[TCT_MAX_PORTS];

	for (unsigned i = 0; i < count; i++) {
		wires[i].in_flight = in_flight;
		all[i] = &wires[i];
	}
	return wire_run(all, count);
}

/* One packet under way for the time it takes, then many for how many there can be. */
static int
measure(struct wire wires[], unsigned count, const struct load_config *load,
	struct result_wire *result)
{
	unsigned open = load->concurrency / count;
	double seconds = load->wire_ms / 1000.0;
	int ret = reflect(wires, count, 1);

	if (ret < 0)
		return ret;
	result->round_trip_p50_ns = (double)histogram_percentile(&wires[0].times, 50);
	result->round_trip_p99_ns = (double)histogram_percentile(&wires[0].times, 99);
	result->in_flight = open == 0 || open > IN_FLIGHT_MAX ? IN_FLIGHT_MAX : open;
	ret = reflect(wires, count, result->in_flight);
	for (unsigned i = 0; i < count; i++)
		result->packets_per_second += 2 * (double)wires[i].round_trips / seconds;
	result->measured = ret == 0;
	return ret;
}

static int
start_ports(const struct wire *w)
{
	int ret = port_start(w->ports[0]);

	return ret < 0 || !w->ports[1] ? ret : port_start(w->ports[1]);
}

static void
stop_ports(const struct wire *w)
{
	port_stop(w->ports[0]);
	if (w->ports[1])
		port_stop(w->ports[1]);
}

static bool
links_up(const struct wire wires[], unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (!port_link_up(wires[i].ports[0]) ||
		    (wires[i].ports[1] && !port_link_up(wires[i].ports[1])))
			return false;
	return true;
}

int
calibrate(struct wire wires[], unsigned count, const struct load_config *load,
	  struct result_wire *result)
{
	int ret = 0;

	for (unsigned i = 0; i < count; i++)
		if (wires[i].lcores[0] >= RTE_MAX_LCORE || wires[i].lcores[1] >= RTE_MAX_LCORE)
			return -E2BIG;
	for (unsigned i = 0; i < count; i++) {
		wires[i].duration_ns = load->wire_ms * 1000000ull;
		ret = ret ? ret : start_ports(&wires[i]);
	}
	for (unsigned ms = 0; ret == 0 && ms < LINK_MS && !links_up(wires, count); ms++)
		rte_delay_us_sleep(1000);
	if (ret == 0)
		ret = measure(wires, count, load, result);
	for (unsigned i = 0; i < count; i++)
		stop_ports(&wires[i]);
	return ret;
}

/* ---- load's ports --------------------------------------------------------------------------- */

struct calibration {
	struct wire wires[TCT_MAX_PORTS];
	struct port ports[2 * TCT_MAX_PORTS];
	unsigned count;
};

/* The one queue that a sender needs. */
static int
open_port(struct port *p, const struct tct_config *config, unsigned number)
{
	struct tct_port_config only = config->ports[number];
	const struct port_request request = {.workers = 1, .mbufs = config->memory.mbufs};

	int ret;

	only.queues = 0;
	ret = port_open(p, &only, &request);
	if (ret < 0 || p->plugged)
		return ret;
	fprintf(stderr,
		"tercet load: load.wire: %s: closed, it could not be opened again for the run; a "
		"device that is made with its arguments wanted, such as net_memif0,role=client\n",
		only.device);
	port_close(p);
	return -ENOTSUP;
}

static int
open_wire(struct calibration *c, const struct tct_config *client, const struct tct_config *server,
	  unsigned i)
{
	struct port *p = &c->ports[2 * i];
	int ret = open_port(&p[0], client, i);

	if (ret < 0)
		return ret;
	c->wires[i] = (struct wire){.ports = {&p[0]}, .lcores = {nth_lcore(i)}};
	c->count++;
	if (!server)
		return 0;
	ret = open_port(&p[1], server, i);
	if (ret < 0)
		return ret;
	c->wires[i].ports[1] = &p[1];
	c->wires[i].lcores[1] = nth_lcore(RTE_MAX(client->workers, 1u) + i);
	return 0;
}

/* Buffers travel between ports in memory: all stop before the first one closes. */
static void
close_wires(struct calibration *c)
{
	for (unsigned i = 0; i < c->count; i++)
		for (unsigned side = 0; side < 2; side++)
			if (c->wires[i].ports[side])
				port_close(c->wires[i].ports[side]);
}

int
calibrate_load(const struct app_config *config, const struct tct_config *client,
	       const struct tct_config *server, struct result_wire *result)
{
	unsigned workers = RTE_MAX(client->workers, 1u);
	struct calibration *c = calloc(1, sizeof(*c));
	int ret = c ? 0 : -ENOMEM;

	for (unsigned i = 0; ret == 0 && i < workers && i < client->port_count; i++)
		ret = open_wire(c, client, server, i);
	if (ret == 0)
		ret = calibrate(c->wires, c->count, &config->load, result);
	if (ret == -EHOSTUNREACH)
		fprintf(stderr,
			"tercet load: load.wire: %s: nothing comes back: at the other end of the "
			"link a server with reflect: on is wanted, or %s\n",
			client->ports[0].device,
			server ? "a device that forwards frames, not only IP" : "no load.wire");
	else if (ret < 0)
		fprintf(stderr, "tercet load: load.wire: %s: %s\n", client->ports[0].device,
			strerror(-ret));
	if (c)
		close_wires(c);
	free(c);
	return ret;
}
