/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tables of keys against what the library and the program do: defaults, ranges at their ends,
 * and that each key reaches its own field.
 */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "config_keys.h"

#define GOOD                                                       \
	"ports: [{device: net_null0, addresses: [10.0.0.1/24]}]\n" \
	"listen: [{port: 80, service: http}]\n"                    \
	"tcp: {max-rto: 10m}\n"                                    \
	"load: {rate: 1k}\n"

/* GOOD with key = value over it. */
static int
load_with(struct app_config *config, const char *key, const char *value,
	  char error[CONFIG_ERROR_CHARS])
{
	struct config_settings settings = {.count = 0};
	int err;

	assert_int_equal(config_settings_add(&settings, key, value, "test"), 0);
	err = app_config_load(config, NULL, GOOD, &settings, error);
	config_settings_free(&settings);
	return err;
}

static void
path_of(const struct config_section *s, const struct config_key *key, char path[96])
{
	snprintf(path, 96, "%s%s%s%s", s->name, s->max ? ".0" : "", *s->name ? "." : "", key->key);
}

static uint64_t
number_at(const struct app_config *config, const struct config_section *s,
	  const struct config_key *key)
{
	uint64_t number = 0;

	memcpy(&number, (const char *)config + s->offset + key->offset, key->size);
	return number;
}

typedef void (*visit)(const struct config_section *s, const struct config_key *key);

static void
each_number(visit v)
{
	for (unsigned i = 0; i < SECTION_MAX; i++)
		for (const struct config_key *key = config_sections[i].keys; key->key; key++)
			if (key->kind == VALUE_NUMBER && key->unit != UNIT_FLAG)
				v(&config_sections[i], key);
}

/* value is taken and arrives, or is refused. */
static void
try_number(const struct config_section *s, const struct config_key *key, uint64_t value, bool good)
{
	char path[96], text[UNITS_TEXT], error[CONFIG_ERROR_CHARS] = "", wanted[160];
	struct app_config config;
	int err;

	path_of(s, key, path);
	err = load_with(&config, path, units_format(key->unit, value, text), error);
	snprintf(wanted, sizeof(wanted), "test: key '%s': ", path);
	if (good && err == 0) {
		if (number_at(&config, s, key) != value)
			fail_msg("%s: %s did not arrive", path, text);
		app_config_free(&config);
	} else if (good) {
		fail_msg("%s = %s: %s", path, text, error);
	} else if (err != -EINVAL || strncmp(error, wanted, strlen(wanted)) != 0) {
		fail_msg("%s = %s: %d '%s'", path, text, err, error);
	}
}

static void
try_ends(const struct config_section *s, const struct config_key *key)
{
	try_number(s, key, key->min, true);
	try_number(s, key, key->max, true);
	try_number(s, key, key->max + 1, false);
	if (key->min > 1)
		try_number(s, key, key->min - 1, false);
	if (key->min > 0)
		try_number(s, key, 0, key->zero != NULL);
}

static void
ranges_hold_at_their_ends(void **state)
{
	each_number(try_ends);
}

/* The library refuses the same, for programs that have no file. */
static void
library_refuses_the_same(void **state)
{
	char error[CONFIG_ERROR_CHARS], wanted[96];
	struct app_config good, config;

	assert_int_equal(load_with(&good, "workers", "1", error), 0);
	assert_int_equal(tct_config_check(&good.lib, error, sizeof(error)), 0);
	for (unsigned i = SECTION_TCP; i <= SECTION_MEMORY; i++)
		for (const struct config_key *key = config_sections[i].keys; key->key; key++) {
			uint64_t value = key->max + 1;

			if (key->kind != VALUE_NUMBER || value >> (8 * key->size) != 0 ||
			    key->unit == UNIT_FLAG)
				continue;
			config = good;
			memcpy((char *)&config + config_sections[i].offset + key->offset, &value,
			       key->size);
			snprintf(wanted, sizeof(wanted), "%s.%s: ", config_sections[i].name,
				 key->key);
			assert_int_equal(tct_config_check(&config.lib, error, sizeof(error)),
					 -EINVAL);
			if (strncmp(error, wanted, strlen(wanted)) != 0)
				fail_msg("wanted '%s', got '%s'", wanted, error);
		}
	app_config_free(&good);
}

/* A default in the tables is a value: given, it changes nothing. */
static void
try_default(const struct config_section *s, const struct config_key *key)
{
	char *end;
	uint64_t number;
	struct app_config config;

	if (s->max != 0 || key->fallback == NULL)
		return;
	app_config_init(&config);
	number = strtoull(key->fallback, &end, 10);
	if (*end != '\0' && units_parse(key->unit, key->fallback, &number) != 0)
		number = 0;
	if (number_at(&config, s, key) != number)
		fail_msg("%s.%s: default %llu, documented %s", s->name, key->key,
			 (unsigned long long)number_at(&config, s, key), key->fallback);
}

static void
defaults_are_those_documented(void **state)
{
	each_number(try_default);
}

static void
defaults_of_the_library_are_in_range(void **state)
{
	struct app_config config;
	char error[CONFIG_ERROR_CHARS];

	app_config_init(&config);
	strcpy(config.lib.ports[0].device, "a");
	tct_address_parse("10.0.0.1", &config.lib.ports[0].locals[0].first);
	config.lib.ports[0].locals[0].count = 1;
	config.lib.ports[0].local_count = 1;
	config.lib.port_count = 1;
	assert_int_equal(tct_config_check(&config.lib, error, sizeof(error)), 0);
}

/* Two keys that write to the same bytes, or past their struct, would each spoil something. */
static void
fields_do_not_overlap(void **state)
{
	for (unsigned i = 0; i < SECTION_MAX; i++) {
		const struct config_key *keys = config_sections[i].keys;

		for (unsigned a = 0; keys[a].key != NULL; a++)
			for (unsigned b = 0; b < a; b++)
				if (keys[a].size && keys[b].size &&
				    keys[a].offset < keys[b].offset + keys[b].size &&
				    keys[b].offset < keys[a].offset + keys[a].size)
					fail_msg("%s and %s", keys[a].key, keys[b].key);
	}
}

static void
every_key_is_explained(void **state)
{
	for (unsigned i = 0; i < SECTION_MAX; i++)
		for (const struct config_key *key = config_sections[i].keys; key->key; key++) {
			assert_non_null(key->help);
			if (!key->required && key->fallback == NULL)
				fail_msg("%s has no default", key->key);
		}
}

static void
reasons_have_words(void **state)
{
	for (unsigned a = 0; a < TCT_REASON_MAX; a++)
		for (unsigned b = 0; b < a; b++)
			assert_string_not_equal(tct_reason_text(a), tct_reason_text(b));
	assert_string_equal(tct_reason_text(TCT_RESET), "reset by peer");
	for (unsigned a = 0; a < TCT_REASON_MAX; a++)
		assert_string_not_equal(tct_reason_text(a), "unknown");
	assert_string_equal(tct_reason_text(TCT_REASON_MAX), "unknown");
	assert_string_equal(tct_reason_text((enum tct_reason) - 1), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_hold_at_their_ends),
		cmocka_unit_test(library_refuses_the_same),
		cmocka_unit_test(defaults_are_those_documented),
		cmocka_unit_test(defaults_of_the_library_are_in_range),
		cmocka_unit_test(fields_do_not_overlap),
		cmocka_unit_test(every_key_is_explained),
		cmocka_unit_test(reasons_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
