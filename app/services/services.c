/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "../config.h"
#include "block.h"
#include "internal.h"

#define HTTP_DEFAULT_SIZE 128 /* bytes of body */

static const struct tct_service *const services[] = {
	&service_echo, &service_discard, &service_daytime, &service_chargen,
	&service_http, &service_stall,	 &service_unread,
};

#define SERVICES (sizeof(services) / sizeof(services[0]))

static struct service_settings *all;
static struct service_settings *defaults;

const struct tct_service *
service_find(const char *name)
{
	for (unsigned i = 0; i < SERVICES; i++)
		if (strcmp(services[i]->name, name) == 0)
			return services[i];
	return NULL;
}

const char *const *
service_names(void)
{
	static const char *names[SERVICES + 1];

	for (unsigned i = 0; i < SERVICES; i++)
		names[i] = services[i]->name;
	return names;
}

struct service_settings *
service_settings_make(const struct listen_config *listen)
{
	struct service_settings *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	if (http_responses_make(&s->http, listen->response_size ? listen->response_size
								: HTTP_DEFAULT_SIZE) < 0) {
		free(s);
		return NULL;
	}
	s->next = all;
	all = s;
	return s;
}

struct service_settings *
service_settings_default(void)
{
	if (!defaults)
		defaults = service_settings_make(&(struct listen_config){0});
	return defaults;
}

void
services_fini(void)
{
	while (all) {
		struct service_settings *s = all;

		all = s->next;
		http_responses_free(&s->http);
		free(s);
	}
	defaults = NULL;
	blocks_fini();
}
