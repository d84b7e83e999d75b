/* SPDX-License-Identifier: BSD-3-Clause */
#include "search.h"

#include <string.h>

void
search_make(struct search *s, const char *text)
{
	uint8_t matched = 0;

	memset(s, 0, sizeof(*s));
	s->len = (uint8_t)strlen(text);
	memcpy(s->text, text, s->len);
	for (unsigned i = 1; i < s->len; i++) {
		s->back[i] = matched;
		while (matched && s->text[i] != s->text[matched])
			matched = s->back[matched];
		matched += s->text[i] == s->text[matched];
	}
}

uint8_t
search_step(const struct search *s, uint8_t matched, const void *bytes, uint32_t len)
{
	const uint8_t *at = bytes, *end = at + len;

	while (at < end && matched < s->len) {
		if (matched == 0) {
			at = memchr(at, s->text[0], (size_t)(end - at));
			if (!at)
				return 0;
		}
		while (matched && *at != s->text[matched])
			matched = s->back[matched];
		matched += *at++ == s->text[matched];
	}
	return matched;
}
