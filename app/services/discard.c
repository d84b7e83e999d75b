/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 863: what comes is thrown away, until the peer closes or falls silent. */
#include "internal.h"

static void
discard_data(struct tct_conn *conn, const struct tct_data *data)
{
	(void)data;
	if (user_kind(conn) == USER_IDLE)
		patience_heard(conn, 0);
}

const struct tct_service service_discard = {
	.name = "discard",
	.opened = patience_begin,
	.data = discard_data,
	.writable = patience_due,
	.peer_closed = patience_close,
	.closed = patience_closed,
};
