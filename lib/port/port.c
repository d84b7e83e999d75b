/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A device is asked what it can do, told what we want of that, and given queues and buffers. The
 * order is ethdev's: configure, queues, MTU, then the filters; start is for later.
 *
 * Checksums are left to the device only when it takes both IPv4's and TCP's, so that a packet
 * carries one flag word whatever it is. Buffers are large enough for a frame of the MTU: nothing
 * received is ever chained, except where a driver insists.
 */
#include "port.h"

#include <errno.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <rte_string_fns.h>

#include "../wire/build.h"
#include "af_xdp.h"
#include "device.h"
#include "log.h"
#include "memif.h"
#include "packet_socket.h"
#include "pool.h"

#define DESCRIPTORS 1024 /* wanted per queue, each way */

RTE_LOG_REGISTER(port_logtype, tercet.port, NOTICE);

struct wants {
	const struct tct_port_config *config;
	unsigned workers;
	unsigned queues; /* 0: as many as workers, if the device has them */
	uint32_t mbufs;
	uint16_t mtu;
	uint16_t buffer_mtu; /* what a buffer holds a frame of */
	uint16_t vlan;
	bool all_macs;
	bool all_groups;
	uint8_t *rss_key;
};

static bool
supports(uint64_t capabilities, uint64_t all)
{
	return (capabilities & all) == all;
}

/* ---- what is negotiated --------------------------------------------------------------------- */

static int
check_limits(const struct port *p, const struct wants *w, const struct rte_eth_dev_info *info)
{
	if (p->queues == 0 || p->queues > info->max_rx_queues || p->queues > info->max_tx_queues) {
		PORT_LOG(ERR,
			 "%s: ports[].queues: %u wanted, the device has %u to receive and %u to "
			 "send: ask for fewer, or leave it out: workers without a queue of their "
			 "own are handed packets by software\n",
			 p->name, p->queues, info->max_rx_queues, info->max_tx_queues);
		return -EINVAL;
	}
	if (p->queues > w->workers) {
		PORT_LOG(ERR,
			 "%s: ports[].queues: %u wanted, and there are %u workers to poll them\n",
			 p->name, p->queues, w->workers);
		return -EINVAL;
	}
	if (w->mtu < info->min_mtu || w->mtu > info->max_mtu) {
		PORT_LOG(ERR, "%s: mtu %u, the device takes %u to %u\n", p->name, w->mtu,
			 info->min_mtu, info->max_mtu);
		return -EINVAL;
	}
	return 0;
}

/* Those asked for, else one for each worker, as far as there are any. memif's second queue would
 * be filled by whatever its peer likes, and is in the way of a restart. */
static uint16_t
choose_queues(const struct port *p, const struct wants *w, const struct rte_eth_dev_info *info)
{
	unsigned most = RTE_MIN(info->max_rx_queues, info->max_tx_queues);

	if (w->queues == 0 && p->memif)
		return 1;

	return (uint16_t)(w->queues != 0 ? w->queues : RTE_MIN(w->workers, most));
}

/* A chain is no use where the driver cannot send it. memif sends it, but one ring slot per segment
 * and no check that they fit. */
static bool
needs_linear(const struct port *p, const struct rte_eth_dev_info *info)
{
	return !supports(info->tx_offload_capa, RTE_ETH_TX_OFFLOAD_MULTI_SEGS) || p->memif;
}

/* A packet's payload in pieces, where it lies: lib/tcp/lend.c. */
static void
choose_lending(struct port *p, const struct rte_eth_dev_info *info)
{
	const struct rte_eth_desc_lim *limit = &info->tx_desc_lim;

	p->lend_dma = !p->linear_tx &&
		      (limit->nb_mtu_seg_max == 0 || limit->nb_mtu_seg_max >= LENT_BUFFERS);
	p->lend_buffers = LENT_TSO_BUFFERS;
	if (limit->nb_seg_max != 0 && limit->nb_seg_max < LENT_TSO_BUFFERS)
		p->lend_buffers = (uint8_t)limit->nb_seg_max;
}

