/* SPDX-License-Identifier: BSD-3-Clause */
#include "fake_tct.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FAKE_OWNER ((void *)0x1000)

struct tct_conn fake;
uint64_t fake_poll_ns;
uint64_t fake_counts[COUNTER_MAX];

/* ---- the test's side ------------------------------------------------------------------------ */

void
fake_open(const struct tct_service *service, void *user)
{
	fake = (struct tct_conn){
		.service = service, .user = user, .buffer = 262144, .now_us = 1000000};
	fake.sent = calloc(1, 1);
	if (service->opened)
		service->opened(&fake);
}

static void
hand_over(const void *bytes, size_t len)
{
	/* On the heap and no longer than it is: a sanitizer sees what is read behind it. */
	char *copy = malloc(len);
	struct tct_data d = {.bytes = copy, .len = (uint32_t)len, .owner = FAKE_OWNER};

	memcpy(copy, bytes, len);
	if (fake.service->data)
		fake.service->data(&fake, &d);
	memset(copy, 0xee, len);
	free(copy);
}

static void
hold(const void *bytes, size_t len)
{
	fake.held = realloc(fake.held, fake.held_len + len);
	memcpy(fake.held + fake.held_len, bytes, len);
	fake.held_len += len;
}

static void
tell_fin(void)
{
	if (!fake.fin || fake.fin_told || fake.held_len || fake.aborted)
		return;
	fake.fin_told = true;
	if (fake.service->peer_closed)
		fake.service->peer_closed(&fake);
}

void
fake_deliver(const void *bytes, size_t len)
{
	assert(!fake.fin && !fake.aborted);
	if (fake.closed)
		return;
	if (fake.paused || fake.held_len)
		hold(bytes, len);
	else
		hand_over(bytes, len);
}

void
fake_deliver_text(const char *text)
{
	fake_deliver(text, strlen(text));
}

void
fake_peer_fin(void)
{
	fake.fin = true;
	tell_fin();
}

void
fake_ack(uint32_t n)
{
	assert(n <= fake.queued);
	fake.queued -= n;
	if (!fake.want_room || fake.shut || fake.aborted || fake.queued > fake.buffer / 2)
		return;
	fake.want_room = false;
	if (fake.service->writable)
		fake.service->writable(&fake);
}

void
fake_pass_ms(uint32_t ms)
{
	fake.now_us += ms * 1000ull;
	if (!fake.wake_ms || fake.aborted)
		return;
	if (fake.wake_ms > ms) {
		fake.wake_ms -= ms;
		return;
	}
	fake.wake_ms = 0;
	if (fake.service->writable)
		fake.service->writable(&fake);
}

void
fake_end(enum tct_reason reason)
{
	if (fake.service->closed)
		fake.service->closed(&fake, reason);
	free(fake.sent);
	free(fake.held);
	memset(&fake, 0xee, sizeof(fake)); /* nobody may look at it any more */
}

/* ---- tercet.h ------------------------------------------------------------------------------- */

/* By doubling: a sanitizer's realloc() copies each time. */
static void
keep_room(struct tct_conn *c, size_t wanted)
{
	if (wanted <= c->sent_room)
		return;
	c->sent_room = 2 * wanted;
	c->sent = realloc(c->sent, c->sent_room);
}

static int
queue(struct tct_conn *c, const void *bytes, uint32_t len)
{
	if (c->shut || c->aborted)
		return -EPIPE;
	if (len == 0)
		return -EINVAL;
	if (len > tct_send_room(c) || c->no_buffers) {
		c->want_room = true;
		return -ENOBUFS;
	}
	keep_room(c, c->sent_len + len + 1);
	memcpy(c->sent + c->sent_len, bytes, len);
	c->sent_len += len;
	c->sent[c->sent_len] = '\0';
	c->queued += len;
	c->sends++;
	return 0;
}

int
tct_send(struct tct_conn *c, const void *bytes, uint32_t len, unsigned flags)
{
	int ret = queue(c, bytes, len);

	c->copies += ret == 0 && !(flags & TCT_SEND_STATIC);
	return ret;
}

/* As if it were acknowledged at once. */
int
tct_send_text(struct tct_conn *c, struct tct_text *text)
{
	int ret = queue(c, text->bytes, text->len);

	c->texts += ret == 0;
	return ret;
}

int
tct_send_data(struct tct_conn *c, const struct tct_data *data)
{
	assert(data->owner == FAKE_OWNER);
	return queue(c, data->bytes, data->len);
}

uint32_t
tct_send_room(const struct tct_conn *c)
{
	return c->queued < c->buffer ? c->buffer - c->queued : 0;
}

uint32_t
tct_send_queued(const struct tct_conn *c)
{
	return c->queued;
}

int
tct_shutdown(struct tct_conn *c)
{
	c->shut = true;
	return 0;
}

void
tct_close(struct tct_conn *c)
{
	c->reset_unread |= c->held_len > 0;
	c->shut = c->closed = true;
}

void
tct_abort(struct tct_conn *c)
{
	c->aborted = true;
}

void
tct_pause(struct tct_conn *c)
{
	c->paused = true;
}

void
tct_resume(struct tct_conn *c)
{
	if (!c->paused || c->aborted)
		return;
	c->paused = false;
	while (!c->paused && c->held_len) {
		/* In the pieces that packets would have come in. */
		size_t len = c->held_len < 1460 ? c->held_len : 1460;
		char piece[1460];

		memcpy(piece, c->held, len);
		c->held_len -= len;
		memmove(c->held, c->held + len, c->held_len);
		hand_over(piece, len);
	}
	tell_fin();
}

bool
tct_fin_unacked(const struct tct_conn *c)
{
	(void)c;
	return false;
}

void
service_count(const struct tct_conn *c, enum counter which)
{
	(void)c;
	fake_counts[which]++;
}

void
tct_set_user(struct tct_conn *c, void *user)
{
	c->user = user;
}

void *
tct_user(const struct tct_conn *c)
{
	return c->user;
}

void
tct_set_wake(struct tct_conn *c, uint32_t ms)
{
	c->wake_ms = ms;
}

struct tct_worker *
tct_conn_worker(const struct tct_conn *c)
{
	return (struct tct_worker *)(uintptr_t)c;
}

uint64_t
tct_worker_now_us(const struct tct_worker *worker)
{
	return ((const struct tct_conn *)(const void *)worker)->now_us;
}

uint64_t
tct_worker_now_ns(const struct tct_worker *worker)
{
	return worker ? tct_worker_now_us(worker) * 1000 + fake.more_ns : fake_poll_ns;
}
