/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is sent with TCT_SEND_STATIC: the pattern, RFC 864's lines, files. They are made before EAL
 * starts, so that what is wrong with them is said at once, and lie in memory of the program's.
 */
#ifndef TCT_APP_STATIC_BYTES_H
#define TCT_APP_STATIC_BYTES_H

#include "tercet.h"

/* [control] Copies them into memory of EAL's, as far as it has room, where ports of e read them
 * from there; before e is started. e may be NULL. */
void static_bytes_place(const struct tct_endpoint *e);

#endif
