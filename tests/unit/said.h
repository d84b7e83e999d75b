/* SPDX-License-Identifier: BSD-3-Clause */
/* What the library logs while a test listens. */
#ifndef TCT_TESTS_SAID_H
#define TCT_TESTS_SAID_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_log.h>

static char *said_text;
static size_t said_size;
static FILE *said_file;

static inline void
said_listen(void)
{
	said_file = open_memstream(&said_text, &said_size);
	assert_non_null(said_file);
	rte_log_set_level_pattern("tercet.*", RTE_LOG_NOTICE);
	rte_openlog_stream(said_file);
}

/* All of these words, in this order; wanted ends with NULL. No words: nothing. */
static inline void
said_was(const char *const wanted[])
{
	const char *at;

	rte_openlog_stream(NULL);
	rte_log_set_level_pattern("tercet.*", RTE_LOG_ERR);
	fclose(said_file);
	at = said_text;
	if (wanted[0] == NULL && *at != '\0')
		fail_msg("said: %s", said_text);
	for (unsigned i = 0; wanted[i] != NULL; i++) {
		const char *found = strstr(at, wanted[i]);

		if (found == NULL)
			fail_msg("'%s' is not in: %s", wanted[i], said_text);
		at = found + strlen(wanted[i]);
	}
	free(said_text);
}

#define SAID(...)      said_was((const char *const[]){__VA_ARGS__, NULL})
#define SAID_NOTHING() said_was((const char *const[]){NULL})

#endif
