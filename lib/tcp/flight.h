/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a connection has in flight, and how its path has treated it: the sender's scoreboard, and
 * the variables of RACK-TLP, PRR, undo and congestion control.
 *
 * A conn with one segment in flight needs none of this: its four lines hold all there is to know.
 * The record is taken from a pool when a second segment is to follow the first, and kept until the
 * connection ends. Without a record free a connection goes on, one segment at a time.
 *
 * The scoreboard is a list of ranges of sequence space, in order, that together are [snd_una,
 * snd_nxt). What was sent in one poll was sent at one time, so one range holds a whole burst, and
 * RFC 8985's time per segment costs one record per burst. Ranges split where a SACK block or a
 * retransmission ends within them; neighbours that are both received become one again.
 *
 * Times are the low 32 bits of the clock in microseconds, compared as sequence numbers are.
 */
#ifndef TCT_TCP_FLIGHT_H
#define TCT_TCP_FLIGHT_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "../base/seq.h"
#include "../table/pool.h"

struct tct_conn;
struct congestion_control;

#define FLIGHT_RANGES                                                                   \
	4 /* places on the scoreboard for each record, shared by all conns of a worker: \
	   * a range holds what was sent in one poll, or what is between two holes */

enum range_flag {
	RANGE_SACKED = 1 << 0,	/* the peer has it; the other two are clear then */
	RANGE_LOST = 1 << 1,	/* to be sent again */
	RANGE_RETRANS = 1 << 2, /* was sent more than once */
};

struct range {
	uint32_t start;
	uint32_t end;	  /* one past the last; a FIN counts */
	uint32_t xmit_us; /* when it was last sent */
	uint32_t next;	  /* POOL_NONE: last */
	uint8_t flags;	  /* enum range_flag */
	uint8_t spare[15];
};

static_assert(sizeof(struct range) == 32, "two ranges to a line");

enum recovery_state {
	RECOVERY_NONE, /* nothing is known to be lost */
	RECOVERY_FAST, /* RFC 6675, RFC 6582 */
	RECOVERY_LOSS, /* after a timeout */
};

enum flight_timer {
	FLIGHT_TIMER_NONE,
	FLIGHT_TIMER_REORDER, /* RFC 8985 6.2, step 5 */
	FLIGHT_TIMER_PROBE,   /* RFC 8985 7.2 */
};

/* Words that belong to the congestion control that the connection runs. */
#define CONGESTION_WORDS 11

struct flight {
	/* line 0: the scoreboard, read for each ACK and each segment */
	uint32_t head; /* first range, POOL_NONE: nothing is in flight */
	uint32_t tail;
	uint32_t bytes;	       /* in all ranges */
	uint32_t sacked_bytes; /* of them, received */
	uint32_t lost_bytes;   /* of them, lost and not sent again */
	uint32_t dup_bytes;    /* without SACK: what duplicate ACKs say was received */
	uint32_t probe_at;     /* tick of the timer below, TICK_NONE: none */
	uint32_t recovery_end; /* RecoveryPoint of RFC 6675, recover of RFC 6582 */
	uint32_t fack;	       /* end of the highest range received */
	uint32_t rack_xmit_us; /* RACK.xmit_ts */
	uint32_t rack_end;     /* RACK.end_seq */
	uint32_t rack_rtt_us;  /* RACK.rtt; 0: nothing delivered yet */
	uint32_t min_rtt_us;   /* 0: none yet */
	uint32_t min_rtt_tick; /* when it was taken */
	uint8_t state;	       /* enum recovery_state */
	uint8_t timer;	       /* enum flight_timer */
	uint8_t dupacks;
	bool probe_due;	      /* the next flush sends a tail loss probe */
	bool leave;	      /* the next retransmission goes whatever cwnd says */
	bool limited;	      /* at the last flush cwnd was what kept data back */
	bool timer_stale;     /* something was sent or acknowledged: PTO anew */
	bool reordering_seen; /* RACK.reordering_seen */

	/* line 1: recovery and what it might have been wrong about */
	uint32_t prr_delivered; /* RFC 6937 */
	uint32_t prr_out;
	uint32_t prr_flight; /* RecoverFS */
	uint32_t tlp_end;    /* TLP.end_seq */
	bool tlp_out;	     /* a probe is out: tlp_end holds */
	bool undo;	     /* the fields below hold */
	bool undo_timeout;   /* the timer reduced the window, or ran out since */
	uint8_t reo_wnd_mult;
	uint8_t reo_wnd_persist;
	bool dsack_round_open;
	bool cwr_open;	       /* cwr_end holds */
	uint32_t dsack_round;  /* RACK.dsack_round */
	uint32_t undo_una;     /* snd_una when the window was reduced */
	uint32_t undo_end;     /* snd_max then: duplicates of what lies between count */
	uint32_t undo_pipe;    /* pipe_prev of RFC 4015: what was in flight then, or ssthresh */
	uint32_t rto_end;      /* snd_max when a timeout was found a mistake, if rto_anew */
	uint32_t undo_bytes;   /* sent again since, and not reported as duplicate */
	uint32_t retrans_tick; /* of the first retransmission since, TICK_NONE: none yet */
	uint32_t cwr_end;      /* snd_nxt when an ECN echo was last reacted to */
	uint32_t sent_tick;    /* of the last segment with data: restart after idle */

	uint32_t hystart_css_us; /* RFC 9406: cssBaselineMinRtt */

