/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The shape of the YAML file, checked by libcyaml: which keys there are, and where lists and
 * mappings stand. Values stay text; config_convert.c reads them. Elements are in the order of the
 * tables in config_keys.c; what the file does not give is NULL.
 */
#ifndef TCT_APP_CONFIG_SCHEMA_H
#define TCT_APP_CONFIG_SCHEMA_H

#include "config_document.h"
#include "config_keys.h"

#define MAX_KEYS 48

struct text_list {
	char **texts;
	unsigned count;
};

/* One mapping: for each key of its table a text, or a list of them. */
struct text_section {
	char *text[MAX_KEYS];
	struct text_list list[MAX_KEYS];
	struct text_section *inner; /* of the one section that may be within this */
	unsigned inner_count;
};

struct text_config {
	struct text_section root;
	struct text_section *sections[SECTION_MAX]; /* elements of a list, or one, or none */
	unsigned counts[SECTION_MAX];		    /* of lists */
};

/* 0, -EINVAL or -ENOMEM with one line in error. On success text_config_free(). */
int text_config_load(struct text_config **config, struct document *d,
		     char error[CONFIG_ERROR_CHARS]);

void text_config_free(struct text_config *config);

#endif
