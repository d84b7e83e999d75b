/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What answers a request: a status, what is said about it, and bytes that stay the same until the
 * end, which are sent without being copied.
 *
 * The header has the date, so it is made once a second, and answers that say the same share it
 * (http_text.h), with a body that is short. A fault is answered without a body.
 *
 * A resource is either `response-size` bytes of a pattern under every path, or a tree of files.
 * Only files have validators and ranges (RFC 9110 8.8, 13, 14); of several ranges none is given,
 * but the whole.
 */
#ifndef TCT_APP_SERVICES_HTTP_ANSWER_H
#define TCT_APP_SERVICES_HTTP_ANSWER_H

#include <stdint.h>

#include "http_files.h"
#include "http_request.h"

/* Bytes still to be sent. */
struct http_body {
	const char *bytes;
	uint64_t left;
	bool repeats; /* bytes is in the pattern of chargen.h, which goes on and on */
};

/* How many bytes lie together at the beginning, and taking them off. */
uint32_t http_body_piece(const struct http_body *body);
void http_body_advance(struct http_body *body, uint32_t n);

struct http_resource {
	const struct http_files *files; /* NULL: the pattern */
	uint64_t size;			/* of the pattern */
	bool closes;			/* after each response */
};

struct http_answer {
	enum http_status status;
	enum http_fate fate;
	const char *fields; /* field lines, not ended by NUL; fields_len 0: none */
	uint32_t fields_len;
	uint64_t length;      /* of the body, also when it is not sent: HEAD */
	uint64_t first, size; /* where it begins in what is so long: ranges */
	struct http_body body;
};

void http_answer(const struct http_resource *resource, const struct http_request *request,
		 struct http_answer *a);

/* A fault of the connection, not of a request. */
void http_answer_fault(enum http_status status, struct http_answer *a);

/*
 * Writes the header. Location is the longest thing in it: a path of a request, each byte of it as
 * three.
 */
#define HTTP_HEADER_MAX (512 + 3 * HTTP_REQUEST_MAX)
uint32_t http_answer_header(const struct http_answer *a, const char *date,
			    char out[HTTP_HEADER_MAX]);

#endif
