/* SPDX-License-Identifier: BSD-3-Clause */
#include "start_at.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "units.h"

#define WEEK_MS (7 * 24 * 3600 * INT64_C(1000))

/* ".25" and what follows: milliseconds; text is moved behind it. */
static int64_t
take_fraction(const char **text)
{
	int64_t ms = 0, unit = 100;

	if (**text != '.' || !isdigit((unsigned char)(*text)[1]))
		return 0;
	for ((*text)++; isdigit((unsigned char)**text); (*text)++, unit /= 10)
		ms += unit * (**text - '0');
	return ms;
}

static int
parse_seconds(const char *text, int64_t *at_ms)
{
	int64_t seconds = 0;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	for (; isdigit((unsigned char)*text); text++) {
		if (seconds > INT64_MAX / 100000) {
			*at_ms = INT64_MAX;
			return -ERANGE;
		}
		seconds = 10 * seconds + (*text - '0');
	}
	*at_ms = seconds * 1000 + take_fraction(&text);
	return *text ? -EINVAL : 0;
}

/* Dates that there are not, the 31st of April, come out as others: they are compared. */
static int
parse_date(const char *text, int64_t *at_ms)
{
	struct tm t = {0}, same;
	time_t seconds;
	int end = 0;

	if (sscanf(text, "%4d-%2d-%2d%*1[Tt ]%2d:%2d:%2d%n", &t.tm_year, &t.tm_mon, &t.tm_mday,
		   &t.tm_hour, &t.tm_min, &t.tm_sec, &end) != 6 ||
	    end != 19 || strcspn(text, "+ ") < 10)
		return -EINVAL;
	text += end;
	t.tm_year -= 1900;
	t.tm_mon--;
	same = t;
	seconds = timegm(&same);
	if (same.tm_mday != t.tm_mday || same.tm_mon != t.tm_mon || same.tm_hour != t.tm_hour ||
	    same.tm_min != t.tm_min || same.tm_sec != t.tm_sec)
		return -EINVAL;
	*at_ms = seconds * INT64_C(1000) + take_fraction(&text);
	return strcmp(text, "Z") == 0 || strcmp(text, "z") == 0 ? 0 : -EINVAL;
}

static int
parse_distance(const char *text, int64_t now_ms, int64_t *at_ms)
{
	uint64_t ms;
	int ret = isdigit((unsigned char)*text) ? units_parse(UNIT_MS, text, &ms) : -EINVAL;

	if (ret == -EINVAL)
		return ret;
	if (ret == -ERANGE || ms > (uint64_t)WEEK_MS) {
		*at_ms = INT64_MAX;
		return -ERANGE;
	}
	*at_ms = now_ms + (int64_t)ms;
	return 0;
}

int
start_at_parse(const char *text, int64_t now_ms, int64_t *at_ms)
{
	int ret;

	if (*text == '+')
		return parse_distance(text + 1, now_ms, at_ms);
	ret = strchr(text, ':') ? parse_date(text, at_ms) : parse_seconds(text, at_ms);
	if (ret == 0 && (*at_ms <= now_ms || *at_ms > now_ms + WEEK_MS))
		ret = -ERANGE;
	return ret;
}

const char *
start_at_text(int64_t at_ms, char text[START_AT_CHARS])
{
	time_t seconds = (time_t)(at_ms / 1000);
	struct tm t;
	size_t n;

	gmtime_r(&seconds, &t);
	n = strftime(text, START_AT_CHARS, "%Y-%m-%dT%H:%M:%S", &t);
	snprintf(text + n, START_AT_CHARS - n, ".%03dZ", (int)(at_ms % 1000));
	return text;
}
