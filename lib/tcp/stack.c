/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "../table/memory.h"
#include "internal.h"

/* Half of the packet buffers may be held in queues; the other half always moves: lib/port/port.c
 * shares it out. */
static uint32_t
extents_wanted(const struct tct_memory_config *memory)
{
	return memory->mbufs / 2 > 64 ? memory->mbufs / 2 : 64;
}

/* A quarter of the packet buffers may hold what lies beyond holes, half of what queues may. */
static uint32_t
reorder_wanted(const struct tct_memory_config *memory)
{
	return extents_wanted(memory) / 2;
}

/* Each record holds a buffer, or little: there need be no more of them. */
static uint32_t
reorders_wanted(const struct tct_memory_config *memory)
{
	return memory->out_of_order ? memory->out_of_order : reorder_wanted(memory);
}

static void
reorder_room_init(struct tcp_stack *s, const struct tct_memory_config *memory)
{
	s->reorder_room = (struct reorder_room){
		.extents = &s->extents,
		.max = reorder_wanted(memory),
		.pieces_max = hole_pieces_max(s->window_first),
	};
}

static void
secrets_init(struct tcp_stack *s, const struct tcp_stack_config *config)
{
	static const uint8_t none[sizeof(config->tcp->cookie_secret)];
	uint64_t wall = config->now_us + config->wall_offset_us;
	uint8_t master[32];

	s->flow_key = (struct siphash_key){config->seed[0], config->seed[1]};
	s->isn_key = (struct siphash_key){config->seed[2], config->seed[3]};
	s->ts_key = (struct siphash_key){config->seed[4], config->seed[5]};
	if (memcmp(config->tcp->cookie_secret, none, sizeof(none))) {
		memcpy(master, config->tcp->cookie_secret, sizeof(master));
	} else {
		memcpy(master, &config->seed[4], sizeof(master));
	}
	cookie_jar_init(&s->cookies, master, wall);
}

static void
touch_pool(const struct pool *p)
{
	memory_touch(p->records, (uint64_t)p->capacity * p->record_size);
}

/* The wheel is not touched: its chunks are handed out in order, a line at a time. */
static void
touch_tables(struct tcp_stack *s)
{
	touch_pool(&s->conns);
	touch_pool(&s->half_opens);
	touch_pool(&s->time_waits);
	touch_pool(&s->extents.nodes);
	touch_pool(&s->flights);
	touch_pool(&s->ranges);
	touch_pool(&s->reorders);
	memory_touch(s->flows.lines, (uint64_t)s->flows.overflow_end * sizeof(*s->flows.lines));
}

static uint64_t
wheel_entries(const struct tct_memory_config *memory)
{
	return (uint64_t)WHEEL_PER_CONN * memory->connections +
	       (uint64_t)WHEEL_PER_HALF_OPEN * memory->half_open +
	       (uint64_t)WHEEL_PER_TIME_WAIT * memory->time_wait;
}

int
tcp_stack_init(struct tcp_stack *s, const struct tcp_stack_config *config)
{
	const struct tct_memory_config *memory = config->memory;
	uint64_t records = (uint64_t)memory->connections + memory->half_open + memory->time_wait;
	int socket = config->socket;

	memset(s, 0, sizeof(*s));
	s->config = *config->tcp;
	s->route = config->route;
	s->reached = config->reached;
	s->net = config->net;
	s->tx = config->tx;
	s->counters = config->counters;
	s->worker = config->worker;
	s->foreign = config->foreign;
	s->share = config->share;
	s->tx_checksum = config->tx_checksum;
	s->tso_ip4 = config->tso_ip4 && s->config.tso;
	s->tso_ip6 = config->tso_ip6 && s->config.tso;
	s->lend_static = config->lend_static;
	s->lend_dma = config->lend_dma;
	s->dma_iova = config->dma_iova;
	s->lent_count = config->lent_count;
	s->lend_buffers = config->lend_buffers;
	s->lend_min = s->lend_static || s->lend_dma ? config->lend_min : UINT32_MAX;
	s->tso_segments = config->tso_segments;
	s->tso_bytes = config->tso_bytes;
	s->tso_short = config->tso_short;
	s->wall_offset_us = config->wall_offset_us;
	s->syn_wscale = window_shift(&s->config);
	s->window_first = window_first(&s->config);
	s->congestion = congestion_control(s->config.congestion);
	s->send_head = SEND_LIST_END;
	s->send_last = &s->send_head;
	s->time_wait_ticks =
		tick_after(0, 1000ull * (s->config.time_wait_ms ? s->config.time_wait_ms
								: 2 * s->config.msl_ms));
	split_init(&s->input_split, config->cycles, config->split_every);
	split_init(&s->flush_split, config->cycles, config->split_every);
	tcp_set_time(s, config->now_us);
	secrets_init(s, config);
	conn_make_fresh(s);
	reorder_room_init(s, memory);
	rate_limit_init(&s->rst_limit, s->config.resets_per_s, s->config.resets_per_s / 8 + 1);
	rate_limit_init(&s->time_wait_limit, s->config.resets_per_s,
			s->config.resets_per_s / 8 + 1);
	if (pool_init(&s->conns, memory->connections, sizeof(struct tct_conn), socket) < 0 ||
	    pool_init(&s->half_opens, memory->half_open, sizeof(struct half_open), socket) < 0 ||
	    pool_init(&s->time_waits, memory->time_wait, sizeof(struct time_wait), socket) < 0 ||
	    pool_init(&s->extents.nodes, extents_wanted(memory), sizeof(struct extent_node),
		      socket) < 0 ||
	    pool_init(&s->flights, memory->flights, sizeof(struct flight), socket) < 0 ||
	    pool_init(&s->ranges, FLIGHT_RANGES * memory->flights, sizeof(struct range), socket) <
		    0 ||
	    pool_init(&s->reorders, reorders_wanted(memory), sizeof(struct reorder), socket) < 0 ||
	    flow_table_init(&s->flows, records, socket) < 0)
		goto fail;
	s->wheel = wheel_create(wheel_entries(memory), s->now, socket);
	if (!s->wheel)
		goto fail;
	if (memory->prefault)
		touch_tables(s);
	return 0;
fail:
	tcp_stack_fini(s);
	return -ENOMEM;
}

void
tcp_stack_fini(struct tcp_stack *s)
{
	if (s->wheel)
		wheel_destroy(s->wheel);
	flow_table_fini(&s->flows);
	pool_fini(&s->ranges);
	pool_fini(&s->flights);
	pool_fini(&s->reorders);
	pool_fini(&s->extents.nodes);
	pool_fini(&s->time_waits);
	pool_fini(&s->half_opens);
	pool_fini(&s->conns);
	s->wheel = NULL;
}
