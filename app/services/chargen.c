/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 864: lines of 72 printing characters, each beginning one character later, for as long as the
 * peer takes them; input is thrown away.
 *
 * After 95 lines the pattern repeats, so that one table of these is all that is ever sent. The user
 * pointer is the connection's position in it.
 */
#include "chargen.h"

#include <errno.h>
#include <stdint.h>

#include "internal.h"

#define FIRST_PRINTING ' ' /* 95 of them, up to '~' */

char chargen_table[CHARGEN_BYTES];

void
chargen_fill(void)
{
	char *p = chargen_table;

	if (*p)
		return;
	for (unsigned line = 0; line < CHARGEN_LINES; line++) {
		for (unsigned i = 0; i < CHARGEN_LINE - 2; i++)
			*p++ = (char)(FIRST_PRINTING + (line + i) % CHARGEN_LINES);
		*p++ = '\r';
		*p++ = '\n';
	}
}

/* Sends until it is refused, so that writable() comes. */
static void
chargen_send(struct tct_conn *conn)
{
	uint32_t at = (uint32_t)(uintptr_t)tct_user(conn);
	uint32_t len, room;
	int ret;

	for (;;) {
		room = tct_send_room(conn);
		len = CHARGEN_BYTES - at;
		if (room && len > room)
			len = room;
		ret = tct_send(conn, chargen_table + at, len, TCT_SEND_STATIC);
		if (ret < 0)
			break;
		at = (at + len) % CHARGEN_BYTES;
	}
	tct_set_user(conn, (void *)(uintptr_t)at);
	if (ret == -ENOBUFS && room)
		tct_set_wake(conn, SERVICE_RETRY_MS);
}

static void
chargen_opened(struct tct_conn *conn)
{
	tct_set_user(conn, NULL);
	chargen_send(conn);
}

const struct tct_service service_chargen = {
	.name = "chargen",
	.opened = chargen_opened,
	.writable = chargen_send,
	.peer_closed = tct_close,
};
