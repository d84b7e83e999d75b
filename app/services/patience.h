/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How long a service bears a peer: silent, or not taking what is sent to it.
 *
 * A connection without anything unfinished has no memory but its user pointer, so that is a word
 * here: which kind it is, which listener's settings, and since when (milliseconds of the worker's
 * clock). Only a connection that has been found with bytes unacknowledged some time after they were
 * queued takes a record, in which the progress of its send queue is watched; so a healthy one pays
 * a store for what comes in, and a wake now and then.
 *
 * Progress is any acknowledgment of data. It is looked for four times in write-timeout, so that a
 * peer is given up after that at the earliest, and a quarter to a half later at the latest.
 *
 * A peer that is given up for its silence is closed on in order; one that takes nothing is reset,
 * since a FIN would have to wait behind what it does not take.
 */
#ifndef TCT_APP_SERVICES_PATIENCE_H
#define TCT_APP_SERVICES_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "tercet.h"

struct service_settings;

/* Milliseconds; 0: for ever. */
struct service_timeouts {
	uint32_t header_ms; /* http: a request, from its first byte to its last */
	uint32_t idle_ms;   /* nothing comes, and nothing is on its way */
	uint32_t write_ms;  /* something is on its way, and nothing of it is acknowledged */
};

/* ---- the user pointer ------------------------------------------------------------------------ */

enum user_kind {
	USER_SETTINGS,	/* what the listener gave: before opened */
	USER_RECORD,	/* a record of the service's own */
	USER_IDLE,	/* nothing unfinished; since: when the peer was last heard */
	USER_LINGERING, /* shut down; since: when */
	USER_WATCHED,	/* a record of ours: bytes are on their way */
	USER_BITS = 7
};

enum user_kind user_kind(const struct tct_conn *conn);
void user_set_record(struct tct_conn *conn, void *record);
void *user_record(const struct tct_conn *conn);

/* The settings of a connection of any kind but USER_RECORD. */
const struct service_settings *user_settings(const struct tct_conn *conn);

/* ---- progress of a send queue ---------------------------------------------------------------- */

struct progress {
	uint64_t sent;	   /* bytes queued since it is watched */
	uint64_t mark;	   /* grows with every byte acknowledged */
	uint64_t since_ms; /* when it last did */
};

uint64_t now_ms(const struct tct_conn *conn);

void progress_begin(struct progress *p, const struct tct_conn *conn);

/* For how long the peer has not acknowledged anything; 0 when there is nothing to acknowledge. */
uint64_t progress_still_ms(struct progress *p, const struct tct_conn *conn);

/* Wakes the connection for the next look. */
void progress_arm(struct tct_conn *conn, const struct service_settings *s);

/* Resets a peer that has taken nothing for too long; true if it did. */
bool progress_give_up(struct progress *p, struct tct_conn *conn, const struct service_settings *s);

/* ---- callbacks, and parts of them ------------------------------------------------------------ */

/* opened: from now on the peer may be silent for as long as it may. */
void patience_begin(struct tct_conn *conn);

/* Something came, and so many bytes were queued in answer. Not for USER_RECORD; the second: nor for
 * USER_WATCHED. */
void patience_heard(struct tct_conn *conn, uint32_t sent);
void patience_rest(struct tct_conn *conn, const struct service_settings *s, bool sent);

/* Takes the record of a connection that is watched away, before the service makes its own. */
void patience_forget(struct tct_conn *conn);

/* writable, for all but USER_RECORD. */
void patience_due(struct tct_conn *conn);

/* Everything is said: closes by half, and throws away what still comes for a while: a RST could
 * reach the peer ahead of the end of a response (RFC 9112 9.6). */
void patience_linger(struct tct_conn *conn, const struct service_settings *s);

/* tct_close(), and what is on its way is still watched. Not for USER_RECORD. */
void patience_close(struct tct_conn *conn);

/* closed, for all but USER_RECORD. */
void patience_closed(struct tct_conn *conn, enum tct_reason reason);

#endif
