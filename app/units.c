/* SPDX-License-Identifier: BSD-3-Clause */
#include "units.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct suffix {
	const char *text;
	uint64_t factor;
};

/* Smallest first; the list ends with NULL. */
static const struct suffix count_suffixes[] = {
	{"", 1}, {"k", 1000}, {"M", 1000000}, {"G", 1000000000}, {NULL, 0}};
static const struct suffix byte_suffixes[] = {
	{"", 1}, {"k", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {NULL, 0}};
static const struct suffix ms_suffixes[] = {
	{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {NULL, 0}};

static const struct suffix *
suffixes_of(enum unit unit)
{
	return unit == UNIT_MS ? ms_suffixes : unit == UNIT_BYTES ? byte_suffixes : count_suffixes;
}

static int
parse_flag(const char *text, uint64_t *value)
{
	static const char *const words[][2] = {{"off", "on"}, {"false", "true"}, {"no", "yes"}};

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		for (unsigned v = 0; v < 2; v++)
			if (strcmp(text, words[i][v]) == 0) {
				*value = v;
				return 0;
			}
	return -EINVAL;
}

/* Reads "12.034" as 12034 and scale 1000; digits beyond 2^64 are -ERANGE. Moves *text behind it. */
static int
parse_decimal(const char **text, uint64_t *digits, uint64_t *scale)
{
	const char *p = *text;
	bool fraction = false, large = false;

	if (!isdigit((unsigned char)*p))
		return -EINVAL;
	*digits = 0;
	*scale = 1;
	for (; isdigit((unsigned char)*p) || (*p == '.' && !fraction); p++) {
		if (*p == '.') {
			fraction = true;
			if (!isdigit((unsigned char)p[1]))
				return -EINVAL;
			continue;
		}
		large |= __builtin_mul_overflow(*digits, 10, digits) ||
			 __builtin_add_overflow(*digits, (unsigned)(*p - '0'), digits);
		if (fraction)
			large |= __builtin_mul_overflow(*scale, 10, scale);
	}
	*text = p;
	return large ? -ERANGE : 0;
}

static const struct suffix *
suffix_find(const struct suffix *list, const char *text)
{
	for (; list->text != NULL; list++)
		if (strcmp(text, list->text) == 0)
			return list;
	return NULL;
}

static int
parse_number(enum unit unit, const char *text, uint64_t *value)
{
	bool negative = *text == '-' && isdigit((unsigned char)text[1]);
	const struct suffix *suffix;
	uint64_t digits, scale;
	int err;

	text += negative;
	err = parse_decimal(&text, &digits, &scale);
	if (err == -EINVAL)
		return err;
	suffix = suffix_find(suffixes_of(unit), text);
	if (suffix == NULL && unit == UNIT_MS && *text == '\0' && err == 0 && digits == 0)
		suffix = ms_suffixes; /* no time at all needs no unit */
	if (suffix == NULL)
		return -EINVAL;
	if (err || negative || __builtin_mul_overflow(digits, suffix->factor, value))
		return -ERANGE;
	if (*value % scale != 0)
		return -EINVAL;
	*value /= scale;
	return *value > INT64_MAX ? -ERANGE : 0;
}

int
units_parse(enum unit unit, const char *text, uint64_t *value)
{
	return unit == UNIT_FLAG ? parse_flag(text, value) : parse_number(unit, text, value);
}

const char *
units_wanted(enum unit unit)
{
	static const char *const wanted[] = {
		[UNIT_FLAG] = "on or off",
		[UNIT_COUNT] = "a whole number such as 5, 64k, 1.2M",
		[UNIT_BYTES] = "a size such as 1460, 64k, 1M",
		[UNIT_MS] = "a duration such as 200ms, 10s, 2m",
		[UNIT_RATE] = "a number per second such as 5000, 500k, 1.2M",
	};

	return wanted[unit];
}

const char *
units_format(enum unit unit, uint64_t value, char text[UNITS_TEXT])
{
	const struct suffix *best = suffixes_of(unit);

	if (unit == UNIT_FLAG || value == 0) {
		snprintf(text, UNITS_TEXT, "%s", unit != UNIT_FLAG ? "0" : value ? "on" : "off");
		return text;
	}
	for (const struct suffix *s = best; s->text != NULL; s++)
		if (value % s->factor == 0)
			best = s;
	snprintf(text, UNITS_TEXT, "%" PRIu64 "%s", value / best->factor, best->text);
	return text;
}

const char *
units_short(double n, char text[UNITS_TEXT])
{
	static const char units[] = {'k', 'M', 'G', 'T'};
	unsigned u = 0;

	if (n < 999.5) {
		snprintf(text, UNITS_TEXT, "%.0f", n);
		return text;
	}
	for (n /= 1000; n >= 999.5 && u + 1 < sizeof(units); u++)
		n /= 1000;
	snprintf(text, UNITS_TEXT, "%.*f%c", n < 9.995 ? 2 : n < 99.95 ? 1 : 0, n, units[u]);
	return text;
}
