/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Nodes are named by index, as libyaml does: 1 is the root. A setting's nodes are appended, so that
 * ranges of indices tell who made a node. Aliases make a document a graph: depth and size of its
 * JSON are bounded, which a loop or a nest of aliases would exceed.
 */
#include "config_document.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
complain(char error[CONFIG_ERROR_CHARS], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, CONFIG_ERROR_CHARS, format, args);
	va_end(args);
	return -EINVAL;
}

static int
node_index(const yaml_document_t *yaml, const yaml_node_t *node)
{
	return node - yaml->nodes.start + 1;
}

int
node_count(const yaml_document_t *yaml)
{
	return yaml->nodes.top - yaml->nodes.start;
}

bool
node_is(const yaml_node_t *node, const char *text, size_t len)
{
	return node->type == YAML_SCALAR_NODE && node->data.scalar.length == len &&
	       memcmp(node->data.scalar.value, text, len) == 0;
}

/* ---- reading -------------------------------------------------------------------------------- */

static int
complain_syntax(const char *name, const yaml_parser_t *parser, char error[CONFIG_ERROR_CHARS])
{
	if (parser->error == YAML_MEMORY_ERROR)
		return complain(error, "%s: out of memory", name);
	if (parser->error == YAML_READER_ERROR)
		return complain(error, "%s: not YAML: %s at byte %zu; UTF-8 text wanted", name,
				parser->problem, parser->problem_offset);
	return complain(error, "%s:%zu: not YAML: %s%s%s", name, parser->problem_mark.line + 1,
			parser->problem, parser->context ? " " : "",
			parser->context ? parser->context : "");
}

/* A second document in the same text is a complaint. */
static int
expect_end(struct document *d, yaml_parser_t *parser, char error[CONFIG_ERROR_CHARS])
{
	yaml_document_t more;
	yaml_node_t *root;
	int err = 0;

	if (!yaml_parser_load(parser, &more))
		return complain_syntax(d->name, parser, error);
	root = yaml_document_get_root_node(&more);
	if (root != NULL)
		err = complain(error, "%s:%zu: a second document; one wanted", d->name,
			       root->start_mark.line + 1);
	yaml_document_delete(&more);
	return err;
}

static int
expect_mapping(struct document *d, char error[CONFIG_ERROR_CHARS])
{
	yaml_node_t *root = yaml_document_get_root_node(&d->yaml);

	if (root == NULL)
		return yaml_document_add_mapping(&d->yaml, NULL, YAML_ANY_MAPPING_STYLE)
			       ? 0
			       : complain(error, "%s: out of memory", d->name);
	if (root->type == YAML_MAPPING_NODE)
		return 0;
	return complain(error, "%s:%zu: a %s given; keys with values, such as 'workers: 1', wanted",
			d->name, root->start_mark.line + 1,
			root->type == YAML_SEQUENCE_NODE ? "list" : "single value");
}

int
document_parse(struct document *d, const char *name, const char *text, size_t len,
	       char error[CONFIG_ERROR_CHARS])
{
	yaml_parser_t parser;
	int err;

	memset(d, 0, sizeof(*d));
	d->name = name;
	if (!yaml_parser_initialize(&parser))
		return complain(error, "%s: out of memory", name);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	if (!yaml_parser_load(&parser, &d->yaml)) {
		err = complain_syntax(name, &parser, error);
		goto parser_free;
	}
	err = yaml_document_get_root_node(&d->yaml) ? expect_end(d, &parser, error) : 0;
	if (!err)
		err = expect_mapping(d, error);
	d->in_file = node_count(&d->yaml);
	if (err)
		document_free(d);
parser_free:
	yaml_parser_delete(&parser);
	return err;
}

void
document_free(struct document *d)
{
	yaml_document_delete(&d->yaml);
}

/* ---- paths ---------------------------------------------------------------------------------- */

yaml_node_pair_t *
mapping_find(yaml_document_t *yaml, yaml_node_t *mapping, const char *key, size_t len)
{
	yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;

	for (; pair < mapping->data.mapping.pairs.top; pair++)
		if (node_is(yaml_document_get_node(yaml, pair->key), key, len))
			return pair;
	return NULL;
}

long
sequence_index(const char *text, size_t len)
{
	char *end;
	long n;

	if (len == 0 || len > 6 || !isdigit((unsigned char)*text))
		return -1;
	n = strtol(text, &end, 10);
	return end == text + len ? n : -1;
}

/* Which option made a node; NULL: the file did. */
static const char *
node_origin(const struct document *d, int index)
{
	if (index <= d->in_file)
		return NULL;
	for (unsigned i = 0; i < d->made_count; i++)
		if (index <= d->made[i])
			return d->settings->list[i].origin;
	return NULL;
}

