/* SPDX-License-Identifier: BSD-3-Clause */
/* The dates of HTTP: RFC 9110 5.6.7. */
#ifndef TCT_APP_SERVICES_HTTP_DATE_H
#define TCT_APP_SERVICES_HTTP_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define HTTP_DATE_CHARS 29 /* "Sun, 06 Nov 1994 08:49:37 GMT" */

/* Writes it, and a NUL. */
void http_date_format(time_t t, char text[HTTP_DATE_CHARS + 1]);

/* Reads any of the three forms; false: it is none. */
bool http_date_parse(const char *text, size_t len, time_t *t);

/* The date of now, made once a second; now_us is any clock that runs on, and until_us the time on
 * it when the next date begins. Lasts until the next call on this thread. */
const char *http_date_now(uint64_t now_us, uint64_t *until_us);

#endif
