/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "run_parts.h"
#include "services/chargen.h"

static struct histogram *
histogram_make(void)
{
	struct histogram *h = malloc(sizeof(*h));

	if (h)
		histogram_reset(h);
	return h;
}

/* The sources of a client: those of load, else all local addresses of the target's version. */
static void
client_sources(struct client_config *c, const struct app_config *config)
{
	const struct load_config *load = &config->load;
	const struct tct_port_config *port = &config->lib.ports[0];
	const struct tct_local *from = load->source_count ? load->sources : port->locals;
	unsigned n = load->source_count ? load->source_count : port->local_count;

	for (unsigned i = 0; i < n; i++)
		if (!memcmp(from[i].first.bytes, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) ==
		    !memcmp(load->target.bytes, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12))
			c->sources[c->source_count++] = from[i];
}

/* What stream expects to receive: of bench's servers and of echo what is sent, else what chargen of
 * RFC 864 sends. */
static struct pattern
comes_back(const struct run *r)
{
	if (r->passive || r->options->config.load.direction != DIRECTION_RECEIVE)
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

/* At most so many on worker i. */
static uint32_t
concurrency(const struct app_config *config, unsigned i, unsigned workers)
{
	const struct load_config *load = &config->load;

	return load->concurrency ? share(load->concurrency, i, workers)
				 : config->lib.memory.connections;
}

static int
histograms_make(struct run *r)
{
	r->connect = histogram_make();
	r->request = histogram_make();
	r->close = histogram_make();
	r->intervals = calloc(3, sizeof(*r->intervals));
	return r->connect && r->request && r->close && r->intervals ? 0 : -ENOMEM;
}

int
run_clients(struct run *r)
{
	const struct app_config *config = &r->options->config;
	unsigned workers = r->active->worker_count;
	struct client_config c = {
		.load = &config->load,
		.rate = config->load.rate / workers,
		.send_buffer = config->lib.tcp.send_buffer,
		.comes_back = comes_back(r),
	};

	client_sources(&c, config);
	run_define(&r->result.definition, &config->load);
	if (histograms_make(r) < 0)
		return -ENOMEM;
	for (unsigned i = 0; i < workers; i++) {
		c.concurrency = concurrency(config, i, workers);
		r->clients[i] = client_create(&c);
		if (!r->clients[i])
			return -ENOMEM;
		r->client_count++;
		tct_worker_set_poll(r->active, i, client_poll, r->clients[i]);
	}
	return 0;
}
