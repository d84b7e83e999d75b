/* SPDX-License-Identifier: BSD-3-Clause */
#include "result_device.h"

#include <inttypes.h>
#include <string.h>

#include <rte_common.h>

#include "engine/endpoint.h"
#include "result.h"
#include "result_value_json.h"

static const char *const keys[] = {"to_server", "to_client"};

/* Some were counted as sent, and never left. */
static uint64_t
segments_sent(const struct tct_endpoint *e, const struct counters *c)
{
	uint64_t kept = c->v[COUNTER_TX_REFUSED] + c->v[COUNTER_DROP_NEIGHBOUR_QUEUE];

	for (unsigned i = 0; i < e->worker_count; i++)
		kept += net_waiting(e->workers[i]->net);
	return c->v[COUNTER_TCP_TX] - RTE_MIN(kept, c->v[COUNTER_TCP_TX]);
}

static uint64_t
packets_missed(const struct tct_endpoint *e)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < e->config.port_count; i++)
		sum += port_lost(e->ports[i]);
	return sum;
}

static void
take_passage(struct result_passage *p, const struct tct_endpoint *from,
	     const struct tct_endpoint *to)
{
	struct counters sender = {0}, receiver = {0};

	endpoint_counters(from, &sender);
	endpoint_counters(to, &receiver);
	*p = (struct result_passage){
		.sent = segments_sent(from, &sender),
		.received = receiver.v[COUNTER_TCP_RX],
		.missed = packets_missed(to),
	};
}

void
result_device_take(struct result_device *d, const struct tct_endpoint *clients,
		   const struct tct_endpoint *servers)
{
	d->measured = true;
	take_passage(&d->to[0], clients, servers);
	take_passage(&d->to[1], servers, clients);
}

bool
result_device_lost(const struct result_passage *p, uint64_t *lost)
{
	uint64_t gone = p->sent - p->received;

	if (p->received > p->sent)
		return false;
	*lost = gone - RTE_MIN(gone, p->missed);
	return true;
}

void
result_device_add(struct result_device *into, const struct result_device *from)
{
	for (unsigned i = 0; i < 2; i++) {
		into->to[i].sent += from->to[i].sent;
		into->to[i].received += from->to[i].received;
		into->to[i].missed += from->to[i].missed;
	}
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static json_t *
passage_json(const struct result_passage *p)
{
	uint64_t lost;
	bool told = result_device_lost(p, &lost);

	return json_pack("{s:o, s:o, s:o, s:o}", "sent", result_count_json(p->sent), "received",
			 result_count_json(p->received), "missed", result_count_json(p->missed),
			 "lost", told ? result_count_json(lost) : json_null());
}

static json_t *
counters_json(const struct counters *c)
{
	json_t *json = json_object();

	for (unsigned i = COUNTER_NONE + 1; i < COUNTER_MAX; i++)
		json_object_set_new(json, counter_info[i].name, result_count_json(c->v[i]));
	return json;
}

static json_t *
servers_json(const struct counters *c)
{
	return json_pack("{s:{s:o, s:o, s:o, s:o}, s:o}", "connections", "attempted",
			 result_count_json(c->v[COUNTER_SYN_RX]), "established",
			 result_count_json(c->v[COUNTER_CONN_ESTABLISHED]), "closed",
			 result_count_json(c->v[COUNTER_CONN_CLOSED]), "failed",
			 result_count_json(result_failures(c)), "counters", counters_json(c));
}

json_t *
result_device_json(const struct result_end *end)
{
	const struct result_device *d = &end->device;

	if (!d->measured)
		return json_null();
	return json_pack("{s:o, s:o, s:{s:o}, s:o}", keys[0], passage_json(&d->to[0]), keys[1],
			 passage_json(&d->to[1]), "clients", "counters",
			 counters_json(&end->active), "servers", servers_json(&end->passive));
}

static uint64_t
read_count(const json_t *json, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(json, key));
}

static void
read_counters(struct counters *c, const json_t *side)
{
	const json_t *all = json_object_get(side, "counters");

	for (unsigned i = COUNTER_NONE + 1; i < COUNTER_MAX; i++)
		c->v[i] = read_count(all, counter_info[i].name);
}

void
result_device_read(struct result_end *end, const json_t *json)
{
	struct result_device *d = &end->device;

	d->measured = json_is_object(json);
	if (!d->measured)
		return;
	for (unsigned i = 0; i < 2; i++) {
		const json_t *way = json_object_get(json, keys[i]);

		d->to[i] = (struct result_passage){
			.sent = read_count(way, "sent"),
			.received = read_count(way, "received"),
			.missed = read_count(way, "missed"),
		};
	}
	read_counters(&end->active, json_object_get(json, "clients"));
	read_counters(&end->passive, json_object_get(json, "servers"));
}

/* ---- words ---------------------------------------------------------------------------------- */

static void
print_passage(FILE *out, const char *title, const struct result_passage *p)
{
	uint64_t lost;

	fprintf(out, "%s: %" PRIu64 " segments sent, %" PRIu64 " received", title, p->sent,
		p->received);
	if (result_device_lost(p, &lost))
		fprintf(out, ", %" PRIu64 " lost (%.4f%%)", lost,
			p->sent ? 100 * (double)lost / (double)p->sent : 0);
	else
		fputs(", more than were sent: none can be said to be lost", out);
	if (p->missed)
		fprintf(out, "; %" PRIu64 " missed by the ports here", p->missed);
	fputs("\n", out);
}

void
result_device_print(FILE *out, const struct result_end *end)
{
	const struct counters *c = &end->passive;

	if (!end->device.measured)
		return;
	print_passage(out, "Device          to the servers", &end->device.to[0]);
	print_passage(out, "                to the clients", &end->device.to[1]);
	fprintf(out,
		"Servers         %" PRIu64 " SYNs, %" PRIu64 " established, %" PRIu64
		" closed, %" PRIu64 " failed\n",
		c->v[COUNTER_SYN_RX], c->v[COUNTER_CONN_ESTABLISHED], c->v[COUNTER_CONN_CLOSED],
		result_failures(c));
}
