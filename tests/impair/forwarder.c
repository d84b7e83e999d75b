/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A bad path in real time: carries frames between two interfaces, and harms TCP on the way, each
 * direction by itself. ARP, neighbour discovery and the like pass as they are: a test is about
 * connections, not about who finds whom.
 *
 * One thread. It sleeps until a frame comes or is nearly due, then polls, and asks for a real-time
 * priority, so that a polling endpoint on the same core does not make delays longer than they were
 * asked for; how late frames left is told at the end. The interfaces' peers must leave checksums
 * and segmentation to software (ethtool -K PEER tx off gro off): a path carries packets, not what a
 * NIC would make of them.
 *
 * The last line is JSON.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "impair.h"
#include "too_big.h"

#define NS	  1000000000ull
#define BATCH	  64
#define FRAME_MAX 10240
#define ROOM	  (64 << 20) /* for what comes while this thread is not running */
#define L2_LEN	  14
#define LATE_MAX  1000 /* microseconds, in the histogram */

enum {
	LEFT,
	RIGHT
};

struct side {
	const char *interface;
	int fd;
	struct impair_config config; /* of the way toward this side */
	struct impair *wire;
	uint64_t sent, refused; /* frames, by the interface */
	uint64_t too_long;	/* frames that came: an offload is on at the peer */
	uint64_t missed;	/* frames that found no room */
	uint64_t late[LATE_MAX + 1];
	uint64_t late_max_us;
};

static struct side sides[2];
static uint64_t seconds = 60, seed = 1;
static uint64_t spin_ns = 200000; /* waking up takes so long: the rest of a wait is spent polling */
static volatile sig_atomic_t stopped;

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS + (uint64_t)t.tv_nsec;
}

static __attribute__((noreturn)) void
die(const char *what, const char *of)
{
	fprintf(stderr, "forwarder: %s %s: %s\n", what, of, strerror(errno));
	exit(1);
}

/* ---- options -------------------------------------------------------------------------------- */

static __attribute__((noreturn)) void
usage(const char *what, const char *value)
{
	fprintf(stderr,
		"forwarder: %s %s: not understood\n"
		"Usage: forwarder [OPTION]... LEFT RIGHT, two interfaces\n"
		"  --seed N                        of all that is random; default 1\n"
		"  --seconds N                     how long; default 60\n"
		"  --spin N                        microseconds before a frame is due that are not slept\n"
		"                                  through; default 200\n"
		"  --toward left|right|both        which way the impairments that follow are for\n%s",
		what, value ? value : "", impair_usage);
	exit(2);
}

static const struct option long_options[] = {
	{"seed", 1, NULL, 's'},	     {"seconds", 1, NULL, 'n'},	       {"toward", 1, NULL, 't'},
	{"loss", 1, NULL, 'i'},	     {"burst-loss", 1, NULL, 'i'},     {"reorder", 1, NULL, 'i'},
	{"duplicate", 1, NULL, 'i'}, {"corrupt", 1, NULL, 'i'},	       {"delay", 1, NULL, 'i'},
	{"jitter", 1, NULL, 'i'},    {"rate", 1, NULL, 'i'},	       {"queue", 1, NULL, 'i'},
	{"ecn-mark", 1, NULL, 'i'},  {"mtu-black-hole", 1, NULL, 'i'}, {"spin", 1, NULL, 'p'},
	{NULL, 0, NULL, 0},
};

static uint64_t
number(const char *what, const char *text)
{
	char *end;
	uint64_t v = strtoull(text, &end, 10);

	if (end == text || *end)
		usage(what, text);
	return v;
}

static unsigned
toward(const char *text)
{
	if (strcmp(text, "left") == 0)
		return 1 << LEFT;
	if (strcmp(text, "right") == 0)
		return 1 << RIGHT;
	if (strcmp(text, "both") != 0)
		usage("--toward", text);
	return 1 << LEFT | 1 << RIGHT;
}

