/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every counter of a worker, from one list: enum, name, help, telemetry, metrics and JSON are made
 * of it, so that none can be forgotten. X(NAME, group, "name", "help"). Groups: rx tx drop ip arp
 * nd icmp tcp syn cookie timewait timer conn service. A drop reason is a counter of group drop; a
 * parse verdict is its enum value, with COUNTER_NONE for "no complaint".
 */
#ifndef TCT_BASE_COUNTERS_H
#define TCT_BASE_COUNTERS_H

#include <stdint.h>

#include "counter_list.h"

enum counter {
#define X(id, group, name, help) COUNTER_##id,
	COUNTER_LIST(X)
#undef X
	COUNTER_MAX
};

struct counters {
	uint64_t v[COUNTER_MAX];
};

struct counter_info {
	const char *group;
	const char *name;
	const char *help;
};

extern const struct counter_info counter_info[COUNTER_MAX];

#endif
