/* SPDX-License-Identifier: BSD-3-Clause */
/* Parts of a run that run.c puts together: what is counted, and what is left when it is over. */
#ifndef TCT_APP_RUN_PARTS_H
#define TCT_APP_RUN_PARTS_H

#include "run.h"

/* What a connection of this load is. */
void run_define(struct result_definition *d, const struct app_config *config);
void run_define_part(struct result_definition *d, const struct load_config *load);

/* What clients measured, of each part of each; n from 0 to below run_stats_count(). */
static inline unsigned
run_stats_count(const struct run *r)
{
	return r->client_count * r->part_count;
}

static inline const struct client_stats *
run_stats(const struct run *r, unsigned n)
{
	return client_stats(r->clients[n / r->part_count], n % r->part_count);
}

/* Ends an endpoint; its counters stay readable. */
void run_end_side(struct run *r, struct tct_endpoint *e, unsigned grace_ms);

/* What the clients measured, once no worker runs. */
void run_end_clients(struct run *r);

#endif
