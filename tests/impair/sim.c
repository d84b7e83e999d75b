/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two whole TCP stacks, a client's and a server's, joined by two bad wires, in virtual time: no
 * EAL, no device, no clock but the next event's. Streams flow both ways at once on every
 * connection and every byte is compared. What a seed did once it does again.
 *
 * The last line is JSON. Exit 1: bytes were wrong or missing, nothing moved for 120 virtual
 * seconds, a connection did not end in order, something is left in a stack at the end, or a goal
 * was missed.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config_list.h"
#include "endpoint.h"
#include "impair.h"
#include "stream.h"
#include "too_big.h"
#include "watch.h"

#define FIRST_PORT  10000
#define SERVER_PORT 7
#define CONNS_MAX   1000
#define STALL_US    120000000ull
#define REST_US	    600000000ull /* time-waits and half-opens are gone by then */
#define TICK_US	    (1u << TICK_SHIFT)

enum {
	CLIENT,
	SERVER
};

struct options {
	uint64_t seed;
	uint64_t bytes[2]; /* that each side sends on each connection */
	uint32_t conns;
	struct impair_config wire[2]; /* toward each side */
	bool ip6, wrap, check, trace, counters, quiet;
	uint64_t goal_kbps, goal_needless; /* each way; UINT64_MAX: any */
	uint32_t slow_bytes, slow_ms;
	struct endpoint ends[2]; /* their settings */
	char text[1024];	 /* what a seed chose, as options */
};

static struct options o;
static struct endpoint *const ends = o.ends;
static struct impair *wires[2]; /* toward each side */
static struct watch *watch;
static struct stream *streams[2];
static uint8_t *content[2]; /* that each side sends */
static uint64_t now_us;

/* ---- options -------------------------------------------------------------------------------- */

static const char usage_text[] =
	"Usage: sim [OPTION]...\n"
	"  --seed N                        of all that is random; default 1\n"
	"  --random                        lets the seed choose the impairments and some settings\n"
	"  --bytes N[,N]                   that the client and the server send: 1M\n"
	"  --connections N                 side by side\n"
	"  --toward client|server|both     which wire the impairments that follow are for\n"
	"%s"
	"  --ip6\n"
	"  --wrap                          sequence numbers wrap in the middle of the streams\n"
	"  --of client|server|both         whose settings follow\n"
	"  --setting KEY=NUMBER            a key of the configuration's tcp section: sack=0\n"
	"  --mbufs N                       packet buffers in all, at least 400\n"
	"  --mtu BYTES                     of the port\n"
	"  --slow-reader BYTES,MS          the services stop reading after about so much, for so long\n"
	"  --check                         all that must hold of a stack, after every poll\n"
	"  --goal-kbps N                   exit 1 if the goodput of either way is lower\n"
	"  --goal-needless N               exit 1 if more segments were sent again for nothing\n"
	"  --trace                         a line for each segment\n"
	"  --counters                      what is not 0\n"
	"  --quiet                         one line, and only of a run that fails\n";

static __attribute__((noreturn)) void
usage(const char *what, const char *value)
{
	fprintf(stderr, "sim: --%s %s: not understood; --help says what is\n", what,
		value ? value : "");
	exit(2);
}

static __attribute__((noreturn)) void
help(void)
{
	printf(usage_text, impair_usage);
	exit(0);
}

static uint64_t
number(const char *what, const char *text, char after)
{
	char *end;
	uint64_t v = strtoull(text, &end, 10);

	if (*end == 'k')
		v <<= 10, end++;
	else if (*end == 'M')
		v <<= 20, end++;
	if (end == text || (*end != '\0' && *end != after))
		usage(what, text);
	return v;
}

static void
set_tcp(struct tct_tcp_config *tcp, const char *text)
{
	const char *value = strchr(text, '=');
	size_t len = value ? (size_t)(value - text) : 0;

	if (!value)
		usage("setting", text);
#define X(member, key, unit, zero, min, max, def, help)                                 \
	if (len == strlen(key) && strncmp(text, key, len) == 0) {                       \
		tcp->member = (__typeof__(tcp->member))number("setting", value + 1, 0); \
		return;                                                                 \
	}
	CONFIG_TCP_LIST(X)
#undef X
	usage("setting", text);
}

