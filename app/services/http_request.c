/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Strict where leniency has been used to smuggle requests past proxies (white space before the
 * colon, folded lines, bare CR, two lengths), lenient in one place: LF alone ends a line (RFC 9112
 * 2.2).
 *
 * A request that has a body is answered and the connection closed: nothing here reads bodies, and
 * RFC 9110 9.3.1 gives that of a GET no meaning.
 */
#include "http_request.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

/* What the header has said so far. */
struct header {
	unsigned hosts;
	bool close, keep_alive;
	bool has_length, has_body;
	bool has_coding, coding_unknown;
	struct http_span condition[HTTP_CONDITION_MAX];
	unsigned conditions; /* bit by bit: those that were there */
};

static const char *const condition_names[HTTP_CONDITION_MAX] = {
	[HTTP_IF_MATCH] = "if-match",
	[HTTP_IF_NONE_MATCH] = "if-none-match",
	[HTTP_IF_MODIFIED_SINCE] = "if-modified-since",
	[HTTP_IF_UNMODIFIED_SINCE] = "if-unmodified-since",
	[HTTP_IF_RANGE] = "if-range",
	[HTTP_RANGE] = "range",
};

size_t
http_request_length(const char *bytes, size_t len, size_t seen)
{
	const char *end = bytes + len;
	const char *p = bytes + (seen > 2 ? seen - 2 : 0); /* LF CR came before */

	while ((p = memchr(p, '\n', (size_t)(end - p)))) {
		p++;
		if (p < end && *p == '\n')
			return (size_t)(p + 1 - bytes);
		if (p + 1 < end && p[0] == '\r' && p[1] == '\n')
			return (size_t)(p + 2 - bytes);
	}
	return 0;
}

/* ---- characters ----------------------------------------------------------------------------- */

/* clang-format off */
enum {
	V = 1, /* in the value of a field: field-vchar, obs-text, or blank between them (RFC 9110 5.5) */
	T = 2, /* in a target */
	H = 4, /* in a host (7.2) */
	N = 8, /* in a name: tchar (5.6.2) */
	ALL = V | T | H | N
};

static const uint8_t classes[UINT8_MAX + 1] = {
	['\t'] = V, [' '] = V,
	['!'] = ALL, ['"'] = V | T, ['#'] = V | T | N, ['$'] = ALL, ['%'] = ALL, ['&'] = ALL,
	['\''] = ALL, ['('] = V | T | H, [')'] = V | T | H, ['*'] = ALL, ['+'] = ALL, [','] = V | T,
	['-'] = ALL, ['.'] = ALL, ['/'] = V | T, ['0' ... '9'] = ALL, [':'] = V | T | H,
	[';'] = V | T | H, ['<'] = V | T, ['='] = V | T | H, ['>'] = V | T, ['?'] = V | T,
	['@'] = V | T, ['A' ... 'Z'] = ALL, ['['] = V | T | H, ['\\'] = V | T, [']'] = V | T | H,
	['^'] = V | T | N, ['_'] = ALL, ['`'] = V | T | N, ['a' ... 'z'] = ALL, ['{'] = V | T,
	['|'] = V | T | N, ['}'] = V | T, ['~'] = ALL,
	[0x80 ... 0xff] = V,
};
/* clang-format on */

static bool
is(char c, unsigned class)
{
	return classes[(uint8_t)c] & class;
}

bool
http_request_may_begin(char c)
{
	return is(c, N);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
all(struct http_span s, unsigned class)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is(s.at[i], class))
			return false;
	return true;
}

static bool
equals(struct http_span s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.at, text, s.len) == 0;
}

static bool
equals_any_case(struct http_span s, const char *text)
{
	return s.len == strlen(text) && strncasecmp(s.at, text, s.len) == 0;
}

/* ---- lines and words ------------------------------------------------------------------------ */

