/* SPDX-License-Identifier: BSD-3-Clause */
#include "patience.h"

#include <assert.h>

#include "block.h"
#include "count.h"
#include "internal.h"

/* The word: 3 bits of kind, 11 of settings, 50 of milliseconds. */
#define INDEX_SHIFT 3
#define MS_SHIFT    14

static_assert(SERVICE_SETTINGS_MAX <= 1 << (MS_SHIFT - INDEX_SHIFT), "an index has 11 bits");

#define LOOKS 4 /* in write_ms */

/* A connection with nothing unfinished but what is on its way. */
struct watch {
	const struct service_settings *settings;
	struct progress progress;
	uint64_t heard_ms;
	bool closing;
};

static_assert(sizeof(struct watch) <= RECORD_BYTES, "it lies in a record");

/* ---- the user pointer ------------------------------------------------------------------------ */

enum user_kind
user_kind(const struct tct_conn *conn)
{
	return (enum user_kind)((uintptr_t)tct_user(conn) & USER_BITS);
}

static void
set_word(struct tct_conn *conn, enum user_kind kind, const struct service_settings *s, uint64_t ms)
{
	tct_set_user(conn, (void *)(uintptr_t)(ms << MS_SHIFT | (uint64_t)s->index << INDEX_SHIFT |
					       kind));
}

static uint64_t
word_ms(const struct tct_conn *conn)
{
	return (uintptr_t)tct_user(conn) >> MS_SHIFT;
}

void
user_set_record(struct tct_conn *conn, void *record)
{
	tct_set_user(conn, (uint8_t *)record + USER_RECORD);
}

void *
user_record(const struct tct_conn *conn)
{
	return user_kind(conn) == USER_RECORD ? (uint8_t *)tct_user(conn) - USER_RECORD : NULL;
}

static struct watch *
user_watch(const struct tct_conn *conn)
{
	return (struct watch *)(void *)((uint8_t *)tct_user(conn) - USER_WATCHED);
}

const struct service_settings *
user_settings(const struct tct_conn *conn)
{
	switch (user_kind(conn)) {
	case USER_SETTINGS:
		return tct_user(conn);
	case USER_WATCHED:
		return user_watch(conn)->settings;
	default:
		return service_settings_at((uintptr_t)tct_user(conn) >> INDEX_SHIFT &
					   ((1u << (MS_SHIFT - INDEX_SHIFT)) - 1));
	}
}

/* ---- progress of a send queue ---------------------------------------------------------------- */

uint64_t
now_ms(const struct tct_conn *conn)
{
	return tct_worker_now_us(tct_conn_worker(conn)) / 1000;
}

static bool
is_anything_on_its_way(const struct tct_conn *conn)
{
	return tct_send_queued(conn) != 0 || tct_fin_unacked(conn);
}

void
progress_begin(struct progress *p, const struct tct_conn *conn)
{
	*p = (struct progress){.mark = 0ull - tct_send_queued(conn), .since_ms = now_ms(conn)};
}

/* What was sent and is not queued any more has been acknowledged. */
uint64_t
progress_still_ms(struct progress *p, const struct tct_conn *conn)
{
	uint64_t mark = p->sent - tct_send_queued(conn), now = now_ms(conn);

	if (mark != p->mark || !is_anything_on_its_way(conn)) {
		p->mark = mark;
		p->since_ms = now;
	}
	return now - p->since_ms;
}

/* Until the next look; 0: there is nothing to look for. */
static uint32_t
look_ms(const struct service_settings *s)
{
	uint32_t look = s->timeouts.write_ms ? s->timeouts.write_ms / LOOKS + 1 : 0;
	uint32_t idle = s->timeouts.idle_ms;

	return look && (look < idle || !idle) ? look : idle;
}

void
progress_arm(struct tct_conn *conn, const struct service_settings *s)
{
	if (look_ms(s))
		tct_set_wake(conn, look_ms(s));
}

bool
progress_give_up(struct progress *p, struct tct_conn *conn, const struct service_settings *s)
{
	if (!s->timeouts.write_ms || progress_still_ms(p, conn) < s->timeouts.write_ms)
		return false;
	service_count(conn, COUNTER_SERVICE_WRITE_TIMEOUT);
	tct_abort(conn);
	return true;
}

/* ---- silence -------------------------------------------------------------------------------- */

void
patience_begin(struct tct_conn *conn)
{
	const struct service_settings *s = user_settings(conn);

	set_word(conn, USER_IDLE, s, now_ms(conn));
	progress_arm(conn, s);
}

