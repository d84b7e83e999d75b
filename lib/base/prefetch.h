/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCT_BASE_PREFETCH_H
#define TCT_BASE_PREFETCH_H

/*
 * Fetches a line that is going to be written: what another core has of it is taken away at once. A
 * line fetched to be read has to be asked for again by the first write, and a received buffer is
 * written as soon as it is made a spare one. (x86: PREFETCHW; before Broadwell it does nothing.)
 */
static inline void
prefetch_own(const void *p)
{
	__builtin_prefetch(p, 1, 3);
}

#endif
