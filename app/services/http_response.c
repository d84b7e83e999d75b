/* SPDX-License-Identifier: BSD-3-Clause */
#include "http_response.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chargen.h"

#define HEADER_MAX 256

static const char *const fate_line[HTTP_FATE_MAX] = {
	[HTTP_KEEP] = "",
	[HTTP_KEEP_SAYING] = "Connection: keep-alive\r\n",
	[HTTP_CLOSE] = "Connection: close\r\n",
};

/* A fault is answered without a body, so that the same bytes do for HEAD. */
#define FAULT(status, fields, connection) \
	"HTTP/1.1 " status "\r\nServer: tercet\r\n" fields "Content-Length: 0\r\n" connection "\r\n"
#define FAULTS(status, fields)                                                            \
	{                                                                                 \
		[HTTP_KEEP] = FAULT(status, fields, ""),                                  \
		[HTTP_KEEP_SAYING] = FAULT(status, fields, "Connection: keep-alive\r\n"), \
		[HTTP_CLOSE] = FAULT(status, fields, "Connection: close\r\n"),            \
	}

static const char *const faults[HTTP_STATUS_MAX][HTTP_FATE_MAX] = {
	[HTTP_BAD_REQUEST] = FAULTS("400 Bad Request", ""),
	[HTTP_METHOD_NOT_ALLOWED] = FAULTS("405 Method Not Allowed", "Allow: GET, HEAD\r\n"),
	[HTTP_REQUEST_TIMEOUT] = FAULTS("408 Request Timeout", ""),
	[HTTP_HEADER_TOO_LARGE] = FAULTS("431 Request Header Fields Too Large", ""),
	[HTTP_NOT_IMPLEMENTED] = FAULTS("501 Not Implemented", ""),
	[HTTP_UNAVAILABLE] = FAULTS("503 Service Unavailable", ""),
	[HTTP_VERSION_NOT_SUPPORTED] = FAULTS("505 HTTP Version Not Supported", ""),
};

static void
fill_body(char *p, uint32_t len)
{
	for (uint32_t n; len; p += n, len -= n) {
		n = len < CHARGEN_BYTES ? len : CHARGEN_BYTES;
		memcpy(p, chargen_table, n);
	}
}

int
http_responses_make(struct http_responses *r, uint64_t body_bytes)
{
	*r = (struct http_responses){
		.joined_len = body_bytes < HTTP_JOINED_MAX ? (uint32_t)body_bytes : HTTP_JOINED_MAX,
	};
	r->more = body_bytes - r->joined_len;
	chargen_fill();
	for (unsigned fate = 0; fate < HTTP_FATE_MAX; fate++) {
		char *p = malloc(HEADER_MAX + r->joined_len);

		if (!p) {
			http_responses_free(r);
			return -ENOMEM;
		}
		r->joined[fate] = p;
		r->header_len[fate] = (uint32_t)snprintf(p, HEADER_MAX,
							 "HTTP/1.1 200 OK\r\nServer: tercet\r\n"
							 "Content-Type: text/plain\r\n"
							 "Content-Length: %" PRIu64 "\r\n%s\r\n",
							 body_bytes, fate_line[fate]);
		fill_body(p + r->header_len[fate], r->joined_len);
	}
	return 0;
}

void
http_responses_free(struct http_responses *r)
{
	for (unsigned fate = 0; fate < HTTP_FATE_MAX; fate++) {
		free(r->joined[fate]);
		r->joined[fate] = NULL;
	}
}

void
http_response(const struct http_responses *r, const struct http_request *request,
	      struct http_output *out)
{
	if (request->status != HTTP_OK) {
		out->bytes = faults[request->status][request->fate];
		out->len = (uint32_t)strlen(out->bytes);
		out->more = 0;
		return;
	}
	out->bytes = r->joined[request->fate];
	out->len = r->header_len[request->fate] + (request->head ? 0 : r->joined_len);
	out->more = request->head ? 0 : r->more;
}

void
http_output_advance(const struct http_responses *r, struct http_output *out, uint32_t n)
{
	out->bytes += n;
	out->len -= n;
	if (out->len || !out->more)
		return;
	out->bytes = r->joined[0] + r->header_len[0];
	out->len = out->more < r->joined_len ? (uint32_t)out->more : r->joined_len;
	out->more -= out->len;
}
