/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Cases that read like the protocol:
 *
 *	CASE(syn_ack_retransmitted, "SYN-ACK comes again after a second", MUST_22)
 *	{
 *		LISTEN();
 *		IN(SYN, .seq = 100, .mss = 1460);
 *		OUT(SYN | ACK, .ack = 101);
 *		AFTER_MS(1000);
 *		OUT(SYN | ACK, .seq = 0);
 *		STATE(SYN_RCVD);
 *	}
 *
 * Every case runs over IPv4 and over IPv6, and over IPv4 once more with CWR in all segments that
 *come in once a connection is open: this means nothing without ECN, but such a segment is not the
 *one that is expected (lib/tcp/expected.c), and so goes the general way. The last arguments of CASE
 *name the requirements that it proves, by their id in tests/rfc9293.tsv and tests/rfc-other.tsv
 *with '_' for '-' and '.'; the matrix in tests/README.md is made of them.
 *
 * Numbers: sequence numbers of the peer are absolute (.seq of IN, .ack and .sack_blocks of OUT).
 * Those of the stack count from its ISS (.ack and .sack_blocks of IN, .seq of OUT): 0 is its SYN, 1
 * its first byte.
 *
 * What is not said: IN goes on where the peer is and acknowledges all that it has seen. OUT must
 * go on where the stack is (.seq) and acknowledge all that the peer has sent in order (.ack), and
 * carry no data unless .len or .data says so. Timestamps are put in and checked once both SYNs had
 * them.
 *
 * What is sent must be taken by OUT before the next IN, call or step of time, and events by EVENT
 * before the case ends: nothing happens unseen. After each step the whole stack is checked
 * (rig_check()), and at the end all is closed, and nothing may be left.
 */
#ifndef TCT_TESTS_DSL_H
#define TCT_TESTS_DSL_H

#include <errno.h>

#include "rig.h"

/* Defaults stand first in an initialiser, and what the case says overrides them. */
#if defined(__clang__)
#pragma clang diagnostic ignored "-Winitializer-overrides"
#else
#pragma GCC diagnostic ignored "-Woverride-init"
#endif

#define FIN TCP_FLAG_FIN
#define SYN TCP_FLAG_SYN
#define RST TCP_FLAG_RST
#define PSH TCP_FLAG_PSH
#define ACK TCP_FLAG_ACK
#define URG TCP_FLAG_URG
#define ECE TCP_FLAG_ECE
#define CWR TCP_FLAG_CWR

#define UNSAID INT64_MIN
#define ABSENT -1

struct segment {
	uint8_t flags;
	int64_t seq, ack;
	int64_t wnd; /* as in the header; ANY for OUT */
	int64_t urgent;
	int64_t len;	  /* bytes of the pattern: byte n of a stream is pattern(n) */
	const char *data; /* or these */
	/* options: a value, ABSENT or UNSAID (IN: absent; OUT: not looked at, but absent without
	 * SYN) */
	int64_t mss, wscale, sack;
	/* {left, right}, the first one that is {0, 0} ends them; OUT: none but these */
	int64_t sack_blocks[TCP_SACK_BLOCKS_MAX][2];
	int64_t ts; /* ABSENT: no timestamps although negotiated; 1: with, in a SYN */
	int64_t ts_val, ts_ecr;
	const char *options; /* IN: raw bytes instead of all these */
	unsigned options_len;
	int64_t tos, ttl;
	bool bad_checksum;
};

#define SEGMENT_DEFAULTS                                                                 \
	.seq = UNSAID, .ack = UNSAID, .wnd = UNSAID, .urgent = UNSAID, .len = UNSAID,    \
	.mss = UNSAID, .wscale = UNSAID, .sack = UNSAID, .ts = UNSAID, .ts_val = UNSAID, \
	.ts_ecr = UNSAID, .tos = UNSAID, .ttl = UNSAID

enum event {
	EVENT_NONE,
	EVENT_opened,
	EVENT_peer_closed,
	EVENT_writable,
	EVENT_error,
	EVENT_urgent,
	EVENT_closed,
	EVENT_MAX
};

#define PEERS_MAX 512

