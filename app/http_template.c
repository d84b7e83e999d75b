/* SPDX-License-Identifier: BSD-3-Clause */
#include "http_template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "addresses.h"

#define HTTP_PORT 80

/* ---- texts that are several ----------------------------------------------------------------- */

static const char *
next_part(const char **rest, const char *separator, uint32_t *len)
{
	const char *part = *rest, *end = strstr(part, separator);

	if (*part == '\0')
		return NULL;
	*len = (uint32_t)(end ? (size_t)(end - part) : strlen(part));
	*rest = end ? end + strlen(separator) : part + *len;
	return part;
}

/* A path has no space: RFC 9112 3.2.1. */
const char *
http_next_path(const char **rest, uint32_t *len)
{
	return next_part(rest, ", ", len);
}

const char *
http_next_header(const char **rest, uint32_t *len)
{
	return next_part(rest, "\n", len);
}

/* ---- a request ------------------------------------------------------------------------------ */

static void
write_host(FILE *out, const struct load_config *load)
{
	char host[TCT_ADDRESS_TEXT];
	bool ip4 = address_is_ip4(&load->target);

	if (*load->host) {
		fprintf(out, "Host: %s\r\n", load->host);
		return;
	}
	fprintf(out, "Host: %s%s%s", ip4 ? "" : "[", tct_address_format(&load->target, host),
		ip4 ? "" : "]");
	if (load->target_ports.first != HTTP_PORT)
		fprintf(out, ":%u", load->target_ports.first);
	fputs("\r\n", out);
}

static void
write_headers(FILE *out, const struct load_config *load)
{
	static const char agent[] = "User-Agent:";
	const char *rest = load->headers, *line;
	bool has_agent = false;
	uint32_t len;

	while ((line = http_next_header(&rest, &len)) != NULL)
		has_agent |= !strncasecmp(line, agent, strlen(agent));
	if (!has_agent)
		fprintf(out, "%s tercet\r\n", agent);
	for (rest = load->headers; (line = http_next_header(&rest, &len)) != NULL;)
		fprintf(out, "%.*s\r\n", (int)len, line);
}

static uint32_t
body_size(const struct load_config *load)
{
	return *load->body ? (uint32_t)strlen(load->body) : load->request_size;
}

static void
write_body(FILE *out, const struct load_config *load)
{
	const struct pattern *p = pattern_get();
	uint32_t left = *load->body ? 0 : load->request_size;

	fputs(load->body, out);
	while (left) {
		uint32_t n = left < p->len ? left : p->len;

		fwrite(p->bytes, 1, n, out);
		left -= n;
	}
}

const char *
http_method_name(enum load_method method)
{
	static const char *const names[] = {
		[METHOD_GET] = "GET",
		[METHOD_HEAD] = "HEAD",
		[METHOD_POST] = "POST",
	};

	return names[method];
}

static void
write_request(FILE *out, const struct load_config *load, const char *path, uint32_t len, bool last)
{
	fprintf(out, "%s %.*s HTTP/1.1\r\n", http_method_name(load->method), (int)len, path);
	write_host(out, load);
	write_headers(out, load);
	if (load->method == METHOD_POST)
		fprintf(out, "Content-Length: %u\r\n", body_size(load));
	if (last)
		fputs("Connection: close\r\n", out);
	fputs("\r\n", out);
	if (load->method == METHOD_POST)
		write_body(out, load);
}

static bool
make_request(struct pattern *request, const struct load_config *load, const char *path,
	     uint32_t path_len, bool last)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	bool failed;

	if (!out)
		return false;
	write_request(out, load, path, path_len, last);
	failed = ferror(out);
	failed |= fclose(out) != 0;
	*request = (struct pattern){(const uint8_t *)text, (uint32_t)len};
	return !failed && text;
}

uint32_t
http_request_size(const struct load_config *load)
{
	const char *rest = load->path, *path;
	struct pattern request = {0};
	uint32_t len = 0;

	path = http_next_path(&rest, &len);
	if (!make_request(&request, load, path, len, false))
		request.len = 0;
	free((void *)(uintptr_t)request.bytes);
	return request.len;
}

/* ---- the template --------------------------------------------------------------------------- */

static unsigned
count_paths(const char *rest)
{
	unsigned n = 0;
	uint32_t len;

	while (http_next_path(&rest, &len))
		n++;
	return n;
}

bool
http_template_make(struct http_template *t, const struct load_config *load)
{
	const char *rest = load->path, *path;
	struct pattern *request;
	uint32_t len;

	*t = (struct http_template){.statuses = load->expect_status};
	t->asked.head = load->method == METHOD_HEAD;
	search_make(&t->search, load->expect_body);
	t->asked.search = *load->expect_body ? &t->search : NULL;
	t->asked.known = &t->known;
	t->requests = calloc(2 * count_paths(load->path), sizeof(*t->requests));
	if (!t->requests)
		return false;
	request = t->requests;
	for (; (path = http_next_path(&rest, &len)) != NULL; t->paths++)
		for (unsigned last = 0; last < 2; last++)
			if (!make_request(request++, load, path, len, last))
				return false;
	return true;
}

void
http_template_fini(struct http_template *t)
{
	for (unsigned i = 0; t->requests && i < 2 * t->paths; i++)
		free((void *)(uintptr_t)t->requests[i].bytes);
	free(t->requests);
	*t = (struct http_template){0};
}

const struct pattern *
http_template_next(struct http_template *t, bool last)
{
	unsigned path = t->turn;

	t->turn = t->turn + 1 < t->paths ? t->turn + 1 : 0;
	return &t->requests[2 * path + last];
}

enum transaction_fault
http_template_check(const struct http_template *t, const struct http_reply *r)
{
	if (r->status < t->statuses.first || r->status > t->statuses.last)
		return FAULT_STATUS;
	return t->asked.search && !http_reply_has(r) ? FAULT_BODY : FAULT_MAX;
}
