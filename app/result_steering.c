/* SPDX-License-Identifier: BSD-3-Clause */
#include "result_steering.h"

#include <string.h>

#include "engine/endpoint.h"
#include "engine/steer.h"
#include "engine/team.h"

static const char *
asked_text(enum tct_steering asked)
{
	static const char *const names[] = {
		[TCT_STEERING_AUTO] = "auto",
		[TCT_STEERING_RSS] = "rss",
		[TCT_STEERING_SOFTWARE] = "software",
	};

	return names[asked];
}

/* A port is believed once all of its queues are: they are on probation one by one. */
static const char *
in_effect(const struct team *team, unsigned index)
{
	const char *text = "alone";

	for (unsigned i = 0; i < team->size; i++) {
		const struct tct_worker *w = team->members[i];

		if (w->ports[index].queue == QUEUE_NONE)
			continue;
		text = steer_mode_text(w, index);
		if (strcmp(text, "probation") == 0)
			break;
	}
	return text;
}

static void
take_port(struct result_steered *out, const struct team *team, unsigned index)
{
	enum rss_verdict verdict = team_verdict(team, index);

	*out = (struct result_steered){.workers = team->size};
	snprintf(out->port, sizeof(out->port), "%s", team->members[0]->ports[index].port->name);
	snprintf(out->asked, sizeof(out->asked), "%s", asked_text(team->mode));
	snprintf(out->in_effect, sizeof(out->in_effect), "%s", in_effect(team, index));
	if (verdict != RSS_GOOD)
		snprintf(out->why, sizeof(out->why), "%s", rss_verdict_text(verdict));
}

void
result_steering_take(struct result_steering *s, const struct tct_endpoint *e)
{
	for (unsigned t = 0; t < e->team_count; t++) {
		const struct team *team = e->teams[t];

		for (unsigned i = 0; team->size > 1 && i < team->members[0]->port_count &&
				     s->count < RESULT_MAX_STEERED;
		     i++)
			take_port(&s->port[s->count++], team, i);
	}
}

void
result_steering_add(struct result_steering *into, const struct result_steering *from)
{
	for (unsigned i = 0; i < from->count && into->count < RESULT_MAX_STEERED; i++)
		into->port[into->count++] = from->port[i];
}

/* ---- JSON ----------------------------------------------------------------------------------- */

json_t *
result_steering_json(const struct result_steering *s)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < s->count; i++) {
		const struct result_steered *p = &s->port[i];

		json_array_append_new(list, json_pack("{s:s, s:I, s:s, s:s, s:s?}", "port", p->port,
						      "workers", (json_int_t)p->workers, "asked",
						      p->asked, "in_effect", p->in_effect, "why",
						      *p->why ? p->why : NULL));
	}
	return list;
}

static void
read_text(char *text, size_t size, const json_t *json, const char *key)
{
	const char *value = json_string_value(json_object_get(json, key));

	snprintf(text, size, "%s", value ? value : "");
}

void
result_steering_read(struct result_steering *s, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list) && s->count < RESULT_MAX_STEERED; i++) {
		const json_t *json = json_array_get(list, i);
		struct result_steered *p = &s->port[s->count++];

		read_text(p->port, sizeof(p->port), json, "port");
		read_text(p->asked, sizeof(p->asked), json, "asked");
		read_text(p->in_effect, sizeof(p->in_effect), json, "in_effect");
		read_text(p->why, sizeof(p->why), json, "why");
		p->workers = (unsigned)json_integer_value(json_object_get(json, "workers"));
	}
}

/* ---- words ---------------------------------------------------------------------------------- */

void
result_steering_print(FILE *out, const struct result_steering *s, unsigned workers)
{
	if (workers > 1 && s->count == 0)
		fputs("Steering        none: each worker has ports of its own\n", out);
	for (unsigned i = 0; i < s->count; i++) {
		const struct result_steered *p = &s->port[i];

		fprintf(out, "Steering        %s: %s for %u workers (asked for: %s)%s%s\n", p->port,
			p->in_effect, p->workers, p->asked, *p->why ? ": " : "", p->why);
	}
}
