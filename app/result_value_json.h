/* SPDX-License-Identifier: BSD-3-Clause */
/* Values that several members of the JSON have. New references, NULL without memory. */
#ifndef TCT_APP_RESULT_VALUE_JSON_H
#define TCT_APP_RESULT_VALUE_JSON_H

#include "result.h"

json_t *result_count_json(uint64_t n);
json_t *result_measured_json(double value); /* null: not measured */
json_t *result_points_json(const struct latency_points *p);
json_t *result_percentiles_json(const struct histogram *h); /* null: of nothing */
json_t *result_faults_json(const struct result_transactions *t);
json_t *result_fairness_json(const struct result_stream *s); /* null: of no connection */

#endif
