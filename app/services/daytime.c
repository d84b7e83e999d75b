/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 867: one line with date and time, in UTC, then this side closes; input is thrown away.
 *
 * It closes by half at first and throws away what still comes for a while, since tct_close() would
 * answer that with a RST, which can reach the peer ahead of the line.
 */
#include <errno.h>
#include <stdint.h>
#include <time.h>

#include "internal.h"

#define DAYTIME_CHARS 64

static const char sent; /* its address as user pointer: the line is on its way */

static int
send_line(struct tct_conn *conn)
{
	char line[DAYTIME_CHARS];
	time_t now = time(NULL);
	struct tm tm;
	size_t len;

	gmtime_r(&now, &tm);
	len = strftime(line, sizeof(line), "%A, %B %d, %Y %H:%M:%S-UTC\r\n", &tm);
	return tct_send(conn, line, (uint32_t)len, 0);
}

static void
daytime_opened(struct tct_conn *conn)
{
	if (send_line(conn) == -ENOBUFS) {
		tct_set_wake(conn, SERVICE_RETRY_MS);
		return;
	}
	tct_set_user(conn, (void *)(uintptr_t)&sent);
	tct_shutdown(conn);
	tct_set_wake(conn, SERVICE_LINGER_MS);
}

static void
daytime_writable(struct tct_conn *conn)
{
	if (tct_user(conn) == &sent)
		tct_close(conn);
	else
		daytime_opened(conn);
}

static void
daytime_peer_closed(struct tct_conn *conn)
{
	if (tct_user(conn) == &sent)
		tct_close(conn);
}

const struct tct_service service_daytime = {
	.name = "daytime",
	.opened = daytime_opened,
	.writable = daytime_writable,
	.peer_closed = daytime_peer_closed,
};
