/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the services share.
 *
 * A connection's user pointer is its listener's settings at first; see patience.h for what becomes
 * of it.
 */
#ifndef TCT_APP_SERVICES_INTERNAL_H
#define TCT_APP_SERVICES_INTERNAL_H

#include "../services.h"
#include "http_answer.h"
#include "patience.h"

extern const struct tct_service service_chargen;
extern const struct tct_service service_daytime;
extern const struct tct_service service_discard;
extern const struct tct_service service_echo;
extern const struct tct_service service_http;
extern const struct tct_service service_stall;
extern const struct tct_service service_unread;

struct service_settings {
	unsigned index;
	struct service_timeouts timeouts;
	struct http_resource http;
};

#define SERVICE_SETTINGS_MAX 2048

/* Any thread. */
const struct service_settings *service_settings_at(unsigned index);

/* A refused send means writable() when acknowledgments make room. When it was refused for want of
 * packet buffers, and nothing is in flight that could be acknowledged, this wakes the service to
 * try again. */
#define SERVICE_RETRY_MS 20

/* How long a service that closes first still takes input, and throws it away, before a RST answers
 * it: RFC 9112 9.6. */
#define SERVICE_LINGER_MS 2000

#endif
