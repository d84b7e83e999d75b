/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tercet ctl SOCKET REQUEST: asks a running tercet, and prints a table, or with -j the answers as
 * they come, one JSON object a line.
 *
 * A request is checked here by the same code that will check it there, so that bad usage is told
 * from a request that cannot be met: exit 2 and 1.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <jansson.h>

#include "commands.h"
#include "control_request.h"
#include "ctl_print.h"
#include "options.h"

#define ANSWER_TIMEOUT_S 30

struct ctl {
	json_t *request;
	bool json;
	struct ctl_style style;
	FILE *answers;
};

/* ---- the request ---------------------------------------------------------------------------- */

static const struct option_row rows[] = {
	{.name = "json", .letter = 'j', .help = "the answers as they come: a JSON object a line"},
	{.name = "all", .letter = 'a', .help = "counters: those that are 0 too"},
	{.name = "service",
	 .argument = "NAME",
	 .help = "connect: what runs on it; connections: only those of it"},
	{.name = "state", .argument = "STATE", .help = "connections: only those in it"},
	{.name = "local", .argument = "ADDR", .help = "connect, connections: local address"},
	{.name = "local-port", .argument = "PORT", .help = "connect, connections: local port"},
	{.name = "remote", .argument = "ADDR", .help = "connections: remote address"},
	{.name = "remote-port", .argument = "PORT", .help = "connections: remote port"},
	{.name = "id", .argument = "ID", .help = "connections: only this one"},
	{.name = "time-wait", .help = "connections: those in TIME_WAIT too"},
	{.name = "limit", .argument = "N", .help = "connections: so many at most"},
	{.name = "worker", .argument = "N", .help = "of this worker only; connect: on it"},
	{.name = NULL},
};

static const struct command_line line = {
	.command = "ctl",
	.arguments = "SOCKET REQUEST",
	.about =
		"Asks a running tercet at its control.socket. Requests:\n"
		"\n"
		"  connections              those that are open or being opened, and their ids\n"
		"  listeners                addresses and ports listened on\n"
		"  counters                 sums over all workers\n"
		"  neighbours               who is known on the link\n"
		"  workers                  what each worker does: packets, load, steering, drops\n"
		"  dump                     how full each worker's tables are\n"
		"  connect ADDR PORT --service NAME\n"
		"                           opens a connection, and says its id\n"
		"  close ID, abort ID       ends one, in order or by a RST\n"
		"  stop                     closes all and ends the program\n"
		"\n"
		"Exit: 0; 1 an error was answered; 2 bad usage; 3 nobody answers at SOCKET",
	.rows = rows,
};

/* A number, or what is none as it is, for the check to complain about. */
static json_t *
number_or_text(const char *text)
{
	char *end;
	long long v;

	errno = 0;
	v = strtoll(text, &end, 10);
	return *text && *end == '\0' && errno == 0 ? json_integer(v) : json_string(text);
}

static int
take_option(void *arg, const struct option_row *row, const char *value)
{
	static const struct {
		const char *option, *field;
		bool number;
	} fields[] = {
		{"service", "service", false},
		{"state", "state", false},
		{"local", "local_address", false},
		{"local-port", "local_port", true},
		{"remote", "remote_address", false},
		{"remote-port", "remote_port", true},
		{"id", "id", false},
		{"limit", "limit", true},
		{"worker", "worker", true},
	};
	struct ctl *c = arg;

	if (strcmp(row->name, "json") == 0)
		c->json = true;
	else if (strcmp(row->name, "all") == 0)
		c->style.zeros = true;
	else if (strcmp(row->name, "time-wait") == 0)
		json_object_set_new(c->request, "time_wait", json_true());
	for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (strcmp(row->name, fields[i].option) == 0)
			json_object_set_new(c->request, fields[i].field,
					    fields[i].number ? number_or_text(value)
							     : json_string(value));
	return 0;
}