/*
 * Cutting packets into segments needs checksums and chains. In DPDK 22.11 net_tap does it for IPv4
 * only (librte_gso), and takes the MTU for the longest frame, Ethernet's header included.
 */
static void
choose_tso(struct port *p, const struct rte_eth_dev_info *info, struct rte_eth_conf *conf)
{
	uint16_t buffers = info->tx_desc_lim.nb_seg_max;
	bool tap = strcmp(info->driver_name, "net_tap") == 0;

	if (!supports(info->tx_offload_capa, RTE_ETH_TX_OFFLOAD_TCP_TSO) || !p->tx_checksum ||
	    p->linear_tx || (buffers != 0 && buffers < TSO_BUFFERS(TSO_BYTES)))
		return;
	conf->txmode.offloads |= RTE_ETH_TX_OFFLOAD_TCP_TSO;
	p->tso_ip4 = true;
	p->tso_ip6 = !tap;
	p->tso_short = tap ? L2_LEN_MAX : 0;
}

static void
choose_offloads(struct port *p, const struct wants *w, const struct rte_eth_dev_info *info,
		struct rte_eth_conf *conf)
{
	const uint64_t tx = RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM;
	const uint64_t rx = RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM;

	p->tx_checksum = supports(info->tx_offload_capa, tx);
	p->rx_checksum = supports(info->rx_offload_capa, rx);
	p->vlan_strip =
		w->vlan != 0 && supports(info->rx_offload_capa, RTE_ETH_RX_OFFLOAD_VLAN_STRIP);
	p->linear_tx = needs_linear(p, info);
	choose_lending(p, info);
	if (p->tx_checksum)
		conf->txmode.offloads |= tx;
	if (p->rx_checksum)
		conf->rxmode.offloads |= rx;
	if (p->vlan_strip)
		conf->rxmode.offloads |= RTE_ETH_RX_OFFLOAD_VLAN_STRIP;
	if (w->vlan != 0 && supports(info->rx_offload_capa, RTE_ETH_RX_OFFLOAD_VLAN_FILTER))
		conf->rxmode.offloads |= RTE_ETH_RX_OFFLOAD_VLAN_FILTER;
	if (!p->linear_tx)
		conf->txmode.offloads |= RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	choose_tso(p, info, conf);
}

/*
 * In DPDK 22.11 net_af_packet calls 1514 bytes its longest frame, whatever its framesz is, and
 * ethdev refuses more on its behalf. It takes what fits its framesz; the MTU of the kernel's device
 * is set there.
 */
static bool
understates_mtu(const struct wants *w, const struct rte_eth_dev_info *info)
{
	return w->mtu > RTE_ETHER_MTU &&
	       info->max_rx_pktlen < w->mtu + (uint32_t)RTE_ETHER_HDR_LEN &&
	       strcmp(info->driver_name, "net_af_packet") == 0;
}

static int
configure(struct port *p, const struct wants *w, const struct rte_eth_dev_info *info,
	  struct rte_eth_conf *conf)
{
	int err;

	*conf = (struct rte_eth_conf){.rxmode.mtu = w->mtu};
	if (understates_mtu(w, info))
		conf->rxmode.mtu = RTE_ETHER_MTU;
	choose_offloads(p, w, info, conf);
	if (p->queues > 1)
		rss_configure(info, w->rss_key, conf);
	err = rte_eth_dev_configure(p->id, p->queues, p->queues, conf);
	if (err != 0 && err != -ENOMEM && conf->rxmode.mq_mode != RTE_ETH_MQ_RX_NONE) {
		conf->rxmode.mq_mode = RTE_ETH_MQ_RX_NONE;
		memset(&conf->rx_adv_conf, 0, sizeof(conf->rx_adv_conf));
		p->rss = RSS_REFUSED;
		err = rte_eth_dev_configure(p->id, p->queues, p->queues, conf);
	}
	if (err == 0)
		return 0;
	PORT_LOG(ERR, "%s: the device refused %u queues with mtu %u: %s\n", p->name, p->queues,
		 w->mtu, rte_strerror(-err));
	return err == -ENOMEM ? -ENOMEM : -EINVAL;
}

