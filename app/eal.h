/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Starting EAL with what a command needs: lcores for its workers, memory of the kind that the host
 * has, a name of its own.
 */
#ifndef TCT_APP_EAL_H
#define TCT_APP_EAL_H

#include <stdbool.h>

#include "config.h"

struct eal_plan {
	const char *command;
	unsigned workers;
	unsigned memory_mb;		/* for packet buffers */
	bool private;			/* no devices, no files, no telemetry: bench */
	const struct tct_config *ports; /* whose devices may be touched; NULL: none */
	char *const *args;		/* the user's own, which win */
	unsigned arg_count;
};

/* Which memory EAL's own options ask for. */
enum eal_memory {
	EAL_MEMORY_CHOSEN, /* none: eal_start() finds enough */
	EAL_MEMORY_PLAIN,  /* --no-huge: as much as -m says, and no more */
	EAL_MEMORY_HUGE,   /* as many huge pages as are free */
};

enum eal_memory eal_memory_kind(char *const *args, unsigned count);

/*
 * Huge pages are used when enough are free, else ordinary memory; the host's settings are never
 * changed. Worker i runs on CPU i modulo those allowed; the main lcore floats over all of them.
 * huge: says which memory it was. 0, or a negative errno, said on stderr.
 */
int eal_start(const struct eal_plan *plan, bool *huge);

/* Ends EAL, and takes away the run-time directory that eal_start() named. */
void eal_stop(void);

/* MiB for the packet buffers of an endpoint's ports, and what goes with them. */
unsigned eal_memory_mb(const struct tct_config *config);

#endif
