/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Numbers as people write them. Counts and rates take k, M, G for thousands; sizes take the same
 * letters for powers of 1024, as in other network tools; durations always name their unit.
 * Fractions are allowed where they come out whole: 1.2M, 0.5s.
 */
#ifndef TCT_APP_UNITS_H
#define TCT_APP_UNITS_H

#include <stdint.h>

enum unit {
	UNIT_FLAG,  /* on, off, true, false, yes, no: 1 or 0 */
	UNIT_COUNT, /* 65536, 64k, 1.2M */
	UNIT_BYTES, /* 1460, 64k (65536), 1M */
	UNIT_MS,    /* 200ms, 10s, 2m, 1h: milliseconds */
	UNIT_RATE,  /* per second: 500k, 1.2M */
};

/* 0; -EINVAL: not of the form; -ERANGE: of the form, but negative or beyond 2^63. */
int units_parse(enum unit unit, const char *text, uint64_t *value);

/* "a duration such as 200ms, 10s, 2m" */
const char *units_wanted(enum unit unit);

/* The value as units_parse() takes it, in the largest unit that divides it; returns text. */
#define UNITS_TEXT 24
const char *units_format(enum unit unit, uint64_t value, char text[UNITS_TEXT]);

/* A number in four characters or so, to be read at a glance: 999, 12.3k, 1.04M; returns text. */
const char *units_short(double n, char text[UNITS_TEXT]);

#endif