/* The value at the next segment of *path below node, and the node that shows the line of it. */
static yaml_node_t *
step(yaml_document_t *yaml, yaml_node_t *node, const char **path, yaml_node_t **shown)
{
	size_t len = strcspn(*path, ".");
	yaml_node_t *next = NULL;
	yaml_node_pair_t *pair;
	long n;

	if (node->type == YAML_MAPPING_NODE) {
		/* An unknown key may have dots of its own. */
		pair = mapping_find(yaml, node, *path, strlen(*path));
		if (pair != NULL)
			len = strlen(*path);
		else
			pair = mapping_find(yaml, node, *path, len);
		if (pair != NULL) {
			*shown = yaml_document_get_node(yaml, pair->key);
			next = yaml_document_get_node(yaml, pair->value);
		}
	} else if (node->type == YAML_SEQUENCE_NODE) {
		n = sequence_index(*path, len);
		if (n >= 0 && n < node->data.sequence.items.top - node->data.sequence.items.start)
			*shown = next =
				yaml_document_get_node(yaml, node->data.sequence.items.start[n]);
	}
	*path += len + ((*path)[len] == '.');
	return next;
}

const char *
document_where(struct document *d, const char *path, char where[WHERE_CHARS])
{
	yaml_node_t *node = yaml_document_get_root_node(&d->yaml), *shown = node;
	const char *origin = NULL;

	while (node != NULL && *path != '\0') {
		node = step(&d->yaml, node, &path, &shown);
		if (node != NULL)
			origin = node_origin(d, node_index(&d->yaml, node));
	}
	if (origin != NULL)
		snprintf(where, WHERE_CHARS, "%s", origin);
	else if (shown == yaml_document_get_root_node(&d->yaml))
		snprintf(where, WHERE_CHARS, "%s", d->name);
	else
		snprintf(where, WHERE_CHARS, "%s:%zu", d->name, shown->start_mark.line + 1);
	return where;
}

int
document_complain(struct document *d, const char *path, char error[CONFIG_ERROR_CHARS],
		  const char *format, ...)
{
	char where[WHERE_CHARS], what[CONFIG_ERROR_CHARS];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	document_where(d, path, where);
	return complain(error, "%s: key '%s': %s", where, path, what);
}

/* ---- JSON ----------------------------------------------------------------------------------- */

struct walk {
	struct document *d;
	char *error;
	unsigned nodes;
};

static json_t *node_json(struct walk *w, const yaml_node_t *node, unsigned depth);

static json_t *
refuse(struct walk *w, const yaml_node_t *node, const char *what)
{
	const char *origin = node_origin(w->d, node_index(&w->d->yaml, node));

	if (origin != NULL)
		complain(w->error, "%s: %s", origin, what);
	else
		complain(w->error, "%s:%zu: %s", w->d->name, node->start_mark.line + 1, what);
	return NULL;
}

static json_t *
scalar_json(struct walk *w, const yaml_node_t *node)
{
	const char *text = (const char *)node->data.scalar.value;
	json_t *json;

	if (node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	    (node_is(node, "", 0) || node_is(node, "~", 1) || node_is(node, "null", 4)))
		return json_null();
	json = json_stringn(text, node->data.scalar.length);
	if (json == NULL || strlen(text) != node->data.scalar.length) {
		json_decref(json);
		return refuse(w, node, "a text with a NUL character; one without wanted");
	}
	return json;
}

static json_t *
sequence_json(struct walk *w, const yaml_node_t *node, unsigned depth)
{
	json_t *array = json_array();

	for (yaml_node_item_t *i = node->data.sequence.items.start;
	     i < node->data.sequence.items.top; i++) {
		json_t *item = node_json(w, yaml_document_get_node(&w->d->yaml, *i), depth + 1);

		if (item == NULL || json_array_append_new(array, item)) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *
mapping_json(struct walk *w, const yaml_node_t *node, unsigned depth)
{
	json_t *object = json_object();

	for (yaml_node_pair_t *i = node->data.mapping.pairs.start; i < node->data.mapping.pairs.top;
	     i++) {
		const yaml_node_t *key = yaml_document_get_node(&w->d->yaml, i->key);
		const char *name = (const char *)key->data.scalar.value;
		char what[128];
		json_t *value;

		if (key->type != YAML_SCALAR_NODE) {
			refuse(w, key, "a key that is a list or mapping; a word wanted");
			goto fail;
		}
		if (json_object_get(object, name) != NULL) {
			snprintf(what, sizeof(what), "key '%.80s' again; each once wanted", name);
			refuse(w, key, what);
			goto fail;
		}
		value = node_json(w, yaml_document_get_node(&w->d->yaml, i->value), depth + 1);
		if (value == NULL || json_object_set_new(object, name, value))
			goto fail;
	}
	return object;
fail:
	json_decref(object);
	return NULL;
}

static json_t *
node_json(struct walk *w, const yaml_node_t *node, unsigned depth)
{
	if (depth > MAX_DEPTH || ++w->nodes > MAX_NODES)
		return refuse(w, node, "too deep or too large");
	switch (node->type) {
	case YAML_SCALAR_NODE:
		return scalar_json(w, node);
	case YAML_SEQUENCE_NODE:
		return sequence_json(w, node, depth);
	default:
		return mapping_json(w, node, depth);
	}
}

json_t *
document_json(struct document *d, char error[CONFIG_ERROR_CHARS])
{
	struct walk w = {.d = d, .error = error};

	complain(error, "%s: out of memory", d->name);
	return node_json(&w, yaml_document_get_root_node(&d->yaml), 0);
}
