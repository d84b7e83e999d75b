/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests that were answered lately, a few of each worker. What answers one depends on its bytes
 * alone, so the same bytes need not be read again: clients that measure send them over and over.
 */
#ifndef TCT_APP_SERVICES_HTTP_KNOWN_H
#define TCT_APP_SERVICES_HTTP_KNOWN_H

#include <stddef.h>

#include "http_answer.h"

#define HTTP_KNOWN_MAX 496 /* bytes of a request that is remembered */

/* The length of the request that bytes begin with, and its answer; 0: it is not known. */
size_t http_known(const struct http_resource *resource, const char *bytes, size_t len,
		  struct http_answer *a);

/* A whole request of len bytes is answered so, as long as the resource is there. */
void http_known_add(const struct http_resource *resource, const char *bytes, size_t len,
		    const struct http_answer *a);

#endif
