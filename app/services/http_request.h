/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One HTTP/1 request, up to the empty line that ends its header: RFC 9112, and what of RFC 9110
 * concerns a server of resources that do not change. Pure functions of bytes.
 */
#ifndef TCT_APP_SERVICES_HTTP_REQUEST_H
#define TCT_APP_SERVICES_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#define HTTP_REQUEST_MAX 8192 /* bytes of request line and header */

enum http_status {
	HTTP_OK,
	HTTP_PARTIAL,
	HTTP_MOVED,
	HTTP_NOT_MODIFIED,
	HTTP_BAD_REQUEST,
	HTTP_NOT_FOUND,
	HTTP_METHOD_NOT_ALLOWED,
	HTTP_REQUEST_TIMEOUT,
	HTTP_PRECONDITION_FAILED,
	HTTP_RANGE_NOT_SATISFIABLE,
	HTTP_HEADER_TOO_LARGE,
	HTTP_NOT_IMPLEMENTED,
	HTTP_UNAVAILABLE,
	HTTP_VERSION_NOT_SUPPORTED,
	HTTP_STATUS_MAX
};

/* What becomes of the connection after the response, and which header says so. */
enum http_fate {
	HTTP_KEEP,	  /* HTTP/1.1: persistent without a word */
	HTTP_KEEP_SAYING, /* HTTP/1.0: only because the client asked for it */
	HTTP_CLOSE,
	HTTP_FATE_MAX
};

/* A part of the request. */
struct http_span {
	const char *at;
	size_t len;
};

/* The fields that choose among answers. One that is not there has no place (at NULL); of one that
 * is there twice what was said is not known, and it is as if it were not there. */
enum http_condition {
	HTTP_IF_MATCH,
	HTTP_IF_NONE_MATCH,
	HTTP_IF_MODIFIED_SINCE,
	HTTP_IF_UNMODIFIED_SINCE,
	HTTP_IF_RANGE,
	HTTP_RANGE,
	HTTP_CONDITION_MAX
};

struct http_request {
	enum http_status status; /* HTTP_OK: no fault so far */
	enum http_fate fate;
	bool head;	       /* the response ends with its header */
	struct http_span path; /* as it came, from its '/' up to a '?'; len 0: "/" */
	struct http_span condition[HTTP_CONDITION_MAX];
};

/*
 * Length of the request that begins at bytes, its empty line included; 0: not complete. The first
 * `seen` bytes were looked at by an earlier call that answered 0.
 */
size_t http_request_length(const char *bytes, size_t len, size_t seen);

/* Whether a request may begin with c: what begins otherwise need not be waited for. */
bool http_request_may_begin(char c);

/*
 * Undoes the percent-encoding of a path (RFC 3986 2.1) into out. HTTP_OK and the length; or
 * HTTP_NOT_FOUND when it is longer than max or has an encoded '/', which no file's name has; or
 * HTTP_BAD_REQUEST.
 */
enum http_status http_path_decode(struct http_span path, char *out, size_t max, size_t *len);

/* Reads a complete request. A fault is in the status, and ends the connection where what follows
 * could be mistaken for a request. */
void http_request_parse(const char *bytes, size_t len, struct http_request *r);

#endif