void
patience_rest(struct tct_conn *conn, const struct service_settings *s, bool sent)
{
	set_word(conn, USER_IDLE, s, now_ms(conn));
	if (sent)
		progress_arm(conn, s);
}

void
patience_heard(struct tct_conn *conn, uint32_t sent)
{
	struct watch *w;

	if (user_kind(conn) != USER_WATCHED) {
		const struct service_settings *s = user_settings(conn);

		/* Else a wake for a look is set, which a busy peer must not put off. */
		patience_rest(conn, s, sent && now_ms(conn) - word_ms(conn) >= look_ms(s));
		return;
	}
	w = user_watch(conn);
	w->heard_ms = now_ms(conn);
	w->progress.sent += sent;
}

/* Begins to watch what is on its way; false: there is no record for that. */
static bool
watch(struct tct_conn *conn, const struct service_settings *s, uint64_t heard_ms, bool closing)
{
	struct watch *w = record_take();

	if (!w) {
		service_count(conn, COUNTER_SERVICE_NO_MEMORY);
		tct_abort(conn);
		return false;
	}
	*w = (struct watch){.settings = s, .heard_ms = heard_ms, .closing = closing};
	progress_begin(&w->progress, conn);
	tct_set_user(conn, (uint8_t *)w + USER_WATCHED);
	progress_arm(conn, s);
	return true;
}

void
patience_forget(struct tct_conn *conn)
{
	struct watch *w;

	if (user_kind(conn) != USER_WATCHED)
		return;
	w = user_watch(conn);
	set_word(conn, w->closing ? USER_LINGERING : USER_IDLE, w->settings, w->heard_ms);
	record_give(w);
}

static void
idle_due(struct tct_conn *conn)
{
	const struct service_settings *s = user_settings(conn);
	uint64_t heard_ms = word_ms(conn), silent_ms = now_ms(conn) - heard_ms;

	if (s->timeouts.write_ms && is_anything_on_its_way(conn)) {
		watch(conn, s, heard_ms, false);
	} else if (s->timeouts.idle_ms && silent_ms >= s->timeouts.idle_ms) {
		service_count(conn, COUNTER_SERVICE_IDLE_TIMEOUT);
		patience_linger(conn, s);
	} else {
		uint64_t rest = s->timeouts.idle_ms ? s->timeouts.idle_ms - silent_ms : UINT32_MAX;

		/* One that was heard lately may have something on its way soon. */
		if (silent_ms < look_ms(s) && look_ms(s) < rest)
			rest = look_ms(s);
		if (rest != UINT32_MAX)
			tct_set_wake(conn, (uint32_t)rest);
	}
}

static void
lingering_due(struct tct_conn *conn)
{
	uint64_t age_ms = now_ms(conn) - word_ms(conn);

	if (age_ms < SERVICE_LINGER_MS)
		tct_set_wake(conn, SERVICE_LINGER_MS - (uint32_t)age_ms);
	else
		patience_close(conn);
}

static void
watched_due(struct tct_conn *conn)
{
	struct watch *w = user_watch(conn);

	if (progress_give_up(&w->progress, conn, w->settings))
		return;
	if (is_anything_on_its_way(conn)) {
		progress_arm(conn, w->settings);
		return;
	}
	patience_forget(conn);
	if (user_kind(conn) == USER_IDLE)
		idle_due(conn);
}

void
patience_due(struct tct_conn *conn)
{
	switch (user_kind(conn)) {
	case USER_IDLE:
		idle_due(conn);
		break;
	case USER_LINGERING:
		lingering_due(conn);
		break;
	case USER_WATCHED:
		watched_due(conn);
		break;
	default:
		break;
	}
}

/* ---- the end -------------------------------------------------------------------------------- */

void
patience_linger(struct tct_conn *conn, const struct service_settings *s)
{
	patience_forget(conn);
	set_word(conn, USER_LINGERING, s, now_ms(conn));
	tct_shutdown(conn);
	tct_set_wake(conn, SERVICE_LINGER_MS);
}

void
patience_close(struct tct_conn *conn)
{
	const struct service_settings *s = user_settings(conn);

	tct_close(conn);
	if (user_kind(conn) == USER_WATCHED) {
		user_watch(conn)->closing = true;
		return;
	}
	set_word(conn, USER_LINGERING, s, 0); /* a wake that is under way means nothing */
	if (s->timeouts.write_ms && is_anything_on_its_way(conn))
		watch(conn, s, 0, true);
}

void
patience_closed(struct tct_conn *conn, enum tct_reason reason)
{
	(void)reason;
	patience_forget(conn);
}
