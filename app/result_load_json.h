/* SPDX-License-Identifier: BSD-3-Clause */
/* Members of the JSON that only loads have: steps, what held them back, the kinds of a mix. */
#ifndef TCT_APP_RESULT_LOAD_JSON_H
#define TCT_APP_RESULT_LOAD_JSON_H

#include "result.h"

/* New references, NULL without memory. */
json_t *result_limit_json(const struct limit_verdict *v);
json_t *result_steps_json(const struct result *r);
json_t *result_find_json(const struct result *r);  /* null: not searched for */
json_t *result_parts_json(const struct result *r); /* null: no mix */
json_t *result_wire_json(const struct result *r);  /* null: not measured */

/* Of a result that was read, a member of its file that is written again as it stands there; null if
 * it has none, or if results were added, of which nothing of the kind can be said. NULL: this
 * result was measured here. */
json_t *result_read_member(const struct result *r, const char *section, const char *key);

/* The way back. */
void result_load_read(struct result *r, json_t *end);

#endif
