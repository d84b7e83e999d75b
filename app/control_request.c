/* SPDX-License-Identifier: BSD-3-Clause */
#include "control_request.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "services.h"

static const char *const command_names[CONTROL_COMMAND_MAX] = {
#define X(id, name) [CONTROL_##id] = name,
	CONTROL_COMMAND_LIST(X)
#undef X
};

const char *
control_command_name(enum control_command command)
{
	return command_names[command];
}

int
control_refuse(struct control_fault *fault, const char *code, const char *format, ...)
{
	va_list args;

	fault->code = code;
	va_start(args, format);
	vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
	for (char *p = fault->text; *p; p++)
		if (*p < ' ' || *p > '~') /* what was quoted may be anything, cut anywhere */
			*p = '?';
	return -EINVAL;
}

/* ---- names of connections -------------------------------------------------------------------- */

/* A decimal number without sign, space or superfluous zero; returns what follows it, or NULL. */
static const char *
take_number(const char *text, uint64_t max, uint64_t *value)
{
	const char *p = text;

	*value = 0;
	for (; *p >= '0' && *p <= '9'; p++) {
		*value = *value * 10 + (uint64_t)(*p - '0');
		if (*value > max)
			return NULL;
	}
	return p == text || (*text == '0' && p > text + 1) ? NULL : p;
}

/* "a:b:c" */
static bool
take_triple(const char *text, const uint64_t max[3], uint64_t value[3])
{
	for (unsigned i = 0; i < 3; i++) {
		text = take_number(text, max[i], &value[i]);
		if (!text || *text != (i < 2 ? ':' : '\0'))
			return false;
		text++;
	}
	return true;
}

bool
conn_name_parse(const char *text, struct conn_name *name)
{
	static const uint64_t max[3] = {UINT16_MAX, UINT32_MAX, UINT32_MAX};
	uint64_t v[3];

	if (!take_triple(text, max, v) || v[2] == 0)
		return false;
	*name = (struct conn_name){(unsigned)v[0], (uint32_t)v[1], (uint32_t)v[2]};
	return true;
}

const char *
conn_name_format(const struct conn_name *name, char text[CONN_NAME_TEXT])
{
	snprintf(text, CONN_NAME_TEXT, "%u:%" PRIu32 ":%" PRIu32, name->worker, name->index,
		 name->generation);
	return text;
}

bool
control_cursor_parse(const char *text, struct control_cursor *cursor)
{
	static const uint64_t max[3] = {UINT16_MAX, 2, UINT32_MAX};
	uint64_t v[3];

	if (!take_triple(text, max, v))
		return false;
	*cursor = (struct control_cursor){(unsigned)v[0], (unsigned)v[1], (uint32_t)v[2]};
	return true;
}

const char *
control_cursor_format(const struct control_cursor *cursor, char text[CONN_NAME_TEXT])
{
	snprintf(text, CONN_NAME_TEXT, "%u:%u:%" PRIu32, cursor->worker, cursor->kind,
		 cursor->index);
	return text;
}

/* ---- fields: each takes its value, or returns false ------------------------------------------ */

static bool
take_integer(const json_t *v, json_int_t min, json_int_t max, json_int_t *value)
{
	*value = json_integer_value(v);
	return json_is_integer(v) && *value >= min && *value <= max;
}

static bool
take_address(const json_t *v, struct tct_address *address)
{
	return json_is_string(v) && tct_address_parse(json_string_value(v), address) == 0;
}

static bool
take_port(const json_t *v, uint16_t *port)
{
	json_int_t value;

	if (!take_integer(v, 1, UINT16_MAX, &value))
		return false;
	*port = (uint16_t)value;
	return true;
}

static bool
take_remote_address(const json_t *v, struct control_request *r)
{
	return take_address(v, &r->remote);
}

static bool
take_remote_port(const json_t *v, struct control_request *r)
{
	return take_port(v, &r->remote_port);
}

static bool
take_local_address(const json_t *v, struct control_request *r)
{
	return take_address(v, &r->local);
}

static bool
take_local_port(const json_t *v, struct control_request *r)
{
	return take_port(v, &r->local_port);
}

static bool
take_service(const json_t *v, struct control_request *r)
{
	r->service = json_is_string(v) ? service_find(json_string_value(v)) : NULL;
	return r->service != NULL;
}

static bool
take_state(const json_t *v, struct control_request *r)
{
	for (unsigned i = 0; json_is_string(v) && i < STATE_MAX; i++)
		if (strcmp(json_string_value(v), state_name[i]) == 0) {
			r->state = (enum state)i;
			return true;
		}
	return false;
}

static bool
take_id(const json_t *v, struct control_request *r)
{
	return json_is_string(v) && conn_name_parse(json_string_value(v), &r->id);
}

static bool
take_worker(const json_t *v, struct control_request *r)
{
	json_int_t value;

	if (!take_integer(v, 0, UINT16_MAX, &value))
		return false;
	r->worker = (unsigned)value;
	return true;
}

static bool
take_limit(const json_t *v, struct control_request *r)
{
	json_int_t value;

	if (!take_integer(v, 1, CONTROL_LIMIT_MAX, &value))
		return false;
	r->limit = (uint32_t)value;
	return true;
}

static bool
take_cursor(const json_t *v, struct control_request *r)
{
	return json_is_string(v) && control_cursor_parse(json_string_value(v), &r->cursor);
}

static bool
take_time_wait(const json_t *v, struct control_request *r)
{
	r->time_wait = json_is_true(v);
	return json_is_boolean(v);
}

struct field_info {
	const char *name;
	bool (*take)(const json_t *v, struct control_request *r);
	const char *wanted;
};

