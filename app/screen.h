/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A run as it goes on, on a terminal: drawn in place with the cursor codes of ECMA-48, on the
 * alternate screen, so that what was on the terminal is there again afterwards, whatever its size
 * became. Nothing is drawn where lines are wanted: no terminal, TERM=dumb, or asked for.
 */
#ifndef TCT_APP_SCREEN_H
#define TCT_APP_SCREEN_H

#include <stdbool.h>

#include "result.h"

struct screen;

struct screen_config {
	int fd; /* of the terminal */
	const struct result_definition *definition;
	uint64_t rate;			  /* connections/s asked for; 0: as fast as it goes */
	double warmup_s, total_s;	  /* total_s with the warm-up; 0: until stopped */
	unsigned workers, active_workers; /* those that open connections come first */
};

/* NULL: fd is no terminal that can be drawn on, or there is no memory. */
struct screen *screen_open(const struct screen_config *config);

/* A stretch is over; busy_percent of each worker. */
void screen_interval(struct screen *s, const struct interval *i, const double *busy_percent);

/* Draws anew what has changed by time alone; cheap when nothing has. */
void screen_tick(struct screen *s, double elapsed_s);

/* The terminal is as it was. s may be NULL. */
void screen_close(struct screen *s);

/* The same, from a signal handler just before the process ends. */
void screen_abandon(void);

#endif