/* ---- buffers and queues --------------------------------------------------------------------- */

static int
make_pools(struct port *p, const struct wants *w)
{
	const struct pool_request request = {
		.workers = w->workers,
		.mbufs = w->mbufs,
		.mtu = w->buffer_mtu,
		.packed = p->af_xdp,
	};

	return pools_make(p, &request);
}

/*
 * A pool's buffers, of which a small one must not run dry, or nothing is received that would free
 * any: half may be held in queues (extents_wanted() in lib/tcp/stack.c), an eighth waits to be
 * received into and an eighth to be sent, or to be noticed as sent; 3/16 are ready to build in
 * (tx_refill()). 1/16 is left for what is put together, waits for a neighbour or is in a burst.
 */
static int
choose_descriptors(const struct port *p, const struct wants *w, uint16_t *rx, uint16_t *tx)
{
	int err;

	*rx = (uint16_t)RTE_MIN(DESCRIPTORS, rte_align32prevpow2(w->mbufs / 8));
	*tx = *rx;
	err = rte_eth_dev_adjust_nb_rx_tx_desc(p->id, rx, tx);
	if (err != 0) {
		PORT_LOG(ERR, "%s: the device has no descriptors to offer: %s\n", p->name,
			 rte_strerror(-err));
		return -ENODEV;
	}
	if (*rx < w->mbufs)
		return 0;
	PORT_LOG(ERR, "%s: the device wants %u buffers to receive into, memory.mbufs is %u\n",
		 p->name, *rx, w->mbufs);
	return -EINVAL;
}

static int
queue_error(const struct port *p, unsigned queue, int err)
{
	PORT_LOG(ERR, "%s: queue %u was refused: %s\n", p->name, queue, rte_strerror(-err));
	return err == -ENOMEM ? -ENOMEM : -ENODEV;
}

static int
make_queues(struct port *p, const struct wants *w, const struct rte_eth_dev_info *info,
	    const struct rte_eth_conf *conf)
{
	struct rte_eth_rxconf rxconf = info->default_rxconf;
	struct rte_eth_txconf txconf = info->default_txconf;
	uint16_t rx, tx;
	int err = choose_descriptors(p, w, &rx, &tx);

	if (err != 0)
		return err;
	rxconf.offloads = conf->rxmode.offloads;
	txconf.offloads = conf->txmode.offloads;
	for (uint16_t q = 0; q < p->queues; q++) {
		err = rte_eth_rx_queue_setup(p->id, q, rx, (unsigned)p->socket, &rxconf,
					     port_pool(p, q));
		if (err == 0)
			err = rte_eth_tx_queue_setup(p->id, q, tx, (unsigned)p->socket, &txconf);
		if (err != 0)
			return queue_error(p, q, err);
	}
	if (p->af_xdp)
		p->kept = port_mbufs_in_use(p);
	return 0;
}

/* ---- what the wire sees --------------------------------------------------------------------- */

static int
set_mtu(const struct port *p, const struct wants *w, const struct rte_eth_dev_info *info)
{
	int err = understates_mtu(w, info) ? 0 : rte_eth_dev_set_mtu(p->id, w->mtu);

	if (err == 0 || err == -ENOTSUP)
		return 0;
	PORT_LOG(ERR, "%s: mtu %u was refused: %s\n", p->name, w->mtu, rte_strerror(-err));
	return -EINVAL;
}

/* net_virtio's device drops all tagged frames that it was not told of, as long as the driver could
 * tell it, filter or not. */
static void
pass_vlan(const struct port *p, uint16_t vlan, const struct rte_eth_conf *conf)
{
	int err;

	if (!supports(conf->rxmode.offloads, RTE_ETH_RX_OFFLOAD_VLAN_FILTER))
		return;
	err = rte_eth_dev_vlan_filter(p->id, vlan, 1);
	if (err != 0)
		PORT_LOG(WARNING, "%s: frames of VLAN %u may not be received: %s\n", p->name, vlan,
			 rte_strerror(-err));
}

