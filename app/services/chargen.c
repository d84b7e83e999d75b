/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 864: lines of 72 printing characters, each beginning one character later, for as long as the
 * peer takes them; input is thrown away.
 *
 * There is always more to send, so every connection has a record, and a peer that takes nothing is
 * all that can be slow about one.
 */
#include "chargen.h"

#include <errno.h>
#include <stdint.h>

#include "block.h"
#include "count.h"
#include "internal.h"

#define FIRST_PRINTING ' ' /* 95 of them, up to '~' */

static char table[CHARGEN_BYTES + CHARGEN_PIECE];
const char *chargen_table = table;

struct position {
	const struct service_settings *settings;
	struct progress progress;
	uint32_t at; /* in the pattern */
};

void
chargen_fill(void)
{
	char *p = table;

	if (*p)
		return;
	for (unsigned line = 0; line < CHARGEN_LINES; line++) {
		for (unsigned i = 0; i < CHARGEN_LINE - 2; i++)
			*p++ = (char)(FIRST_PRINTING + (line + i) % CHARGEN_LINES);
		*p++ = '\r';
		*p++ = '\n';
	}
	for (; p < table + sizeof(table); p++)
		*p = p[-CHARGEN_BYTES];
}

void
chargen_move(service_copy *copy)
{
	const char *moved = copy(table, sizeof(table));

	if (moved)
		chargen_table = moved;
}

/* Sends until it is refused, so that writable() comes; when it may not, for want of packet buffers,
 * a wake does. */
static void
chargen_send(struct tct_conn *conn, struct position *p)
{
	uint32_t len, room;
	int ret;

	for (;;) {
		room = tct_send_room(conn);
		len = room && room < CHARGEN_PIECE ? room : CHARGEN_PIECE;
		ret = tct_send(conn, chargen_table + p->at, len, TCT_SEND_STATIC);
		if (ret < 0)
			break;
		p->at = chargen_after(p->at, len);
		p->progress.sent += len;
	}
	if (ret == -ENOBUFS && room)
		tct_set_wake(conn, SERVICE_RETRY_MS);
	else
		progress_arm(conn, p->settings);
}

static void
chargen_opened(struct tct_conn *conn)
{
	struct position *p = record_take();

	if (!p) {
		service_count(conn, COUNTER_SERVICE_NO_MEMORY);
		tct_abort(conn);
		return;
	}
	*p = (struct position){.settings = user_settings(conn)};
	progress_begin(&p->progress, conn);
	user_set_record(conn, p);
	chargen_send(conn, p);
}

static void
chargen_writable(struct tct_conn *conn)
{
	struct position *p = user_record(conn);

	if (p && !progress_give_up(&p->progress, conn, p->settings))
		chargen_send(conn, p);
}

static void
chargen_closed(struct tct_conn *conn, enum tct_reason reason)
{
	struct position *p = user_record(conn);

	(void)reason;
	if (p)
		record_give(p);
}

const struct tct_service service_chargen = {
	.name = "chargen",
	.opened = chargen_opened,
	.writable = chargen_writable,
	.peer_closed = tct_close, /* what is queued is still watched */
	.closed = chargen_closed,
};
