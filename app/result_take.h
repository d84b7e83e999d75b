/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Members of a result's JSON, each with the type that it has to have. What is missing or of another
 * type is complained of once, with its place in the file, and reading goes on with nothing in its
 * stead, so that no caller has to look at every member. A place is a path: "packets.rx".
 */
#ifndef TCT_APP_RESULT_TAKE_H
#define TCT_APP_RESULT_TAKE_H

#include <jansson.h>

#include "result_read.h"

#define PLACE_CHARS 96

struct reader {
	const char *file;
	char within[PLACE_CHARS]; /* of what is being read: "intervals.3." */
	char *error;
	bool failed;
	struct histogram scratch; /* what a text is tried on */
};

/* "an object": for a complaint. */
const char *take_type(const json_t *json);

/* The first complaint of a file is kept: place, what was given and what is wanted. */
void take_complain(struct reader *rd, const char *place, const char *given, const char *wanted);

/* NULL: there is none. */
json_t *take_member(json_t *from, const char *place);

uint64_t take_count(struct reader *rd, json_t *from, const char *place);
/* otherwise: what null means, or nothing: not every version of the program wrote it. */
uint64_t take_count_or(struct reader *rd, json_t *from, const char *place, uint64_t otherwise);

/* null: not measured. */
double take_number(struct reader *rd, json_t *from, const char *place);
/* Not every version of the program wrote it. */
double take_number_or_none(struct reader *rd, json_t *from, const char *place);

const char *take_text(struct reader *rd, json_t *from, const char *place); /* NULL: null */
/* The same as a copy of at most size bytes; "unknown": null. */
void take_name(struct reader *rd, json_t *from, const char *place, char *to, size_t size);

bool take_flag(struct reader *rd, json_t *from, const char *place); /* null: false */
json_t *take_list(struct reader *rd, json_t *from, const char *place);

#endif
