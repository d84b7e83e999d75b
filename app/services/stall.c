/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Accepts and never reads, to test how peers bear a window that closes for good. The peer's FIN is
 * noticed only when no data lies in front of it; else the connection ends by the peer's RST or its
 * patience.
 */
#include "internal.h"

const struct tct_service service_stall = {
	.name = "stall",
	.opened = tct_pause,
	.peer_closed = tct_close,
};
