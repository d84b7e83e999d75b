/* SPDX-License-Identifier: BSD-3-Clause */
#include "run.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_common.h>

#include "commands.h"
#include "engine/control.h"
#include "hdr.h"
#include "report.h"
#include "run_control.h"
#include "run_parts.h"
#include "run_snapshot.h"
#include "run_steps.h"
#include "screen.h"
#include "start_at.h"
#include "static_bytes.h"

#define SETTLE_LIMIT_S 5
#define TICK_MS	       20
#define SLEEP_MAX_MS   60000
#define CALM_LIMIT_S   10
#define CALM_RATE      10   /* connections/s between trials */
#define CALM_OPEN      100  /* connections, which are those of a trial that went well */
#define SETTLE_MS      1000 /* for the side whose connections the other side has closed */
#define CLOSES_A_MS    50   /* at least, of a machine that is slow or busy */
#define DEVICE_MS      5000 /* the same, with a device that may lose what closes them */
#define DEVICE_CALM_MS 100  /* without a segment: none is under way */

/* ---- signals -------------------------------------------------------------------------------- */

static volatile sig_atomic_t signals; /* how many asked for the end */
static int signal_fd = -1;	      /* has something to be read when one has come */

static void
leave_at_once(int number)
{
	screen_abandon();
	_exit(128 + number);
}

static void
on_signal(int number)
{
	static const uint64_t one = 1;
	int err = errno;

	if (signals++)
		leave_at_once(number);
	if (write(signal_fd, &one, sizeof(one)) < 0) /* then a wait is as long as it was to be */
		errno = err;
}

static void
watch_signals(void)
{
	struct sigaction sa = {.sa_handler = on_signal};

	if (signal_fd < 0)
		signal_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
}

void
run_init(struct run *r, const char *command, const struct bench_options *options, const char *link)
{
	memset(r, 0, sizeof(*r));
	r->options = options;
	r->command = command;
	result_init(&r->result);
	r->result.config = &options->config;
	r->result.definition.command = command;
	r->result.definition.link = link;
}

/* ---- measuring ------------------------------------------------------------------------------ */

/* Waits, less when a signal comes. A worker may be on the same core: it waits for each time that
 * this thread has something to do. */
static void
tick(struct run *r, int ms)
{
	struct pollfd woken = {.fd = signal_fd, .events = POLLIN};
	uint64_t count;

	if (r->tick)
		r->tick(r->tick_arg, ms, signal_fd);
	else
		poll(&woken, 1, ms);
	while (read(signal_fd, &count, sizeof(count)) > 0)
		;
}

static bool
asked_to_stop(const struct run *r)
{
	return signals || r->stop;
}

static void
interval_done(struct run *r, struct interval *i, const struct snapshot *a, const struct snapshot *b)
{
	double busy[RESULT_MAX_WORKERS];

	if (result_add_interval(&r->result, i) < 0 || r->options->quiet)
		return;
	if (r->screen) {
		snapshot_busy(a, b, busy);
		screen_interval(r->screen, i, busy);
		return;
	}
	if (r->result.interval_count == 1)
		report_heading(stderr, &r->result.definition);
	report_interval(stderr, &r->result.definition, i);
}

/* Sleeps until a time of clock_s(), or until asked to stop. */
static void
sleep_until(struct run *r, double end)
{
	for (double now = clock_s(); now < end && !asked_to_stop(r); now = clock_s()) {
		double left_ms = (end - now) * 1000;

		if (r->screen && left_ms > TICK_MS)
			left_ms = TICK_MS;
		tick(r, left_ms < SLEEP_MAX_MS ? (int)left_ms + 1 : SLEEP_MAX_MS);
		if (r->screen)
			screen_tick(r->screen, clock_s() - r->origin_s);
	}
}

/* Several loads begin at the same time. */
static void
wait_for_start(struct run *r)
{
	int64_t at_ms = r->options->start_at_ms, left_ms = at_ms - clock_unix_ms();
	char text[START_AT_CHARS];

	if (at_ms == 0)
		return;
	if (left_ms < 0)
		fprintf(stderr, "tercet %s: begins %.1f s later than --start-at said\n", r->command,
			-(double)left_ms / 1000);
	else if (!r->options->quiet)
		fprintf(stderr, "tercet %s: begins at %s, in %.1f s\n", r->command,
			start_at_text(at_ms, text), (double)left_ms / 1000);
	sleep_until(r, clock_s() + (double)left_ms / 1000);
}

/* Until `until` seconds after the origin (0: for ever), in intervals. */
static void
measure_until(struct run *r, double origin, double until, bool warmup)
{
	double step = r->options->interval_ms / 1000.0;
	struct snapshot *a = malloc(2 * sizeof(*a)), *b = a + 1;
	double end = clock_s();

	if (!a)
		return;
	snapshot_take(a, r);
	while (!asked_to_stop(r) && (until == 0 || a->at_s - origin < until - 0.005)) {
		struct interval i;

		/* On a grid from the start, so that loads that began together stay together; none
		 * is shorter than half a step because the one before was late. */
		do
			end += step;
		while (end < a->at_s + step / 2);
		if (until != 0 && end > origin + until)
			end = origin + until;
		sleep_until(r, end);
		snapshot_take(b, r);
		interval_make(&i, r, a, b, origin);
		interval_latency(r, &i);
		i.warmup = warmup;
		interval_done(r, &i, a, b);
		*a = *b;
	}
	free(a);
}

