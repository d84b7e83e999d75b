/* SPDX-License-Identifier: BSD-3-Clause */

/* The library's version, as the build knows it. */

#include "tercet.h"

const char *
tct_version(void)
{
	return TERCET_VERSION;
}