static void
set_bytes(const char *text)
{
	const char *second = strchr(text, ',');

	o.bytes[CLIENT] = number("bytes", text, ',');
	o.bytes[SERVER] = second ? number("bytes", second + 1, 0) : o.bytes[CLIENT];
}

static void
set_slow(const char *text)
{
	const char *second = strchr(text, ',');

	if (!second)
		usage("slow-reader", text);
	o.slow_bytes = (uint32_t)number("slow-reader", text, ',');
	o.slow_ms = (uint32_t)number("slow-reader", second + 1, 0);
}

/* A mask of CLIENT and SERVER. */
static unsigned
sides(const char *what, const char *text)
{
	if (strcmp(text, "client") == 0)
		return 1 << CLIENT;
	if (strcmp(text, "server") == 0)
		return 1 << SERVER;
	if (strcmp(text, "both") != 0)
		usage(what, text);
	return 1 << CLIENT | 1 << SERVER;
}

/* One option, but for --toward and --of, which say whom the others are for. */
static void
set(const char *name, const char *v, unsigned toward, unsigned of)
{
	if (strcmp(name, "bytes") == 0)
		set_bytes(v);
	else if (strcmp(name, "connections") == 0)
		o.conns = (uint32_t)number(name, v, 0);
	else if (strcmp(name, "slow-reader") == 0)
		set_slow(v);
	else if (strcmp(name, "ip6") == 0)
		o.ip6 = true;
	else if (strcmp(name, "wrap") == 0)
		o.wrap = true;
	else if (strcmp(name, "check") == 0)
		o.check = true;
	else if (strcmp(name, "goal-kbps") == 0)
		o.goal_kbps = number(name, v, 0);
	else if (strcmp(name, "goal-needless") == 0)
		o.goal_needless = number(name, v, 0);
	else if (strcmp(name, "trace") == 0)
		o.trace = true;
	else if (strcmp(name, "counters") == 0)
		o.counters = true;
	else if (strcmp(name, "quiet") == 0)
		o.quiet = true;
	for (unsigned i = 0; i < 2; i++) {
		if (of >> i & 1 && strcmp(name, "setting") == 0)
			set_tcp(&ends[i].tcp, v);
		if (of >> i & 1 && strcmp(name, "mbufs") == 0)
			ends[i].memory.mbufs = (uint32_t)number(name, v, 0);
		if (of >> i & 1 && strcmp(name, "mtu") == 0)
			ends[i].mtu = (uint16_t)number(name, v, 0);
	}
}

/* One row each; 'i': of the wires. */
/* clang-format off */
static const struct option long_options[] = {
	{"seed", 1, NULL, 's'},
	{"random", 0, NULL, 'r'},
	{"toward", 1, NULL, 't'},
	{"of", 1, NULL, 'o'},
	{"help", 0, NULL, 'h'},
	{"bytes", 1, NULL, 0},
	{"connections", 1, NULL, 0},
	{"ip6", 0, NULL, 0},
	{"wrap", 0, NULL, 0},
	{"setting", 1, NULL, 0},
	{"mbufs", 1, NULL, 0},
	{"mtu", 1, NULL, 0},
	{"slow-reader", 1, NULL, 0},
	{"check", 0, NULL, 0},
	{"goal-kbps", 1, NULL, 0},
	{"goal-needless", 1, NULL, 0},
	{"trace", 0, NULL, 0},
	{"counters", 0, NULL, 0},
	{"quiet", 0, NULL, 0},
	{"loss", 1, NULL, 'i'},
	{"burst-loss", 1, NULL, 'i'},
	{"reorder", 1, NULL, 'i'},
	{"duplicate", 1, NULL, 'i'},
	{"corrupt", 1, NULL, 'i'},
	{"delay", 1, NULL, 'i'},
	{"jitter", 1, NULL, 'i'},
	{"rate", 1, NULL, 'i'},
	{"queue", 1, NULL, 'i'},
	{"ecn-mark", 1, NULL, 'i'},
	{"mtu-black-hole", 1, NULL, 'i'},
	{NULL, 0, NULL, 0},
};
/* clang-format on */

