/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What may be asked over the control socket: one JSON object a line, {"command": ..., fields}.
 *
 * Commands and fields are tables here, so that the server, which checks what it is sent, and
 * tercet ctl, which checks before it sends, refuse the same things in the same words.
 */
#ifndef TCT_APP_CONTROL_REQUEST_H
#define TCT_APP_CONTROL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcp/state.h"
#include "tercet.h"

/* clang-format off */
#define CONTROL_COMMAND_LIST(X) \
	X(CONNECTIONS, "connections") \
	X(LISTENERS, "listeners") \
	X(COUNTERS, "counters") \
	X(NEIGHBOURS, "neighbours") \
	X(WORKERS, "workers") \
	X(DUMP, "dump") \
	X(CONNECT, "connect") \
	X(CLOSE, "close") \
	X(ABORT, "abort") \
	X(STOP, "stop")
/* clang-format on */

enum control_command {
#define X(id, name) CONTROL_##id,
	CONTROL_COMMAND_LIST(X)
#undef X
	CONTROL_COMMAND_MAX
};

const char *control_command_name(enum control_command command);

/* A connection's name, "worker:index:generation". It is never given to a second connection, so that
 * what was meant for one cannot hit its successor in the same record. */
struct conn_name {
	unsigned worker; /* of all endpoints, counted through */
	uint32_t index;
	uint32_t generation; /* 1 and above */
};

bool conn_name_parse(const char *text, struct conn_name *name);

#define CONN_NAME_TEXT 36
const char *conn_name_format(const struct conn_name *name, char text[CONN_NAME_TEXT]);

/* How far a listing has come: the next record to be looked at, "worker:kind:index". */
struct control_cursor {
	unsigned worker;
	unsigned kind; /* 0: conns, 1: half-opens, 2: time-waits */
	uint32_t index;
};

bool control_cursor_parse(const char *text, struct control_cursor *cursor);
const char *control_cursor_format(const struct control_cursor *cursor, char text[CONN_NAME_TEXT]);

#define CONTROL_LIMIT_MAX     1000 /* connections in one answer */
#define CONTROL_LIMIT_DEFAULT 256

/* Which fields a request has, as bits. */
enum control_field {
	FIELD_ADDRESS,
	FIELD_PORT,
	FIELD_LOCAL_ADDRESS,
	FIELD_LOCAL_PORT,
	FIELD_REMOTE_ADDRESS,
	FIELD_REMOTE_PORT,
	FIELD_SERVICE,
	FIELD_STATE,
	FIELD_ID,
	FIELD_WORKER,
	FIELD_LIMIT,
	FIELD_CURSOR,
	FIELD_TIME_WAIT,
	FIELD_MAX
};

#define HAS(field) (1u << FIELD_##field)

struct control_request {
	enum control_command command;
	unsigned given; /* HAS() of the fields that were there */
	struct tct_address remote, local;
	uint16_t remote_port, local_port; /* host byte order */
	const struct tct_service *service;
	enum state state;
	struct conn_name id;
	unsigned worker;
	uint32_t limit;
	struct control_cursor cursor;
	bool time_wait; /* list those too */
};

/* What is wrong with a request, or went wrong with it. */
struct control_fault {
	const char *code; /* one word for programs, static */
	char text[256];	  /* a sentence for people */
};

/* Fills in a fault; returns -EINVAL. */
int control_refuse(struct control_fault *fault, const char *code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Reads one line, without its newline. 0, or -EINVAL and why: code bad-json, no-command,
 * unknown-command, missing-field, unknown-field or bad-field.
 */
int control_request_parse(const char *line, size_t len, struct control_request *request,
			  struct control_fault *fault);

#endif
