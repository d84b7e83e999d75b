/* SPDX-License-Identifier: BSD-3-Clause */
/* What this room has to say when a device refuses: once, at the cause, with what to do next. */
#ifndef TCT_PORT_LOG_H
#define TCT_PORT_LOG_H

#include <rte_log.h>

extern int port_logtype;

#define PORT_LOG(level, ...) rte_log(RTE_LOG_##level, port_logtype, "port " __VA_ARGS__)

#endif
