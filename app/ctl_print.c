/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl_print.h"

#include <inttypes.h>
#include <string.h>

#include "base/counters.h"

#define COLUMNS_MAX 10
#define CELL_CHARS  64

/* A column of a table: a member of each object, or with a port two of them as address:port. */
struct column {
	const char *title;
	const char *member;
	const char *port; /* NULL: member alone */
	int width;	  /* at least; grows with what is in the first part of the table */
};

static void
cell_value(const json_t *v, char text[CELL_CHARS])
{
	if (json_is_string(v))
		snprintf(text, CELL_CHARS, "%s", json_string_value(v));
	else if (json_is_integer(v))
		snprintf(text, CELL_CHARS, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	else if (json_is_boolean(v))
		snprintf(text, CELL_CHARS, "%s", json_is_true(v) ? "yes" : "no");
	else
		strcpy(text, "-");
}

static void
cell(const json_t *row, const struct column *c, char text[CELL_CHARS])
{
	char address[CELL_CHARS], port[CELL_CHARS];
	bool ip6;

	cell_value(json_object_get(row, c->member), text);
	if (!c->port)
		return;
	memcpy(address, text, CELL_CHARS);
	cell_value(json_object_get(row, c->port), port);
	ip6 = strchr(address, ':') != NULL;
	snprintf(text, CELL_CHARS, "%s%.46s%s:%.6s", ip6 ? "[" : "", address, ip6 ? "]" : "", port);
}

static void
fit(const json_t *rows, struct column *columns)
{
	char text[CELL_CHARS];
	const json_t *row;
	size_t i;

	for (struct column *c = columns; c->title; c++) {
		c->width = c->width > (int)strlen(c->title) ? c->width : (int)strlen(c->title);
		json_array_foreach(rows, i, row)
		{
			cell(row, c, text);
			if ((int)strlen(text) > c->width)
				c->width = (int)strlen(text);
		}
	}
}

/* Numbers to the right, the last column as it is. */
static void
print_row(FILE *out, const json_t *row, const struct column *columns)
{
	char text[CELL_CHARS];

	for (const struct column *c = columns; c->title; c++) {
		bool number = json_is_integer(json_object_get(row, c->member));

		cell(row, c, text);
		fprintf(out, "%*s%s",
			number && !c->port ? c->width
			: c[1].title	   ? -c->width
					   : 0,
			text, c[1].title ? "  " : "\n");
	}
}

static void
print_table(FILE *out, const json_t *rows, struct column *columns, struct ctl_style *style)
{
	const json_t *row;
	size_t i;

	if (!style->continued) {
		fit(rows, columns);
		for (const struct column *c = columns; c->title; c++)
			fprintf(out, "%*s%s", c[1].title ? -c->width : 0, c->title,
				c[1].title ? "  " : "\n");
	}
	style->continued = true;
	json_array_foreach(rows, i, row) print_row(out, row, columns);
}

/* ---- the tables ----------------------------------------------------------------------------- */

static struct column connections[COLUMNS_MAX] = {
	{.title = "ID", .member = "id", .width = 12},
	{.title = "STATE", .member = "state", .width = 11},
	{.title = "SERVICE", .member = "service"},
	{.title = "LOCAL", .member = "local_address", .port = "local_port"},
	{.title = "REMOTE", .member = "remote_address", .port = "remote_port", .width = 21},
	{.title = "UNACKED", .member = "unacked"},
	{.title = "QUEUED", .member = "queued"},
	{.title = "SRTT-US", .member = "srtt_us"},
	{.title = "RTO-MS", .member = "rto_ms"},
};

static struct column listeners[COLUMNS_MAX] = {
	{.title = "ADDRESS", .member = "address", .port = "port"},
	{.title = "SERVICE", .member = "service"},
	{.title = "BACKLOG", .member = "backlog"},
	{.title = "HALF-OPEN", .member = "half_open"},
	{.title = "ACCEPTED", .member = "accepted"},
};

static struct column neighbours[COLUMNS_MAX] = {
	{.title = "WORKER", .member = "worker"},   {.title = "PORT", .member = "port"},
	{.title = "ADDRESS", .member = "address"}, {.title = "MAC", .member = "mac", .width = 17},
	{.title = "STATE", .member = "state"},
};

static struct column workers[COLUMNS_MAX] = {
	{.title = "WORKER", .member = "worker"},
	{.title = "BUSY-%", .member = "busy_percent"},
	{.title = "RX", .member = "rx_packets", .width = 12},
	{.title = "TX", .member = "tx_packets", .width = 12},
	{.title = "OPEN", .member = "connections", .width = 8},
	{.title = "ESTABLISHED", .member = "established"},
	{.title = "HANDED-OVER", .member = "steered_out"},
	{.title = "TAKEN-OVER", .member = "steered_in"},
	{.title = "DROPS", .member = "drops"},
};

/* How packets find the workers, port by port: the first worker knows of those that are shared. */
static void
print_steering(FILE *out, const json_t *list)
{
	const json_t *ports = json_object_get(json_array_get(list, 0), "ports"), *port;
	size_t i;

	json_array_foreach(ports, i, port)
	{
		const char *why = json_string_value(json_object_get(port, "why"));

		fprintf(out, "%s: %s%s%s\n", json_string_value(json_object_get(port, "port")),
			json_string_value(json_object_get(port, "steering")), why ? ": " : "",
			why ? why : "");
	}
}

/* ---- counters ------------------------------------------------------------------------------- */

/* Its help, as far as this program knows the counter. */
static const char *
counter_help(const char *name)
{
	for (unsigned i = 0; i < COUNTER_MAX; i++)
		if (strcmp(counter_info[i].name, name) == 0)
			return counter_info[i].help;
	return "";
}

static void
print_counters(FILE *out, const json_t *groups, const struct ctl_style *style)
{
	const char *group, *name;
	json_t *members, *v;

	json_object_foreach((json_t *)(uintptr_t)groups, group, members)
	{
		json_object_foreach(members, name, v)
		{
			if (json_integer_value(v) || style->zeros)
				fprintf(out, "%-9s %-22s %15" JSON_INTEGER_FORMAT "  %s\n", group,
					name, json_integer_value(v), counter_help(name));
		}
	}
}

/* ---- dump ----------------------------------------------------------------------------------- */

/* {"used": 1, "capacity": 8} becomes "used 1, capacity 8". */
static void
print_members(FILE *out, const json_t *o)
{
	const char *name, *before = "";
	char text[CELL_CHARS];
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)o, name, v)
	{
		cell_value(v, text);
		fprintf(out, "%s%s %s", before, name, text);
		before = ", ";
	}
}

