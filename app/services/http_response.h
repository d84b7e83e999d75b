/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The responses of one listener, complete before the first request comes.
 *
 * Nothing in them depends on the request but the status, whether there is a body, and what is said
 * about the connection, so each is bytes that stay the same until the end, and is sent without
 * being copied. Header and body lie together up to HTTP_JOINED_MAX bytes of body; what a larger one
 * has beyond that is sent from the same bytes again and again.
 *
 * Deviation: no Date (RFC 9110 6.6.1 wants it of a server with a clock): it would be different
 * every second.
 */
#ifndef TCT_APP_SERVICES_HTTP_RESPONSE_H
#define TCT_APP_SERVICES_HTTP_RESPONSE_H

#include <stdint.h>

#include "http_request.h"

#define HTTP_JOINED_MAX 65536

/* Bytes still to be sent: a stretch, and after it `more` bytes of the repeated body. */
struct http_output {
	const char *bytes;
	uint32_t len;
	uint64_t more;
};

struct http_responses {
	char *joined[HTTP_FATE_MAX]; /* header, then body up to HTTP_JOINED_MAX */
	uint32_t header_len[HTTP_FATE_MAX];
	uint32_t joined_len; /* of the body in it */
	uint64_t more;	     /* of the body beyond it */
};

/* [control] 0 or -ENOMEM. */
int http_responses_make(struct http_responses *r, uint64_t body_bytes);
void http_responses_free(struct http_responses *r);

/* What answers a request. */
void http_response(const struct http_responses *r, const struct http_request *request,
		   struct http_output *out);

/* Takes the first n bytes off; n <= out->len. The next stretch follows when one is at its end. */
void http_output_advance(const struct http_responses *r, struct http_output *out, uint32_t n);

#endif
