/* SPDX-License-Identifier: BSD-3-Clause */
#include "find.h"

#define LEAST_RATE 10
#define MOST_RATE  1000000000
#define NEAR_PART  50 /* good and bad are near when apart by a fiftieth */
#define BACK_PART  20

void
find_begin(struct find *f, uint64_t rate)
{
	*f = (struct find){.next = rate};
}

uint64_t
find_answer(const struct find *f)
{
	return f->repeats == FIND_REPEATS ? f->good : 0;
}

static bool
are_near(const struct find *f)
{
	return f->good && f->bad && f->bad - f->good <= f->good / NEAR_PART + 1;
}

static uint64_t
next_rate(const struct find *f)
{
	if (f->good == 0)
		return f->bad / 4 > LEAST_RATE ? f->bad / 4 : f->bad > LEAST_RATE ? LEAST_RATE : 0;
	if (f->bad == 0)
		return f->good <= MOST_RATE / 2 ? 2 * f->good : 0;
	return are_near(f) ? f->good : f->good + (f->bad - f->good) / 2;
}

/* One trial more at the rate that was found. */
static void
repeated(struct find *f, bool good, double achieved)
{
	if (!good) {
		f->bad = f->good;
		f->good -= f->good / BACK_PART + 1;
		f->repeats = 0;
		return;
	}
	f->least = f->repeats == 0 || achieved < f->least ? achieved : f->least;
	f->most = f->repeats == 0 || achieved > f->most ? achieved : f->most;
	f->repeats++;
}

void
find_told(struct find *f, bool good, double achieved)
{
	bool repeat = f->next == f->good;

	if (repeat)
		repeated(f, good, achieved);
	else if (good)
		f->good = f->next;
	else
		f->bad = f->next;
	if (++f->trials == FIND_MAX_TRIALS || f->repeats == FIND_REPEATS)
		f->next = 0;
	else
		f->next = repeat ? f->good : next_rate(f);
	if (f->good && f->good < LEAST_RATE)
		f->next = 0;
}
