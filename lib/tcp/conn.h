/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The three records of a connection's life: half-open, conn, time-wait.
 *
 * All begin with the tuple, so that the flow table's candidate can be verified before its kind
 * matters. A reference names a record: two bits of kind, thirty of index. The owning worker is the
 * only reader and writer of all of it.
 *
 * Free records keep `armed` and, in a conn, `generation`: see wheel.h and conn_id().
 */
#ifndef TCT_TCP_CONN_H
#define TCT_TCP_CONN_H

#include <assert.h>
#include <stdint.h>

#include "../base/tuple.h"
#include "../table/wheel.h"
#include "../tercet.h"
#include "extent.h"
#include "state.h"

enum record_kind {
	RECORD_NONE,
	RECORD_CONN,
	RECORD_HALF_OPEN,
	RECORD_TIME_WAIT
};

#define REF(kind, index) ((uint32_t)(kind) << 30 | (index))
#define REF_KIND(ref)	 ((ref) >> 30)
#define REF_INDEX(ref)	 ((ref)&0x3fffffff)

#define WINDOW_GROWN_MAX 7 /* window_grown has 3 bits */

#define SEND_LIST_END  UINT32_MAX	/* last on the send list */
#define SEND_LIST_NONE (UINT32_MAX - 1) /* not on it */

/* clang-format off */
enum conn_flag {
	/* what was negotiated */
	CONN_TIMESTAMPS   = 1 << 0,
	CONN_SACK         = 1 << 1,
	CONN_WSCALE       = 1 << 2,
	CONN_ECN          = 1 << 3,
	CONN_ACTIVE       = 1 << 4,  /* opened by us: MUST-11 */
	/* what the service asked for */
	CONN_FIN_WANTED   = 1 << 5,  /* shutdown or close: FIN after the queued data */
	CONN_ORPHAN       = 1 << 6,  /* close: no more data is taken */
	CONN_NODELAY      = 1 << 7,
	CONN_PAUSED       = 1 << 8,
	CONN_WANT_ROOM    = 1 << 9,  /* a send was refused: call writable */
	/* what the next flush owes */
	CONN_ACK_NOW      = 1 << 10,
	CONN_SEND_RST     = 1 << 11,
	CONN_PROBE        = 1 << 12, /* one byte into the closed window */
	CONN_KEEP_PROBE   = 1 << 13,
	CONN_REWOUND      = 1 << 14, /* snd_nxt is behind snd_max: retransmitting */
	CONN_TELL_OPENED  = 1 << 15,
	/* what has happened */
	CONN_FIN_SENT     = 1 << 16,
	CONN_FIN_RCVD     = 1 << 17,
	CONN_OPENED       = 1 << 18, /* reached ESTABLISHED */
	CONN_PERSIST      = 1 << 19, /* rtx_at times zero-window probes */
	CONN_RTT_TIMING   = 1 << 20, /* the one segment in flight was sent once, at rtt_start_us */
	CONN_ECN_ECHO     = 1 << 21, /* CE seen, CWR not yet */
	CONN_CWR          = 1 << 22, /* the next new data says CWR */
	CONN_FIN_TOLD     = 1 << 23, /* peer_closed was called */
	CONN_SYN_REXMIT   = 1 << 24, /* RFC 6298 5.7 */
	CONN_PROBED       = 1 << 25, /* a probe is unanswered since rtx_start */
	CONN_RETRY        = 1 << 26, /* no buffer or room: flush again in the next poll */
	CONN_PATH_LOWERED = 1 << 27, /* the path takes less than the mss agreed on: path.c */
	CONN_SILENT       = 1 << 28, /* asked for in connect: over once its SYN is sent */
};
/* clang-format on */

struct tcp_stack;

struct tct_conn {
	/* line 0: found by, dispatched on */
	struct tuple tuple;
	uint8_t state;		  /* enum state; STATE_CLOSED in a free record */
	uint8_t snd_wscale : 4;	  /* shift of the windows we receive */
	uint8_t rcv_wscale : 4;	  /* shift of the windows we send */
	uint8_t quick_acks : 5;	  /* full-sized segments that are still acknowledged at once */
	uint8_t window_grown : 3; /* how often the window that is offered has doubled: buffer.c */
	uint8_t reason;		  /* enum tct_reason, once CLOSED */
	uint32_t flags;		  /* enum conn_flag */
	uint32_t send_next;	  /* next conn on the send list, SEND_LIST_* */
	uint16_t hop;		  /* next hop, a counted reference; HOP_NONE: not resolved */
	uint16_t mss;	    /* largest payload to send: peer's MSS and path, options deducted */
	uint32_t ts_offset; /* our TSval is the tick plus this */
	struct wheel_armed armed;

