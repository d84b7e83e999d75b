/* SPDX-License-Identifier: BSD-3-Clause */
#include "counters.h"

const struct counter_info counter_info[COUNTER_MAX] = {
#define X(id, grp, nam, hlp) [COUNTER_##id] = {.group = #grp, .name = nam, .help = hlp},
	COUNTER_LIST(X)
#undef X
};
