/* SPDX-License-Identifier: BSD-3-Clause */
#include "static_bytes.h"

#include <string.h>

#include <rte_malloc.h>

#include "pattern.h"
#include "services.h"

/* It is EAL's until the end: a port may still read it when its endpoint is gone. */
static const void *
copy(const void *bytes, size_t len)
{
	void *p = rte_malloc(NULL, len, RTE_CACHE_LINE_SIZE);

	return p ? memcpy(p, bytes, len) : NULL;
}

void
static_bytes_place(const struct tct_endpoint *e)
{
	static bool placed;

	if (!e || placed || !tct_endpoint_lends(e))
		return;
	placed = true;
	pattern_move(copy);
	services_move(copy);
}
