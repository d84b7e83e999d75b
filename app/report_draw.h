/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A result over time, drawn: rate, latencies, what was lost. One file that refers to nothing
 * outside itself.
 */
#ifndef TCT_APP_REPORT_DRAW_H
#define TCT_APP_REPORT_DRAW_H

#include "result.h"

/* 0 or a negative errno, said on stderr. */
int report_draw_svg(const struct result *r, const char *path);

/* The same drawing with the summary below. */
int report_draw_html(const struct result *r, const char *path);

#endif