/* ---- what a seed chooses -------------------------------------------------------------------- */

static __attribute__((format(printf, 3, 4))) void
choose(unsigned toward, const char *name, const char *format, ...)
{
	size_t used = strlen(o.text);
	char value[64];
	va_list args;

	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	snprintf(o.text + used, sizeof(o.text) - used, "%s--%s %s", used ? " " : "", name, value);
	for (unsigned i = 0; i < 2; i++)
		if (toward >> i & 1)
			impair_option(&o.wire[i], name, value);
	set(name, value, 3, 3);
}

/* 0 in one of so many draws, else up to most hundredths of a percent. */
static unsigned
share(struct random *r, unsigned one_in, unsigned most)
{
	bool none = random_below(r, one_in) == 0;
	unsigned v = (unsigned)random_below(r, most + 1);

	return none ? 0 : v;
}

#define PERCENT(v) (v) / 100, (v) % 100

static void
choose_wire(struct random *r)
{
	unsigned delay_us = 100 + (unsigned)random_below(r, random_below(r, 2) ? 2000 : 40000);
	unsigned loss = share(r, 10, 1000), reorder = share(r, 4, 1000);
	unsigned duplicate = share(r, 2, 200), bad = share(r, 2, 100);
	unsigned held_us = 1 + (unsigned)random_below(r, 2 * delay_us);

	choose(3, "delay", "%uus", delay_us);
	choose(3, "loss", "%u.%02u%%", PERCENT(loss));
	if (reorder)
		choose(3, "reorder", "%u.%02u%%,%uus", PERCENT(reorder), held_us);
	if (duplicate)
		choose(3, "duplicate", "%u.%02u%%", PERCENT(duplicate));
	if (bad)
		choose(3, "corrupt", "%u.%02u%%", PERCENT(bad));
	if (random_below(r, 3) == 0)
		choose(3, "jitter", "%uus", 1 + (unsigned)random_below(r, delay_us));
	if (random_below(r, 5) == 0)
		choose(3, "burst-loss", "0.%02u%%,25%%,50%%", 1 + (unsigned)random_below(r, 50));
	if (random_below(r, 3) == 0) {
		choose(3, "rate", "%uM", 2 + (unsigned)random_below(r, 200));
		choose(3, "queue", "%uk", 20 + (unsigned)random_below(r, 200));
		if (random_below(r, 2) == 0)
			choose(3, "ecn-mark", "%uk", 10 + (unsigned)random_below(r, 50));
	}
}

static void
choose_settings(struct random *r)
{
	static const char *const flags[] = {"sack", "timestamps"};

	if (random_below(r, 2))
		choose(0, "ip6", "%s", "");
	if (random_below(r, 4) == 0)
		choose(0, "wrap", "%s", "");
	for (unsigned i = 0; i < RTE_DIM(flags); i++)
		if (random_below(r, 4) == 0)
			choose(0, "setting", "%s=0", flags[i]);
	if (random_below(r, 4) == 0)
		choose(0, "setting", "receive-window=%u", 8000 + (unsigned)random_below(r, 100000));
	if (random_below(r, 4) == 0)
		choose(0, "setting", "send-buffer=%u", 8000 + (unsigned)random_below(r, 1000000));
	if (random_below(r, 8) == 0)
		choose(0, "mbufs", "%u", 400 + (unsigned)random_below(r, 1000));
	if (random_below(r, 5) == 0)
		choose(0, "slow-reader", "%u,%u", 1000 + (unsigned)random_below(r, 1000000),
		       1 + (unsigned)random_below(r, 200));
}

/* ---- set-up --------------------------------------------------------------------------------- */

