/* SPDX-License-Identifier: BSD-3-Clause */
#include "http_answer.h"

#include <string.h>
#include <strings.h>

#include "chargen.h"
#include "http_date.h"

static const struct {
	const char *text, *fields;
} statuses[HTTP_STATUS_MAX] = {
	[HTTP_OK] = {"200 OK", ""},
	[HTTP_PARTIAL] = {"206 Partial Content", ""},
	[HTTP_MOVED] = {"301 Moved Permanently", ""},
	[HTTP_NOT_MODIFIED] = {"304 Not Modified", ""},
	[HTTP_BAD_REQUEST] = {"400 Bad Request", ""},
	[HTTP_NOT_FOUND] = {"404 Not Found", ""},
	[HTTP_METHOD_NOT_ALLOWED] = {"405 Method Not Allowed", "Allow: GET, HEAD\r\n"},
	[HTTP_REQUEST_TIMEOUT] = {"408 Request Timeout", ""},
	[HTTP_PRECONDITION_FAILED] = {"412 Precondition Failed", ""},
	[HTTP_RANGE_NOT_SATISFIABLE] = {"416 Range Not Satisfiable", ""},
	[HTTP_HEADER_TOO_LARGE] = {"431 Request Header Fields Too Large", ""},
	[HTTP_NOT_IMPLEMENTED] = {"501 Not Implemented", ""},
	[HTTP_UNAVAILABLE] = {"503 Service Unavailable", ""},
	[HTTP_VERSION_NOT_SUPPORTED] = {"505 HTTP Version Not Supported", ""},
};

static const char *const fate_line[HTTP_FATE_MAX] = {
	[HTTP_KEEP] = "",
	[HTTP_KEEP_SAYING] = "Connection: keep-alive\r\n",
	[HTTP_CLOSE] = "Connection: close\r\n",
};

static const char pattern_type[] = "Content-Type: text/plain\r\n";

/* ---- bodies --------------------------------------------------------------------------------- */

uint32_t
http_body_piece(const struct http_body *body)
{
	uint64_t most = body->repeats ? CHARGEN_PIECE : 1u << 30;

	return (uint32_t)(body->left < most ? body->left : most);
}

void
http_body_advance(struct http_body *body, uint32_t n)
{
	body->left -= n;
	if (body->repeats)
		body->bytes =
			chargen_table + chargen_after((uint32_t)(body->bytes - chargen_table), n);
	else
		body->bytes += n;
}

/* ---- conditions: RFC 9110 13 ----------------------------------------------------------------- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Whether a list of entity tags, or "*", has that of f. Weak ones count where weak is set: RFC 9110
 * 8.8.3.2. */
static bool
tags_match(struct http_span list, const struct http_file *f, bool weak)
{
	const char *p = list.at, *end = p + list.len;

	if (list.len == 1 && *p == '*')
		return true;
	while (p < end) {
		bool is_weak = end - p > 2 && p[0] == 'W' && p[1] == '/';

		p += is_weak ? 2 : 0;
		if (end - p >= HTTP_ETAG_CHARS && !memcmp(p, f->etag, HTTP_ETAG_CHARS) &&
		    (weak || !is_weak))
			return true;
		p = memchr(p, ',', (size_t)(end - p));
		if (!p)
			return false;
		for (p++; p < end && is_blank(*p); p++)
			;
	}
	return false;
}

/* Whether f was modified after the date; a date that is none says nothing: otherwise. */
static bool
modified_since(struct http_span date, const struct http_file *f, bool otherwise)
{
	time_t t;

	return http_date_parse(date.at, date.len, &t) ? f->modified > t : otherwise;
}