	/* line 1: sequence space (RFC 9293 3.3.1) and deadlines (ticks) */
	uint32_t hash;	  /* low half of the flow hash: all that flow_remove() wants of it */
	uint32_t snd_una; /* iss until our SYN is acknowledged: it is stored nowhere else */
	uint32_t snd_nxt;
	uint32_t snd_max; /* highest ever sent + 1; snd_nxt goes back to retransmit */
	uint32_t snd_wnd; /* bytes, scaled */
	uint32_t snd_wl1;
	uint32_t snd_wl2;
	uint32_t max_snd_wnd; /* largest snd_wnd seen: RFC 5961 5.2 and sender SWS avoidance */
	uint32_t rcv_nxt;
	uint32_t rcv_adv;   /* right edge of the window advertised; never moves left */
	uint32_t rcv_acked; /* Last.ACK.sent (RFC 7323 4.3) */
	uint32_t ts_recent;
	uint32_t rtx_at;  /* retransmission or persist */
	uint32_t ack_at;  /* delayed ACK */
	uint32_t life_at; /* FIN_WAIT_2, keepalive */
	uint32_t wake_at; /* tct_set_wake() */

	/* line 2: the service and the data to send */
	struct tcp_stack *stack;
	const struct tct_service *service;
	void *user;
	struct extent_list sndq; /* from snd_una (less a SYN) on */
	uint32_t reorder;	 /* record of what lies beyond a hole, POOL_NONE: no hole */
	uint32_t generation;	 /* of the record: conn_id() */

	/* line 3: round trips, congestion, limits */
	uint32_t cwnd; /* bytes */
	uint32_t ssthresh;
	uint32_t srtt_us; /* 0: no sample yet */
	uint32_t rttvar_us;
	uint32_t rto_ticks;
	uint32_t flight;       /* record of more than one segment in flight; POOL_NONE: none */
	uint32_t rtt_start_us; /* the one segment in flight was sent last: low 32 bits of the clock
				*/
	uint32_t last_rx_tick;
	uint32_t rtx_start;	  /* tick of the first of a run of retransmissions */
	uint32_t user_timeout_ms; /* R2; 0: for ever */
	uint16_t keepalive_s;	  /* idle seconds before a probe, 0: off */
	uint8_t challenge_second; /* low bits of the second that challenge_count counts */
	uint8_t challenge_count;
	uint8_t retransmits; /* of the segment at snd_una, or probes unanswered */
	uint8_t dscp_tx;     /* shifted into place: TOS without ECN */
	uint8_t dscp_rx;
	uint8_t keepalive_sent;
	struct extent_node_list rcvq; /* received while paused */
	uint32_t window_look;	      /* once rcv_nxt is there the window may grow: buffer.c */
};

static_assert(offsetof(struct tct_conn, hash) == 64, "line 1 begins with the sequence space");
static_assert(offsetof(struct tct_conn, stack) == 128, "line 2 begins with the service");
static_assert(offsetof(struct tct_conn, cwnd) == 192, "line 3 begins with congestion");
static_assert(sizeof(struct tct_conn) == 256, "a conn is four lines");

#define HALF_OPEN_NO_WSCALE 15

/* No bit-fields: gcc writes several of them one by one, and a word that is read again behind the
 * store of a part of it waits until that store is out. */
enum half_open_flag {
	HALF_OPEN_WSCALE = 0x0f, /* the peer's, HALF_OPEN_NO_WSCALE: none */
	HALF_OPEN_TIMESTAMPS = 0x10,
	HALF_OPEN_SACK = 0x20,
	HALF_OPEN_ECN = 0x40,
	HALF_OPEN_REPEATED = 0x80, /* at least one SYN-ACK sent since the SYN came again */
};

/* SYN_RCVD of a passive open. */
struct half_open {
	struct tuple tuple;
	uint32_t iss;
	uint32_t irs;
	uint32_t ts_recent;
	uint32_t deadline; /* next SYN-ACK; TICK_NONE: free */
	struct wheel_armed armed;
	uint16_t mss;	       /* the peer's, 0: none given */
	uint8_t flags;	       /* enum half_open_flag */
	uint8_t retries : 4;   /* SYN-ACKs retransmitted */
	uint8_t sent_part : 4; /* sixteenth of the tick in which deadline was set */
};

static_assert(sizeof(struct half_open) == 64, "a half-open is one line");

enum time_wait_flag {
	TIME_WAIT_TIMESTAMPS = 1,
	TIME_WAIT_LIVE = 2,
};

struct time_wait {
	struct tuple tuple;
	uint32_t snd_nxt;
	uint32_t rcv_nxt;
	uint32_t ts_recent;
	uint32_t hash;	   /* low half of the flow hash, as the conn's */
	uint32_t deadline; /* end of 2 MSL */
	uint32_t armed;	   /* wheel slot, 0: none */
	uint16_t wnd;	   /* as last advertised, scaled */
	uint16_t flags;	   /* enum time_wait_flag */
};

static_assert(sizeof(struct time_wait) == 64, "a time-wait is one line");

/* A name for a conn that outlives it: index and generation. 0 is no conn. */
static inline uint64_t
conn_id(uint32_t index, const struct tct_conn *c)
{
	return (uint64_t)c->generation << 32 | index;
}

#endif
