/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 863: what comes is thrown away, until the peer closes. */
#include "internal.h"

const struct tct_service service_discard = {
	.name = "discard",
	.peer_closed = tct_close,
};
