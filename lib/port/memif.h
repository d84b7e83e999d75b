/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What net_memif leaves to its user. Its client connects once, when the port is started: if the
 * peer goes, it never comes back by itself. And it takes a connection apart on whatever thread
 * finds that it has ended, without a lock. [control]
 */
#ifndef TCT_PORT_MEMIF_H
#define TCT_PORT_MEMIF_H

#include <stdbool.h>

#include "port.h"

/* Whether it is a client whose server has greeted us. To be asked again and again, while the link
 * is down. */
bool memif_server_waits(struct port *p);

void memif_stop(const struct port *p);
void memif_close(struct port *p);

/* Whether a server was closed: its listener is still among the sources of EAL's interrupt thread,
 * in memory that rte_eal_cleanup() would unmap under its eyes. The process has to end without it.
 */
bool memif_left_listener(void);

#endif
