/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What dpdk-telemetry.py shows: /tercet/counters (of all workers, or with ",N" of one),
 * /tercet/connections (how many are in each state), /tercet/workers.
 *
 * The callbacks run on telemetry's own thread; telemetry_close() waits for the one that runs.
 */
#ifndef TCT_APP_TELEMETRY_H
#define TCT_APP_TELEMETRY_H

#include "control_answer.h"

/* Registers the commands, once for the process, and shows view from now on. 0 or a negative errno;
 * without telemetry in EAL: 0, and nobody will ask. */
int telemetry_open(const struct control_view *view);

/* To be called before the endpoints are stopped. */
void telemetry_close(void);

#endif
