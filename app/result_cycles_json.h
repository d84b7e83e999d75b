/* SPDX-License-Identifier: BSD-3-Clause */
/* Members of the JSON that say where cycles went: of a side, and of each worker by itself. */
#ifndef TCT_APP_RESULT_CYCLES_JSON_H
#define TCT_APP_RESULT_CYCLES_JSON_H

#include "result.h"

/* New references, NULL without memory. */
json_t *result_cycles_json(const struct result_end *end,
			   enum cycle_unit unit); /* null: not per that unit */
json_t *result_workers_json(const struct result_end *end);

#endif