	/* line 2: congestion control */
	_Alignas(64) const struct congestion_control *control;
	uint32_t congestion[CONGESTION_WORDS];
	uint32_t hystart_round_end; /* windowEnd */
	uint32_t hystart_last_us;   /* lastRoundMinRTT; UINT32_MAX: infinity */
	uint8_t hystart_samples;    /* rttSampleCount */
	uint8_t hystart_css_rounds;
	bool hystart_css; /* in conservative slow start */
	/* line 3: seldom touched: the path's segment size (path.c), with CONN_PATH_LOWERED; the
	 * size of the buffers */
	_Alignas(64) uint32_t path_ask_at; /* tick from which on path_mss may be tried again */
	uint32_t path_end;		   /* of the segment that tries, if path_asked */
	uint16_t path_mss;		   /* what c->mss was */
	bool path_asked;
	bool window_timed;	/* the window_* below hold: buffer.c */
	uint32_t window_from;	/* what the service had taken when the round began */
	uint32_t window_us;	/* when that was */
	uint32_t window_rtt_us; /* as the receiver sees it; 0: not yet */
	uint32_t window_edge;	/* rcv_adv at window_edge_us */
	uint32_t window_edge_us;
	uint32_t hystart_now_us; /* currentRoundMinRTT; UINT32_MAX: infinity */
	uint32_t small_end;    /* of the last segment that was not full: Snd.sml of RFC 9293 A.3 */
	uint32_t send_size;    /* the largest send buffer that cwnd has asked for */
	uint32_t undo_srtt_us; /* SRTT_prev of RFC 4015, with undo or rto_anew */
	uint32_t undo_rttvar_us; /* RTTVAR_prev */
	uint16_t tlp_again;	 /* TLP.is_retrans: bytes of the probe that were sent before */
	bool rto_anew;		 /* the first sample from rto_end on begins the estimate anew */
};

static_assert(offsetof(struct flight, prr_delivered) == 64, "line 1 begins with PRR");
static_assert(offsetof(struct flight, control) == 128, "line 2 begins with congestion control");
static_assert(sizeof(struct flight) == 256, "a flight is four lines");

/* Bytes believed to be in the network: pipe of RFC 6675. */
static inline uint32_t
flight_pipe(const struct flight *f)
{
	uint32_t gone = f->sacked_bytes + f->lost_bytes + f->dup_bytes;

	return gone < f->bytes ? f->bytes - gone : 0;
}

/* What an ACK said about the scoreboard. The first group is the caller's. */
struct delivery {
	uint32_t now_us;
	uint32_t min_rtt_us;	 /* faster than this a retransmission is not acknowledged */
	uint32_t echo_age_ticks; /* age of the timestamp that came back; UINT32_MAX: none */
	uint32_t now_in_tick_us; /* how far into its tick now is */
	uint32_t fack;		 /* the flight's, before */
	bool duplicate;		 /* a duplicate ACK */

	uint32_t acked;	    /* bytes by which snd_una moves */
	uint32_t delivered; /* bytes not known to be received before */
	uint32_t sacked;    /* of them, by SACK */
	bool dsack;	    /* a duplicate was reported */
	bool rtt;	    /* oldest_us holds: a range sent once was delivered */
	bool newest;	    /* newest_* hold */
	bool reordered;	    /* a range sent once came in below one that came before */
	bool retransmitted; /* a range sent again was among them */
	uint32_t oldest_us; /* when the oldest of the ranges sent once was sent */
	uint32_t newest_us; /* the most recently sent range: RFC 8985 6.2, step 2 */
	uint32_t newest_end;
};

/* c's record, taken now if need be; NULL when none is free. */
struct flight *flight_take(struct tct_conn *c);

/* Gives the record back, with all its ranges. */
void flight_free(struct tct_conn *c);

/* Is there a range for what would be sent next? */
bool flight_has_room(const struct tct_conn *c, const struct flight *f);

/* [start, end) was sent now, behind all there is. flight_has_room() said yes. */
void flight_sent(struct tct_conn *c, struct flight *f, uint32_t start, uint32_t end,
		 unsigned flags);

/* Everything before ack is received. */
void flight_ack(struct tct_conn *c, struct flight *f, uint32_t ack, struct delivery *d);

/* [left, right) is received, by SACK. */
void flight_sack(struct tct_conn *c, struct flight *f, uint32_t left, uint32_t right,
		 struct delivery *d);

/* The first range to be sent again, or NULL. */
struct range *flight_first_lost(const struct tct_conn *c, const struct flight *f);

/* The first len bytes of r were sent again now. */
void flight_resent(struct tct_conn *c, struct flight *f, struct range *r, uint32_t len);

/* The last mss bytes, at most, as a range of their own; NULL when nothing is in flight or no
 * range is free. */
struct range *flight_last(struct tct_conn *c, struct flight *f, uint32_t mss);

/* Takes r, not received, for lost. */
void flight_mark_lost(struct flight *f, struct range *r);

/* The first segment, when it is not received and not lost yet; for what has no SACK. */
void flight_mark_first_lost(struct tct_conn *c, struct flight *f, uint32_t mss);

/* All that is not received; all that is, too, if the peer has dropped what it reported. */
void flight_mark_all_lost(struct tct_conn *c, struct flight *f);

/* What was taken for lost is in flight after all. */
void flight_unmark_lost(struct tct_conn *c, struct flight *f);

/* SACK no longer counts: RFC 2018 8. */
void flight_forget_sacked(struct tct_conn *c, struct flight *f);

/* Nothing is in flight: what was sent will be sent again from snd_una. */
void flight_rewind(struct tct_conn *c, struct flight *f);

/* Calls fn for each range in order, until it says no. */
#define FLIGHT_EACH(pool_, f_, r_)                                                                 \
	for (struct range *r_ = (f_)->head == POOL_NONE ? NULL : pool_at((pool_), (f_)->head); r_; \
	     r_ = r_->next == POOL_NONE ? NULL : pool_at((pool_), r_->next))

#endif
