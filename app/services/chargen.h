/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The pattern of RFC 864, sent by chargen and as the body of http responses.
 *
 * It repeats after 95 lines, and is laid out many times over, so that one send can be long from any
 * place in it: a peer that does not read holds a node of the send queue for each piece, of a pool
 * that all share. A send buffer as large as a piece is filled by one, and refilled by two at most,
 * for writable comes when half of it is free. No more of it is read, and takes room in a core's
 * cache, than the longest send and one pattern.
 */
#ifndef TCT_APP_SERVICES_CHARGEN_H
#define TCT_APP_SERVICES_CHARGEN_H

#include <stdint.h>

#include "../services.h"

#define CHARGEN_LINES 95 /* then it repeats */
#define CHARGEN_LINE  74 /* 72 characters, CR, LF */
#define CHARGEN_BYTES (CHARGEN_LINES * CHARGEN_LINE)
#define CHARGEN_PIECE (1024 * 1024) /* from any place in the first pattern so much can be sent */

/* CHARGEN_BYTES + CHARGEN_PIECE of them. */
extern const char *chargen_table;

/* [control] Writes the table, the first time it is called. */
void chargen_fill(void);

/* [control] Has it lie where copy() puts it, if that is anywhere; before it is sent. */
void chargen_move(service_copy *copy);

/* The place in the first pattern that is n bytes behind at, which is one itself. */
static inline uint32_t
chargen_after(uint32_t at, uint32_t n)
{
	return (at + n) % CHARGEN_BYTES;
}

#endif
