/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../config.h"
#include "block.h"
#include "chargen.h"
#include "internal.h"

#define HTTP_DEFAULT_SIZE 128 /* bytes of body */

static const struct tct_service *const services[] = {
	&service_echo, &service_discard, &service_daytime, &service_chargen,
	&service_http, &service_stall,	 &service_unread,
};

#define SERVICES (sizeof(services) / sizeof(services[0]))

static struct service_settings *all[SERVICE_SETTINGS_MAX];
static unsigned count;
static struct service_settings *defaults;

static_assert(SERVICE_SETTINGS_MAX > MAX_LISTENS, "one for each listener, and the defaults");

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

const struct service_settings *
service_settings_at(unsigned index)
{
	return all[index];
}

struct service_settings *
service_settings_make(const struct listen_config *listen, char error[SERVICE_ERROR_CHARS])
{
	struct service_settings *s = count < SERVICE_SETTINGS_MAX ? calloc(1, sizeof(*s)) : NULL;

	if (!s) {
		snprintf(error, SERVICE_ERROR_CHARS, "no memory");
		return NULL;
	}
	s->index = count;
	s->timeouts = (struct service_timeouts){.header_ms = listen->header_timeout_ms,
						.idle_ms = listen->idle_timeout_ms,
						.write_ms = listen->write_timeout_ms};
	s->http.size = listen->response_size ? listen->response_size : HTTP_DEFAULT_SIZE;
	s->http.closes = !listen->keep_alive;
	chargen_fill();
	if (*listen->root) {
		s->http.files = http_files_load(listen->root, error);
		if (!s->http.files) {
			free(s);
			return NULL;
		}
	}
	all[count++] = s;
	return s;
}

struct service_settings *
service_settings_default(void)
{
	struct listen_config listen;
	char error[SERVICE_ERROR_CHARS];

	if (!defaults) {
		listen_config_init(&listen);
		defaults = service_settings_make(&listen, error);
	}
	return defaults;
}

void
services_move(service_copy *copy)
{
	if (count)
		chargen_move(copy);
	http_files_move(copy);
}

void
services_fini(void)
{
	while (count)
		free(all[--count]);
	defaults = NULL;
	http_files_fini();
	blocks_fini();
}
