/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCT_APP_CONFIG_WARN_H
#define TCT_APP_CONFIG_WARN_H

#include "config.h"

/* A line on stderr, which begins with origin, for each address range of a valid configuration that
 * holds addresses of no host. */
void config_warn(const char *origin, const struct app_config *config);

#endif
