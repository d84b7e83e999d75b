/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ports: ethdev set-up, the only room that includes rte_ethdev.h.
 *
 * A port is opened with a number of queue pairs, asked for what it can do (checksums, MTU,
 * allmulti), and started once its owner is ready to poll. In-memory ports: pair.h. All functions
 * are for the control thread.
 *
 * The end, in this order: whoever polls gives back the buffers it holds, port_stop() for every
 * port, port_close() for every port. In between no buffer should be held by anybody, and
 * port_close() says how many are.
 */
#ifndef TCT_PORT_PORT_H
#define TCT_PORT_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>
#include <rte_mempool.h>

#include "../tercet.h"
#include "rss.h"

struct rte_ring;
struct packet_socket;

struct port {
	struct packet_socket *packet; /* what bursts come from and go to; NULL: the ethdev */
	uint16_t id;		      /* ethdev port id */
	uint16_t mtu;
	uint16_t queues;
	uint16_t reta_size;   /* places; 0: none */
	enum rss_verdict rss; /* what it is good for, as far as is known */
	uint64_t rss_types;   /* kinds of packets that it is to hash */
	int socket;	      /* NUMA node; -1: any */
	struct rte_ether_addr mac;
	struct rte_mempool *mbufs;		    /* pools[0] */
	struct rte_mempool *pools[TCT_MAX_WORKERS]; /* one for each worker, or one for all */
	unsigned pool_count;
	struct rte_ring *ring; /* in-memory: what it receives from; else NULL */
	bool tx_checksum;      /* IPv4 and TCP checksums are written by hardware */
	bool rx_checksum;      /* and verified */
	bool vlan_strip;       /* tags are taken off by hardware */
	bool memif;	       /* net_memif has faults of its own: memif.h */
	bool af_xdp;	       /* and net_af_xdp: af_xdp.h */
	uint32_t kept;	       /* [af_xdp] buffers that it does not give back */
	bool linear_tx;	       /* must not be given chained mbufs (net_memif) */
	bool lend_dma;	       /* takes payload from what devices can read: dma.h */
	bool lend_static;      /* takes what nobody owns from wherever it lies */
	uint8_t lend_buffers;  /* for a packet that it cuts up */
	bool tso_ip4;	       /* cuts a packet into TCP segments: IPv4's */
	bool tso_ip6;
	uint16_t tso_bytes;   /* at most, of a packet */
	uint8_t tso_segments; /* likewise */
	uint8_t tso_short;    /* they have to be so many bytes shorter than the MTU allows */
	bool plugged;	      /* hot-plugged by us: to be removed on close */
	int knock;	      /* memif.c: socket on which a greeting is awaited; -1: none */
	char name[64];
};

/* What the worker of that rank receives into, and builds in. */
static inline struct rte_mempool *
port_pool(const struct port *p, unsigned rank)
{
	return p->pools[p->pool_count > 1 ? rank : 0];
}

/* The configured MTU, or Ethernet's. */
uint16_t port_mtu(const struct tct_port_config *config);

/* What is asked of a port, besides its configuration. */
struct port_request {
	unsigned workers;    /* that share it: so many queues of each direction, if it has them */
	uint32_t mbufs;	     /* buffers for each of them */
	uint16_t buffer_mtu; /* what a buffer holds a frame of, if that is more than the port's MTU:
			      * ports of one worker share their buffers */
	uint8_t *rss_key;    /* RSS_KEY_MAX bytes, if there is more than one worker */
};

/*
 * Makes (or finds) the device, and configures its queues and buffers. 0, -ENODEV, -ENOMEM, -EINVAL
 * (MTU, queues...); logged once at the cause with what to do next. What a device cannot do is gone
 * without where possible: queues, unless config->queues asks for so many; checksums, group
 * addresses, setting the MTU (net_memif, net_ring).
 */
int port_open(struct port *p, const struct tct_port_config *config,
	      const struct port_request *request);

/* 0 or -ENODEV, logged. The link may need seconds to come up: port_link_up(). */
int port_start(struct port *p);
bool port_link_up(const struct port *p);

/* Where the device does not find its peer again by itself, and the peer waits: [control, link is
 * down] whether it is so; [the one worker that polls it] finds it. */
bool port_wants_restart(struct port *p);
void port_restart(struct port *p);

/* Packets that arrived since the port was started and found no room: in the device, or no buffer.
 */
uint64_t port_lost(const struct port *p);

/* Takes packets in flight back, too, where the port is one of a pair. */
void port_stop(struct port *p);

/* Closes the device and frees the buffers, if nobody holds one; returns how many are held: a leak.
 * Either way p is no port any more. */
unsigned port_close(struct port *p);

/* Buffers of the port's pools that are neither in the pool nor in its caches: held by somebody, the
 * receive queues of a NIC included, but not those that net_af_xdp never gives back. */
unsigned port_mbufs_in_use(const struct port *p);

#endif