/* Clients begin when the addresses are announced, theirs and those of the servers here; those of
 * IPv6 only if they are needed, as duplicate address detection takes a second. */
static void
settle(struct run *r)
{
	double end = clock_s() + SETTLE_LIMIT_S;
	bool ip6 = r->result.definition.ipv != 4;

	while (!asked_to_stop(r) && clock_s() < end &&
	       !(endpoint_settled(r->active, ip6) && endpoint_settled(r->passive, ip6)))
		tick(r, TICK_MS);
}

static unsigned
workers_of(const struct tct_endpoint *e)
{
	return e ? e->worker_count : 0;
}

/* On a terminal, unless lines or nothing were asked for. */
static void
open_screen(struct run *r)
{
	const struct load_config *load = &r->options->config.load;
	unsigned active = workers_of(r->active), passive = workers_of(r->passive);
	uint64_t total_ms = load->duration_ms ? load->warmup_ms + load->duration_ms : 0;
	struct screen_config config = {
		.fd = STDERR_FILENO,
		.definition = &r->result.definition,
		.rate = r->client_count ? load->rate : 0,
		.warmup_s = r->client_count ? (double)load->warmup_ms / 1000 : 0,
		.total_s = r->client_count ? (double)total_ms / 1000 : 0,
		.active_workers = active,
		.workers = RTE_MIN(active + passive, (unsigned)RESULT_MAX_WORKERS),
	};

	if (!r->options->quiet && !r->options->lines)
		r->screen = screen_open(&config);
}

/* The first step that was held back, or the last one, which was not. */
static void
judge(struct result *result)
{
	for (unsigned i = 0; i < result->step_count; i++) {
		result->end.limited = true;
		result->end.limit = result->steps[i].limit;
		if (result->end.limit.by != LIMIT_RATE)
			break;
	}
}

/* One step after the other; without any the whole duration is one. */
static int
measure_steps(struct run *r, double origin)
{
	const struct load_config *load = &r->options->config.load;
	const struct load_step whole = {load->rate, load->duration_ms};
	const struct load_step *steps = load->step_count ? load->steps : &whole;
	unsigned count = load->step_count ? load->step_count : 1;
	struct run_step *step = run_step_create();
	double until = load->warmup_ms / 1000.0;

	if (!step)
		return -ENOMEM;
	for (unsigned i = 0; i < count && !asked_to_stop(r); i++) {
		until = steps[i].duration_ms ? until + steps[i].duration_ms / 1000.0 : 0;
		run_step_begin(step, r, steps[i].rate);
		measure_until(r, origin, until, false);
		run_step_end(step, r, origin, &r->result.steps[r->result.step_count++]);
	}
	run_step_destroy(step);
	judge(&r->result);
	return 0;
}

/* Nothing fails, or no more than may, and who connects is answered in time. */
static bool
is_well(const struct load_config *load, const struct result_step *s)
{
	return s->failed + s->faults <= load->find_failures && s->limit.by == LIMIT_RATE &&
	       s->connect_p99_us <= load->find_p99_ms * 1000.0;
}

/* Connections of all clients, by client_open() or client_ending(). */
static uint32_t
clients_have(const struct run *r, uint32_t (*of)(const struct client *))
{
	uint32_t n = 0;

	for (unsigned i = 0; i < r->client_count; i++)
		n += of(r->clients[i]);
	return n;
}

/* What a trial that was too much left behind is no part of the next one. */
static void
calm_down(struct run *r, struct run_step *step)
{
	double end = clock_s() + CALM_LIMIT_S;

	run_step_begin(step, r, CALM_RATE);
	while (clients_have(r, client_open) > CALM_OPEN && clock_s() < end && !asked_to_stop(r))
		sleep_until(r, clock_s() + TICK_MS / 1000.0);
}

/* A rate for a while that is not measured, then for one that is. */
static void
measure_trial(struct run *r, struct run_step *step, double origin, uint64_t rate)
{
	double seconds = r->options->config.load.duration_ms / 1000.0;
	struct result_step *out = &r->result.steps[r->result.step_count++];
	double now;

	calm_down(r, step);
	now = clock_s() - origin;
	run_step_begin(step, r, rate);
	measure_until(r, origin, now + seconds / 5, true);
	run_step_begin(step, r, rate);
	measure_until(r, origin, now + seconds * 6 / 5, false);
	run_step_end(step, r, origin, out);
}

static int
find_max(struct run *r, double origin)
{
	static_assert(FIND_MAX_TRIALS <= RESULT_MAX_STEPS, "each trial is a step");
	const struct load_config *load = &r->options->config.load;
	struct run_step *step = run_step_create();
	struct find *f = &r->result.find;

	if (!step)
		return -ENOMEM;
	r->result.searched = true;
	find_begin(f, load->rate);
	while (f->next && !asked_to_stop(r)) {
		const struct result_step *last = &r->result.steps[r->result.step_count];

		measure_trial(r, step, origin, f->next);
		find_told(f, is_well(load, last), (double)last->attempted / last->seconds);
	}
	run_step_destroy(step);
	return 0;
}

