/* SPDX-License-Identifier: BSD-3-Clause */
#include "count.h"

#include "engine/worker.h"

void
service_count(const struct tct_conn *conn, enum counter c)
{
	tct_conn_worker(conn)->counters.v[c]++;
}