/* Cuts the first line off rest, without its end. */
static struct http_span
take_line(struct http_span *rest)
{
	const char *lf = memchr(rest->at, '\n', rest->len);
	struct http_span line = {rest->at, lf ? (size_t)(lf - rest->at) : rest->len};
	size_t used = line.len + (lf != NULL);

	rest->at += used;
	rest->len -= used;
	if (line.len && line.at[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* Cuts off what stands before the first c, and c; all of it when there is none. */
static struct http_span
take_until(struct http_span *rest, char c, bool *found)
{
	const char *p = memchr(rest->at, c, rest->len);
	struct http_span word = {rest->at, p ? (size_t)(p - rest->at) : rest->len};

	*found = p != NULL;
	rest->at += word.len + (p != NULL);
	rest->len -= word.len + (p != NULL);
	return word;
}

static struct http_span
trim(struct http_span s)
{
	while (s.len && is_blank(s.at[0])) {
		s.at++;
		s.len--;
	}
	while (s.len && is_blank(s.at[s.len - 1]))
		s.len--;
	return s;
}

/* ---- request line: RFC 9112 3 ---------------------------------------------------------------- */

static enum http_status
method_status(struct http_span method, bool *head)
{
	static const char *const known[] = {"POST",    "PUT",	"DELETE", "OPTIONS",
					    "CONNECT", "TRACE", "PATCH"};

	*head = equals(method, "HEAD");
	if (*head || equals(method, "GET"))
		return HTTP_OK;
	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (equals(method, known[i]))
			return HTTP_METHOD_NOT_ALLOWED;
	return HTTP_NOT_IMPLEMENTED;
}

/* "HTTP/1.x" and its x; another major version is not ours to speak. */
static enum http_status
version_status(struct http_span v, char *minor)
{
	if (v.len != 8 || memcmp(v.at, "HTTP/", 5) || v.at[6] != '.' || v.at[5] < '0' ||
	    v.at[5] > '9' || v.at[7] < '0' || v.at[7] > '9')
		return HTTP_BAD_REQUEST;
	*minor = v.at[7];
	return v.at[5] == '1' ? HTTP_OK : HTTP_VERSION_NOT_SUPPORTED;
}

/* origin-form, or absolute-form, whose scheme and authority say nothing new: RFC 9112 3.2.2. */
static bool
target_path(struct http_span target, struct http_span *path)
{
	const char *end = target.at + target.len, *p = target.at, *query;

	if (*p != '/') {
		p = memmem(target.at, target.len, "://", 3);
		if (!p || p == target.at)
			return false;
		for (p += 3; p < end && *p != '/' && *p != '?'; p++)
			;
	}
	query = memchr(p, '?', (size_t)(end - p));
	*path = (struct http_span){p, (size_t)((query ? query : end) - p)};
	return true;
}

static enum http_status
request_line(struct http_span line, struct http_request *r, char *minor)
{
	bool first, second;
	struct http_span method = take_until(&line, ' ', &first);
	struct http_span target = take_until(&line, ' ', &second);
	enum http_status status, version;

	if (!first || !second || !method.len || !all(method, N) || !target.len || !all(target, T))
		return HTTP_BAD_REQUEST;
	version = version_status(line, minor);
	if (version != HTTP_OK)
		return version;
	status = method_status(method, &r->head);
	if (status == HTTP_OK && !target_path(target, &r->path))
		return HTTP_BAD_REQUEST;
	return status;
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What %XX at p stands for; -1: it is none, or stands for what no path has. */
static int
encoded(const char *p, const char *end)
{
	int high = end - p > 2 ? hex(p[1]) : -1;
	int low = end - p > 2 ? hex(p[2]) : -1;

	return high < 0 || low < 0 || high + low == 0 ? -1 : high * 16 + low;
}

enum http_status
http_path_decode(struct http_span path, char *out, size_t max, size_t *len)
{
	const char *end = path.at + path.len;
	bool slash = false;

	*len = 0;
	for (const char *p = path.at; p < end; p++) {
		int c = *p;

		if (c == '%') {
			c = encoded(p, end);
			if (c < 0)
				return HTTP_BAD_REQUEST;
			slash |= c == '/';
			p += 2;
		}
		if (*len < max)
			out[*len] = (char)c;
		++*len;
	}
	return slash || *len > max ? HTTP_NOT_FOUND : HTTP_OK;
}

/* ---- header --------------------------------------------------------------------------------- */

static void
connection_field(struct header *h, struct http_span value)
{
	bool more = true;

	while (more) {
		struct http_span option = trim(take_until(&value, ',', &more));

		h->close |= equals_any_case(option, "close");
		h->keep_alive |= equals_any_case(option, "keep-alive");
	}
}

/* One number, once: RFC 9112 6.3 allows to refuse anything else. */
static bool
length_field(struct header *h, struct http_span value)
{
	if (h->has_length || !value.len)
		return false;
	h->has_length = true;
	for (size_t i = 0; i < value.len; i++) {
		if (value.at[i] < '0' || value.at[i] > '9')
			return false;
		h->has_body |= value.at[i] != '0';
	}
	return true;
}

static void
coding_field(struct header *h, struct http_span value)
{
	h->coding_unknown |= h->has_coding || !equals_any_case(value, "chunked");
	h->has_coding = h->has_body = true;
}

/* uri-host [":" port], without looking into it: RFC 9110 7.2. */
static bool
host_field(struct header *h, struct http_span value)
{
	h->hosts++;
	return all(value, H);
}

/* Whether name is a condition; then its value is kept, if it is the only one. */
static bool
condition_field(struct header *h, struct http_span name, struct http_span value)
{
	for (unsigned i = 0; i < HTTP_CONDITION_MAX; i++) {
		if (!equals_any_case(name, condition_names[i]))
			continue;
		h->condition[i] = h->conditions & 1u << i ? (struct http_span){0} : value;
		h->conditions |= 1u << i;
		return true;
	}
	return false;
}

/* One field line: RFC 9112 5. False: malformed. */
static bool
field(struct header *h, struct http_span line)
{
	bool colon;
	struct http_span name = take_until(&line, ':', &colon);
	struct http_span value = trim(line);

	if (!colon || !name.len || !all(name, N) || !all(value, V))
		return false;
	if (equals_any_case(name, "host"))
		return host_field(h, value);
	if (equals_any_case(name, "content-length"))
		return length_field(h, value);
	if (condition_field(h, name, value))
		return true;
	if (equals_any_case(name, "connection"))
		connection_field(h, value);
	else if (equals_any_case(name, "transfer-encoding"))
		coding_field(h, value);
	return true;
}

static bool
header(struct header *h, struct http_span rest)
{
	struct http_span line;

	while ((line = take_line(&rest)).len)
		if (!field(h, line))
			return false;
	return true;
}

/* Faults of the header as a whole: RFC 9112 3.2 (Host), 6.1 (framing). */
static enum http_status
header_status(const struct header *h, char minor)
{
	if (h->hosts > 1 || (h->hosts == 0 && minor != '0'))
		return HTTP_BAD_REQUEST;
	if (h->has_coding && (h->has_length || minor == '0'))
		return HTTP_BAD_REQUEST;
	return h->coding_unknown ? HTTP_NOT_IMPLEMENTED : HTTP_OK;
}

/* RFC 9112 9.3. */
static enum http_fate
fate(const struct header *h, char minor)
{
	if (h->close || h->has_body)
		return HTTP_CLOSE;
	if (minor != '0')
		return HTTP_KEEP;
	return h->keep_alive ? HTTP_KEEP_SAYING : HTTP_CLOSE;
}

void
http_request_parse(const char *bytes, size_t len, struct http_request *r)
{
	struct http_span rest = {bytes, len};
	struct header h = {0};
	enum http_status whole;
	char minor = '0';

	*r = (struct http_request){.fate = HTTP_CLOSE};
	r->status = request_line(take_line(&rest), r, &minor);
	if (r->status == HTTP_BAD_REQUEST || r->status == HTTP_VERSION_NOT_SUPPORTED)
		return;
	if (!header(&h, rest)) {
		r->status = HTTP_BAD_REQUEST;
		return;
	}
	whole = header_status(&h, minor);
	if (whole != HTTP_OK) {
		r->status = whole;
		return;
	}
	r->fate = fate(&h, minor);
	memcpy(r->condition, h.condition, sizeof(r->condition));
}