/* The other end of a connection, as far as the case has seen it. */
struct peer {
	uint16_t port;	     /* its own */
	uint16_t local_port; /* the stack's */
	uint32_t iss;	     /* the stack's */
	bool iss_known;
	bool syn_sent;	  /* the peer's */
	uint32_t snd_nxt; /* absolute */
	uint32_t rcv_nxt; /* absolute */
	bool ts_in, ts_out;
	uint32_t ts_seen; /* last TSval of the stack */
	struct tct_conn *conn;
	unsigned opened, closed; /* how often */
	uint32_t received;	 /* bytes delivered */
	uint8_t tail[64];	 /* the last of them */
	bool pattern_bad;
};

struct dsl {
	bool ip4;
	bool active; /* connections are opened by the stack */
	unsigned peer;
	struct peer peers[PEERS_MAX];
	struct segment last; /* the last segment that OUT took, with all that it had */
	uint64_t last_us;    /* when it was sent */
	uint64_t mark_us;    /* when the last thing happened */
	bool held;	     /* IN waits for POLL */
	bool quiet;	     /* output is thrown away, events too */
	uint8_t ip_ttl;	     /* of frames made */
	uint8_t ip_tos;
	/* Called at an event, in the callback. */
	void (*on[EVENT_MAX])(struct tct_conn *c);
	void (*on_data)(struct tct_conn *c, const struct tct_data *d);
};

extern struct dsl dsl;
extern const struct tct_service dsl_service;

struct dsl_case {
	const char *name, *what, *file;
	void (*run)(void);
	struct dsl_case *next;
	bool failed;
};

void dsl_register(struct dsl_case *c);

