/* SPDX-License-Identifier: BSD-3-Clause */
#include "http_reply.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define REPLY_BYTES offsetof(struct http_reply, line)

void
http_reply_begin(struct http_reply *r, const struct http_asked *asked)
{
	memset(r, 0, REPLY_BYTES);
	r->asked = asked;
}

static void
fail(struct http_reply *r, enum transaction_fault fault)
{
	r->state = HTTP_REPLY_FAULTY;
	r->fault = fault;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* HTTP-version SP status-code SP [reason-phrase]: RFC 9112 4. */
static void
status_line(struct http_reply *r, const char *line, uint32_t len)
{
	if (len < 13 || memcmp(line, "HTTP/1.", 7) || !is_digit(line[7]) || line[8] != ' ' ||
	    line[9] < '1' || line[9] > '5' || !is_digit(line[10]) || !is_digit(line[11]) ||
	    line[12] != ' ') {
		fail(r, FAULT_MALFORMED);
		return;
	}
	r->status = (uint16_t)((line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0'));
	r->last = line[7] == '0';
	r->state = HTTP_REPLY_HEADER;
}

/* Decimal digits and nothing else, and the same number if it is said again: RFC 9112 6.3. */
static void
content_length(struct http_reply *r, const char *value, uint32_t len)
{
	uint64_t n = 0;

	if (len == 0 || len > 18) {
		fail(r, FAULT_LENGTH);
		return;
	}
	for (uint32_t i = 0; i < len; i++) {
		if (!is_digit(value[i])) {
			fail(r, FAULT_LENGTH);
			return;
		}
		n = 10 * n + (uint64_t)(value[i] - '0');
	}
	if (r->has_length && r->body != n)
		fail(r, FAULT_LENGTH);
	r->has_length = true;
	r->body = n;
}

/* The options of a Connection field: RFC 9110 7.6.1. */
static void
connection(struct http_reply *r, const char *value, uint32_t len)
{
	for (uint32_t at = 0, end; at < len; at = end + 1) {
		while (at < len && (value[at] == ' ' || value[at] == '\t'))
			at++;
		for (end = at; end < len && value[end] != ',' && value[end] != ' '; end++)
			;
		if (end - at == 5 && !strncasecmp(value + at, "close", 5))
			r->last = true;
		else if (end - at == 10 && !strncasecmp(value + at, "keep-alive", 10))
			r->last = false;
	}
}

static bool
is_name(const char *line, uint32_t len, const char *name)
{
	return len == strlen(name) && !strncasecmp(line, name, len);
}

/* One field line: RFC 9112 5. One that begins with white space goes on with the last: obsolete. */
static void
field(struct http_reply *r, const char *line, uint32_t len, bool cut)
{
	const char *colon = memchr(line, ':', len);
	uint32_t name = colon ? (uint32_t)(colon - line) : len;
	uint32_t at = name + 1;

	if (name == 0 || line[0] == ' ' || line[0] == '\t' || (!colon && !cut)) {
		fail(r, FAULT_MALFORMED);
		return;
	}
	while (at < len && (line[at] == ' ' || line[at] == '\t'))
		at++;
	while (len > at && (line[len - 1] == ' ' || line[len - 1] == '\t'))
		len--;
	if (is_name(line, name, "transfer-encoding"))
		fail(r, FAULT_CHUNKED);
	else if (is_name(line, name, "content-length"))
		cut ? fail(r, FAULT_LENGTH) : content_length(r, line + at, len - at);
	else if (is_name(line, name, "connection"))
		connection(r, line + at, len - at);
}

/* The empty line. A 1xx response is followed by the one that counts; 204 and 304 have no body. */
static void
header_end(struct http_reply *r)
{
	if (r->status == 101) {
		fail(r, FAULT_MALFORMED); /* nobody asked for an upgrade */
	} else if (r->status < 200) {
		uint32_t so_far = r->header_bytes;

		http_reply_begin(r, r->asked);
		r->header_bytes = so_far;
	} else if (r->status == 204 || r->status == 304 || r->asked->head) {
		r->state = HTTP_REPLY_DONE;
	} else if (!r->has_length) {
		fail(r, FAULT_LENGTH);
	} else {
		r->state = r->body ? HTTP_REPLY_BODY : HTTP_REPLY_DONE;
	}
}

/* A line is complete, without its LF; what is beyond HTTP_REPLY_LINE is not looked at. */
static void
whole_line(struct http_reply *r, const char *line, uint32_t len)
{
	bool cut = len > HTTP_REPLY_LINE;

	len = cut ? HTTP_REPLY_LINE : len;
	if (!cut && (len == 0 || line[--len] != '\r'))
		fail(r, FAULT_MALFORMED);
	else if (r->state == HTTP_REPLY_STATUS_LINE)
		status_line(r, line, len);
	else if (len)
		field(r, line, len, cut);
	else
		header_end(r);
}

/* A part of a line: the rest is in another segment. */
static void
keep(struct http_reply *r, const char *bytes, uint32_t len)
{
	uint32_t room = r->line_len < HTTP_REPLY_LINE ? HTTP_REPLY_LINE - r->line_len : 0;

	memcpy(r->line + (HTTP_REPLY_LINE - room), bytes, len < room ? len : room);
	r->line_len += len;
}

/* The end of a line. One that came whole is read where it lies. */
static void
end_line(struct http_reply *r, const char *bytes, uint32_t len)
{
	if (r->line_len == 0) {
		whole_line(r, bytes, len);
		return;
	}
	keep(r, bytes, len);
	len = r->line_len;
	r->line_len = 0;
	whole_line(r, r->line, len);
}

/* Bytes up to and with the next LF. */
static uint32_t
take_line(struct http_reply *r, const char *bytes, uint32_t len)
{
	const char *lf = memchr(bytes, '\n', len);
	uint32_t n = lf ? (uint32_t)(lf - bytes) : len;

	r->header_bytes += n + 1;
	if (r->header_bytes > HTTP_REPLY_HEADER_MAX)
		fail(r, FAULT_MALFORMED);
	else if (lf)
		end_line(r, bytes, n);
	else
		keep(r, bytes, n);
	return lf ? n + 1 : n;
}

static uint32_t
take_body(struct http_reply *r, const char *bytes, uint32_t len)
{
	uint32_t n = len < r->body ? len : (uint32_t)r->body;

	if (r->asked->search)
		r->matched = search_step(r->asked->search, r->matched, bytes, n);
	r->body -= n;
	if (r->body == 0)
		r->state = HTTP_REPLY_DONE;
	return n;
}

/* The last header once more: its length, else 0. */
static uint32_t
take_known(struct http_reply *r, const char *bytes, uint32_t len)
{
	const struct http_known_reply *known = r->asked->known;

	if (!known || !known->len || known->len > len || memcmp(known->bytes, bytes, known->len))
		return 0;
	memcpy(r, &known->reply, REPLY_BYTES);
	return known->len;
}

static void
learn(const struct http_reply *r, const char *bytes, uint32_t len)
{
	struct http_known_reply *known = r->asked->known;

	if (!known || len > HTTP_KNOWN_REPLY_MAX)
		return;
	known->len = len;
	memcpy(&known->reply, r, REPLY_BYTES);
	memcpy(known->bytes, bytes, len);
}

/* From the beginning of a response. */
static uint32_t
take_header(struct http_reply *r, const char *bytes, uint32_t len)
{
	uint32_t at = take_known(r, bytes, len);

	if (at)
		return at;
	while (at < len && r->state < HTTP_REPLY_BODY)
		at += take_line(r, bytes + at, len - at);
	if (r->state == HTTP_REPLY_BODY || r->state == HTTP_REPLY_DONE)
		learn(r, bytes, at);
	return at;
}

uint32_t
http_reply_take(struct http_reply *r, const void *bytes, uint32_t len)
{
	uint32_t at = r->header_bytes ? 0 : take_header(r, bytes, len);

	while (at < len && r->state < HTTP_REPLY_DONE)
		at += r->state == HTTP_REPLY_BODY
			      ? take_body(r, (const char *)bytes + at, len - at)
			      : take_line(r, (const char *)bytes + at, len - at);
	return at;
}
