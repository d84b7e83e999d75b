/* SPDX-License-Identifier: BSD-3-Clause */
#include "result_take.h"

#include <stdio.h>
#include <string.h>

const char *
take_type(const json_t *json)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "an object",   [JSON_ARRAY] = "a list",
		[JSON_STRING] = "a text",      [JSON_INTEGER] = "an integer",
		[JSON_REAL] = "a real number", [JSON_TRUE] = "true",
		[JSON_FALSE] = "false",	       [JSON_NULL] = "null",
	};

	return json ? names[json_typeof(json)] : "nothing";
}

void
take_complain(struct reader *rd, const char *place, const char *given, const char *wanted)
{
	if (!rd->failed)
		snprintf(rd->error, RESULT_ERROR_CHARS, "%s: %s%s: %s given; %s wanted", rd->file,
			 rd->within, place, given, wanted);
	rd->failed = true;
}

json_t *
take_member(json_t *from, const char *place)
{
	while (from != NULL && *place) {
		size_t length = strcspn(place, ".");

		from = json_object_getn(from, place, length);
		place += length + (place[length] == '.');
	}
	return from;
}

uint64_t
take_count(struct reader *rd, json_t *from, const char *place)
{
	json_t *json = take_member(from, place);

	if (json_is_integer(json) && json_integer_value(json) >= 0)
		return (uint64_t)json_integer_value(json);
	take_complain(rd, place, json_is_integer(json) ? "a negative number" : take_type(json),
		      "a count");
	return 0;
}

uint64_t
take_count_or(struct reader *rd, json_t *from, const char *place, uint64_t otherwise)
{
	json_t *json = take_member(from, place);

	return json == NULL || json_is_null(json) ? otherwise : take_count(rd, from, place);
}

double
take_number(struct reader *rd, json_t *from, const char *place)
{
	json_t *json = take_member(from, place);

	if (json_is_number(json))
		return json_number_value(json);
	if (!json_is_null(json))
		take_complain(rd, place, take_type(json), "a number or null");
	return RESULT_NOT_MEASURED;
}

double
take_number_or_none(struct reader *rd, json_t *from, const char *place)
{
	return take_member(from, place) ? take_number(rd, from, place) : RESULT_NOT_MEASURED;
}

const char *
take_text(struct reader *rd, json_t *from, const char *place)
{
	json_t *json = take_member(from, place);

	if (!json_is_string(json) && !json_is_null(json))
		take_complain(rd, place, take_type(json), "a text or null");
	return json_string_value(json);
}

bool
take_flag(struct reader *rd, json_t *from, const char *place)
{
	json_t *json = take_member(from, place);

	if (!json_is_boolean(json) && !json_is_null(json))
		take_complain(rd, place, take_type(json), "true or false");
	return json_is_true(json);
}

json_t *
take_list(struct reader *rd, json_t *from, const char *place)
{
	json_t *json = take_member(from, place);

	if (!json_is_array(json))
		take_complain(rd, place, take_type(json), "a list");
	return json;
}

void
take_name(struct reader *rd, json_t *from, const char *place, char *to, size_t size)
{
	const char *text = take_text(rd, from, place);

	snprintf(to, size, "%s", text ? text : "unknown");
}
