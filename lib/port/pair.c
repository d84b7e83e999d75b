/* SPDX-License-Identifier: BSD-3-Clause */
#include "pair.h"

#include <errno.h>
#include <stdio.h>

#include <rte_errno.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_ring.h>

#include "device.h"
#include "log.h"

static struct rte_ring *
make_ring(const char *name, char side, uint32_t depth)
{
	char ring_name[RTE_RING_NAMESIZE];
	struct rte_ring *ring;

	snprintf(ring_name, sizeof(ring_name), "%s%c", name, side);
	/* One worker on either end. */
	ring = rte_ring_create(ring_name, rte_align32pow2(depth + 1), SOCKET_ID_ANY,
			       RING_F_SP_ENQ | RING_F_SC_DEQ);
	if (ring == NULL)
		PORT_LOG(ERR, "%s: no ring of %u places: %s\n", ring_name, depth,
			 rte_strerror(rte_errno));
	return ring;
}

/* One side. The device's name is net_ring_ and that of the ring it receives from. */
static int
open_side(struct port *p, struct rte_ring *rx, struct rte_ring *tx, uint32_t mbufs, uint16_t mtu)
{
	struct tct_port_config config = {.mtu = mtu}; /* any address will do */
	const struct port_request request = {.workers = 1, .mbufs = mbufs};
	int id = rte_eth_from_rings(rx->name, &rx, 1, &tx, 1, rte_socket_id());
	int err;

	if (id < 0) {
		PORT_LOG(ERR, "%s: no device of rings: %s. Is the net_ring driver there?\n",
			 rx->name, rte_strerror(rte_errno));
		return -ENODEV;
	}
	rte_eth_dev_get_name_by_port((uint16_t)id, config.device);
	err = port_open(p, &config, &request);
	if (err != 0) {
		device_unplug((uint16_t)id);
		return err;
	}
	p->plugged = true;
	p->ring = rx;
	p->lend_static = !p->linear_tx; /* what is lent stays with the other end */
	p->lend_dma = false;
	return 0;
}

int
port_open_pair(struct port *a, struct port *b, const char *name, uint32_t depth, uint32_t mbufs,
	       uint16_t mtu)
{
	struct rte_ring *to_a = make_ring(name, 'a', depth);
	struct rte_ring *to_b = make_ring(name, 'b', depth);
	int err = -ENOMEM;

	if (to_a == NULL || to_b == NULL)
		goto free_rings;
	err = open_side(a, to_a, to_b, mbufs, mtu);
	if (err != 0)
		goto free_rings;
	err = open_side(b, to_b, to_a, mbufs, mtu);
	if (err == 0)
		return 0;
	port_close(a); /* and its ring */
	to_a = NULL;
free_rings:
	rte_ring_free(to_a);
	rte_ring_free(to_b);
	return err;
}