static void
read_options(int argc, char **argv)
{
	unsigned which = 1 << LEFT | 1 << RIGHT;
	int c, at;

	while ((c = getopt_long(argc, argv, "", long_options, &at)) != -1) {
		if (c == 's')
			seed = number("--seed", optarg);
		else if (c == 'n')
			seconds = number("--seconds", optarg);
		else if (c == 'p')
			spin_ns = 1000 * number("--spin", optarg);
		else if (c == 't')
			which = toward(optarg);
		else if (c == '?')
			usage("option", argv[optind - 1]);
		for (unsigned i = 0; i < 2 && c == 'i'; i++)
			if (which >> i & 1 &&
			    impair_option(&sides[i].config, long_options[at].name, optarg) < 0)
				usage(long_options[at].name, optarg);
	}
	if (argc - optind != 2)
		usage("interfaces", "two are wanted");
	sides[LEFT].interface = argv[optind];
	sides[RIGHT].interface = argv[optind + 1];
}

/* ---- set-up --------------------------------------------------------------------------------- */

static void
start(struct side *s)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	int room = ROOM, on = 1;

	s->fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		die("packet socket for", s->interface);
	address.sll_ifindex = (int)if_nametoindex(s->interface);
	if (!address.sll_ifindex)
		die("interface", s->interface);
	if (setsockopt(s->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) < 0 ||
	    setsockopt(s->fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) < 0 ||
	    setsockopt(s->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) < 0 ||
	    setsockopt(s->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) < 0)
		die("options of the socket on", s->interface);
	if (bind(s->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die("bind to", s->interface);
	s->config.l2_len = L2_LEN;
	s->config.seed = 2 * seed + (s == &sides[RIGHT]);
	s->wire = impair_make(&s->config);
	if (!s->wire)
		die("memory for", s->interface);
}

static void
stop(int signal)
{
	stopped = 1;
}

/* Best effort: without it delays are as exact as the machine is idle. */
static void
hurry(void)
{
	struct sched_param p = {.sched_priority = 1};

	prctl(PR_SET_TIMERSLACK, 1ul);
	if (sched_setscheduler(0, SCHED_FIFO, &p) < 0)
		fprintf(stderr, "forwarder: no real-time priority: %s\n", strerror(errno));
}

/* ---- in ------------------------------------------------------------------------------------- */

static bool
is_tcp(const uint8_t *f, uint32_t len)
{
	uint32_t type = len > L2_LEN + 40 ? (uint32_t)(f[12] << 8 | f[13]) : 0;

	return (type == ETHERTYPE_IP && f[L2_LEN + 9] == IPPROTO_TCP) ||
	       (type == ETHERTYPE_IPV6 && f[L2_LEN + 6] == IPPROTO_TCP);
}

static void
send_now(struct side *to, const uint8_t *frame, uint32_t len)
{
	if (send(to->fd, frame, len, 0) < 0)
		to->refused++;
	else
		to->sent++;
}

static void
forward(struct side *from, struct side *to, const uint8_t *frame, uint32_t len, uint64_t now)
{
	uint8_t answer[TOO_BIG_MAX];
	int what;

	if (!is_tcp(frame, len)) {
		send_now(to, frame, len);
		return;
	}
	what = impair_put(to->wire, frame, len, now);
	if (what < 0)
		die("memory for", to->interface);
	if (what & IMPAIR_VANISHED && to->config.mtu_tells) {
		len = too_big_make(answer, frame, len, L2_LEN, to->config.mtu);
		if (len)
			send_now(from, answer, len);
	}
}

/* A batch; true when there may be more. */
static bool
receive(struct side *from, struct side *to)
{
	static uint8_t frames[BATCH][FRAME_MAX];
	static struct iovec parts[BATCH];
	static struct mmsghdr messages[BATCH];
	uint64_t now;
	int n;

	for (unsigned i = 0; i < BATCH; i++) {
		parts[i] = (struct iovec){frames[i], FRAME_MAX};
		messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
	}
	n = recvmmsg(from->fd, messages, BATCH, MSG_DONTWAIT | MSG_TRUNC, NULL);
	now = now_ns();
	for (int i = 0; i < n; i++) {
		if (messages[i].msg_len > FRAME_MAX)
			from->too_long++;
		else
			forward(from, to, frames[i], messages[i].msg_len, now);
	}
	return n == BATCH;
}

/* ---- out ------------------------------------------------------------------------------------ */

static void
note_late(struct side *to, uint64_t late_ns)
{
	uint64_t us = late_ns / 1000;

	to->late[us < LATE_MAX ? us : LATE_MAX]++;
	if (us > to->late_max_us)
		to->late_max_us = us;
}

static void
deliver(struct side *to)
{
	uint64_t now = now_ns();
	const struct impair_frame *f;

	while ((f = impair_take(to->wire, now))) {
		note_late(to, now - f->due_ns);
		send_now(to, f->bytes, f->len);
	}
}

static void
wait_for_event(uint64_t end)
{
	uint64_t now = now_ns(), next = end;
	struct pollfd fds[2];
	struct timespec t;

	for (unsigned i = 0; i < 2; i++) {
		uint64_t due = impair_due(sides[i].wire);

		next = due < next ? due : next;
		fds[i] = (struct pollfd){.fd = sides[i].fd, .events = POLLIN};
	}
	if (next <= now + spin_ns)
		return;
	t.tv_sec = (time_t)((next - now - spin_ns) / NS);
	t.tv_nsec = (long)((next - now - spin_ns) % NS);
	ppoll(fds, 2, &t, NULL);
}

static void
run(void)
{
	uint64_t end = now_ns() + seconds * NS;

	while (!stopped && now_ns() < end) {
		wait_for_event(end);
		for (unsigned i = 0; i < 2; i++) {
			/* A flood from one side must not keep the other waiting. */
			for (unsigned batch = 0; batch < 4; batch++)
				if (!receive(&sides[i], &sides[!i]))
					break;
			deliver(&sides[LEFT]);
			deliver(&sides[RIGHT]);
		}
	}
}

/* ---- the report ----------------------------------------------------------------------------- */

static unsigned
late_us(const struct side *s, uint64_t percent)
{
	uint64_t all = 0, sum = 0;

	for (unsigned us = 0; us <= LATE_MAX; us++)
		all += s->late[us];
	for (unsigned us = 0; us <= LATE_MAX; us++) {
		sum += s->late[us];
		if (100 * sum >= percent * all)
			return us;
	}
	return LATE_MAX;
}

static void
report(const char *name, struct side *s)
{
	const struct impair_counts *c = impair_counts(s->wire);

	printf("\"%s\": {\"tcp\": %" PRIu64 ", \"dropped\": %" PRIu64 ", \"sent\": %" PRIu64
	       ", \"refused\": %" PRIu64
	       ", \"late_us\": {\"p50\": %u, \"p90\": %u, \"p99\": %u, \"max\": %" PRIu64 "}",
	       name, c->frames, c->dropped, s->sent, s->refused, late_us(s, 50), late_us(s, 90),
	       late_us(s, 99), s->late_max_us);
	for (unsigned bit = 0; bit < IMPAIR_BITS; bit++)
		if (c->what[bit])
			printf(", \"%s\": %" PRIu64, impair_name[bit], c->what[bit]);
	printf("}");
}

static void
finish(struct side *s)
{
	struct tpacket_stats stats = {0};
	socklen_t len = sizeof(stats);

	getsockopt(s->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len);
	s->missed = stats.tp_drops;
	close(s->fd);
}

int
main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = stop};

	read_options(argc, argv);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	start(&sides[LEFT]);
	start(&sides[RIGHT]);
	hurry();
	printf("ready\n");
	fflush(stdout);
	run();
	finish(&sides[LEFT]);
	finish(&sides[RIGHT]);
	printf("{\"seed\": %" PRIu64 ", \"missed\": %" PRIu64 ", \"too_long\": %" PRIu64 ", ", seed,
	       sides[LEFT].missed + sides[RIGHT].missed,
	       sides[LEFT].too_long + sides[RIGHT].too_long);
	report("to_left", &sides[LEFT]);
	printf(", ");
	report("to_right", &sides[RIGHT]);
	printf("}\n");
	impair_free(sides[LEFT].wire);
	impair_free(sides[RIGHT].wire);
	return 0;
}
