/* SPDX-License-Identifier: BSD-3-Clause */
/* The time at which several loads begin together. */
#ifndef TCT_APP_START_AT_H
#define TCT_APP_START_AT_H

#include <stdint.h>

#define START_AT_WANTED \
	"a time to come, within a week, such as 2030-01-31T12:00:00Z, +5s, or seconds of Unix time"

/*
 * UTC as RFC 3339 writes it, fractions of a second too; + and a duration from now; or seconds of
 * Unix time. Times are milliseconds of Unix time. 0; -EINVAL: none of these; -ERANGE: over, or more
 * than a week ahead, as at_ms tells.
 */
int start_at_parse(const char *text, int64_t now_ms, int64_t *at_ms);

/* RFC 3339, to the millisecond; returns text. */
#define START_AT_CHARS 32
const char *start_at_text(int64_t at_ms, char text[START_AT_CHARS]);

#endif
