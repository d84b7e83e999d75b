/* SPDX-License-Identifier: BSD-3-Clause */
#include "servers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "workload.h"

/* ---- listen: -------------------------------------------------------------------------------- */

int
servers_prepare(struct servers *s)
{
	char error[SERVICE_ERROR_CHARS];

	for (unsigned i = 0; i < s->config->listen_count; i++) {
		s->settings[i] = service_settings_make(&s->config->listens[i], error);
		if (!s->settings[i]) {
			fprintf(stderr, "tercet %s: listen.%u: %s\n", s->command, i, error);
			return -EINVAL;
		}
	}
	return 0;
}

int
servers_listen(const struct servers *s, struct tct_endpoint *e)
{
	for (unsigned i = 0; i < s->config->listen_count; i++) {
		const struct listen_config *in = &s->config->listens[i];
		struct tct_listen l = {
			.address = in->address,
			.port = in->port,
			.service = service_find(in->service),
			.user = s->settings[i],
			.backlog = in->backlog,
		};
		int ret = l.service ? tct_listen(e, &l) : -EINVAL;

		if (ret < 0) {
			fprintf(stderr, "tercet %s: cannot listen on port %u with '%s': %s\n",
				s->command, in->port, in->service, strerror(-ret));
			return ret;
		}
	}
	return 0;
}

/* ---- the workload --------------------------------------------------------------------------- */

/* What answers the clients of a part: the other half of the workload, or the http service. */
static int
answer(const struct load_config *load, unsigned part, struct tct_listen *l)
{
	static struct workload_server servers[LOAD_MAX_PARTS];
	char error[SERVICE_ERROR_CHARS];
	struct listen_config listen;

	if (load->protocol == PROTOCOL_HTTP) {
		l->service = service_find("http");
		listen_config_init(&listen);
		listen.response_size = load->response_size;
		l->user = service_settings_make(&listen, error);
		return l->user ? 0 : -ENOMEM;
	}
	servers[part] = (struct workload_server){
		.request_size = load->request_size,
		.response_size = load->response_size,
		.requests = load->workload == WORKLOAD_RR ? load->requests : 1,
		.closes = load->server_closes,
		.sends = load->direction != DIRECTION_SEND,
		.verifies = load->verify,
	};
	workload_server_set(servers);
	l->service = workload_service(load->workload);
	l->user = (void *)(uintptr_t)part;
	return 0;
}

static int
answer_part(const struct load_config *load, unsigned part, struct tct_endpoint *e)
{
	struct port_range ports = load->server_ports;
	struct tct_listen l = {0};
	int ret = answer(load, part, &l);

	if (ports.first == 0)
		ports = load->target_ports;
	for (unsigned port = ports.first; ret == 0 && port <= ports.last; port++) {
		l.port = (uint16_t)port;
		ret = tct_listen(e, &l);
	}
	return ret;
}

int
servers_answer(const struct servers *s, struct tct_endpoint *e)
{
	const struct app_config *config = s->config;
	int ret = config->mix_count ? 0 : answer_part(&config->load, 0, e);

	for (unsigned i = 0; ret == 0 && i < config->mix_count; i++)
		ret = answer_part(&config->mix[i], i, e);
	if (ret == -EADDRINUSE)
		fprintf(stderr,
			"tercet %s: two elements of load.mix have ports in common; target-ports of "
			"its own wanted for each\n",
			s->command);
	else if (ret < 0)
		fprintf(stderr, "tercet %s: cannot listen for the workload: %s\n", s->command,
			strerror(-ret));
	return ret;
}
