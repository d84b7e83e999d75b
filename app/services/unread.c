/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Accepts, waits half a second, and closes without reading: a peer that sent something gets a RST
 * for its FIN (RFC 2525 2.17), one that sent nothing an orderly close.
 */
#include "internal.h"

#define UNREAD_MS 500

static void
unread_opened(struct tct_conn *conn)
{
	tct_pause(conn);
	tct_set_wake(conn, UNREAD_MS);
}

const struct tct_service service_unread = {
	.name = "unread",
	.opened = unread_opened,
	.writable = tct_close,
};
