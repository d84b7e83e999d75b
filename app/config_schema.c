/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libcyaml's complaints are a line that names the fault and a backtrace of keys, innermost first,
 * which is where lines of our own JSON would be named. The keys are put together to a path, by
 * which the document knows the line of the file.
 */
#include "config_schema.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cyaml/cyaml.h>
#include <rte_common.h>

/* ---- the schema, made of the tables --------------------------------------------------------- */

struct schema {
	cyaml_schema_field_t fields[SECTION_MAX][MAX_KEYS + SECTION_MAX];
	cyaml_schema_value_t element[SECTION_MAX];
	cyaml_schema_value_t root;
};

static const cyaml_schema_value_t any_text = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, CYAML_UNLIMITED),
};

/* Absent and empty values are NULL: what is required is for config_convert.c to ask for. */
#define MAY_BE_NULL ((enum cyaml_flag)(CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER_NULL_STR))

static cyaml_schema_field_t
text_field(const char *key, uint32_t offset)
{
	return (cyaml_schema_field_t){
		.key = key,
		.data_offset = offset,
		.value = {CYAML_VALUE_STRING(MAY_BE_NULL, char, 0, CYAML_UNLIMITED)},
	};
}

static cyaml_schema_field_t
list_field(const char *key, uint32_t offset, uint32_t count_offset,
	   const cyaml_schema_value_t *entry, uint32_t entry_size, uint32_t max)
{
	return (cyaml_schema_field_t){
		.key = key,
		.data_offset = offset,
		.count_offset = count_offset,
		.count_size = sizeof(unsigned),
		.value =
			{
				.type = CYAML_SEQUENCE,
				.flags = MAY_BE_NULL,
				.data_size = entry_size,
				.sequence = {.entry = entry, .min = 0, .max = max},
			},
	};
}

/* The fields of one table's keys; base is where struct text_section lies. Returns their number. */
static unsigned
section_fields(cyaml_schema_field_t *fields, const struct config_key *keys, uint32_t base)
{
	unsigned n = 0;

	for (; keys[n].key != NULL; n++) {
		uint32_t text = base + offsetof(struct text_section, text) + n * sizeof(char *);
		uint32_t list =
			base + offsetof(struct text_section, list) + n * sizeof(struct text_list);

		assert(n < MAX_KEYS);
		if (key_is_list(&keys[n]))
			fields[n] =
				list_field(keys[n].key, list + offsetof(struct text_list, texts),
					   list + offsetof(struct text_list, count), &any_text,
					   sizeof(char *), keys[n].max);
		else
			fields[n] = text_field(keys[n].key, text);
	}
	return n;
}

/* The field of the root that a section is. */
static cyaml_schema_field_t
section_field(struct schema *s, enum section i)
{
	const struct config_section *section = &config_sections[i];
	uint32_t offset = offsetof(struct text_config, sections) + i * sizeof(void *);

	s->element[i] = (cyaml_schema_value_t){
		CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct text_section, s->fields[i])};
	if (section->max != 0)
		return list_field(section->name, offset,
				  offsetof(struct text_config, counts) + i * sizeof(unsigned),
				  &s->element[i], sizeof(struct text_section), section->max);
	return (cyaml_schema_field_t){
		.key = section->name,
		.data_offset = offset,
		.value = {CYAML_VALUE_MAPPING(MAY_BE_NULL, struct text_section, s->fields[i])},
	};
}

/* A list within the section before it. */
static void
add_inner(struct schema *s, enum section i)
{
	cyaml_schema_field_t *field = s->fields[i - 1];

	s->element[i] = (cyaml_schema_value_t){
		CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct text_section, s->fields[i])};
	while (field->key != NULL)
		field++;
	*field++ = list_field(config_sections[i].member, offsetof(struct text_section, inner),
			      offsetof(struct text_section, inner_count), &s->element[i],
			      sizeof(struct text_section), config_sections[i].max);
	field->key = NULL;
}

static const cyaml_schema_value_t *
schema_of_tables(void)
{
	static struct schema s;
	cyaml_schema_field_t *root = s.fields[SECTION_ROOT];
	unsigned n = section_fields(root, config_sections[SECTION_ROOT].keys,
				    offsetof(struct text_config, root));

	for (unsigned i = SECTION_ROOT + 1; i < SECTION_MAX; i++) {
		unsigned end = section_fields(s.fields[i], config_sections[i].keys, 0);

		s.fields[i][end].key = NULL;
		if (config_sections[i].member == NULL)
			root[n++] = section_field(&s, i);
		else
			add_inner(&s, i);
	}
	root[n].key = NULL;
	s.root = (cyaml_schema_value_t){
		CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct text_config, root)};
	return &s.root;
}