static void
print_tables(FILE *out, const json_t *of_workers)
{
	char text[CELL_CHARS];
	const char *name;
	json_t *worker, *v;
	size_t i;

	json_array_foreach(of_workers, i, worker)
	{
		json_object_foreach(worker, name, v)
		{
			fprintf(out, "%-16s ", name);
			cell_value(v, text);
			if (json_is_object(v))
				print_members(out, v);
			else
				fputs(text, out);
			fputc('\n', out);
		}
		fputs(i + 1 < json_array_size(of_workers) ? "\n" : "", out);
	}
}

static void
print_load(FILE *out, const json_t *list, struct ctl_style *style)
{
	print_table(out, list, workers, style);
	print_steering(out, list);
}

static bool
is_of(const json_t *answer, const char *command)
{
	const char *of = json_string_value(json_object_get(answer, "command"));

	return of && strcmp(of, command) == 0;
}

void
ctl_print(FILE *out, const json_t *answer, struct ctl_style *style)
{
	const json_t *v;

	if ((v = json_object_get(answer, "connections")))
		print_table(out, v, connections, style);
	else if ((v = json_object_get(answer, "listeners")))
		print_table(out, v, listeners, style);
	else if ((v = json_object_get(answer, "neighbours")))
		print_table(out, v, neighbours, style);
	else if ((v = json_object_get(answer, "counters")))
		print_counters(out, v, style);
	else if ((v = json_object_get(answer, "workers")) && is_of(answer, "workers"))
		print_load(out, v, style);
	else if (v)
		print_tables(out, v);
	else if ((v = json_object_get(answer, "id")))
		fprintf(out, "%s\n", json_string_value(v));
}