/* In the order of RFC 9110 13.2.2. */
static enum http_status
evaluate(const struct http_request *q, const struct http_file *f)
{
	const struct http_span *c = q->condition;

	if (c[HTTP_IF_MATCH].at) {
		if (!tags_match(c[HTTP_IF_MATCH], f, false))
			return HTTP_PRECONDITION_FAILED;
	} else if (c[HTTP_IF_UNMODIFIED_SINCE].at &&
		   modified_since(c[HTTP_IF_UNMODIFIED_SINCE], f, false)) {
		return HTTP_PRECONDITION_FAILED;
	}
	if (c[HTTP_IF_NONE_MATCH].at) {
		if (tags_match(c[HTTP_IF_NONE_MATCH], f, true))
			return HTTP_NOT_MODIFIED;
	} else if (c[HTTP_IF_MODIFIED_SINCE].at &&
		   !modified_since(c[HTTP_IF_MODIFIED_SINCE], f, true)) {
		return HTTP_NOT_MODIFIED;
	}
	return HTTP_OK;
}

/* ---- ranges: RFC 9110 14 --------------------------------------------------------------------- */

/* A number at *p, and *p behind it; false: there is none, or it has more than 18 digits. */
static bool
take_number(const char **p, const char *end, uint64_t *n)
{
	const char *begin = *p;

	for (*n = 0; *p < end && **p >= '0' && **p <= '9'; ++*p) {
		if (*p - begin >= 18)
			return false;
		*n = *n * 10 + (uint64_t)(**p - '0');
	}
	return *p > begin;
}

/* "bytes=FIRST-LAST", "bytes=FIRST-", "bytes=-SUFFIX". HTTP_OK: the whole, since what is asked for
 * is several ranges or none. */
static enum http_status
range(struct http_span value, uint64_t size, uint64_t *first, uint64_t *length)
{
	const char *p = value.at, *end = p + value.len;
	uint64_t from = 0, to = UINT64_MAX;
	bool has_from, has_to;

	if (value.len < 7 || strncasecmp(p, "bytes=", 6) != 0)
		return HTTP_OK;
	p += 6;
	has_from = take_number(&p, end, &from);
	if (p == end || *p++ != '-')
		return HTTP_OK;
	has_to = take_number(&p, end, &to);
	if (p != end || !(has_from || has_to) || (has_from && has_to && to < from))
		return HTTP_OK;
	if (!has_to)
		to = UINT64_MAX;
	if (!has_from) { /* the last so many */
		from = to < size ? size - to : 0;
		if (to == 0)
			return HTTP_RANGE_NOT_SATISFIABLE;
		to = UINT64_MAX;
	}
	if (from >= size)
		return HTTP_RANGE_NOT_SATISFIABLE;
	*first = from;
	*length = (to < size ? to + 1 : size) - from;
	return HTTP_PARTIAL;
}

/* If-Range: the range is meant for this very content (RFC 9110 13.1.5). */
static bool
range_is_meant(const struct http_request *q, const struct http_file *f)
{
	struct http_span value = q->condition[HTTP_IF_RANGE];
	time_t t;

	if (!value.at)
		return true;
	if (value.len && *value.at == '"')
		return value.len == HTTP_ETAG_CHARS && tags_match(value, f, false);
	return http_date_parse(value.at, value.len, &t) && t == f->modified;
}

/* ---- answers -------------------------------------------------------------------------------- */

void
http_answer_fault(enum http_status status, struct http_answer *a)
{
	*a = (struct http_answer){.status = status, .fate = HTTP_CLOSE};
}

static void
answer_pattern(uint64_t size, struct http_answer *a)
{
	a->fields = pattern_type;
	a->fields_len = sizeof(pattern_type) - 1;
	a->length = size;
	a->body = (struct http_body){.bytes = chargen_table, .left = size, .repeats = true};
}

