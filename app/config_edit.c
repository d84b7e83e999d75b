/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Settings from the command line: the list of them, and how they are laid over a document.
 *
 * A key leads through mappings by name and through lists by number. What it names and is not there
 * is made, so that --set alone can configure everything; the number behind a list's last adds an
 * element.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_document.h"

int
config_settings_add(struct config_settings *s, const char *key, const char *value,
		    const char *origin)
{
	struct config_setting *new = &s->list[s->count];

	if (s->count == MAX_SETTINGS) {
		fprintf(stderr, "%s: too many settings; at most %d wanted\n", origin, MAX_SETTINGS);
		return -ENOSPC;
	}
	new->key = strdup(key);
	new->value = strdup(value);
	new->origin = strdup(origin);
	s->count++;
	if (new->key != NULL &&new->value != NULL &&new->origin != NULL)
		return 0;
	fprintf(stderr, "%s: out of memory\n", origin);
	return -ENOMEM;
}

int
config_settings_add_text(struct config_settings *s, const char *text)
{
	const char *equals = strchr(text, '=');
	char key[128], origin[CONFIG_ERROR_CHARS / 2];

	snprintf(origin, sizeof(origin), "--set %s", text);
	if (equals == NULL || equals == text || (size_t)(equals - text) >= sizeof(key)) {
		fprintf(stderr, "%s: KEY=VALUE wanted, such as tcp.mss=1400\n", origin);
		return -EINVAL;
	}
	snprintf(key, sizeof(key), "%.*s", (int)(equals - text), text);
	return config_settings_add(s, key, equals + 1, origin);
}

void
config_settings_free(struct config_settings *s)
{
	for (unsigned i = 0; i < s->count; i++) {
		free(s->list[i].key);
		free(s->list[i].value);
		free(s->list[i].origin);
	}
	s->count = 0;
}

/* Copies node of another document, and what is below it. 0: out of memory or too deep. */
static int
copy_node(yaml_document_t *to, yaml_document_t *from, const yaml_node_t *node, unsigned depth)
{
	int copy, key, value;

	if (depth > MAX_DEPTH || node_count(to) > MAX_NODES)
		return 0;
	if (node->type == YAML_SCALAR_NODE)
		return yaml_document_add_scalar(to, NULL, node->data.scalar.value,
						node->data.scalar.length, node->data.scalar.style);
	if (node->type == YAML_SEQUENCE_NODE) {
		copy = yaml_document_add_sequence(to, NULL, YAML_ANY_SEQUENCE_STYLE);
		for (yaml_node_item_t *i = node->data.sequence.items.start;
		     copy && i < node->data.sequence.items.top; i++) {
			value = copy_node(to, from, yaml_document_get_node(from, *i), depth + 1);
			if (!value || !yaml_document_append_sequence_item(to, copy, value))
				return 0;
		}
		return copy;
	}
	copy = yaml_document_add_mapping(to, NULL, YAML_ANY_MAPPING_STYLE);
	for (yaml_node_pair_t *i = node->data.mapping.pairs.start;
	     copy && i < node->data.mapping.pairs.top; i++) {
		key = copy_node(to, from, yaml_document_get_node(from, i->key), depth + 1);
		value = copy_node(to, from, yaml_document_get_node(from, i->value), depth + 1);
		if (!key || !value || !yaml_document_append_mapping_pair(to, copy, key, value))
			return 0;
	}
	return copy;
}

/* Adds the nodes of a setting's value; the index of the first, 0 when refused. */
static int
add_value(struct document *d, const struct config_setting *s, char error[CONFIG_ERROR_CHARS])
{
	yaml_parser_t parser;
	yaml_document_t value;
	yaml_node_t *root;
	int index = 0;

	if (!yaml_parser_initialize(&parser)) {
		complain(error, "%s: out of memory", s->origin);
		return 0;
	}
	yaml_parser_set_input_string(&parser, (const unsigned char *)s->value, strlen(s->value));
	if (!yaml_parser_load(&parser, &value)) {
		complain(error, "%s: the value is not YAML: %s", s->origin, parser.problem);
		goto parser_free;
	}
	root = yaml_document_get_root_node(&value);
	index = root ? copy_node(&d->yaml, &value, root, 0)
		     : yaml_document_add_scalar(&d->yaml, NULL, (const unsigned char *)"", 0,
						YAML_PLAIN_SCALAR_STYLE);
	if (index == 0)
		complain(error, "%s: the value is too large", s->origin);
	yaml_document_delete(&value);
parser_free:
	yaml_parser_delete(&parser);
	return index;
}

/* A container for what path asks of it: a list when it goes on with a number. */
static int
add_container(struct document *d, const char *path)
{
	if (isdigit((unsigned char)*path))
		return yaml_document_add_sequence(&d->yaml, NULL, YAML_ANY_SEQUENCE_STYLE);
	return yaml_document_add_mapping(&d->yaml, NULL, YAML_ANY_MAPPING_STYLE);
}

