/* SPDX-License-Identifier: BSD-3-Clause */
/* load.wire: what ports and lcores move when packets are merely reflected, ahead of a run on them.
 */
#ifndef TCT_APP_CALIBRATE_H
#define TCT_APP_CALIBRATE_H

#include "config.h"
#include "engine/wire.h"
#include "result.h"

/* The n-th worker lcore, from 0 on: endpoints take them in this order. */
unsigned nth_lcore(unsigned n);

/* Starts the ports of all wires, runs them with one packet under way and then with as many as
 * connections may be open, stops the ports. What wire_run() and port_start() return. */
int calibrate(struct wire wires[], unsigned count, const struct load_config *load,
	      struct result_wire *result);

/* The same on the ports of load, which are opened for it and closed again: from each client's to
 * the server's beside it, or, without servers here, to whoever reflects. The cause of an error is
 * printed. */
int calibrate_load(const struct app_config *config, const struct tct_config *client,
		   const struct tct_config *server, struct result_wire *result);

#endif