static struct addr
address(unsigned side)
{
	uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8};

	v6[15] = (uint8_t)(1 + side);
	return o.ip6 ? addr_from_ip6(v6) : addr_from_ip4(rte_cpu_to_be_32(0xc0000201 + side));
}

static void
defaults(void)
{
	o.seed = 1;
	o.bytes[CLIENT] = o.bytes[SERVER] = 1 << 20;
	o.conns = 1;
	o.goal_needless = UINT64_MAX;
	for (unsigned i = 0; i < 2; i++) {
		endpoint_init(&ends[i], i == CLIENT ? "client" : "server", address(i));
		o.wire[i].l2_len = ENDPOINT_L2_LEN;
		o.wire[i].delay_ns = 10000000;
	}
}

/* The seed comes first, wherever it stands: --random asks for it. */
static void
read_seed(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "--seed=", 7) == 0)
			o.seed = number("seed", argv[i] + 7, 0);
		else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
			o.seed = number("seed", argv[i + 1], 0);
	}
}

static void
read_options(int argc, char **argv)
{
	unsigned toward = 3, of = 3;
	struct random r;
	int c, which;

	read_seed(argc, argv);
	r = random_stream(o.seed, 1);
	while ((c = getopt_long(argc, argv, "", long_options, &which)) != -1) {
		const char *name = c == '?' ? "" : long_options[which].name;

		if (c == 't')
			toward = sides(name, optarg);
		else if (c == 'o')
			of = sides(name, optarg);
		else if (c == 'r') {
			choose_wire(&r);
			choose_settings(&r);
		} else if (c == 'i') {
			for (unsigned i = 0; i < 2; i++)
				if (toward >> i & 1 && impair_option(&o.wire[i], name, optarg) < 0)
					usage(name, optarg);
		} else if (c == 0)
			set(name, optarg, toward, of);
		else if (c == 'h')
			help();
		else if (c == '?')
			exit(2);
	}
	if (optind < argc)
		usage("", argv[optind]);
	if (ends[CLIENT].memory.mbufs < 400 || ends[SERVER].memory.mbufs < 400)
		usage("mbufs", "too few");
	if (o.conns == 0 || o.conns > CONNS_MAX || o.bytes[0] > 1u << 30 || o.bytes[1] > 1u << 30)
		usage("bytes", "or --connections: too many");
}

static struct stream *
stream_of(uint16_t port)
{
	return port >= FIRST_PORT && port - FIRST_PORT < (int)o.conns
		       ? &streams[SERVER][port - FIRST_PORT]
		       : NULL;
}

/* Every connection sends another part of the same bytes. */
#define SHIFT 4099

static void
make_content(void)
{
	for (unsigned side = 0; side < 2; side++) {
		struct random r = random_stream(o.seed, 10 + side);
		uint64_t len = o.bytes[side] + (uint64_t)SHIFT * o.conns;

		content[side] = malloc(len + 8);
		streams[side] = calloc(o.conns, sizeof(*streams[side]));
		if (!content[side] || !streams[side])
			abort();
		for (uint64_t i = 0; i < len; i += 8) {
			uint64_t word = random_next(&r);

			memcpy(content[side] + i, &word, 8);
		}
	}
}

static void
make_streams(void)
{
	for (uint32_t i = 0; i < o.conns; i++) {
		for (unsigned side = 0; side < 2; side++) {
			uint32_t half = ends[side].tcp.send_buffer / 2;

			streams[side][i] = (struct stream){
				.name = ends[side].name,
				.out = content[side] + (uint64_t)SHIFT * i,
				.in = content[!side] + (uint64_t)SHIFT * i,
				.out_len = o.bytes[side],
				.in_len = o.bytes[!side],
				.piece_max = half ? half : 1,
				.slow_bytes = o.slow_bytes,
				.slow_ms = o.slow_ms,
				.random = random_stream(o.seed, 1000 + 2 * i + side),
				.now_us = &now_us,
			};
		}
	}
}

