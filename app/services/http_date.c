/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Nothing here depends on a time zone or takes a lock, as timegm() does: it is called while packets
 * wait.
 */
#include "http_date.h"

#include <stdio.h>
#include <string.h>

static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
				   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* ---- the calendar --------------------------------------------------------------------------- */

static bool
is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int
days_in_month(int year, int month)
{
	static const int length[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return length[month] + (month == 1 && is_leap(year));
}

/* From 1 January 1970 to that of year. */
static int64_t
days_before_year(int year)
{
	int last = year - 1;

	return 365ll * (year - 1970) + (last / 4 - last / 100 + last / 400) -
	       (1969 / 4 - 1969 / 100 + 1969 / 400);
}

static int64_t
seconds_of(const struct tm *tm)
{
	int64_t n = days_before_year(tm->tm_year) + tm->tm_mday - 1;

	for (int m = 0; m < tm->tm_mon; m++)
		n += days_in_month(tm->tm_year, m);
	return ((n * 24 + tm->tm_hour) * 60 + tm->tm_min) * 60 + tm->tm_sec;
}

/* Year as it is written, month from 0; t is not before 1970. */
static void
calendar_of(time_t t, struct tm *tm)
{
	int64_t day = t / 86400, second = t % 86400;
	int year = 1970 + (int)(day / 366), month = 0;

	while (days_before_year(year + 1) <= day)
		year++;
	*tm = (struct tm){.tm_year = year,
			  .tm_wday = (int)((day + 4) % 7), /* 1 January 1970 was a Thursday */
			  .tm_hour = (int)(second / 3600),
			  .tm_min = (int)(second / 60 % 60),
			  .tm_sec = (int)(second % 60)};
	day -= days_before_year(year);
	for (; day >= days_in_month(year, month); month++)
		day -= days_in_month(year, month);
	tm->tm_mon = month;
	tm->tm_mday = (int)day + 1;
}

/* ---- text ----------------------------------------------------------------------------------- */

void
http_date_format(time_t t, char text[HTTP_DATE_CHARS + 1])
{
	char long_enough[96];
	struct tm tm;

	calendar_of(t < 0 ? 0 : t, &tm);
	snprintf(long_enough, sizeof(long_enough), "%s, %02d %s %04d %02d:%02d:%02d GMT",
		 days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year, tm.tm_hour, tm.tm_min,
		 tm.tm_sec);
	memcpy(text, long_enough, HTTP_DATE_CHARS);
	text[HTTP_DATE_CHARS] = '\0';
}

static bool
month_of(const char name[4], struct tm *tm)
{
	for (tm->tm_mon = 0; tm->tm_mon < 12; tm->tm_mon++)
		if (strcmp(name, months[tm->tm_mon]) == 0)
			return true;
	return false;
}

static bool
is_sane(const struct tm *tm)
{
	return tm->tm_year >= 1 && tm->tm_mday >= 1 &&
	       tm->tm_mday <= days_in_month(tm->tm_year, tm->tm_mon) && tm->tm_hour >= 0 &&
	       tm->tm_hour <= 23 && tm->tm_min >= 0 && tm->tm_min <= 59 && tm->tm_sec >= 0 &&
	       tm->tm_sec <= 60;
}

bool
http_date_parse(const char *text, size_t len, time_t *t)
{
	char copy[40], month[4] = "";
	struct tm tm = {0};
	int end = 0;

	if (len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	/* IMF-fixdate; that of RFC 850; that of asctime(). */
	if (sscanf(copy, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n", &tm.tm_mday, month,
		   &tm.tm_year, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &end) == 6 &&
	    end) {
		;
	} else if (sscanf(copy, "%*9[A-Za-z], %2d-%3[A-Za-z]-%2d %2d:%2d:%2d GMT%n", &tm.tm_mday,
			  month, &tm.tm_year, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &end) == 6 &&
		   end) {
		tm.tm_year += tm.tm_year < 70 ? 2000 : 1900;
	} else if (sscanf(copy, "%*3[A-Za-z] %3[A-Za-z] %2d %2d:%2d:%2d %4d%n", month, &tm.tm_mday,
			  &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &tm.tm_year, &end) != 6) {
		return false;
	}
	if ((size_t)end != len || !month_of(month, &tm) || !is_sane(&tm))
		return false;
	*t = seconds_of(&tm);
	return true;
}

/* ---- now ------------------------------------------------------------------------------------ */

const char *
http_date_now(uint64_t now_us, uint64_t *until_us)
{
	static _Thread_local char text[HTTP_DATE_CHARS + 1];
	static _Thread_local uint64_t made_us, end_us;
	struct timespec t;

	if (now_us >= end_us || now_us < made_us) {
		clock_gettime(CLOCK_REALTIME, &t);
		http_date_format(t.tv_sec, text);
		made_us = now_us;
		end_us = now_us + 1000000 - (uint64_t)t.tv_nsec / 1000;
	}
	*until_us = end_us;
	return text;
}
