/* SPDX-License-Identifier: BSD-3-Clause */
/* Answers of the control socket for people. */
#ifndef TCT_APP_CTL_PRINT_H
#define TCT_APP_CTL_PRINT_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

struct ctl_style {
	bool zeros;	/* counters that are 0 too */
	bool continued; /* rw: the heading is printed already */
};

void ctl_print(FILE *out, const json_t *answer, struct ctl_style *style);

#endif
