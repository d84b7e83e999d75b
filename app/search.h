/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Looking for a text in bytes that come in pieces: Knuth, Morris and Pratt's automaton, whose state
 * is one number, so that what is split over pieces is found and no byte is kept or read twice.
 */
#ifndef TCT_APP_SEARCH_H
#define TCT_APP_SEARCH_H

#include <stdint.h>

#define SEARCH_MAX 255

struct search {
	uint8_t text[SEARCH_MAX];
	uint8_t back[SEARCH_MAX]; /* when byte i differs go on with so many bytes matched */
	uint8_t len;		  /* 0: found at once */
};

/* text is at most SEARCH_MAX long. */
void search_make(struct search *s, const char *text);

/* How many bytes of the text the next bytes leave matched, after so many (at first 0). Once it is
 * s->len, the text was found, and that stays so. */
uint8_t search_step(const struct search *s, uint8_t matched, const void *bytes, uint32_t len);

#endif