/* IPv6 neighbour discovery is sent to groups. A device that cannot be told lets all of them pass,
 * or is promiscuous by nature. */
static void
set_filters(const struct port *p, const struct wants *w)
{
	int err = w->all_groups ? rte_eth_allmulticast_enable(p->id) : 0;

	if (err != 0 && err != -ENOTSUP)
		PORT_LOG(WARNING, "%s: frames to IPv6 groups may not be received: %s\n", p->name,
			 rte_strerror(-err));
	err = w->all_macs ? rte_eth_promiscuous_enable(p->id) : 0;
	if (err != 0 && err != -ENOTSUP)
		PORT_LOG(WARNING, "%s: frames to other stations will not be received: %s\n",
			 p->name, rte_strerror(-err));
}

/* net_ring has no address; ARP needs one. */
static void
read_mac(struct port *p)
{
	if (rte_eth_macaddr_get(p->id, &p->mac) == 0 && !rte_is_zero_ether_addr(&p->mac))
		return;
	p->mac = (struct rte_ether_addr){
		.addr_bytes = {RTE_ETHER_LOCAL_ADMIN_ADDR, 't', 'c', 't', (uint8_t)(p->id >> 8),
			       (uint8_t)p->id},
	};
}

/* ---- opening -------------------------------------------------------------------------------- */

static int
set_up(struct port *p, const struct wants *w, const struct rte_eth_dev_info *info)
{
	struct rte_eth_conf conf;
	int err = check_limits(p, w, info);

	if (err == 0 && p->af_xdp)
		err = af_xdp_check(p, w->workers, w->mbufs, w->buffer_mtu);
	if (err == 0)
		err = configure(p, w, info, &conf);
	if (err == 0)
		err = make_pools(p, w);
	if (err == 0)
		err = make_queues(p, w, info, &conf);
	if (err == 0)
		err = set_mtu(p, w, info);
	if (err != 0) {
		pools_free(p);
		return err;
	}
	pass_vlan(p, w->vlan, &conf);
	set_filters(p, w);
	read_mac(p);
	return 0;
}

/* Of an ethdev that exists. */
static int
open_id(struct port *p, uint16_t id, bool plugged, const struct wants *w)
{
	struct rte_eth_dev_info info;
	int err;

	*p = (struct port){
		.id = id,
		.mtu = w->mtu,
		.socket = rte_eth_dev_socket_id(id),
		.plugged = plugged,
		.knock = -1,
		.tso_bytes = TSO_BYTES,
		.tso_segments = TSO_SEGMENTS,
	};
	rte_eth_dev_get_name_by_port(id, p->name);
	err = rte_eth_dev_info_get(id, &info);
	if (err != 0) {
		PORT_LOG(ERR, "%s: %s\n", p->name, rte_strerror(-err));
		return -ENODEV;
	}
	p->memif = strcmp(info.driver_name, "net_memif") == 0;
	p->af_xdp = strcmp(info.driver_name, "net_af_xdp") == 0;
	p->queues = choose_queues(p, w, &info);
	p->reta_size = info.reta_size;
	p->rss = p->queues < w->workers ? RSS_QUEUES : rss_ability(&info, w->config);
	p->rss_types = rss_types(&info, w->config);
	return set_up(p, w, &info);
}

static bool
has_ip6(const struct tct_port_config *config)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	for (unsigned i = 0; i < config->local_count; i++)
		if (memcmp(config->locals[i].first.bytes, mapped, sizeof(mapped)) != 0)
			return true;
	return false;
}

uint16_t
port_mtu(const struct tct_port_config *config)
{
	return config->mtu != 0 ? config->mtu : RTE_ETHER_MTU;
}

/* A NIC's filter passes the tags that the kernel has asked for, unless it passes everything. */
static int
find_device(const struct wants *w, uint16_t *id, bool *plugged, struct packet_socket **packet)
{
	const struct packet_socket_request request = {
		.device = w->config->device,
		.mtu = w->mtu,
		.all_macs = w->all_macs || w->vlan != 0,
	};

	if (!packet_socket_is(request.device))
		return device_find(request.device, id, plugged);
	*plugged = true;
	return packet_socket_open(packet, id, &request);
}

