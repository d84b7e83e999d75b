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
	if (send_line(conn) == -ENOBUFS)
		tct_set_wake(conn, SERVICE_RETRY_MS);
	else
		patience_linger(conn, user_settings(conn));
}

static void
daytime_writable(struct tct_conn *conn)
{
	if (user_kind(conn) == USER_SETTINGS)
		daytime_opened(conn);
	else
		patience_due(conn);
}

static void
daytime_peer_closed(struct tct_conn *conn)
{
	if (user_kind(conn) != USER_SETTINGS)
		patience_close(conn);
}

const struct tct_service service_daytime = {
	.name = "daytime",
	.opened = daytime_opened,
	.writable = daytime_writable,
	.peer_closed = daytime_peer_closed,
	.closed = patience_closed,
};
