/* SPDX-License-Identifier: BSD-3-Clause */
/* What this room has to say. */
#ifndef TCT_ENGINE_LOG_H
#define TCT_ENGINE_LOG_H

#include <rte_log.h>

extern int engine_log;

#define ENGINE_LOG(level, ...) rte_log(RTE_LOG_##level, engine_log, "tercet: " __VA_ARGS__)

#endif