/* What a mapping holds for the key, created empty (0) if it is not there. NULL: out of memory. */
static yaml_node_item_t *
mapping_slot(struct document *d, int index, const char *key, size_t len)
{
	yaml_node_t *mapping = yaml_document_get_node(&d->yaml, index);
	yaml_node_pair_t *pair = mapping_find(&d->yaml, mapping, key, len);
	int name, none;

	if (pair != NULL)
		return &pair->value;
	name = yaml_document_add_scalar(&d->yaml, NULL, (const unsigned char *)key, len,
					YAML_PLAIN_SCALAR_STYLE);
	none = yaml_document_add_scalar(&d->yaml, NULL, (const unsigned char *)"", 0,
					YAML_PLAIN_SCALAR_STYLE);
	if (!name || !none || !yaml_document_append_mapping_pair(&d->yaml, index, name, none))
		return NULL;
	mapping = yaml_document_get_node(&d->yaml, index);
	return &mapping->data.mapping.pairs.top[-1].value;
}

/* Element n of a sequence; the one behind the last is created empty. NULL: there is none. */
static yaml_node_item_t *
sequence_slot(struct document *d, int index, long n)
{
	yaml_node_t *sequence = yaml_document_get_node(&d->yaml, index);
	long count = sequence->data.sequence.items.top - sequence->data.sequence.items.start;
	int none;

	if (n < 0 || n > count)
		return NULL;
	if (n == count) {
		none = yaml_document_add_scalar(&d->yaml, NULL, (const unsigned char *)"", 0,
						YAML_PLAIN_SCALAR_STYLE);
		if (!none || !yaml_document_append_sequence_item(&d->yaml, index, none))
			return NULL;
		sequence = yaml_document_get_node(&d->yaml, index);
	}
	return &sequence->data.sequence.items.start[n];
}

static bool
node_is_empty(const yaml_node_t *node)
{
	return node_is(node, "", 0) && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

/* The slot at the next segment of the setting's key below the node index. */
static yaml_node_item_t *
setting_slot(struct document *d, const struct config_setting *s, int index, const char *path,
	     char error[CONFIG_ERROR_CHARS])
{
	const yaml_node_t *node = yaml_document_get_node(&d->yaml, index);
	size_t len = strcspn(path, ".");
	int done = path - s->key > 0 ? path - s->key - 1 : 0;
	yaml_node_item_t *slot = NULL;

	if (len == 0) {
		complain(error,
			 "%s: the key is incomplete; one such as tcp.mss or ports.0.vlan "
			 "wanted",
			 s->origin);
		return NULL;
	}
	if (node->type == YAML_SCALAR_NODE) {
		complain(error, "%s: '%.*s' is a single value and holds no '%s'", s->origin, done,
			 s->key, path);
		return NULL;
	}
	if (node->type == YAML_MAPPING_NODE)
		slot = mapping_slot(d, index, path, len);
	else if (sequence_index(path, len) < 0)
		complain(error, "%s: '%.*s' is a list: a number wanted behind it, not '%.*s'",
			 s->origin, done, s->key, (int)len, path);
	else if ((slot = sequence_slot(d, index, sequence_index(path, len))) == NULL)
		complain(error,
			 "%s: '%.*s' has %ld elements; a number up to that wanted, to add one",
			 s->origin, done, s->key,
			 (long)(node->data.sequence.items.top - node->data.sequence.items.start));
	if (slot == NULL && node->type == YAML_MAPPING_NODE)
		complain(error, "%s: out of memory", s->origin);
	return slot;
}

/* The node that a slot holds, made a container if it is empty; 0: out of memory. A slot lies in an
 * array of its own, which stays where it is while nodes are added. */
static int
slot_enter(struct document *d, yaml_node_item_t *slot, const char *rest)
{
	int made;

	if (!node_is_empty(yaml_document_get_node(&d->yaml, *slot)))
		return *slot;
	made = add_container(d, rest);
	if (made != 0)
		*slot = made;
	return made;
}

static int
set_one(struct document *d, const struct config_setting *s, char error[CONFIG_ERROR_CHARS])
{
	const char *path = s->key;
	yaml_node_item_t *slot;
	int index = 1, value;

	for (;;) {
		slot = setting_slot(d, s, index, path, error);
		if (slot == NULL)
			return -EINVAL;
		path += strcspn(path, ".");
		if (*path == '\0')
			break;
		path++;
		index = slot_enter(d, slot, path);
		if (index == 0)
			return complain(error, "%s: out of memory", s->origin);
	}
	value = add_value(d, s, error);
	if (value == 0)
		return -EINVAL;
	*slot = value;
	return 0;
}

int
document_set(struct document *d, const struct config_settings *settings,
	     char error[CONFIG_ERROR_CHARS])
{
	d->settings = settings;
	for (unsigned i = 0; i < settings->count; i++) {
		int err = set_one(d, &settings->list[i], error);

		if (err)
			return err;
		d->made[i] = node_count(&d->yaml);
		d->made_count = i + 1;
	}
	return 0;
}
