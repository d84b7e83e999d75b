/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the services share.
 *
 * A connection's user pointer is its listener's settings at first. A service that needs more than
 * that puts a block there; the low bits of the pointer say which it is.
 */
#ifndef TCT_APP_SERVICES_INTERNAL_H
#define TCT_APP_SERVICES_INTERNAL_H

#include "../services.h"
#include "http_response.h"

extern const struct tct_service service_chargen;
extern const struct tct_service service_daytime;
extern const struct tct_service service_discard;
extern const struct tct_service service_echo;
extern const struct tct_service service_http;
extern const struct tct_service service_stall;
extern const struct tct_service service_unread;

struct service_settings {
	struct http_responses http;
	struct service_settings *next; /* all of them, for services_fini() */
};

/* A refused send means writable() when acknowledgments make room. When it was refused for want of
 * packet buffers, and nothing is in flight that could be acknowledged, this wakes the service to
 * try again. */
#define SERVICE_RETRY_MS 20

/* How long a service that closes first still takes input, and throws it away, before a RST answers
 * it: RFC 9112 9.6. */
#define SERVICE_LINGER_MS 2000

#endif
