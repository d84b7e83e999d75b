/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What services count, among the counters of the worker that owns the connection: the one thing
 * that they need and tercet.h does not have.
 */
#ifndef TCT_APP_SERVICES_COUNT_H
#define TCT_APP_SERVICES_COUNT_H

#include "base/counters.h"
#include "tercet.h"

/* Worker. */
void service_count(const struct tct_conn *conn, enum counter c);

#endif
