/* SPDX-License-Identifier: BSD-3-Clause */
/* EAL for a test: no hugepages, no devices, no files that another process could meet. */
#ifndef TCT_TESTS_EAL_H
#define TCT_TESTS_EAL_H

#include <stdio.h>
#include <stdlib.h>

#include <rte_common.h>
#include <rte_eal.h>

/* Ends the test as skipped where EAL does not run. */
static inline void
eal_start(void)
{
	char *args[] = {"test",	       "--no-huge",   "--no-pci",
			"-m",	       "128",	      "-l",
			"0",	       "--no-shconf", "--no-telemetry",
			"--log-level", "*:error",     "--file-prefix=tercet-test"};

	if (rte_eal_init((int)RTE_DIM(args), args) < 0) {
		printf("SKIP: EAL does not start here\n");
		exit(77);
	}
}

#endif
