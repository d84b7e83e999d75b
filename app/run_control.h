/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What can be asked of a run while it measures: the control socket, if the configuration names one,
 * and telemetry.
 */
#ifndef TCT_APP_RUN_CONTROL_H
#define TCT_APP_RUN_CONTROL_H

#include "run.h"

/* Opens both and takes over r->tick. 0 or as control_open(). */
int run_control_open(struct run *r);

/* To be called before the endpoints stop. Harmless when nothing was opened. */
void run_control_close(struct run *r);

#endif
