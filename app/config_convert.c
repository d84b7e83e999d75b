/* SPDX-License-Identifier: BSD-3-Clause */
#include "config_convert.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "addresses.h"

#define PATH_CHARS 96

/* One value on its way: from text to where key says, below base. */
struct value {
	const struct config_key *key;
	char *base;
	struct document *document;
	char path[PATH_CHARS];
	char *error;
};

static int
refuse(const struct value *v, const char *text, const char *why)
{
	char wanted[KEY_WANTED_CHARS];

	return document_complain(v->document, v->path, v->error, "'%.80s' given%s%s; %s wanted",
				 text, why ? ": " : "", why ? why : "", key_wanted(v->key, wanted));
}

static void
store(const struct value *v, uint64_t number)
{
	void *to = v->base + v->key->offset;

	switch (v->key->size) {
	case 1:
		*(uint8_t *)to = number;
		break;
	case 2:
		*(uint16_t *)to = number;
		break;
	case 4:
		*(uint32_t *)to = number;
		break;
	case 8:
		*(uint64_t *)to = number;
		break;
	}
}

static int
read_number(const struct value *v, const char *text)
{
	const struct config_key *key = v->key;
	uint64_t number;
	int err = units_parse(key->unit, text, &number);

	if (err == -ERANGE)
		return refuse(v, text, *text == '-' ? "negative" : "too large");
	if (err)
		return refuse(v, text, NULL);
	if ((number < key->min || number > key->max) && !(number == 0 && key->zero != NULL))
		return refuse(v, text, number < key->min ? "too small" : "too large");
	store(v, number);
	return 0;
}

static int
read_text(const struct value *v, const char *text)
{
	if (strlen(text) >= v->key->size)
		return refuse(v, text, "too long");
	strcpy(v->base + v->key->offset, text);
	return 0;
}

static int
read_choice(const struct value *v, const char *text)
{
	const struct config_key *key = v->key;

	for (unsigned i = 0; key->choices[i] != NULL; i++) {
		if (strcmp(key->choices[i], text) != 0)
			continue;
		if (key->supported && i >= key->supported)
			return refuse(v, text, "not supported yet");
		if (key->kind == VALUE_NAME)
			return read_text(v, text);
		store(v, i);
		return 0;
	}
	return refuse(v, text, NULL);
}

static int
read_address(const struct value *v, const char *text)
{
	struct tct_address address;

	if (tct_address_parse(text, &address))
		return refuse(v, text, NULL);
	memcpy(v->base + v->key->offset, &address, sizeof(address));
	return 0;
}

static int
read_ports(const struct value *v, const char *text)
{
	struct port_range range;

	if (port_range_parse(text, &range))
		return refuse(v, text, NULL);
	memcpy(v->base + v->key->offset, &range, sizeof(range));
	return 0;
}

static int
read_statuses(const struct value *v, const char *text)
{
	struct port_range range;

	if (port_range_parse(text, &range) || range.first < v->key->min || range.last > v->key->max)
		return refuse(v, text, NULL);
	memcpy(v->base + v->key->offset, &range, sizeof(range));
	return 0;
}

/* "100k 10s" */
static int
parse_step(const char *text, struct load_step *step)
{
	char rate[UNITS_TEXT], duration[UNITS_TEXT], more;
	uint64_t n, ms;

	if (sscanf(text, " %23s %23s %c", rate, duration, &more) != 2 ||
	    units_parse(UNIT_RATE, rate, &n) || units_parse(UNIT_MS, duration, &ms) || n == 0 ||
	    n > LOAD_MAX_RATE || ms == 0 || ms > LOAD_MAX_STEP_MS)
		return -EINVAL;
	*step = (struct load_step){n, (uint32_t)ms};
	return 0;
}

