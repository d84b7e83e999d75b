/* SPDX-License-Identifier: BSD-3-Clause */
#include "config_load.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <rte_common.h>

#include "addresses.h"
#include "http_template.h"
#include "sides.h"

#define PATH_CHARS 64

/* What is checked: load itself, or an element of its mix. */
struct kind {
	const struct app_config *config;
	const struct load_config *load;
	const char *where; /* "load", "load.mix.0" */
	struct document *document;
	char *error;
	char path[PATH_CHARS];
};

/* "load.mix.0.hold" */
static const char *
path_of(struct kind *k, const char *key)
{
	snprintf(k->path, sizeof(k->path), "%.24s.%.32s", k->where, key);
	return k->path;
}

#define COMPLAIN(k, key, ...) \
	document_complain((k)->document, path_of(k, key), (k)->error, __VA_ARGS__)

static int
check_source(struct kind *k, unsigned n)
{
	const struct tct_local *source = &k->load->sources[n];
	struct tct_address last = address_plus(&source->first, source->count - 1);
	char key[32], text[ADDRESSES_TEXT];

	snprintf(key, sizeof(key), "source-addresses.%u", n);
	if (sides_own(k->config, SIDE_CLIENT, &source->first) &&
	    sides_own(k->config, SIDE_CLIENT, &last))
		return 0;
	return COMPLAIN(k, key, "'%s' given; addresses of the %sports wanted",
			addresses_format(source, text),
			sides_are_given(k->config) ? "clients' " : "");
}

static int
check_sources(struct kind *k)
{
	for (unsigned i = 0; i < k->load->source_count; i++)
		if (check_source(k, i))
			return -EINVAL;
	return 0;
}

static int
check_stream(struct kind *k)
{
	bool stream = k->load->workload == WORKLOAD_STREAM;

	if (stream && k->load->server_closes)
		return COMPLAIN(k, "first-to-close",
				"'server' given; client wanted with workload stream, whose end is "
				"the run's");
	if (stream && k->load->hold_ms)
		return COMPLAIN(k, "hold", "given; none wanted with workload stream");
	if (!stream && k->load->verify)
		return COMPLAIN(k, "verify", "'on' given; workload stream wanted with it");
	return 0;
}

static bool
is_visible(const char *text, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	return true;
}

/* A path is sent as it stands: RFC 9112 3.2.1. */
static int
check_path(struct kind *k)
{
	const char *rest = k->load->path, *path;
	uint32_t len;

	while ((path = http_next_path(&rest, &len)) != NULL)
		if (path[0] != '/' || !is_visible(path, len))
			return COMPLAIN(k, "path",
					"'%.*s' given; an absolute path without spaces wanted, "
					"such as /index.html",
					len < 80 ? (int)len : 80, path);
	return 0;
}

/* Without a tab, which is allowed in a header, and LF, which ends it. */
#define CONTROLS                                                                     \
	"\1\2\3\4\5\6\7\10\13\14\15\16\17\20\21\22\23\24\25\26\27\30\31\32\33\34\35" \
	"\36\37\177"

