/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The packet buffers of a port: one pool for each worker, or one for all. [control]
 */
#ifndef TCT_PORT_POOL_H
#define TCT_PORT_POOL_H

#include "port.h"

struct pool_request {
	unsigned workers;
	uint32_t mbufs; /* for each of them */
	uint16_t mtu;	/* a buffer holds a frame of it */
	bool packed;	/* one buffer lies behind the other, across pages, too: no device on a bus
			 * can be told where they are */
};

/* Sets p->pools and p->mbufs. 0 or -ENOMEM, logged; then pools_free() is due, too. */
int pools_make(struct port *p, const struct pool_request *request);
void pools_free(struct port *p);

#endif