/* Which bursts go by from now on, and which reads what it is given on the spot. */
static void
use_packet_socket(struct port *p, struct packet_socket *packet, const char *device)
{
	p->packet = packet;
	p->mac = packet_socket_mac(packet);
	rte_strscpy(p->name, device, sizeof(p->name));
	p->tx_checksum = p->tso_ip4 = p->tso_ip6 = true;
	p->tso_bytes = TSO_BYTES_MAX;
	p->tso_segments = TSO_SEGMENTS_MAX;
	p->lend_static = p->lend_dma = true;
	p->lend_buffers = LENT_TSO_BUFFERS_MAX;
}

int
port_open(struct port *p, const struct tct_port_config *config, const struct port_request *request)
{
	const struct wants wants = {
		.config = config,
		.workers = request->workers,
		.queues = config->queues,
		.mbufs = request->mbufs,
		.rss_key = request->rss_key,
		.mtu = port_mtu(config),
		.buffer_mtu = RTE_MAX(request->buffer_mtu, port_mtu(config)),
		.vlan = config->vlan,
		.all_macs = config->all_macs,
		.all_groups = has_ip6(config),
	};
	struct packet_socket *packet = NULL;
	bool plugged;
	uint16_t id;
	int err = find_device(&wants, &id, &plugged, &packet);

	if (err != 0)
		return err;
	err = open_id(p, id, plugged, &wants);
	if (err == 0) {
		if (packet != NULL)
			use_packet_socket(p, packet, config->device);
		return 0;
	}
	if (plugged)
		device_unplug(id);
	packet_socket_close(packet);
	return err;
}

/* ---- life and death ------------------------------------------------------------------------- */

int
port_start(struct port *p)
{
	int err = rte_eth_dev_start(p->id);

	if (err == 0)
		return 0;
	PORT_LOG(ERR, "%s: does not start: %s\n", p->name, rte_strerror(-err));
	return -ENODEV;
}

bool
port_link_up(const struct port *p)
{
	struct rte_eth_link link;

	if (p->packet != NULL)
		return packet_socket_link_up(p->packet);
	return rte_eth_link_get_nowait(p->id, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}

/* With several queues nobody could do it alone. */
bool
port_wants_restart(struct port *p)
{
	return p->queues == 1 && memif_server_waits(p);
}

void
port_restart(struct port *p)
{
	rte_eth_dev_stop(p->id);
	port_start(p);
}

uint64_t
port_lost(const struct port *p)
{
	struct rte_eth_stats stats;

	if (p->packet != NULL)
		return packet_socket_lost(p->packet);
	if (rte_eth_stats_get(p->id, &stats) < 0)
		return 0;
	return stats.imissed + stats.rx_nombuf;
}

static void
drain(struct rte_ring *ring)
{
	void *m;

	while (rte_ring_dequeue(ring, &m) == 0)
		rte_pktmbuf_free(m);
}

void
port_stop(struct port *p)
{
	if (p->memif)
		memif_stop(p);
	else if (p->af_xdp)
		af_xdp_stop(p);
	else
		rte_eth_dev_stop(p->id);
	if (p->ring != NULL)
		drain(p->ring);
}

unsigned
port_close(struct port *p)
{
	unsigned held;

	if (p->ring != NULL)
		drain(p->ring);
	memif_close(p);
	if (p->plugged)
		device_unplug(p->id);
	else
		rte_eth_dev_close(p->id);
	held = port_mbufs_in_use(p);
	/* Whoever holds a buffer would write into freed memory. */
	if (held == 0)
		pools_free(p);
	rte_ring_free(p->ring);
	packet_socket_close(p->packet);
	*p = (struct port){0};
	return held;
}

unsigned
port_mbufs_in_use(const struct port *p)
{
	unsigned held = 0;

	for (unsigned i = 0; i < p->pool_count; i++)
		held += rte_mempool_in_use_count(p->pools[i]);
	return held - RTE_MIN(p->kept, held);
}
