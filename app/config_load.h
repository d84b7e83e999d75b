/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCT_APP_CONFIG_LOAD_H
#define TCT_APP_CONFIG_LOAD_H

#include "config_document.h"

/* What a load, or a kind of connections of its mix, cannot be. 0, or -EINVAL with one line. */
int config_load_check(const struct app_config *config, struct document *d,
		      char error[CONFIG_ERROR_CHARS]);

#endif