/* Steps, by commas. */
static int
read_steps(const struct value *v, const char *text)
{
	struct load_config *load = (struct load_config *)v->base;
	char copy[LOAD_MAX_STEPS * 2 * UNITS_TEXT], *one, *rest;
	uint64_t rate;

	load->step_count = 0;
	if (units_parse(UNIT_RATE, text, &rate) == 0 && rate <= LOAD_MAX_RATE) {
		load->rate = rate;
		return 0;
	}
	snprintf(copy, sizeof(copy), "%s", text);
	for (one = strtok_r(copy, ",", &rest); one; one = strtok_r(NULL, ",", &rest)) {
		if (load->step_count == LOAD_MAX_STEPS ||
		    parse_step(one, &load->steps[load->step_count]))
			return refuse(v, text, NULL);
		load->step_count++;
	}
	load->rate = load->steps[0].rate;
	return load->step_count ? 0 : refuse(v, text, NULL);
}

/* Addresses and ranges of them, by commas. */
static int
read_targets(const struct value *v, const char *text)
{
	struct load_config *load = (struct load_config *)v->base;
	char copy[TCT_MAX_LOCALS * ADDRESSES_TEXT], *one, *rest;
	const char *why = NULL;

	snprintf(copy, sizeof(copy), "%s", text);
	load->target_count = 0;
	for (one = strtok_r(copy, ", ", &rest); one; one = strtok_r(NULL, ", ", &rest)) {
		struct tct_local *to = &load->targets[load->target_count];

		if (load->target_count == TCT_MAX_LOCALS || addresses_parse(one, to, &why) ||
		    address_is_ip4(&to->first) != address_is_ip4(&load->targets[0].first))
			return refuse(v, text, why);
		load->target_count++;
	}
	load->target = load->targets[0].first;
	return load->target_count ? 0 : refuse(v, text, NULL);
}

/* 64 hexadecimal digits and at most white space behind them. */
static int
parse_secret(FILE *file, uint8_t secret[32])
{
	for (unsigned i = 0; i < 32; i++) {
		unsigned byte;
		char digits[3] = "";

		if (fread(digits, 1, 2, file) != 2 || strspn(digits, "0123456789abcdefABCDEF") != 2)
			return -EINVAL;
		sscanf(digits, "%2x", &byte);
		secret[i] = byte;
	}
	fscanf(file, " ");
	return feof(file) ? 0 : -EINVAL;
}

static int
read_secret(const struct value *v, const char *path)
{
	static const uint8_t zero[32];
	uint8_t *secret = (uint8_t *)v->base + v->key->offset;
	FILE *file = fopen(path, "r");
	struct stat st;
	int err = 0;

	if (file == NULL)
		return refuse(v, path, strerror(errno));
	if (fstat(fileno(file), &st) || !S_ISREG(st.st_mode))
		err = refuse(v, path, "not a regular file");
	else if (st.st_mode & 07)
		err = refuse(v, path, "everybody may read or write it");
	else if (parse_secret(file, secret))
		err = refuse(v, path, "something else in it");
	else if (memcmp(secret, zero, sizeof(zero)) == 0)
		err = refuse(v, path, "all zeros, which is no secret");
	fclose(file);
	return err;
}

static int
read_directory(const struct value *v, const char *path)
{
	DIR *dir = opendir(path);

	if (dir == NULL)
		return refuse(v, path, strerror(errno));
	closedir(dir);
	return read_text(v, path);
}

static int
read_scalar(const struct value *v, const char *text)
{
	switch (v->key->kind) {
	case VALUE_NUMBER:
		return read_number(v, text);
	case VALUE_TEXT:
	case VALUE_PATHS:
	case VALUE_LINES:
		return read_text(v, text);
	case VALUE_CHOICE:
	case VALUE_NAME:
		return read_choice(v, text);
	case VALUE_ADDRESS:
		return read_address(v, text);
	case VALUE_PORTS:
		return read_ports(v, text);
	case VALUE_STATUSES:
		return read_statuses(v, text);
	case VALUE_TARGETS:
		return read_targets(v, text);
	case VALUE_STEPS:
		return read_steps(v, text);
	case VALUE_SECRET:
		return read_secret(v, text);
	case VALUE_DIRECTORY:
		return read_directory(v, text);
	default:
		return -EINVAL;
	}
}

