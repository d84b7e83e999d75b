/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One HTTP/1 request, up to the empty line that ends its header: RFC 9112, and what of RFC 9110
 * concerns a server that has one resource. Pure functions of bytes.
 */
#ifndef TCT_APP_SERVICES_HTTP_REQUEST_H
#define TCT_APP_SERVICES_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#define HTTP_REQUEST_MAX 8192 /* bytes of request line and header */

enum http_status {
	HTTP_OK,
	HTTP_BAD_REQUEST,
	HTTP_METHOD_NOT_ALLOWED,
	HTTP_REQUEST_TIMEOUT,
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

struct http_request {
	enum http_status status;
	enum http_fate fate;
	bool head; /* the response ends with its header */
};

/*
 * Length of the request that begins at bytes, its empty line included; 0: not complete. The first
 * `seen` bytes were looked at by an earlier call that answered 0.
 */
size_t http_request_length(const char *bytes, size_t len, size_t seen);

/* Reads a complete request. A fault is in the status, and ends the connection where what follows
 * could be mistaken for a request. */
void http_request_parse(const char *bytes, size_t len, struct http_request *r);

#endif
