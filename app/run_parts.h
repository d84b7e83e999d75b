/* SPDX-License-Identifier: BSD-3-Clause */
/* Parts of a run that run.c puts together: what is counted, and what is left when it is over. */
#ifndef TCT_APP_RUN_PARTS_H
#define TCT_APP_RUN_PARTS_H

#include "run.h"

/* What a connection of this load is. */
void run_define(struct result_definition *d, const struct load_config *load);

/* Ends an endpoint; its counters stay readable. */
void run_end_side(struct run *r, struct tct_endpoint *e, unsigned grace_ms);

/* What the clients measured, once no worker runs. */
void run_end_clients(struct run *r);

#endif
