/* SPDX-License-Identifier: BSD-3-Clause */
/* EAL for a test: no hugepages, no devices, no files that another process could meet. */
#ifndef TCT_TESTS_EAL_H
#define TCT_TESTS_EAL_H

#include <stdio.h>
#include <stdlib.h>

#include <rte_common.h>
#include <rte_eal.h>

/* Ends the test as skipped where EAL does not run. lcores: as --lcores has them, the first is the
 * test's own. megabytes: for packet buffers. */
static inline void
eal_start_on(const char *lcores, const char *megabytes)
{
	char on[256], memory[16];
	char *args[] = {"test",		  "--no-huge",	 "--no-pci", "-m",
			memory,		  "--lcores",	 on,	     "--no-shconf",
			"--no-telemetry", "--log-level", "*:error",  "--file-prefix=tercet-test"};

	snprintf(on, sizeof(on), "%s", lcores);
	snprintf(memory, sizeof(memory), "%s", megabytes);
	if (rte_eal_init((int)RTE_DIM(args), args) < 0) {
		printf("SKIP: EAL does not start here\n");
		exit(77);
	}
}

static inline void
eal_start(void)
{
	eal_start_on("0", "128");
}

#endif
