/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every key of the YAML file, in tables: what its value looks like, where it goes, its range, its
 * default and what it means. The libcyaml schema, the conversion and the documentation
 * (config/README.md, tercet.yaml(5)) are made of them.
 */
#ifndef TCT_APP_CONFIG_KEYS_H
#define TCT_APP_CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "units.h"

enum value_kind {
	VALUE_NUMBER,	/* of a unit -> unsigned integer of size bytes */
	VALUE_TEXT,	/* -> char[size] */
	VALUE_CHOICE,	/* one of choices -> its index, an unsigned integer of size bytes */
	VALUE_NAME,	/* one of choices -> char[size] */
	VALUE_ADDRESS,	/* -> struct tct_address */
	VALUE_PORTS,	/* "80" or "8000-8009" -> struct port_range */
	VALUE_STATUSES, /* of HTTP: "200" or "200-399" -> struct port_range */
	VALUE_PATHS,	/* one or several, joined by ", " -> char[size] */
	VALUE_LINES,	/* one or several, joined by LF -> char[size] */
	VALUE_SECRET,	/* a file of 64 hexadecimal digits -> uint8_t[32] */
	VALUE_TARGETS,	/* addresses, or ranges of them -> struct load_config, target and targets */
	VALUE_STEPS,	/* a rate, or rates with durations -> struct load_config, rate and steps */
	VALUE_DIRECTORY, /* one that can be listed -> char[size] */
	VALUE_ADDRESSES, /* list -> struct tct_local[max], and their number at count_offset */
	VALUE_ARGS,	 /* list -> char *[max], and their number at count_offset */
};

struct config_key {
	const char *key; /* NULL ends a table */
	const char *help;
	enum value_kind kind;
	enum unit unit;
	bool required;
	uint64_t min, max;	    /* of a number; of a list's length */
	const char *zero;	    /* what 0 means if it lies outside the range; NULL: no value */
	const char *fallback;	    /* default, as text */
	const char *const *choices; /* NULL ends them */
	unsigned supported;	    /* the first so many choices; 0: all */
	uint32_t offset, count_offset, size;
	bool beside; /* not in its section's element: in an array of struct app_config, at offset,
		      * that has a value for each of them */
};

enum section {
	SECTION_ROOT,
	SECTION_PORTS,
	SECTION_LISTEN,
	SECTION_TCP,
	SECTION_MEMORY,
	SECTION_LOAD,
	SECTION_MIX, /* within load */
	SECTION_CONTROL,
	SECTION_MAX
};

struct config_section {
	const char *name;   /* "" for the root */
	const char *member; /* what a section within another is called there; NULL: it stands in the
			       root */
	const char *help;
	const struct config_key *keys;
	/* Where it lies in struct app_config; a list's elements are stride bytes apart. */
	uint32_t offset, stride, count_offset, max;
};

extern const struct config_section config_sections[SECTION_MAX];

/* What the offsets of a key count from, for an element of its section. */
static inline const void *
key_base(const struct app_config *config, const struct config_section *section, unsigned element,
	 const struct config_key *key)
{
	const char *base = (const char *)config;

	return key->beside ? base + element * key->size
			   : base + section->offset + element * section->stride;
}

static inline bool
key_is_list(const struct config_key *key)
{
	return key->kind == VALUE_ADDRESSES || key->kind == VALUE_ARGS;
}

/* What a list of texts is joined with, which is taken, too; NULL: it is not. */
static inline const char *
key_joint(const struct config_key *key)
{
	switch (key->kind) {
	case VALUE_STEPS:
	case VALUE_TARGETS:
	case VALUE_PATHS:
		return ", ";
	case VALUE_LINES:
		return "\n";
	default:
		return NULL;
	}
}

/* What a value of key looks like, its range included: "a duration such as 10s, from 1ms to 1h". */
#define KEY_WANTED_CHARS 256
const char *key_wanted(const struct config_key *key, char text[KEY_WANTED_CHARS]);

#endif
