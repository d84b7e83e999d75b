/* SPDX-License-Identifier: BSD-3-Clause */
/* From text to values, by the tables of config_keys.c. */
#ifndef TCT_APP_CONFIG_CONVERT_H
#define TCT_APP_CONFIG_CONVERT_H

#include "config_schema.h"

/* Reads every value given into config, which holds the defaults. 0 or a negative errno with one
 * line in error. */
int config_convert(struct app_config *config, const struct text_config *text, struct document *d,
		   char error[CONFIG_ERROR_CHARS]);

#endif
