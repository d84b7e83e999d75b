/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A YAML document as a tree that can be edited, and that knows where each value came from: a line
 * of the file, or the option that set it. libcyaml gets it as JSON, which is YAML too, once all
 * settings are in; paths ("ports.0.vlan") lead from its complaints, and from ours, back to the
 * place.
 */
#ifndef TCT_APP_CONFIG_DOCUMENT_H
#define TCT_APP_CONFIG_DOCUMENT_H

#include <stdbool.h>

#include <jansson.h>
#include <yaml.h>

#include "config.h"

struct document {
	yaml_document_t yaml;
	const char *name; /* of the file; the caller's */
	const struct config_settings *settings;
	/* settings->list[i] made the nodes after made[i - 1] (or in_file) up to made[i]. */
	int in_file;
	int made[MAX_SETTINGS];
	unsigned made_count;
};

/* Reads one YAML document; name is for complaints. 0 or -EINVAL, with one line in error. An empty
 * text is an empty mapping. On success document_free() it. */
int document_parse(struct document *d, const char *name, const char *text, size_t len,
		   char error[CONFIG_ERROR_CHARS]);

void document_free(struct document *d);

/* Lays the settings over the document; they must outlive it. 0, -EINVAL or -ENOMEM, with one line
 * in error. */
int document_set(struct document *d, const struct config_settings *settings,
		 char error[CONFIG_ERROR_CHARS]);

/* Writes a complaint; -EINVAL. */
int complain(char error[CONFIG_ERROR_CHARS], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Writes "WHERE: key 'PATH': ...", see document_where(); -EINVAL. */
int document_complain(struct document *d, const char *path, char error[CONFIG_ERROR_CHARS],
		      const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The document as JSON, all scalars strings but for empty ones, which are null. A new reference;
 * NULL: one line in error. */
json_t *document_json(struct document *d, char error[CONFIG_ERROR_CHARS]);

/* Where the value at path came from: "serve.yaml:5" or "--set tcp.mss=9"; of what holds it, if
 * there is none. */
#define WHERE_CHARS 256
const char *document_where(struct document *d, const char *path, char where[WHERE_CHARS]);

/* Shared with config_edit.c. */
#define MAX_DEPTH 16
#define MAX_NODES 100000

int node_count(const yaml_document_t *yaml);
bool node_is(const yaml_node_t *node, const char *text, size_t len);

/* The pair of a mapping with the key of length len, or NULL. */
yaml_node_pair_t *mapping_find(yaml_document_t *yaml, yaml_node_t *mapping, const char *key,
			       size_t len);

/* The index that text of length len is, or -1. */
long sequence_index(const char *text, size_t len);

#endif
