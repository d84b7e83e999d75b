/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>

#include "run_parts.h"
#include "services/chargen.h"
#include "sources.h"

static struct histogram *
histogram_make(void)
{
	struct histogram *h = malloc(sizeof(*h));

	if (h)
		histogram_reset(h);
	return h;
}

/* What stream expects to receive: of servers of its own and of echo what is sent, else what chargen
 * of RFC 864 sends. */
static struct pattern
comes_back(const struct run *r, const struct load_config *load)
{
	if (r->answers || load->direction != DIRECTION_RECEIVE)
		return *pattern_get();
	chargen_fill();
	return (struct pattern){(const uint8_t *)chargen_table, CHARGEN_BYTES};
}

/* Worker i's part of n, at least one. */
static uint32_t
share(uint32_t n, unsigned i, unsigned workers)
{
	uint32_t part = n / workers + (i < n % workers);

	return part ? part : 1;
}

static void
part_init(struct client_part *p, const struct run *r, const struct load_config *load)
{
	*p = (struct client_part){
		.load = load,
		.comes_back = comes_back(r, load),
		.weight = load->weight ? load->weight : 1,
	};
}

static void
parts_init(struct client_config *c, const struct run *r)
{
	const struct app_config *config = &r->options->config;

	c->part_count = config->mix_count ? config->mix_count : 1;
	for (unsigned i = 0; i < c->part_count; i++)
		part_init(&c->parts[i], r, config->mix_count ? &config->mix[i] : &config->load);
}

/* Each part's share of the room, by weight, at least one. */
static void
share_room(struct client_config *c)
{
	uint64_t weights = 0, shared = 0;

	for (unsigned i = 0; i < c->part_count; i++)
		weights += c->parts[i].weight;
	for (unsigned i = 0; i < c->part_count; i++) {
		uint64_t part = c->room * (uint64_t)c->parts[i].weight / weights;

		c->parts[i].concurrency = part ? (uint32_t)part : 1;
		shared += c->parts[i].concurrency;
	}
	if (shared < c->room) /* what division left */
		c->parts[0].concurrency += (uint32_t)(c->room - shared);
	else
		c->room = (uint32_t)shared;
}

static void
choose_sources(struct client_config *c, const struct run *r)
{
	for (unsigned i = 0; i < c->part_count; i++)
		c->parts[i].source_count = sources_of(&r->active->config, c->parts[i].load,
						      c->worker, c->workers, c->parts[i].sources);
}

/* The client of worker i. */
static struct client *
make_client(const struct run *r, struct client_config c, unsigned i)
{
	const struct app_config *config = &r->options->config;
	uint32_t room = config->load.concurrency;

	c.worker = i;
	choose_sources(&c, r);
	c.room = room ? share(room, i, c.workers) : config->lib.memory.connections;
	share_room(&c);
	return client_create(&c);
}

static int
histograms_make(struct run *r)
{
	r->connect = histogram_make();
	r->request = histogram_make();
	r->close = histogram_make();
	r->windows = calloc(LATENCY_MAX, sizeof(*r->windows));
	return r->connect && r->request && r->close && r->windows ? 0 : -ENOMEM;
}

int
run_clients(struct run *r)
{
	const struct app_config *config = &r->options->config;
	struct client_config c = {
		.workers = r->active->worker_count,
		.rate = config->load.rate,
		.arrival = config->load.arrival,
	};

	parts_init(&c, r);
	r->part_count = c.part_count;
	run_define(&r->result.definition, config);
	if (r->through_device)
		r->result.definition.servers = r->answers ? "workload" : "listen";
	if (histograms_make(r) < 0)
		return -ENOMEM;
	for (unsigned i = 0; i < c.workers; i++) {
		r->clients[i] = make_client(r, c, i);
		if (!r->clients[i])
			return -ENOMEM;
		r->client_count++;
		tct_worker_set_poll(r->active, i, client_poll, r->clients[i]);
	}
	return 0;
}
