/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The client's side of http tests, over fake_tct.h: opening a connection, and reading responses as
 * a client would, which is what finds a connection that has lost step.
 */
#ifndef TCT_TESTS_HTTP_CLIENT_H
#define TCT_TESTS_HTTP_CLIENT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config.h"
#include "fake_tct.h"
#include "services.h"
#include "services/block.h"
#include "services/internal.h"

#define GET	  "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define GET_CLOSE "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
#define BODY	  10

static inline struct service_settings *
settings_of(const struct listen_config *listen)
{
	char error[SERVICE_ERROR_CHARS];
	struct service_settings *s = service_settings_make(listen, error);

	if (!s)
		fail_msg("%s", error);
	return s;
}

static inline struct service_settings *
settings(uint32_t response_size)
{
	struct listen_config listen;

	listen_config_init(&listen);
	listen.response_size = response_size;
	return settings_of(&listen);
}

static inline void
open_http(uint32_t response_size)
{
	fake_open(service_find("http"), settings(response_size));
}

/* One response as a client reads it. */
struct response {
	unsigned status;
	unsigned long length; /* Content-Length; 0: none */
	bool close, keep_alive;
	bool has_date;
	const char *body;
	char header[1024];
};

/* Reads the response at p; returns what follows its header. */
static inline const char *
read_response(const char *p, struct response *r)
{
	const char *end = strstr(p, "\r\n\r\n");
	const char *field;

	assert_non_null(end);
	assert_true((size_t)(end - p) < sizeof(r->header) - 2);
	snprintf(r->header, sizeof(r->header), "%.*s\r\n", (int)(end - p), p);
	assert_int_equal(sscanf(r->header, "HTTP/1.1 %u ", &r->status), 1);
	field = strstr(r->header, "\r\nContent-Length: ");
	assert_int_equal(field == NULL, r->status == 304);
	r->length = field ? strtoul(field + 18, NULL, 10) : 0;
	r->close = strstr(r->header, "\r\nConnection: close\r\n") != NULL;
	r->keep_alive = strstr(r->header, "\r\nConnection: keep-alive\r\n") != NULL;
	r->has_date = strstr(r->header, "\r\nDate: ") != NULL;
	r->body = end + 4;
	return r->body;
}

/* Reads all responses that were sent, none of them to HEAD; returns how many, the last one in r. */
static inline unsigned
responses(struct response *r)
{
	const char *p = fake.sent;
	unsigned n = 0;

	while (p < fake.sent + fake.sent_len) {
		p = read_response(p, r) + r->length;
		n++;
	}
	assert_ptr_equal(p, fake.sent + fake.sent_len);
	return n;
}

/* Dates made equal, so that texts of different seconds can be compared. */
static inline char *
without_dates(char *text)
{
	for (char *p = text; (p = strstr(p, "\r\nDate: "));)
		for (p += 8; *p != '\r'; p++)
			*p = '-';
	return text;
}

/* Teardown: whatever a test did, all blocks are there again. */
static inline void
nobody_is_evicted(struct tct_conn *conn)
{
	(void)conn;
	fail_msg("a block is missing");
}

static inline int
blocks_are_all_back(void **state)
{
	static void *taken[BLOCKS_PER_WORKER];

	(void)state;
	for (unsigned i = 0; i < BLOCKS_PER_WORKER; i++)
		assert_non_null(taken[i] = block_take(NULL, nobody_is_evicted));
	for (unsigned i = 0; i < BLOCKS_PER_WORKER; i++)
		block_give(taken[i]);
	services_fini();
	memset(fake_counts, 0, sizeof(fake_counts));
	return 0;
}

#endif
