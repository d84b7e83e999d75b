/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The control socket: a unix socket that takes one JSON object a line and answers each with one.
 *
 * It lives on the main lcore's loop and never makes it wait for a client: everything is
 * non-blocking, a client whose answer has not left yet is not read from, so that one answer and one
 * line are all that is ever held for it, and one that does not take its answer for half a minute is
 * dropped. A request that is wrong draws an error object, and the connection goes on.
 *
 * The socket belongs to who started the program (0600). One that a dead process left behind is
 * replaced; one that somebody answers on is not.
 */
#ifndef TCT_APP_CONTROL_H
#define TCT_APP_CONTROL_H

#include "control_answer.h"

#define CONTROL_CLIENTS_MAX 16
#define CONTROL_LINE_MAX    65536 /* bytes, without the newline */

struct control;

/* 0; -EADDRINUSE: somebody answers there; -EEXIST: there is a file that is no socket; or what
 * bind() says. The cause is said on stderr. */
int control_open(struct control **control, const char *path, const struct control_view *view);

/* Waits at most timeout_ms for something to do, and does it. Waits no longer when there is
 * something to be read from wake_fd. */
void control_poll(struct control *control, int timeout_ms, int wake_fd);

/* Sends what can be sent at once, closes all, removes the socket. NULL is nothing. */
void control_close(struct control *control);

#endif
