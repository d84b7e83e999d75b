/* SPDX-License-Identifier: BSD-3-Clause */
#include "latency.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_common.h>

#define CELL_CHARS 32 /* "34815:18446744073709551615 " and its end */

const char *const latency_names[LATENCY_MAX] = {
#define X(id, name, help) [LATENCY_##id] = name,
	LATENCY_LIST(X)
#undef X
};

const char *const latency_helps[LATENCY_MAX] = {
#define X(id, name, help) [LATENCY_##id] = help,
	LATENCY_LIST(X)
#undef X
};

const char *const point_names[POINT_MAX] = {
#define X(id, name, percentile) [POINT_##id] = name,
	POINT_LIST(X)
#undef X
};

static const double percentiles[POINT_MAX] = {
#define X(id, name, percentile) [POINT_##id] = percentile,
	POINT_LIST(X)
#undef X
};

void
latency_points(struct latency_points *out, const struct histogram *h)
{
	bool any = h != NULL && h->count != 0;

	for (unsigned i = 0; i < POINT_MAX; i++)
		out->us[i] = any ? (double)histogram_percentile(h, percentiles[i]) / 1000
				 : LATENCY_NOT_MEASURED;
}

static unsigned
cells(const struct histogram *h)
{
	unsigned n = 0;

	for (unsigned i = 0; i < HISTOGRAM_SLOTS; i++)
		n += h->slots[i] != 0;
	return n;
}

char *
latency_text(const struct histogram *h)
{
	char *text = malloc(cells(h) * (size_t)CELL_CHARS + 1), *end = text;

	if (text == NULL)
		return NULL;
	*text = '\0';
	for (unsigned i = 0; i < HISTOGRAM_SLOTS; i++)
		if (h->slots[i])
			end += snprintf(end, CELL_CHARS, "%s%u:%" PRIu64, end == text ? "" : " ", i,
					h->slots[i]);
	return text;
}

static void
add_cell(struct histogram *h, unsigned slot, uint64_t n)
{
	h->slots[slot] += n;
	h->count += n;
	h->sum += n * histogram_slot_highest(slot);
	h->min = RTE_MIN(h->min, histogram_slot_lowest(slot));
	h->max = RTE_MAX(h->max, histogram_slot_highest(slot));
}

/* A number of digits only, which ends in `after`. */
static int
take_number(const char **text, char after, uint64_t limit, uint64_t *value)
{
	char *end;

	if (**text < '0' || **text > '9')
		return -EINVAL;
	errno = 0;
	*value = strtoull(*text, &end, 10);
	if (errno != 0 || *value > limit || (after && *end != after))
		return -EINVAL;
	*text = end + (after != '\0');
	return 0;
}

int
latency_add_text(struct histogram *h, const char *text)
{
	uint64_t slot, n, next = 0;

	while (*text) {
		if (take_number(&text, ':', HISTOGRAM_SLOTS - 1, &slot) ||
		    take_number(&text, '\0', INT64_MAX, &n) || slot < next || n == 0)
			return -EINVAL;
		add_cell(h, (unsigned)slot, n);
		next = slot + 1;
		if (*text == ' ' && text[1])
			text++;
		else if (*text)
			return -EINVAL;
	}
	return 0;
}

void
latency_window_shift(struct latency_window *w)
{
	histogram_since(&w->between, &w->now, &w->last);
	w->last = w->now;
}