/* The arguments that follow a request's name. */
static int
take_arguments(struct ctl *c, char **args, unsigned count)
{
	static const struct {
		const char *command, *fields[2];
	} wanted[] = {
		{"connect", {"address", "port"}},
		{"close", {"id"}},
		{"abort", {"id"}},
	};
	const char *const *fields = NULL;

	json_object_set_new(c->request, "command", json_string(args[0]));
	for (unsigned i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (strcmp(args[0], wanted[i].command) == 0)
			fields = wanted[i].fields;
	for (unsigned i = 1; i < count; i++) {
		if (!fields || i > 2 || !fields[i - 1])
			return options_refuse("ctl", "'%s' unexpected after '%s'", args[i],
					      args[0]);
		json_object_set_new(c->request, fields[i - 1],
				    strcmp(fields[i - 1], "port") ? json_string(args[i])
								  : number_or_text(args[i]));
	}
	return OPTIONS_GO;
}

static int
check_request(const struct ctl *c, struct control_request *r)
{
	char *text = json_dumps(c->request, 0);
	struct control_fault fault;
	int ret = text ? control_request_parse(text, strlen(text), r, &fault)
		       : control_refuse(&fault, "bad-json", "an argument is not UTF-8");

	free(text);
	return ret < 0 ? options_refuse("ctl", "%s", fault.text) : OPTIONS_GO;
}

/* ---- the conversation ------------------------------------------------------------------------ */

static int
refuse_socket(const char *path)
{
	fprintf(stderr, "tercet ctl: %s: %s; the control.socket of a running tercet wanted\n", path,
		strerror(errno));
	return EXIT_ENVIRONMENT;
}

static int
dial(struct ctl *c, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval timeout = {.tv_sec = ANSWER_TIMEOUT_S};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return refuse_socket(path);
	}
	strcpy(address.sun_path, path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return refuse_socket(path);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	c->answers = fdopen(fd, "r");
	return c->answers ? OPTIONS_GO : refuse_socket(path);
}

static void
send_request(struct ctl *c)
{
	char *text = json_dumps(c->request, JSON_COMPACT);
	struct iovec parts[] = {{text, text ? strlen(text) : 0}, {(char[]){'\n'}, 1}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

	if (text)
		(void)sendmsg(fileno(c->answers), &message, MSG_NOSIGNAL);
	free(text);
}

/* One request, one answer; NULL: nobody answered. */
static json_t *
ask(struct ctl *c)
{
	char *text = NULL;
	size_t room = 0;
	json_t *answer;
	ssize_t len;

	/* One that is full up answers before it is asked, and closes. */
	send_request(c);
	len = getline(&text, &room, c->answers);
	answer = len > 0 ? json_loadb(text, (size_t)len, 0, NULL) : NULL;
	if (answer && c->json)
		fwrite(text, 1, (size_t)len, stdout);
	free(text);
	return answer;
}

static int
show(struct ctl *c, const json_t *answer)
{
	const char *error = json_string_value(json_object_get(answer, "error"));

	if (error && !c->json)
		fprintf(stderr, "tercet ctl: %s\n", error);
	else if (!c->json)
		ctl_print(stdout, answer, &c->style);
	return error ? EXIT_MISSED : EXIT_MET;
}

/* A listing goes on where its cursor says, until enough has come. */
static bool
goes_on(struct ctl *c, const struct control_request *r, const json_t *answer, uint64_t *listed)
{
	const json_t *cursor = json_object_get(answer, "cursor");
	uint64_t left;

	*listed += json_array_size(json_object_get(answer, "connections"));
	if (!json_is_string(cursor))
		return false;
	json_object_set(c->request, "cursor", (json_t *)(uintptr_t)cursor);
	if (!(r->given & HAS(LIMIT)))
		return true;
	left = r->limit - *listed;
	json_object_set_new(c->request, "limit", json_integer((json_int_t)left));
	return left > 0;
}

static int
converse(struct ctl *c, const struct control_request *r)
{
	uint64_t listed = 0;
	bool more = true;
	int code = EXIT_MET;

	if (r->command == CONTROL_CONNECTIONS && !(r->given & HAS(LIMIT)))
		json_object_set_new(c->request, "limit", json_integer(CONTROL_LIMIT_MAX));
	while (more && code == EXIT_MET) {
		json_t *answer = ask(c);

		if (!answer) {
			fputs("tercet ctl: no answer: it has ended, or does not speak JSON\n",
			      stderr);
			return EXIT_ENVIRONMENT;
		}
		code = show(c, answer);
		more = goes_on(c, r, answer, &listed);
		json_decref(answer);
	}
	return code;
}

int
command_ctl(int argc, char **argv)
{
	struct ctl c = {.request = json_object()};
	struct control_request request;
	struct parsed_line parsed;
	int code = options_parse(&line, argc, argv, take_option, &c, &parsed);

	if (code == OPTIONS_GO && parsed.rest_count < 2)
		code = options_refuse("ctl", "SOCKET and REQUEST wanted");
	if (code == OPTIONS_GO)
		code = take_arguments(&c, parsed.rest + 1, parsed.rest_count - 1);
	if (code == OPTIONS_GO)
		code = check_request(&c, &request);
	if (code == OPTIONS_GO)
		code = dial(&c, parsed.rest[0]);
	if (code == OPTIONS_GO)
		code = converse(&c, &request);
	if (c.answers)
		fclose(c.answers);
	json_decref(c.request);
	config_settings_free(&parsed.settings);
	return code;
}