static void
sent(struct endpoint *e, const uint8_t *frame, uint32_t len)
{
	unsigned to = e == &ends[CLIENT] ? SERVER : CLIENT;
	uint8_t answer[TOO_BIG_MAX];
	int what = impair_put(wires[to], frame, len, now_us * 1000);

	if (what < 0)
		abort();
	watch_frame(watch, to == SERVER, frame, len, (unsigned)what, now_us);
	if (what & IMPAIR_VANISHED && o.wire[to].mtu_tells) {
		len = too_big_make(answer, frame, len, ENDPOINT_L2_LEN, o.wire[to].mtu);
		if (len)
			impair_put(wires[!to], answer, len, now_us * 1000);
	}
}

/*
 * Starts a stack at a time at which the first connection's ISN lies so far before 2^32 as half of
 * what is sent: RFC 9293 3.4.1's clock ticks every 4 us.
 */
static void
start_to_wrap(unsigned side)
{
	struct endpoint *e = &ends[side];
	struct tuple t = {.local = address(side), .remote = address(!side)};
	uint16_t port[2] = {rte_cpu_to_be_16(FIRST_PORT), rte_cpu_to_be_16(SERVER_PORT)};
	uint32_t ahead;

	t.local_port = port[side];
	t.remote_port = port[!side];
	ahead = -(uint32_t)(o.bytes[side] / 2) - isn_make(e->stack, &t);
	endpoint_stop(e, true);
	e->clock_us += 4ull * ahead;
	endpoint_start(e, now_us);
}

static void
start_listener(void)
{
	struct tct_listen l = {.port = SERVER_PORT, .service = &stream_service};

	stream_of_port = stream_of;
	if (tcp_listen(ends[SERVER].stack, &l) < 0)
		abort();
}

static void
start_connection(uint32_t i)
{
	struct addr to = address(SERVER);
	struct tct_connect c = {
		.remote_port = SERVER_PORT,
		.local_port = (uint16_t)(FIRST_PORT + i),
		.service = &stream_service,
		.user = &streams[CLIENT][i],
	};

	memcpy(c.remote.bytes, to.b, sizeof(to.b));
	if (tcp_connect(ends[CLIENT].stack, &c, NULL) < 0)
		abort();
}

static void
start(void)
{
	struct random r = random_stream(o.seed, 2);

	make_content();
	make_streams();
	watch = watch_make(FIRST_PORT, o.conns, RTE_MAX(o.bytes[0], o.bytes[1]), o.trace);
	for (unsigned i = 0; i < 2; i++) {
		o.wire[i].seed = random_next(&r);
		ends[i].seed = random_next(&r);
		ends[i].address = address(i);
		/* Anywhere in the 50 days before the tick wraps, and shortly before it too. */
		ends[i].clock_us = random_below(&r, 4) ? 1000000 + random_below(&r, 1ull << 42)
						       : (1ull << 42) - 2000000;
		ends[i].sent = sent;
		wires[i] = impair_make(&o.wire[i]);
		endpoint_start(&ends[i], now_us);
		if (o.wrap)
			start_to_wrap(i);
	}
	start_listener();
	for (uint32_t i = 0; i < o.conns; i++)
		start_connection(i);
}

/* ---- the clock ------------------------------------------------------------------------------ */

static uint64_t
next_tick(const struct endpoint *e)
{
	return now_us + TICK_US - (now_us + e->clock_us) % TICK_US;
}

/* Frames arrive at whole microseconds, and at least one after they were sent. */
static uint64_t
next_event(void)
{
	uint64_t next = RTE_MIN(next_tick(&ends[CLIENT]), next_tick(&ends[SERVER]));

	for (unsigned i = 0; i < 2; i++) {
		uint64_t due_ns = impair_due(wires[i]);

		if (due_ns != IMPAIR_NEVER)
			next = RTE_MIN(next, (due_ns + 999) / 1000);
	}
	return RTE_MAX(next, now_us + 1);
}

