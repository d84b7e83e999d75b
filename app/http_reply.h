/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where an HTTP/1 response ends: RFC 9112 as far as a client must know it that asks with GET, HEAD
 * or POST, and throws the body away once it has looked for a text in it. Content-Length or nothing:
 * a transfer coding, or a body that only the end of the connection ends, is a fault.
 *
 * Bytes come as segments cut them. Of a line only so much is kept as the longest one that matters
 * here needs, so that a reply costs the same memory whatever a server sends.
 */
#ifndef TCT_APP_HTTP_REPLY_H
#define TCT_APP_HTTP_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "search.h"
#include "transaction.h"

#define HTTP_REPLY_LINE	      64    /* bytes kept of a line */
#define HTTP_REPLY_HEADER_MAX 65536 /* bytes of status line and header */

enum http_reply_state {
	HTTP_REPLY_STATUS_LINE,
	HTTP_REPLY_HEADER,
	HTTP_REPLY_BODY,
	HTTP_REPLY_DONE,
	HTTP_REPLY_FAULTY, /* see fault: nothing of this connection can be understood any more */
};

struct http_known_reply;

/* What was asked, as far as it matters for the answer. */
struct http_asked {
	bool head;			/* a response has no body, whatever it says */
	const struct search *search;	/* of the body; NULL: not looked at */
	struct http_known_reply *known; /* what was read before; NULL: nothing is remembered */
};

struct http_reply {
	const struct http_asked *asked;
	uint64_t body; /* bytes still to come of it */
	uint8_t state; /* enum http_reply_state */
	uint8_t fault; /* enum transaction_fault */
	bool has_length;
	bool last;	 /* the server closes the connection after this response */
	uint8_t matched; /* search_step() */
	uint16_t status;
	uint32_t header_bytes; /* so far */
	uint32_t line_len;     /* of the line being read; more than HTTP_REPLY_LINE: cut */
	char line[HTTP_REPLY_LINE];
};

/* The last header that was read, and what it said: servers that are measured send the same over and
 * over, and the same bytes need not be read again. len 0: none. */
#define HTTP_KNOWN_REPLY_MAX 512
struct http_known_reply {
	uint32_t len;
	struct http_reply reply;
	char bytes[HTTP_KNOWN_REPLY_MAX];
};

/* asked has to last as long as r is in use. */
void http_reply_begin(struct http_reply *r, const struct http_asked *asked);

/* Whether what is searched for was found in the body. */
static inline bool
http_reply_has(const struct http_reply *r)
{
	return r->matched == r->asked->search->len;
}

/* Reads on; returns how many of the bytes belong to this response, all unless it is done or faulty.
 */
uint32_t http_reply_take(struct http_reply *r, const void *bytes, uint32_t len);

#endif