static const struct field_info fields[FIELD_MAX] = {
	[FIELD_ADDRESS] = {"address", take_remote_address, "an IPv4 or IPv6 address"},
	[FIELD_PORT] = {"port", take_remote_port, "a number from 1 to 65535"},
	[FIELD_LOCAL_ADDRESS] = {"local_address", take_local_address, "an IPv4 or IPv6 address"},
	[FIELD_LOCAL_PORT] = {"local_port", take_local_port, "a number from 1 to 65535"},
	[FIELD_REMOTE_ADDRESS] = {"remote_address", take_remote_address, "an IPv4 or IPv6 address"},
	[FIELD_REMOTE_PORT] = {"remote_port", take_remote_port, "a number from 1 to 65535"},
	[FIELD_SERVICE] = {"service", take_service,
			   "one of echo discard daytime chargen http stall unread"},
	[FIELD_STATE] = {"state", take_state, "a state of RFC 9293, such as ESTABLISHED"},
	[FIELD_ID] = {"id", take_id, "worker:index:generation, as connections lists it"},
	[FIELD_WORKER] = {"worker", take_worker, "the number of a worker"},
	[FIELD_LIMIT] = {"limit", take_limit, "a number from 1 to 1000"},
	[FIELD_CURSOR] = {"cursor", take_cursor, "what the answer before said"},
	[FIELD_TIME_WAIT] = {"time_wait", take_time_wait, "true or false"},
};

/* ---- commands -------------------------------------------------------------------------------- */

struct command_info {
	unsigned required, optional; /* HAS() */
};

static const struct command_info commands[CONTROL_COMMAND_MAX] = {
	[CONTROL_CONNECTIONS] = {.optional = HAS(WORKER) | HAS(ID) | HAS(STATE) | HAS(SERVICE) |
					     HAS(LOCAL_ADDRESS) | HAS(LOCAL_PORT) |
					     HAS(REMOTE_ADDRESS) | HAS(REMOTE_PORT) | HAS(LIMIT) |
					     HAS(CURSOR) | HAS(TIME_WAIT)},
	[CONTROL_COUNTERS] = {.optional = HAS(WORKER)},
	[CONTROL_NEIGHBOURS] = {.optional = HAS(WORKER)},
	[CONTROL_WORKERS] = {.optional = HAS(WORKER)},
	[CONTROL_DUMP] = {.optional = HAS(WORKER)},
	[CONTROL_CONNECT] = {.required = HAS(ADDRESS) | HAS(PORT) | HAS(SERVICE),
			     .optional = HAS(LOCAL_ADDRESS) | HAS(LOCAL_PORT) | HAS(WORKER)},
	[CONTROL_CLOSE] = {.required = HAS(ID)},
	[CONTROL_ABORT] = {.required = HAS(ID)},
};

static int
find_command(const json_t *root, struct control_request *r, struct control_fault *fault)
{
	const json_t *v = json_object_get(root, "command");

	if (!json_is_string(v))
		return control_refuse(fault, "no-command",
				      "field 'command' missing or no text; the name of a command "
				      "wanted");
	for (unsigned i = 0; i < CONTROL_COMMAND_MAX; i++)
		if (strcmp(json_string_value(v), command_names[i]) == 0) {
			r->command = (enum control_command)i;
			return 0;
		}
	return control_refuse(fault, "unknown-command",
			      "command '%.40s' unknown; one of connections listeners counters "
			      "neighbours workers dump connect close abort stop wanted",
			      json_string_value(v));
}

static int
take_field(const char *name, const json_t *v, struct control_request *r,
	   struct control_fault *fault)
{
	const struct command_info *c = &commands[r->command];

	for (unsigned i = 0; i < FIELD_MAX; i++) {
		if (!((c->required | c->optional) & 1u << i) || strcmp(name, fields[i].name))
			continue;
		if (!fields[i].take(v, r))
			return control_refuse(fault, "bad-field", "field '%s' of '%s': %s wanted",
					      name, command_names[r->command], fields[i].wanted);
		r->given |= 1u << i;
		return 0;
	}
	return control_refuse(fault, "unknown-field", "command '%s' has no field '%.40s'",
			      command_names[r->command], name);
}

static int
check_required(const struct control_request *r, struct control_fault *fault)
{
	unsigned missing = commands[r->command].required & ~r->given;
	const struct field_info *f;

	if (!missing)
		return 0;
	f = &fields[__builtin_ctz(missing)];
	return control_refuse(fault, "missing-field", "command '%s' lacks field '%s': %s wanted",
			      command_names[r->command], f->name, f->wanted);
}

static int
take_object(json_t *root, struct control_request *r, struct control_fault *fault)
{
	const char *name;
	json_t *v;

	if (!json_is_object(root))
		return control_refuse(fault, "bad-json", "not a JSON object");
	if (find_command(root, r, fault) < 0)
		return -EINVAL;
	json_object_foreach(root, name, v)
	{
		if (strcmp(name, "command") != 0 && take_field(name, v, r, fault) < 0)
			return -EINVAL;
	}
	return check_required(r, fault);
}

int
control_request_parse(const char *line, size_t len, struct control_request *r,
		      struct control_fault *fault)
{
	json_error_t error;
	json_t *root = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
	int ret;

	*r = (struct control_request){.limit = CONTROL_LIMIT_DEFAULT};
	if (!root)
		return control_refuse(fault, "bad-json", "not JSON at character %d: %.160s",
				      error.column, error.text);
	ret = take_object(root, r, fault);
	json_decref(root);
	return ret;
}
