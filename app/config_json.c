/* SPDX-License-Identifier: BSD-3-Clause */
#include "config_json.h"

#include <string.h>

#include "addresses.h"
#include "config_keys.h"

static uint64_t
number_at(const char *at, uint32_t size)
{
	switch (size) {
	case 1:
		return *(const uint8_t *)at;
	case 2:
		return *(const uint16_t *)at;
	case 4:
		return *(const uint32_t *)at;
	default:
		return *(const uint64_t *)at;
	}
}

/* NULL: a zero that stands for "not given". */
static json_t *
number_json(const struct config_key *key, uint64_t number)
{
	char text[UNITS_TEXT];

	if (number < key->min && !(number == 0 && key->zero != NULL))
		return NULL;
	if (key->unit == UNIT_FLAG)
		return json_boolean(number != 0);
	if (key->unit == UNIT_MS)
		return json_string(units_format(UNIT_MS, number, text));
	return json_integer((json_int_t)number);
}

static json_t *
text_json(const char *text)
{
	return *text ? json_string(text) : NULL;
}

static json_t *
address_json(const struct tct_address *address)
{
	char text[TCT_ADDRESS_TEXT];

	return address_is_none(address) ? NULL : json_string(tct_address_format(address, text));
}

/* NULL: a range that stands for "not given". */
static json_t *
ports_json(const struct port_range *range)
{
	if (range->first == 0)
		return NULL;
	if (range->first == range->last)
		return json_integer(range->first);
	return json_sprintf("%u-%u", range->first, range->last);
}

static json_t *
list_json(const struct config_key *key, const char *base)
{
	unsigned count = *(const unsigned *)(base + key->count_offset);
	json_t *list = count ? json_array() : NULL;

	for (unsigned i = 0; i < count; i++) {
		char text[ADDRESSES_TEXT];

		if (key->kind == VALUE_ARGS)
			json_array_append_new(
				list, json_string(((char *const *)(base + key->offset))[i]));
		else
			json_array_append_new(
				list, json_string(addresses_format(
					      &((const struct tct_local *)(base + key->offset))[i],
					      text)));
	}
	return list;
}

static json_t *
targets_json(const struct load_config *load)
{
	json_t *list;

	if (load->target_count == 0 || (load->target_count == 1 && load->targets[0].count == 1))
		return address_json(&load->target);
	list = json_array();
	for (unsigned i = 0; i < load->target_count; i++) {
		char text[ADDRESSES_TEXT];

		json_array_append_new(list, json_string(addresses_format(&load->targets[i], text)));
	}
	return list;
}

/* NULL: as fast as it goes. */
static json_t *
steps_json(const struct load_config *load)
{
	json_t *list = load->step_count ? json_array() : NULL;

	if (!list)
		return load->rate ? json_integer((json_int_t)load->rate) : NULL;
	for (unsigned i = 0; i < load->step_count; i++) {
		char text[UNITS_TEXT];

		units_format(UNIT_MS, load->steps[i].duration_ms, text);
		json_array_append_new(
			list,
			json_sprintf("%llu %s", (unsigned long long)load->steps[i].rate, text));
	}
	return list;
}

/* NULL: nothing to say. */
static json_t *
value_json(const struct config_key *key, const char *base)
{
	const char *at = base + key->offset;

	switch (key->kind) {
	case VALUE_NUMBER:
		return number_json(key, number_at(at, key->size));
	case VALUE_TEXT:
	case VALUE_NAME:
	case VALUE_DIRECTORY:
	case VALUE_PATHS:
	case VALUE_LINES:
		return text_json(at);
	case VALUE_CHOICE:
		return json_string(key->choices[key->size ? number_at(at, key->size) : 0]);
	case VALUE_ADDRESS:
		return address_json((const struct tct_address *)at);
	case VALUE_PORTS:
	case VALUE_STATUSES:
		return ports_json((const struct port_range *)at);
	case VALUE_ADDRESSES:
	case VALUE_ARGS:
		return list_json(key, base);
	case VALUE_TARGETS:
		return targets_json((const struct load_config *)base);
	case VALUE_STEPS:
		return steps_json((const struct load_config *)base);
	case VALUE_SECRET:
		break;
	}
	return NULL;
}

/* Of one element of a section. */
static void
section_json(json_t *object, const struct app_config *config, const struct config_section *section,
	     unsigned element)
{
	for (const struct config_key *key = section->keys; key->key != NULL; key++) {
		json_t *value = value_json(key, key_base(config, section, element, key));

		if (value != NULL)
			json_object_set_new(object, key->key, value);
	}
}

json_t *
app_config_json(const struct app_config *config)
{
	json_t *root = json_object();

	section_json(root, config, &config_sections[SECTION_ROOT], 0);
	for (unsigned i = SECTION_ROOT + 1; i < SECTION_MAX; i++) {
		const struct config_section *s = &config_sections[i];
		unsigned count =
			s->max ? *(const unsigned *)((const char *)config + s->count_offset) : 1;
		json_t *list = s->max ? json_array() : NULL;

		for (unsigned n = 0; n < count; n++) {
			json_t *object = json_object();

			section_json(object, config, s, n);
			if (list != NULL)
				json_array_append_new(list, object);
			else
				json_object_set_new(root, s->name, object);
		}
		if (list != NULL && s->member == NULL)
			json_object_set_new(root, s->name, list);
		else if (list != NULL && count)
			json_object_set_new(json_object_get(root, config_sections[i - 1].name),
					    s->member, list);
		else
			json_decref(list);
	}
	return root;
}
