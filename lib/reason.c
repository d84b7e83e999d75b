/* SPDX-License-Identifier: BSD-3-Clause */
/* Why connections end, in words. */

#include "tercet.h"

static const char *const reason_text[TCT_REASON_MAX] = {
	[TCT_CLOSED] = "closed",
	[TCT_RESET] = "reset by peer",
	[TCT_REFUSED] = "refused",
	[TCT_TIMED_OUT] = "timed out",
	[TCT_UNREACHABLE] = "unreachable",
	[TCT_ABORTED] = "aborted",
	[TCT_ORPHAN_TIMED_OUT] = "peer did not close in time",
	[TCT_DATA_AFTER_CLOSE] = "data after close",
	[TCT_STOPPED] = "endpoint stopped",
};

const char *
tct_reason_text(enum tct_reason reason)
{
	if ((unsigned)reason >= TCT_REASON_MAX || reason_text[reason] == NULL)
		return "unknown";
	return reason_text[reason];
}