int
run_measure(struct run *r)
{
	const struct load_config *load = &r->options->config.load;
	double origin;
	int ret = 0;

	r->measured = calloc(2, sizeof(*r->measured));
	if (!r->measured)
		return -ENOMEM;
	watch_signals();
	static_bytes_place(r->passive);
	static_bytes_place(r->active);
	if (r->passive)
		ret = tct_endpoint_start(r->passive);
	if (ret == 0 && r->active && r->active != r->passive)
		ret = tct_endpoint_start(r->active);
	if (ret == 0)
		ret = run_control_open(r);
	if (ret < 0)
		return ret;
	if (r->client_count) {
		settle(r);
		wait_for_start(r);
	}
	for (unsigned i = 0; i < r->client_count; i++)
		client_begin(r->clients[i]);
	origin = r->origin_s = clock_s();
	snapshot_take(&r->measured[0], r);
	open_screen(r);
	r->result.started_ms = clock_unix_ms();
	if (r->client_count && load->warmup_ms)
		measure_until(r, origin, load->warmup_ms / 1000.0, true);
	r->result.end.seconds = clock_s();
	if (r->client_count && load->find_max)
		ret = find_max(r, origin);
	else if (r->client_count)
		ret = measure_steps(r, origin);
	else
		measure_until(r, origin, 0, false);
	r->result.end.seconds = clock_s() - r->result.end.seconds;
	snapshot_take(&r->measured[1], r);
	r->result.end.interrupted = asked_to_stop(r);
	screen_close(r->screen);
	r->screen = NULL;
	run_control_close(r);
	return ret;
}

/* ---- the end -------------------------------------------------------------------------------- */

static uint32_t
servers_open(const struct run *r)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < r->passive->worker_count; i++)
		n += r->passive->workers[i]->tcp.conns.used;
	return n;
}

/* Both sides go on until the servers' connections are closed and nothing is under way any more, so
 * that whoever has lost a segment can send it again, and what is missing then was lost. */
static void
settle_device(struct run *r)
{
	struct result_device *d = &r->result.end.device, before;
	unsigned waited = 0, calm = 0;

	for (; !r->options->config.load.hold_ms && servers_open(r) && waited < DEVICE_MS;
	     waited += TICK_MS)
		tick(r, TICK_MS);
	result_device_take(d, r->active, r->passive);
	for (waited = 0; calm < DEVICE_CALM_MS && waited < DEVICE_MS; waited += TICK_MS) {
		before = *d;
		tick(r, TICK_MS);
		result_device_take(d, r->active, r->passive);
		calm = memcmp(&before, d, sizeof(before)) == 0 ? calm + TICK_MS : 0;
	}
}

static void
stop_client(struct tct_worker *w, void *client)
{
	client_stop(client);
}

/* On their workers: one that is just opening connections has done so when none is found open. */
static void
stop_clients(struct run *r)
{
	for (unsigned i = 0; i < r->client_count; i++)
		if (worker_call(r->active->workers[i], stop_client, r->clients[i]) < 0)
			client_stop(r->clients[i]);
}

void
run_stop(struct run *r, unsigned limit_ms)
{
	stop_clients(r);
	limit_ms += clients_have(r, client_open) / CLOSES_A_MS;
	/* Connections that are held would stay: the endpoint's stop closes them. */
	for (unsigned waited = 0; clients_have(r, client_ending) && waited < limit_ms;
	     waited += TICK_MS)
		tick(r, TICK_MS);
	if (r->through_device && r->client_count && r->passive)
		settle_device(r);
	run_end_side(r, r->active, limit_ms);
	run_end_side(r, r->passive, r->client_count ? SETTLE_MS : limit_ms);
	run_end_clients(r);
}

int
run_report(struct run *r)
{
	bool json_on_stdout = r->options->json && !strcmp(r->options->json, "-");
	char problem[128];
	int ret;

	report_summary(json_on_stdout ? stderr : stdout, &r->result);
	if ((r->options->json && result_write(&r->result, r->options->json) < 0) ||
	    (r->options->hdr && hdr_write(&r->result.end, r->options->hdr) < 0))
		return EXIT_ENVIRONMENT;
	ret = result_exit_code(&r->result, problem, sizeof(problem));
	if (ret != EXIT_MET)
		fprintf(stderr, "tercet %s: %s\n", r->command, problem);
	return ret;
}

void
run_fini(struct run *r)
{
	tct_endpoint_destroy(r->active);
	if (r->passive != r->active)
		tct_endpoint_destroy(r->passive);
	for (unsigned i = 0; i < r->client_count; i++)
		client_destroy(r->clients[i]);
	free(r->connect);
	free(r->request);
	free(r->close);
	free(r->windows);
	free(r->measured);

	free(r->result.parts);
	result_fini(&r->result);
}
