/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What fuzzers share: the entry point that libFuzzer and replay.c call, a check that holds in every
 * build, and input taken from the front.
 */
#ifndef TCT_TESTS_FUZZ_H
#define TCT_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                        \
		}                                                                       \
	} while (0)

struct fuzz_input {
	const uint8_t *data;
	size_t size;
};

/* 0 when nothing is left. */
static inline uint8_t
fuzz_byte(struct fuzz_input *in)
{
	if (in->size == 0)
		return 0;
	in->size--;
	return *in->data++;
}

#endif
