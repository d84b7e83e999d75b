/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration that is in force, as JSON that the configuration parser takes again. */
#ifndef TCT_APP_CONFIG_JSON_H
#define TCT_APP_CONFIG_JSON_H

#include <jansson.h>

#include "config.h"

/* Every key that has a value, defaults included, secrets not. A new reference, NULL without memory.
 */
json_t *app_config_json(const struct app_config *config);

#endif
