/* SPDX-License-Identifier: BSD-3-Clause */
/* The pattern of RFC 864, sent by chargen and as the body of http responses. */
#ifndef TCT_APP_SERVICES_CHARGEN_H
#define TCT_APP_SERVICES_CHARGEN_H

#define CHARGEN_LINES 95 /* then it repeats */
#define CHARGEN_LINE  74 /* 72 characters, CR, LF */
#define CHARGEN_BYTES (CHARGEN_LINES * CHARGEN_LINE)

extern char chargen_table[CHARGEN_BYTES];

/* [control] Writes the table, the first time it is called. */
void chargen_fill(void);

#endif