/* ---- complaints ----------------------------------------------------------------------------- */

enum fault {
	FAULT_OTHER,
	FAULT_UNKNOWN_KEY, /* subject: the key */
	FAULT_SHAPE,	   /* subject: the type wanted; given: the event met */
	FAULT_TOO_MANY,	   /* max */
};

#define NAME_CHARS  64
#define TRACE_DEPTH 6

struct trace {
	enum fault fault;
	char subject[NAME_CHARS], given[NAME_CHARS];
	unsigned max;
	char frames[TRACE_DEPTH][NAME_CHARS]; /* innermost first */
	unsigned depth;
	char first[NAME_CHARS * 2]; /* the first line, as it came */
};

static bool
starts(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static void
trace_fault(struct trace *t, const char *format, va_list args)
{
	va_list copy;

	va_copy(copy, args);
	vsnprintf(t->first, sizeof(t->first), format, copy);
	va_end(copy);
	if (starts(format, "Load: Unexpected key: %s")) {
		t->fault = FAULT_UNKNOWN_KEY;
		snprintf(t->subject, NAME_CHARS, "%s", va_arg(args, const char *));
	} else if (starts(format, "Load: Expecting %s, got event: %s")) {
		t->fault = FAULT_SHAPE;
		snprintf(t->subject, NAME_CHARS, "%s", va_arg(args, const char *));
		snprintf(t->given, NAME_CHARS, "%s", va_arg(args, const char *));
	} else if (starts(format, "Load: Excessive entries (%u max)")) {
		t->fault = FAULT_TOO_MANY;
		t->max = va_arg(args, unsigned);
	}
}

static void
trace_line(__rte_unused cyaml_log_t level, void *ctx, const char *format, va_list args)
{
	struct trace *t = ctx;

	if (t->first[0] == '\0')
		trace_fault(t, format, args);
	else if (t->depth == TRACE_DEPTH)
		return;
	else if (starts(format, "  in mapping field '%s'"))
		snprintf(t->frames[t->depth++], NAME_CHARS, "%s", va_arg(args, const char *));
	else if (starts(format, "  in sequence entry '%u'"))
		snprintf(t->frames[t->depth++], NAME_CHARS, "%u", va_arg(args, unsigned) - 1);
}

#define PATH_CHARS (TRACE_DEPTH * NAME_CHARS + NAME_CHARS + 1)

/* The frames from the outermost to the one at innermost, joined, and tail behind them. */
static void
trace_path(const struct trace *t, unsigned innermost, const char *tail, char path[PATH_CHARS])
{
	size_t used = 0;

	path[0] = '\0';
	for (unsigned i = t->depth; i-- > innermost;)
		used += snprintf(path + used, PATH_CHARS - used, "%s%s", used ? "." : "",
				 t->frames[i]);
	if (*tail != '\0')
		snprintf(path + used, PATH_CHARS - used, "%s%s", used ? "." : "", tail);
}

/* Edit distance, as far as 3. */
static unsigned
distance(const char *a, const char *b)
{
	size_t n = strlen(b);
	unsigned row[NAME_CHARS];

	if (n >= NAME_CHARS)
		return 3;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (; *a != '\0'; a++) {
		unsigned corner = row[0]++;

		for (size_t j = 1; j <= n; j++) {
			unsigned best = corner + (*a != b[j - 1]);

			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[n] < 3 ? row[n] : 3;
}

/* The field next to key in spelling; or NULL, and all of them in text. */
static const char *
suggest(const cyaml_schema_field_t *fields, const char *key, char *text, size_t size)
{
	const char *best = NULL;
	unsigned least = 3;
	size_t used = 0;

	text[0] = '\0';
	for (; fields->key != NULL; fields++) {
		unsigned d = distance(key, fields->key);

		if (d < least && d < strlen(key)) {
			least = d;
			best = fields->key;
		}
		if (used < size)
			used += snprintf(text + used, size - used, "%s%s", used ? ", " : "",
					 fields->key);
	}
	return best;
}

static const cyaml_schema_field_t *
field_of(const cyaml_schema_field_t *fields, const char *key)
{
	for (; fields->key != NULL; fields++)
		if (strcmp(fields->key, key) == 0)
			return fields;
	return NULL;
}

static const cyaml_schema_field_t *
fields_at(const struct trace *t, const cyaml_schema_value_t *schema)
{
	const cyaml_schema_field_t *fields = schema->mapping.fields, *field;

	for (unsigned i = t->depth; i-- > 0;) {
		field = field_of(fields, t->frames[i]);
		if (field == NULL)
			continue; /* an element's number */
		fields = field->value.type == CYAML_SEQUENCE
				 ? field->value.sequence.entry->mapping.fields
				 : field->value.mapping.fields;
	}
	return fields;
}

static int
say_unknown_key(const struct trace *t, struct document *d, const cyaml_schema_value_t *schema,
		char error[CONFIG_ERROR_CHARS])
{
	char path[PATH_CHARS], all[CONFIG_ERROR_CHARS / 2] = "";
	const cyaml_schema_field_t *fields = fields_at(t, schema);
	const char *near = fields ? suggest(fields, t->subject, all, sizeof(all)) : NULL;

	trace_path(t, 0, t->subject, path);
	if (near != NULL)
		return document_complain(d, path, error, "unknown; did you mean '%s'?", near);
	return document_complain(d, path, error, "unknown; one of %s wanted", all);
}

static int
say_shape(const struct trace *t, struct document *d, char error[CONFIG_ERROR_CHARS])
{
	char path[PATH_CHARS];
	const char *given = starts(t->given, "SCALAR")		 ? "a single value"
			    : starts(t->given, "SEQUENCE_START") ? "a list"
								 : "a mapping";
	const char *wanted = starts(t->subject, "STRING")     ? "a single value"
			     : starts(t->subject, "SEQUENCE") ? "a list"
							      : "a mapping of keys to values";

	trace_path(t, 0, "", path);
	return document_complain(d, path, error, "%s given; %s wanted", given, wanted);
}

static int
say_too_many(const struct trace *t, struct document *d, char error[CONFIG_ERROR_CHARS])
{
	char path[PATH_CHARS];

	trace_path(t, 1, "", path);
	return document_complain(d, path, error, "more than %u elements given; at most %u wanted",
				 t->max, t->max);
}

static int
say(const struct trace *t, cyaml_err_t err, struct document *d, const cyaml_schema_value_t *schema,
    char error[CONFIG_ERROR_CHARS])
{
	switch (t->fault) {
	case FAULT_UNKNOWN_KEY:
		return say_unknown_key(t, d, schema, error);
	case FAULT_SHAPE:
		return say_shape(t, d, error);
	case FAULT_TOO_MANY:
		return say_too_many(t, d, error);
	case FAULT_OTHER:
		break;
	}
	complain(error, "%s: %s (%s)", d->name, cyaml_strerror(err), t->first);
	return err == CYAML_ERR_OOM ? -ENOMEM : -EINVAL;
}

/* ---- loading -------------------------------------------------------------------------------- */

static const cyaml_config_t freeing = {.mem_fn = cyaml_mem, .log_level = CYAML_LOG_ERROR};

/* A list of texts becomes one. */
static void
join_list(json_t *mapping, const char *key, const char *joint)
{
	char text[CONFIG_ERROR_CHARS * 8] = "";
	json_t *list = json_object_get(mapping, key), *element;
	size_t i, used = 0;

	if (!json_is_array(list) || json_array_size(list) == 0)
		return;
	json_array_foreach(list, i, element)
	{
		if (!json_is_string(element))
			return;
		used += snprintf(text + used, sizeof(text) - used, "%s%s", i ? joint : "",
				 json_string_value(element));
		if (used >= sizeof(text))
			return;
	}
	json_object_set_new(mapping, key, json_string(text));
}

static void
join_lists(json_t *mapping, const struct config_key *keys)
{
	for (; keys->key != NULL; keys++)
		if (key_joint(keys))
			join_list(mapping, keys->key, key_joint(keys));
}

static void
join_all(json_t *root)
{
	json_t *load = json_object_get(root, config_sections[SECTION_LOAD].name), *element;
	size_t i;

	join_lists(load, config_sections[SECTION_LOAD].keys);
	json_array_foreach(json_object_get(load, config_sections[SECTION_MIX].member), i, element)
		join_lists(element, config_sections[SECTION_MIX].keys);
}

int
text_config_load(struct text_config **config, struct document *d, char error[CONFIG_ERROR_CHARS])
{
	const cyaml_schema_value_t *schema = schema_of_tables();
	struct trace trace = {0};
	const cyaml_config_t loading = {.log_fn = trace_line,
					.log_ctx = &trace,
					.mem_fn = cyaml_mem,
					.log_level = CYAML_LOG_ERROR};
	json_t *json = document_json(d, error);
	cyaml_data_t *data = NULL;
	cyaml_err_t err;
	char *text;

	if (json == NULL)
		return -EINVAL;
	join_all(json);
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	if (text == NULL)
		return -ENOMEM;
	err = cyaml_load_data((const uint8_t *)text, strlen(text), &loading, schema, &data, NULL);
	free(text);
	if (err == CYAML_OK) {
		*config = data;
		return 0;
	}
	return say(&trace, err, d, schema, error);
}

void
text_config_free(struct text_config *config)
{
	cyaml_free(&freeing, schema_of_tables(), config, 0);
}
