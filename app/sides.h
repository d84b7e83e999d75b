/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * load with both sides in one process: some ports are the clients', the others the servers', and
 * between them is a device under test.
 *
 * Each side is an endpoint of its own, with as many workers as the configuration says; everything
 * but ports is the same for both. Which side a port is on is no business of the library's, so that
 * it stands beside its configuration of the ports, not in it.
 */
#ifndef TCT_APP_SIDES_H
#define TCT_APP_SIDES_H

#include "config.h"
#include "config_document.h"
#include "memory_need.h"

/* Whether ports have sides at all. */
bool sides_are_given(const struct app_config *config);

/* The endpoint on the ports of one side. */
void sides_config(const struct app_config *config, enum port_side side, struct tct_config *lib);

/* Of all endpoints of load: packet buffers and total are of both sides, the rest is of a worker. */
void sides_need(const struct app_config *config, struct memory_need *need);

/* Whether it is an address of a port on this side, or on none. */
bool sides_own(const struct app_config *config, enum port_side side, const struct tct_address *a);

/* All ports are on a side or none, and none of the sides is without. 0 or -EINVAL with one line in
 * error. */
int sides_check(const struct app_config *config, struct document *d,
		char error[CONFIG_ERROR_CHARS]);

#endif