#define CASE(id, text, ...)                                                        \
	static void id(void);                                                      \
	__attribute__((constructor)) static void register_##id(void)               \
	{                                                                          \
		static struct dsl_case c = {#id, text, __FILE__, id, NULL, false}; \
                                                                                   \
		dsl_register(&c);                                                  \
	}                                                                          \
	static void id(void)

/* ---- steps ---------------------------------------------------------------------------------- */

#define HERE __FILE__, __LINE__

/* Settings, before anything else in a case. */
#define TCP(setting)	(rig.tcp.setting)
#define MEMORY(setting) (rig.memory.setting)

#define LISTEN(...)	       dsl_listen(HERE, (struct tct_listen){.port = 80, ##__VA_ARGS__}, 0)
#define LISTEN_FAILS(err, ...) dsl_listen(HERE, (struct tct_listen){.port = 80, ##__VA_ARGS__}, err)
#define IN(f, ...)	       dsl_in(HERE, &(struct segment){SEGMENT_DEFAULTS, .flags = f, ##__VA_ARGS__})
#define OUT(f, ...)	       dsl_out(HERE, &(struct segment){SEGMENT_DEFAULTS, .flags = f, ##__VA_ARGS__})
#define NOTHING()	       dsl_nothing(HERE)
#define FRAME(bytes, len)      dsl_frame(HERE, bytes, len)
#define HOLD()		       (dsl.held = true) /* what comes in now arrives in one burst */
#define POLL()		       dsl_poll(HERE)
#define SKIP()		       dsl_skip() /* output not looked at */

/* So long after the last thing that happened; nothing is sent or told before that. To 2 ms. */
#define AFTER_MS(ms) dsl_after(HERE, (ms)*1000ull)
/* Lets time pass in which nothing may be sent. */
#define QUIET_MS(ms) dsl_quiet(HERE, (ms)*1000ull)
/* Lets time pass, whatever is sent. */
#define RUN_MS(ms) dsl_run((ms)*1000ull)
/* Sets the clock at once. */
#define JUMP_MS(ms) dsl_jump((ms)*1000ull)

#define PEER(n) dsl_peer(n) /* the cases' first one is 0 */
#define AGAIN() dsl_again() /* the peer forgets all and begins anew */

#define CONNECT(...) dsl_connect(HERE, (struct tct_connect){.remote_port = 0, ##__VA_ARGS__}, 0)
#define CONNECT_FAILS(err, ...) \
	dsl_connect(HERE, (struct tct_connect){.remote_port = 0, ##__VA_ARGS__}, err)
#define SEND(text)	   dsl_send(HERE, text, strlen(text), 0)
#define SEND_BYTES(n)	   dsl_send(HERE, NULL, n, 0) /* of the pattern */
#define SEND_FAILS(err, n) dsl_send(HERE, NULL, n, err)
#define SHUTDOWN()	   dsl_call(HERE, dsl_shutdown)
#define CLOSE()		   dsl_call(HERE, tct_close)
#define ABORT()		   dsl_call(HERE, tct_abort)
#define PAUSE()		   dsl_call(HERE, tct_pause)
#define RESUME()	   dsl_call(HERE, tct_resume)

#define STATE(name) dsl_state(HERE, #name)
#define EVENT(name, ...)                                                         \
	dsl_event(HERE, EVENT_##name, #name, (int64_t[]){UNSAID, ##__VA_ARGS__}, \
		  sizeof((int64_t[]){UNSAID, ##__VA_ARGS__}) / sizeof(int64_t))
#define NO_EVENT()	  dsl_event(HERE, EVENT_NONE, "none", NULL, 0)
#define RECEIVED(text)	  dsl_received(HERE, text, strlen(text))
#define RECEIVED_BYTES(n) dsl_received(HERE, NULL, n)
#define COUNTER(name, n)  dsl_counter(HERE, COUNTER_##name, #name, n)
#define CHECK(condition)                                          \
	do {                                                      \
		if (!(condition))                                 \
			dsl_fail(HERE, "not so: %s", #condition); \
	} while (0)

/* Shortcuts: a connection in that state, its output and events taken. Arguments are the peer's
 * SYN. */
#define ESTABLISH(...) \
	dsl_establish(HERE, &(struct segment){SEGMENT_DEFAULTS, .seq = 100, ##__VA_ARGS__})
/* The same for a passive open, and no round trip is known: the SYN came twice, so did the SYN-ACK,
 * and no timestamp tells them apart. The RTO is still the first, 1 s. */
#define ESTABLISH_UNTIMED(...) \
	dsl_establish_untimed(HERE, &(struct segment){SEGMENT_DEFAULTS, .seq = 100, ##__VA_ARGS__})
/* The cases of a bulk sender have segments of this size. */
#define MSS	     1000
#define BURST(n)     dsl_burst(HERE, n) /* n of them, the last that there is, go out at once */
#define MEASURE()    dsl_measure(HERE)	/* one of them takes 100 ms, which the RTT is then */
#define REACH(state) dsl_reach(HERE, STATE_##state)

__attribute__((noreturn, format(printf, 3, 4))) void dsl_fail(const char *file, int line,
							      const char *format, ...);
void dsl_listen(const char *file, int line, struct tct_listen l, int err);
void dsl_in(const char *file, int line, const struct segment *s);
void dsl_out(const char *file, int line, const struct segment *s);
void dsl_nothing(const char *file, int line);
void dsl_frame(const char *file, int line, const uint8_t *bytes, unsigned len);
void dsl_poll(const char *file, int line);
void dsl_skip(void);
void dsl_after(const char *file, int line, uint64_t us);
void dsl_quiet(const char *file, int line, uint64_t us);
void dsl_run(uint64_t us);
void dsl_jump(uint64_t us);
void dsl_peer(unsigned n);
void dsl_again(void);
void dsl_connect(const char *file, int line, struct tct_connect o, int err);
void dsl_send(const char *file, int line, const char *text, uint32_t len, int err);
void dsl_burst(const char *file, int line, unsigned n);
void dsl_measure(const char *file, int line);
void dsl_call(const char *file, int line, void (*fn)(struct tct_conn *));
void dsl_shutdown(struct tct_conn *c);
void dsl_state(const char *file, int line, const char *name);
void dsl_event(const char *file, int line, enum event e, const char *name, const int64_t *argument,
	       size_t arguments);
void dsl_received(const char *file, int line, const char *text, uint32_t len);
void dsl_counter(const char *file, int line, enum counter c, const char *name, uint64_t n);
void dsl_establish(const char *file, int line, const struct segment *syn);
void dsl_establish_untimed(const char *file, int line, const struct segment *syn);
void dsl_reach(const char *file, int line, enum state state);

/* The tuple, and the records, of the current peer. */
struct tuple dsl_tuple(void);
uint32_t dsl_ref(void);
struct tct_conn *dsl_conn(void);
struct flight *dsl_flight(void); /* NULL: none */
struct peer *dsl_this(void);

/* How many segments are sent and not taken. */
unsigned dsl_pending(void);

/* The frame of a segment of the current peer's; returns its length. */
unsigned dsl_build(const struct segment *s, uint8_t frame[2048]);

struct tct_address dsl_address(struct addr a);
char dsl_pattern(uint32_t n);

#endif