/* Element n of a list. */
static int
read_element(const struct value *v, unsigned n, const char *text)
{
	const char *why = NULL;

	if (v->key->kind == VALUE_ADDRESSES) {
		struct tct_local *locals = (void *)(v->base + v->key->offset);

		return addresses_parse(text, &locals[n], &why) ? refuse(v, text, why) : 0;
	}
	((char **)(v->base + v->key->offset))[n] = strdup(text);
	return ((char **)(v->base + v->key->offset))[n] ? 0 : refuse(v, text, "out of memory");
}

static int
read_list(const struct value *v, const struct text_list *list)
{
	unsigned *count = (void *)(v->base + v->key->count_offset);
	struct value element = *v;

	for (*count = 0; *count < list->count; ++*count) {
		const char *text = list->texts[*count];
		int err;

		snprintf(element.path, sizeof(element.path), "%.80s.%u", v->path, *count);
		err = read_element(&element, *count, text);
		if (err)
			return err;
	}
	return 0;
}

static int
missing(const struct value *v)
{
	char wanted[KEY_WANTED_CHARS];

	return document_complain(v->document, v->path, v->error, "missing; %s wanted",
				 key_wanted(v->key, wanted));
}

/* One mapping, whose keys are named prefix and a dot. */
static int
convert_section(struct app_config *config, const struct config_section *section, unsigned element,
		const struct text_section *text, struct value *v, const char *prefix)
{
	for (unsigned i = 0; section->keys[i].key != NULL; i++) {
		bool list = key_is_list(&section->keys[i]);
		int err = 0;

		v->key = &section->keys[i];
		v->base = (char *)(uintptr_t)key_base(config, section, element, v->key);
		snprintf(v->path, sizeof(v->path), "%s%s%s", prefix, *prefix ? "." : "",
			 v->key->key);
		if (list ? text->list[i].texts != NULL : text->text[i] != NULL)
			err = list ? read_list(v, &text->list[i]) : read_scalar(v, text->text[i]);
		else if (v->key->required)
			err = missing(v);
		if (err)
			return err;
	}
	return 0;
}

/* What an element of the mix does not say load does. */
static void
mix_init(struct app_config *config, unsigned n)
{
	config->mix[n] = config->load;
	config->mix[n].weight = 1;
}

/* All the mappings of a section. */
static int
convert_sections(struct app_config *config, enum section i, const struct text_config *text,
		 struct value *v)
{
	const struct config_section *section = &config_sections[i];
	bool list = section->max != 0;
	unsigned count = list ? text->counts[i] : text->sections[i] != NULL;
	const struct text_section *texts = text->sections[i];

	if (section->member != NULL) {
		texts = text->sections[i - 1] ? text->sections[i - 1]->inner : NULL;
		count = texts ? text->sections[i - 1]->inner_count : 0;
	}
	if (list)
		*(unsigned *)((char *)config + section->count_offset) = count;
	for (unsigned n = 0; n < count; n++) {
		char prefix[32];
		int err;

		if (i == SECTION_MIX)
			mix_init(config, n);
		snprintf(prefix, sizeof(prefix), list ? "%s.%u" : "%s", section->name, n);
		err = convert_section(config, section, n, &texts[n], v, prefix);
		if (err)
			return err;
	}
	return 0;
}

int
config_convert(struct app_config *config, const struct text_config *text, struct document *d,
	       char error[CONFIG_ERROR_CHARS])
{
	struct value v = {.document = d, .error = error};
	int err = convert_section(config, &config_sections[SECTION_ROOT], 0, &text->root, &v, "");

	for (unsigned i = SECTION_ROOT + 1; i < SECTION_MAX && !err; i++)
		err = convert_sections(config, i, text, &v);
	return err;
}
