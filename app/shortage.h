/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that is missing: what wants it, what there is, and the difference, before anything is
 * started that would end half-way.
 *
 * Tables come from the kernel, and touching them without enough would have it end this process, or
 * another one. Packet buffers come from EAL, which has as much as it was given: -m MiB of ordinary
 * memory, or the huge pages that are free, and those of a device come from its own NUMA node. Only
 * what cannot be is refused: EAL needs some memory for itself as well, and the buffers have their
 * say when they are made (lib/port/port.c).
 */
#ifndef TCT_APP_SHORTAGE_H
#define TCT_APP_SHORTAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "eal.h"
#include "memory_need.h"

#define SHORTAGE_CHARS 512
#define SHORTAGE_NODES 64
#define NODE_ANY       (-1)

struct huge_pages {
	unsigned of_2m, of_1g;
};

/* Where EAL finds packet buffers. */
struct eal_room {
	enum eal_memory kind;
	uint64_t bytes;				     /* PLAIN */
	struct huge_pages all, node[SHORTAGE_NODES]; /* HUGE: that are free */
};

/* By the EAL options, which win over what tercet would choose. */
void eal_room_probe(struct eal_room *room, char *const *args, unsigned count);

/* The NUMA node of a PCI device, NODE_ANY for all others. */
int shortage_node_of(const char *device);

/* What is missing in text, false: nothing. nodes: of each port of config. */
bool shortage_of_buffers(const struct tct_config *config, const struct memory_need *need,
			 const struct eal_room *room, const int nodes[], char text[SHORTAGE_CHARS]);

/* The same of total bytes against those that the host has. */
bool shortage_of_all(uint64_t total, uint64_t has, const char *which, char text[SHORTAGE_CHARS]);

/* Of buffers on this host: the kind of memory that lacks, EAL_MEMORY_CHOSEN when none does. */
enum eal_memory shortage_here(const struct app_config *config, const struct memory_need *need,
			      char text[SHORTAGE_CHARS]);

/* All of it, of a command about to start; what is missing is said on stderr. */
bool memory_is_there(const char *command, const struct app_config *config,
		     const struct memory_need *need);

#endif
