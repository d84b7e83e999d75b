/* SPDX-License-Identifier: BSD-3-Clause */
#include "config_doc.h"

#include <stdlib.h>
#include <string.h>

#include "config_keys.h"

static const char *
type_name(const struct config_key *key)
{
	static const char *const kinds[] = {
		[VALUE_TEXT] = "text",
		[VALUE_CHOICE] = "word",
		[VALUE_NAME] = "word",
		[VALUE_ADDRESS] = "address",
		[VALUE_PORTS] = "port range",
		[VALUE_STATUSES] = "status, or a range",
		[VALUE_PATHS] = "path, or several",
		[VALUE_LINES] = "line, or several",
		[VALUE_SECRET] = "file",
		[VALUE_DIRECTORY] = "directory",
		[VALUE_ADDRESSES] = "list of address ranges",
		[VALUE_ARGS] = "list of text",
		[VALUE_STEPS] = "rate per second, or steps",
		[VALUE_TARGETS] = "address, or several",
	};
	static const char *const units[] = {
		[UNIT_FLAG] = "flag",	[UNIT_COUNT] = "number",	 [UNIT_BYTES] = "size",
		[UNIT_MS] = "duration", [UNIT_RATE] = "rate per second",
	};

	return key->kind == VALUE_NUMBER ? units[key->unit] : kinds[key->kind];
}

static void
print_choices(FILE *out, const struct config_key *key)
{
	for (unsigned i = 0; key->choices[i] && (!key->supported || i < key->supported); i++)
		fprintf(out, "%s%s", i ? ", " : "", key->choices[i]);
}

static void
print_range(FILE *out, const struct config_key *key)
{
	char min[UNITS_TEXT], max[UNITS_TEXT];

	if (key->choices != NULL)
		print_choices(out, key);
	else if (key_is_list(key))
		fprintf(out, "%u to %u elements", (unsigned)key->min, (unsigned)key->max);
	else if (key->kind == VALUE_TEXT || key->kind == VALUE_DIRECTORY)
		fprintf(out, "1 to %u characters", key->size - 1);
	else if (key_joint(key) && key->size)
		fprintf(out, "1 to %u characters in all", key->size - 1);
	else if (key->kind == VALUE_STATUSES)
		fprintf(out, "%u to %u", (unsigned)key->min, (unsigned)key->max);
	else if (key->kind == VALUE_PORTS)
		fputs("1 to 65535", out);
	else if (key->kind == VALUE_NUMBER && key->unit == UNIT_FLAG)
		fputs("on, off", out);
	else if (key->kind == VALUE_NUMBER)
		fprintf(out, "%s to %s%s%s", units_format(key->unit, key->min, min),
			units_format(key->unit, key->max, max), key->zero ? "; 0: " : "",
			key->zero ? key->zero : "");
}

/* Defaults of lib/base/config_list.h are in plain numbers. */
static void
print_default(FILE *out, const struct config_key *key)
{
	char text[UNITS_TEXT], *end;
	unsigned long long number;

	if (key->fallback == NULL) {
		fputs("must be given", out);
		return;
	}
	number = strtoull(key->fallback, &end, 10);
	if (key->kind != VALUE_NUMBER || *end != '\0')
		fputs(key->fallback, out);
	else if (number == 0 && key->zero != NULL)
		fprintf(out, "0: %s", key->zero);
	else
		fputs(units_format(key->unit, number, text), out);
}

static void
print_section(FILE *out, const struct config_section *s)
{
	if (*s->name != '\0')
		fprintf(out, "\n### %s\n\n%s.\n\n", s->name, s->help);
	fputs("| key | type | range | default | meaning |\n"
	      "| --- | --- | --- | --- | --- |\n",
	      out);
	for (const struct config_key *key = s->keys; key->key != NULL; key++) {
		fprintf(out, "| `%s%s%s%s` | %s | ", s->name, s->max ? "[]" : "",
			*s->name ? "." : "", key->key, type_name(key));
		print_range(out, key);
		fputs(" | ", out);
		print_default(out, key);
		fprintf(out, " | %s |\n", key->help);
	}
}

void
config_doc_print(FILE *out)
{
	for (unsigned i = 0; i < SECTION_MAX; i++)
		print_section(out, &config_sections[i]);
}
