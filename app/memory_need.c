/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory_need.h"

#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "table/flow_table.h"
#include "table/pool.h"
#include "table/wheel.h"
#include "tcp/conn.h"
#include "tcp/extent.h"
#include "tcp/flight.h"
#include "tcp/reorder.h"
#include "tcp/stack.h"

#define DATA_ROOM      2048
#define FRAME_EXTRA    64 /* Ethernet, VLAN, what a device adds */
#define DATA_ROOM_STEP 1024
#define MIN_EXTENTS    64

static uint64_t
mbuf_bytes(uint16_t mtu)
{
	uint32_t room = RTE_ALIGN((uint32_t)(mtu ? mtu : 1500) + FRAME_EXTRA, DATA_ROOM_STEP);

	if (room < DATA_ROOM)
		room = DATA_ROOM;
	return rte_mempool_calc_obj_size(sizeof(struct rte_mbuf) + RTE_PKTMBUF_HEADROOM + room, 0,
					 NULL);
}

void
memory_need(const struct tct_config *config, struct memory_need *need)
{
	const struct tct_memory_config *m = &config->memory;
	uint64_t records = (uint64_t)m->connections + m->half_open + m->time_wait;
	uint64_t timers = (uint64_t)WHEEL_PER_CONN * m->connections +
			  (uint64_t)WHEEL_PER_HALF_OPEN * m->half_open +
			  (uint64_t)WHEEL_PER_TIME_WAIT * m->time_wait;
	uint32_t extents = RTE_MAX(m->mbufs / 2, (uint32_t)MIN_EXTENTS);
	double flow_share, wheel_share;
	uint16_t mtu = 0;

	need->connections = pool_bytes(m->connections, sizeof(struct tct_conn));
	need->half_open = pool_bytes(m->half_open, sizeof(struct half_open));
	need->time_wait = pool_bytes(m->time_wait, sizeof(struct time_wait));
	need->extents = pool_bytes(extents, sizeof(struct extent_node));
	need->flights = pool_bytes(m->flights, sizeof(struct flight)) +
			pool_bytes(FLIGHT_RANGES * m->flights, sizeof(struct range));
	need->out_of_order =
		pool_bytes(m->out_of_order ? m->out_of_order : extents / 2, sizeof(struct reorder));
	need->flow_table = flow_table_bytes(records);
	need->wheel = wheel_bytes(timers);
	need->worker = need->connections + need->half_open + need->time_wait + need->extents +
		       need->flights + need->out_of_order + need->flow_table + need->wheel;
	for (unsigned i = 0; i < config->port_count; i++)
		mtu = RTE_MAX(mtu, config->ports[i].mtu); /* all buffers do for all ports */
	need->mbufs = config->port_count * (uint64_t)m->mbufs * mbuf_bytes(mtu) *
		      tct_workers_per_port(config);
	need->total = need->worker * (config->workers ? config->workers : 1) + need->mbufs;

	flow_share = (double)need->flow_table / (double)records;
	wheel_share = (double)need->wheel / (double)timers;
	need->per_conn = (double)need->connections / m->connections + flow_share +
			 WHEEL_PER_CONN * wheel_share;
	need->per_half_open = (double)need->half_open / m->half_open + flow_share +
			      WHEEL_PER_HALF_OPEN * wheel_share;
	need->per_time_wait = (double)need->time_wait / m->time_wait + flow_share +
			      WHEEL_PER_TIME_WAIT * wheel_share;
}
