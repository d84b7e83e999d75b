/* SPDX-License-Identifier: BSD-3-Clause */
/* A result from its JSON: what result_json() writes of it again is the same. */
#ifndef TCT_APP_RESULT_READ_H
#define TCT_APP_RESULT_READ_H

#include "result.h"

#define RESULT_ERROR_CHARS 512

/*
 * Fills in r, which need not be initialised; result_fini() it. Of the two sides of bench the sum is
 * known, not each: r->end.active has what the JSON tells of the side that opens, passive the rest.
 * 0, -ENOENT and the like when the file cannot be read, -EINVAL when it is no result of schema 1;
 * error then says so, with file, place, what was given and what is wanted.
 */
int result_read(struct result *r, const char *path, char error[RESULT_ERROR_CHARS]);

#endif