static void
answer_file(const struct http_request *q, const struct http_file *f, struct http_answer *a)
{
	struct http_span wanted = q->condition[HTTP_RANGE];

	a->fields = f->fields;
	a->fields_len = (uint32_t)strlen(f->fields);
	a->size = a->length = f->size;
	a->status = f->moved ? HTTP_MOVED : evaluate(q, f);
	if (a->status == HTTP_OK && !q->head && wanted.at && range_is_meant(q, f))
		a->status = range(wanted, f->size, &a->first, &a->length);
	switch (a->status) {
	case HTTP_OK:
	case HTTP_PARTIAL:
		a->body = (struct http_body){.bytes = f->bytes + a->first, .left = a->length};
		break;
	case HTTP_NOT_MODIFIED:
		a->fields_len = f->etag_len;
		break;
	case HTTP_MOVED:
		break;
	default:
		a->fields_len = 0;
	}
}

static void
answer_path(const struct http_files *files, const struct http_request *q, struct http_answer *a)
{
	char path[HTTP_REQUEST_MAX]; /* "/" and no more: for an absolute-form without a path */
	const struct http_file *f = NULL;
	size_t len = 1, max = http_files_longest(files);

	if (max > sizeof(path))
		max = sizeof(path);
	path[0] = '/';
	if (q->path.len)
		a->status = http_path_decode(q->path, path, max, &len);
	if (a->status != HTTP_OK)
		return;
	f = http_files_find(files, path, len);
	if (f)
		answer_file(q, f, a);
	else
		a->status = HTTP_NOT_FOUND;
}

void
http_answer(const struct http_resource *resource, const struct http_request *q,
	    struct http_answer *a)
{
	*a = (struct http_answer){.status = q->status,
				  .fate = resource->closes ? HTTP_CLOSE : q->fate};
	if (q->status != HTTP_OK)
		return;
	if (resource->files)
		answer_path(resource->files, q, a);
	else
		answer_pattern(resource->size, a);
	if (q->head)
		a->body.left = 0;
}

/* ---- header --------------------------------------------------------------------------------- */

static char *
put(char *p, const char *text, size_t len)
{
	if (len)
		memcpy(p, text, len);
	return p + len;
}

#define PUT(p, text) put(p, text, strlen(text))

static char *
put_number(char *p, uint64_t n)
{
	char digits[20];
	unsigned at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	return put(p, digits + at, sizeof(digits) - at);
}

/* RFC 9110 14.4. */
static char *
put_content_range(char *p, const struct http_answer *a)
{
	p = PUT(p, "Content-Range: bytes ");
	if (a->status == HTTP_PARTIAL) {
		p = put_number(p, a->first);
		p = PUT(p, "-");
		p = put_number(p, a->first + a->length - 1);
	} else {
		p = PUT(p, "*");
	}
	p = PUT(p, "/");
	p = put_number(p, a->size);
	return PUT(p, "\r\n");
}

/* 304 has none, since it would be that of the file: RFC 9110 8.6. */
static char *
put_length(char *p, const struct http_answer *a)
{
	bool has_body = a->status == HTTP_OK || a->status == HTTP_PARTIAL;

	if (a->status == HTTP_NOT_MODIFIED)
		return p;
	p = PUT(p, "Content-Length: ");
	p = put_number(p, has_body ? a->length : 0);
	return PUT(p, "\r\n");
}

uint32_t
http_answer_header(const struct http_answer *a, const char *date, char out[HTTP_HEADER_MAX])
{
	char *p = PUT(out, "HTTP/1.1 ");

	p = PUT(p, statuses[a->status].text);
	p = PUT(p, "\r\nDate: ");
	p = put(p, date, HTTP_DATE_CHARS);
	p = PUT(p, "\r\n");
	p = PUT(p, statuses[a->status].fields);
	p = put(p, a->fields, a->fields_len);
	if (a->status == HTTP_PARTIAL || a->status == HTTP_RANGE_NOT_SATISFIABLE)
		p = put_content_range(p, a);
	p = put_length(p, a);
	p = PUT(p, fate_line[a->fate]);
	p = PUT(p, "\r\n");
	return (uint32_t)(p - out);
}
