/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The services that the program offers by name: echo discard daytime chargen http stall unread.
 *
 * Each is a table of callbacks written against tercet.h alone, as a user of the library would write
 * it. What a listener's configuration says to its service travels in the user pointer that each of
 * its connections starts with.
 */
#ifndef TCT_APP_SERVICES_H
#define TCT_APP_SERVICES_H

#include <stddef.h>

#include "tercet.h"

struct listen_config;
struct service_settings;

/* NULL: no such service. */
const struct tct_service *service_find(const char *name);

/* Names, ended by NULL. */
const char *const *service_names(void);

#define SERVICE_ERROR_CHARS 512

/* [control] The user pointer for the connections of one listener, whose files are read here; NULL
 * with one line in error. Lives until services_fini(). */
struct service_settings *service_settings_make(const struct listen_config *listen,
					       char error[SERVICE_ERROR_CHARS]);

/* [control] The same for connections that no listener accepts: all defaults. */
struct service_settings *service_settings_default(void);

/* Copies bytes to where the ports read them themselves, for good; NULL: there is no room. */
typedef const void *service_copy(const void *bytes, size_t len);

/* [control] Has what services send lie there; before the first connection. */
void services_move(service_copy *copy);

/* [control] Frees all settings and what services kept for their workers; after the last endpoint is
 * destroyed. */
void services_fini(void);

#endif