/* NAME: VALUE, as RFC 9112 5 has it; and what says where a request ends is not the user's. */
static const char *
fault_of_header(const char *line, uint32_t len)
{
	static const char *const ours[] = {"Host", "Content-Length", "Transfer-Encoding",
					   "Connection"};
	const char *colon = memchr(line, ':', len);
	uint32_t name = colon ? (uint32_t)(colon - line) : 0;

	for (uint32_t i = 0; i < name; i++)
		if (!isalnum((unsigned char)line[i]) && !strchr("!#$%&'*+-.^_`|~", line[i]))
			return "a name has no such characters";
	for (uint32_t i = name; i < len; i++)
		if (strchr(CONTROLS, line[i]))
			return "a control character";
	for (unsigned i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (name == strlen(ours[i]) && !strncasecmp(line, ours[i], name))
			return "made by other keys";
	return name ? NULL : "no name and colon";
}

static int
check_headers(struct kind *k)
{
	const char *rest = k->load->headers, *line;
	uint32_t len;

	while ((line = http_next_header(&rest, &len)) != NULL) {
		const char *why = fault_of_header(line, len);
		uint32_t shown = RTE_MIN((uint32_t)strcspn(line, CONTROLS), RTE_MIN(len, 80u));

		if (why)
			return COMPLAIN(k, "headers",
					"'%.*s' given: %s; lines such as 'Accept: text/html' "
					"wanted",
					(int)shown, line, why);
	}
	return 0;
}

/* The first of the keys that only http has; NULL: none is given. */
static const char *
given_for_http(const struct load_config *load)
{
	if (load->method != METHOD_GET)
		return "method";
	if (*load->host)
		return "host";
	if (*load->headers)
		return "headers";
	if (*load->body)
		return "body";
	return *load->expect_body ? "expect-body" : NULL;
}

static int
check_http(struct kind *k)
{
	const struct load_config *load = k->load;

	if (load->protocol != PROTOCOL_HTTP && k->config->mix_count == 0 && given_for_http(load))
		return COMPLAIN(k, given_for_http(load), "given; protocol: http wanted with it");
	if (!is_visible(load->host, (uint32_t)strlen(load->host)))
		return COMPLAIN(k, "host", "'%.80s' given; a name without spaces wanted",
				load->host);
	if (*load->body && load->method != METHOD_POST)
		return COMPLAIN(k, "body", "given; method: POST wanted with it");
	if (*load->expect_body && load->method == METHOD_HEAD)
		return COMPLAIN(k, "expect-body",
				"given; no method: HEAD wanted with it, which is answered without "
				"a body");
	return check_path(k) ? -EINVAL : check_headers(k);
}

static int
check_requests(struct kind *k)
{
	const struct load_config *load = k->load;
	bool rr = load->workload == WORKLOAD_RR;

	if (rr && load->server_closes && load->requests == 0)
		return COMPLAIN(k, "requests",
				"0 given; a number wanted with first-to-close: server, which "
				"closes after so many");
	if (load->protocol == PROTOCOL_HTTP && !rr && load->workload != WORKLOAD_CRR)
		return COMPLAIN(k, "protocol", "'http' given; workload crr or rr wanted with it");
	return check_http(k);
}

/* Who may abort is who closes first. */
static int
check_end(struct kind *k)
{
	const struct load_config *load = k->load;

	if (load->abort_percent && (load->server_closes || load->workload == WORKLOAD_STREAM))
		return COMPLAIN(k, "abort-percent",
				"given; first-to-close: client wanted with it, and not workload "
				"stream");
	return 0;
}

/* Servers of our own, which answer what the clients do. */
static int
check_servers(struct kind *k)
{
	const struct app_config *config = k->config;

	if (k->load->server_ports.first == 0 ||
	    (sides_are_given(config) && config->listen_count == 0))
		return 0;
	return COMPLAIN(k, "server-ports",
			"given; ports with side: server, and nothing under listen, wanted with it");
}

static int
check_kind(struct kind *k)
{
	if (check_servers(k) || check_stream(k) || check_requests(k) || check_end(k))
		return -EINVAL;
	return check_sources(k);
}

static int
check_mix(struct kind *k)
{
	for (unsigned i = 0; i < k->config->mix_count; i++) {
		char where[24];

		snprintf(where, sizeof(where), "load.mix.%u", i);
		k->load = &k->config->mix[i];
		k->where = where;
		if (check_kind(k))
			return -EINVAL;
		if (k->config->load.rate && k->load->workload == WORKLOAD_STREAM)
			return COMPLAIN(k, "workload",
					"'stream' given; cc, crr or rr wanted with a rate, or "
					"connections become ever more");
		if (k->config->load.rate && k->load->workload == WORKLOAD_RR &&
		    k->load->requests == 0)
			return COMPLAIN(k, "requests",
					"0 given; a number wanted with a rate, or connections "
					"become ever more");
	}
	return 0;
}

int
config_load_check(const struct app_config *config, struct document *d,
		  char error[CONFIG_ERROR_CHARS])
{
	const struct load_config *load = &config->load;
	struct kind k = {
		.config = config,
		.load = load,
		.where = "load",
		.document = d,
		.error = error,
	};

	if (load->rate == 0 && load->concurrency == 0)
		return COMPLAIN(&k, "concurrency",
				"neither it nor load.rate limits anything; one of them wanted");
	if (load->find_max && load->step_count)
		return COMPLAIN(&k, "rate", "steps given; one rate wanted with find-max");
	if (load->find_max && load->duration_ms == 0)
		return COMPLAIN(&k, "duration", "0 given; a time wanted with find-max");
	return config->mix_count ? check_mix(&k) : check_kind(&k);
}
