/* SPDX-License-Identifier: BSD-3-Clause */
#include "run_parts.h"

#include <string.h>

#include "http_template.h"

/* What a held connection looks like on the wire when nothing is lost: the ACK does not wait for a
 * FIN to ride on. */
static void
define_held(struct result_definition *d, const struct load_config *load)
{
	bool crr = load->workload == WORKLOAD_CRR;

	if (!load->hold_ms || d->http || load->workload == WORKLOAD_RR)
		return;
	d->sequence = crr ? "SYN, SYN-ACK, request, response, ACK, FIN-ACK, FIN-ACK, ACK"
			  : "SYN, SYN-ACK, ACK, FIN-ACK, FIN-ACK, ACK";
	d->packets_per_connection = crr ? 8 : 6;
}

static void
define_requests(struct result_definition *d, const struct load_config *load)
{
	bool rr = load->workload == WORKLOAD_RR;

	d->requests = rr || load->workload == WORKLOAD_CRR;
	if (!d->requests)
		return;
	d->http = load->protocol == PROTOCOL_HTTP;
	d->method = d->http ? http_method_name(load->method) : NULL;
	d->per_connection = rr ? load->requests : 1;
	d->endless = rr && load->requests == 0;
	d->request_size = d->http ? http_request_size(load) : load->request_size;
	d->response_size = d->http ? 0 : load->response_size;
}

static void
define_stream(struct result_definition *d, const struct load_config *load)
{
	static const char *const directions[] = {"send", "receive", "both"};

	d->stream = load->workload == WORKLOAD_STREAM;
	if (!d->stream)
		return;
	d->endless = true;
	d->direction = directions[load->direction];
	d->verified = load->verify;
}

void
run_define_part(struct result_definition *d, const struct load_config *load)
{
	d->workload = workload_name(load->workload);
	d->first_to_close = load->server_closes ? CLOSER_SERVER : CLOSER_CLIENT;
	d->ipv = memcmp(load->target.bytes, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) ? 6 : 4;
	define_requests(d, load);
	define_stream(d, load);
	define_held(d, load);
	d->varies = load->abort_percent || load->half_open_percent;
}

/* What all kinds of a mix have in common, which is not much. */
static void
define_mix(struct result_definition *d, const struct app_config *config)
{
	struct result_definition one;

	d->workload = "mix";
	d->varies = true;
	for (unsigned i = 0; i < config->mix_count; i++) {
		memset(&one, 0, sizeof(one));
		run_define_part(&one, &config->mix[i]);
		d->requests |= one.requests;
		d->some_stream |= one.stream;
		d->endless |= one.endless;
		d->ipv = i == 0 || d->ipv == one.ipv ? one.ipv : 0;
		d->first_to_close = i == 0 || d->first_to_close == one.first_to_close
					    ? one.first_to_close
					    : CLOSER_NONE;
	}
}

void
run_define(struct result_definition *d, const struct app_config *config)
{
	if (config->mix_count)
		define_mix(d, config);
	else
		run_define_part(d, &config->load);
}