static __attribute__((noreturn)) void
check_failed(const char *what)
{
	fflush(stdout);
	fprintf(stderr, "seed %" PRIu64 ", at %" PRIu64 " us: %s\n", o.seed, now_us, what);
	exit(1);
}

static void
poll(struct endpoint *e)
{
	endpoint_poll(e, now_us);
	/* Not while a minute of TIME_WAIT goes by. */
	if (o.check && e->stack->conns.used)
		endpoint_check(e, check_failed);
}

static void
step(void)
{
	uint64_t next = next_event();

	for (unsigned i = 0; i < 2; i++)
		ends[i].due = next >= next_tick(&ends[i]);
	now_us = next;
	for (unsigned i = 0; i < 2; i++) {
		const struct impair_frame *f;

		while ((f = impair_take(wires[i], now_us * 1000))) {
			endpoint_receive(&ends[i], f->bytes, f->len, now_us);
			ends[i].due = true;
		}
	}
	for (unsigned i = 0; i < 2; i++)
		if (ends[i].due)
			poll(&ends[i]);
}

static uint64_t
progress(bool *done)
{
	uint64_t sum = 0;

	*done = true;
	for (unsigned side = 0; side < 2; side++) {
		for (uint32_t i = 0; i < o.conns; i++) {
			const struct stream *s = &streams[side][i];

			sum += s->received + !!s->opened_us + s->closed + s->peer_closed;
			*done = *done && s->closed;
		}
	}
	return sum;
}

/* Until every stream is closed; false when nothing moves. */
static bool
run(void)
{
	uint64_t best = 0, since = 0, look = 0;
	bool done = false;

	while (!done) {
		step();
		if (now_us >= look) {
			uint64_t p = progress(&done);

			look = now_us + TICK_US;
			if (p != best)
				since = now_us;
			best = p;
			if (now_us - since > STALL_US)
				return false;
		}
	}
	return true;
}

/* What is left of the connections, by themselves, runs out. */
static void
rest(void)
{
	uint64_t end = now_us + REST_US;

	while (now_us < end &&
	       (endpoint_busy(&ends[CLIENT]) || endpoint_busy(&ends[SERVER]) ||
		impair_due(wires[0]) != IMPAIR_NEVER || impair_due(wires[1]) != IMPAIR_NEVER))
		step();
}

/* ---- the report ----------------------------------------------------------------------------- */

static unsigned
faults_of(unsigned side, uint32_t i)
{
	const struct stream *s = &streams[side][i];

	if (stream_complete(s))
		return 0;
	fprintf(stderr,
		"seed %" PRIu64 ": %s %u: received %" PRIu64 " of %" PRIu64 ", sent %" PRIu64
		" of %" PRIu64 ", %s, %s",
		o.seed, s->name, i, s->received, s->in_len, s->sent, s->out_len,
		s->peer_closed ? "peer closed" : "peer did not close",
		s->closed ? tct_reason_text(s->reason) : "open");
	if (s->wrong_at)
		fprintf(stderr, ", byte %" PRIu64 " is wrong", s->wrong_at - 1);
	fprintf(stderr, "\n");
	return 1;
}

static uint64_t
both(enum counter c)
{
	return ends[CLIENT].counters.v[c] + ends[SERVER].counters.v[c];
}

/* Of all connections together, in kbit/s, from the first that was open to the last byte. */
static uint64_t
goodput(unsigned to)
{
	uint64_t first = UINT64_MAX, last = 0, bytes = 0;

	for (uint32_t i = 0; i < o.conns; i++) {
		const struct stream *s = &streams[to][i];

		bytes += s->received;
		first = RTE_MIN(first, streams[CLIENT][i].opened_us);
		last = RTE_MAX(last, s->last_us);
	}
	return last > first ? bytes * 8000 / (last - first) : 0;
}

