/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The requests that protocol http sends, and what is wanted of the answers: made once of load.path,
 * load.method, load.headers and so on, and from then on only sent.
 */
#ifndef TCT_APP_HTTP_TEMPLATE_H
#define TCT_APP_HTTP_TEMPLATE_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "http_reply.h"
#include "pattern.h"
#include "transaction.h"

struct http_template {
	struct pattern *requests; /* of each path two: that keeps the connection, that ends it */
	unsigned paths;
	unsigned turn; /* of the paths */
	struct port_range statuses;
	struct http_asked asked;
	struct http_known_reply known;
	struct search search;
};

/* False: no memory; http_template_fini() frees what there is. The template stays where it is. */
bool http_template_make(struct http_template *t, const struct load_config *load);
void http_template_fini(struct http_template *t);

/* The next request, of the next path; last: it asks for the connection's end. */
const struct pattern *http_template_next(struct http_template *t, bool last);

/* What is wrong with a reply that is done; FAULT_MAX: nothing. */
enum transaction_fault http_template_check(const struct http_template *t,
					   const struct http_reply *r);

/* "GET", ... */
const char *http_method_name(enum load_method method);

/* Bytes of the first request; 0: no memory. */
uint32_t http_request_size(const struct load_config *load);

/* The next of a text's parts, of which *len bytes are it; NULL: there is none. *rest is at first
 * the whole text. */
const char *http_next_path(const char **rest, uint32_t *len);
const char *http_next_header(const char **rest, uint32_t *len);

#endif
