/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How packets found their workers, of each port that several workers share: what the configuration
 * asked for, what was in effect when the run ended, and why. A port that is one worker's needs
 * nothing of the kind, and is not listed.
 */
#ifndef TCT_APP_RESULT_STEERING_H
#define TCT_APP_RESULT_STEERING_H

#include <stdio.h>

#include <jansson.h>

#include "tercet.h"

#define RESULT_MAX_STEERED (2 * TCT_MAX_PORTS)

struct result_end;

struct result_steered {
	char port[64];
	unsigned workers;
	char asked[16];	    /* auto, rss, software */
	char in_effect[16]; /* rss, software, probation: not believed yet */
	char why[96];	    /* software steers; empty: it does not */
};

struct result_steering {
	struct result_steered port[RESULT_MAX_STEERED];
	unsigned count;
};

/* Of an endpoint that still has its ports. */
void result_steering_take(struct result_steering *s, const struct tct_endpoint *e);

/* Those of loads that went on together. */
void result_steering_add(struct result_steering *into, const struct result_steering *from);

/* A list, and the way back. */
json_t *result_steering_json(const struct result_steering *s);
void result_steering_read(struct result_steering *s, const json_t *list);

/* A line of the summary for each port; workers: of the larger side. */
void result_steering_print(FILE *out, const struct result_steering *s, unsigned workers);

#endif
