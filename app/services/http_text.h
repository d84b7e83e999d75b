/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The first text of a response: its header, and behind it a body that is short.
 *
 * It is the same for every answer that says the same, as long as the date is: so it is made once a
 * second, and connections share it, however many have not acknowledged it yet. One that is long, or
 * for which there is no place since peers still owe acknowledgments of others, is made for one
 * connection and copied.
 */
#ifndef TCT_APP_SERVICES_HTTP_TEXT_H
#define TCT_APP_SERVICES_HTTP_TEXT_H

#include "http_answer.h"
#include "tercet.h"

#define HTTP_TEXT_SHORT 1024 /* header and body up to here are one text */
#define HTTP_TEXT_MAX	(HTTP_HEADER_MAX + HTTP_TEXT_SHORT)

struct http_text {
	struct tct_text text;
	struct http_body rest; /* of the body, which is not in the text */
	struct http_answer answer;
	uint64_t until_us; /* its date is that of now */
	char bytes[HTTP_TEXT_SHORT];
};

/* The text of a, shared; NULL: to be written. */
struct http_text *http_text(const struct http_answer *a, uint64_t now_us);

/* Writes it to out; returns its length, and what is not in it of the body. */
uint32_t http_text_write(const struct http_answer *a, uint64_t now_us, char out[HTTP_TEXT_MAX],
			 struct http_body *rest);

#endif
