/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TERCET_H
#define TERCET_H

/* Version of the library that runs, e.g. "0.1.0". Static string; any thread. */
const char *tct_version(void);

#endif