/* 1 for each goal that a way missed. */
static unsigned
goals_missed(unsigned to)
{
	const struct watch_way *w = watch_way(watch, to == SERVER);
	unsigned missed = (goodput(to) < o.goal_kbps) + (w->needless > o.goal_needless);

	if (missed)
		fprintf(stderr,
			"seed %" PRIu64 ": to the %s %" PRIu64 " kbit/s, %" PRIu64
			" segments needlessly sent again\n",
			o.seed, ends[to].name, goodput(to), w->needless);
	return missed;
}

static unsigned
takes_back(unsigned to)
{
	const struct watch_way *w = watch_way(watch, to == SERVER);

	if (w->taken_back)
		fprintf(stderr,
			"seed %" PRIu64 ": to the %s %" PRIu64
			" acknowledgments of less than was reported or acknowledged before\n",
			o.seed, ends[to].name, w->taken_back);
	return w->taken_back != 0;
}

static void
print_way(unsigned to)
{
	const struct watch_way *w = watch_way(watch, to == SERVER);
	const struct impair_counts *c = impair_counts(wires[to]);

	printf(", \"to_%s\": {\"goodput_kbps\": %" PRIu64 ", \"data_segments\": %" PRIu64
	       ", \"again\": %" PRIu64 ", \"needless\": %" PRIu64 ", \"acks\": %" PRIu64
	       ", \"wraps\": %" PRIu64 ", \"sack_segments\": %" PRIu64 ", \"frames\": %" PRIu64
	       ", \"dropped\": %" PRIu64,
	       ends[to].name, goodput(to), w->segments, w->again, w->needless, w->acks, w->wraps,
	       w->sack_segments, c->frames, c->dropped);
	for (unsigned bit = 0; bit < IMPAIR_BITS; bit++)
		if (c->what[bit])
			printf(", \"%s\": %" PRIu64, impair_name[bit], c->what[bit]);
	printf("}");
}

static void
print_counters(void)
{
	for (unsigned i = 0; i < 2; i++)
		for (unsigned c = 1; c < COUNTER_MAX; c++)
			if (ends[i].counters.v[c])
				printf("%s %s: %" PRIu64 "\n", ends[i].name, counter_info[c].name,
				       ends[i].counters.v[c]);
}

static void
report(bool ok, bool stalled, uint64_t busy_us, unsigned leaks)
{
	printf("{\"seed\": %" PRIu64 ", \"ok\": %s, \"stalled\": %s, \"leaks\": %u"
	       ", \"virtual_ms\": %" PRIu64 ", \"retransmits\": %" PRIu64 ", \"timeouts\": %" PRIu64
	       ", \"no_buffer\": %" PRIu64,
	       o.seed, ok ? "true" : "false", stalled ? "true" : "false", leaks, busy_us / 1000,
	       both(COUNTER_TCP_RETRANSMIT), both(COUNTER_TCP_TIMEOUT),
	       ends[CLIENT].no_buffer + ends[SERVER].no_buffer + both(COUNTER_TX_NO_MBUF));
	print_way(SERVER);
	print_way(CLIENT);
	printf(", \"chosen\": \"%s\"}\n", o.text);
}

int
main(int argc, char **argv)
{
	unsigned faults = 0, leaks = 0;
	uint64_t busy_us;
	bool stalled;

	defaults();
	read_options(argc, argv);
	start();
	stalled = !run();
	busy_us = now_us;
	if (!stalled)
		rest();
	for (uint32_t i = 0; i < o.conns; i++)
		faults += faults_of(CLIENT, i) + faults_of(SERVER, i);
	faults += goals_missed(CLIENT) + goals_missed(SERVER);
	faults += takes_back(CLIENT) + takes_back(SERVER);
	if (o.counters)
		print_counters();
	leaks = endpoint_stop(&ends[CLIENT], !stalled) + endpoint_stop(&ends[SERVER], !stalled);
	if (!o.quiet || faults || leaks || stalled)
		report(!faults && !leaks && !stalled, stalled, busy_us, leaks);
	for (unsigned i = 0; i < 2; i++) {
		impair_free(wires[i]);
		free(streams[i]);
		free(content[i]);
	}
	watch_free(watch);
	return faults || leaks || stalled;
}
