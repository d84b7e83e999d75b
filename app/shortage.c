/* SPDX-License-Identifier: BSD-3-Clause */
#include "shortage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

#define MIB	     (UINT64_C(1) << 20)
#define PAGE_2M	     (2 * MIB)
#define PAGE_1G	     (1024 * MIB)
#define NO_HUGE_MIB  64 /* what EAL takes with --no-huge and without -m */
#define DEVICES_PATH "/sys/bus/pci/devices"

static uint64_t
up(uint64_t bytes, uint64_t unit)
{
	return (bytes + unit - 1) / unit;
}

/* ---- what EAL has --------------------------------------------------------------------------- */

/* The value of "-m64" and "-m 64"; without one, otherwise. */
static uint64_t
megabytes_of(char *const *args, unsigned count, uint64_t otherwise)
{
	for (unsigned i = 0; i < count; i++) {
		if (strncmp(args[i], "-m", 2) != 0)
			continue;
		if (args[i][2] != '\0')
			otherwise = strtoull(args[i] + 2, NULL, 10);
		else if (i + 1 < count)
			otherwise = strtoull(args[i + 1], NULL, 10);
	}
	return otherwise;
}

static struct huge_pages
pages_free(int node)
{
	return (struct huge_pages){
		.of_2m = (unsigned)host_hugepages(node, 2048, "free_hugepages"),
		.of_1g = (unsigned)host_hugepages(node, 1048576, "free_hugepages"),
	};
}

void
eal_room_probe(struct eal_room *room, char *const *args, unsigned count)
{
	*room = (struct eal_room){
		.kind = eal_memory_kind(args, count),
		.bytes = megabytes_of(args, count, NO_HUGE_MIB) * MIB,
		.all = pages_free(-1),
	};
	for (int i = 0; room->kind == EAL_MEMORY_HUGE && i < SHORTAGE_NODES; i++)
		room->node[i] = pages_free(i);
}

int
shortage_node_of(const char *device)
{
	char name[TCT_DEVICE_CHARS], path[TCT_DEVICE_CHARS + 64];
	int node = NODE_ANY;
	FILE *file;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(device, ","), device);
	snprintf(path, sizeof(path), DEVICES_PATH "/%s%s/numa_node",
		 strchr(name, ':') == strrchr(name, ':') ? "0000:" : "", name);
	file = strchr(name, '/') == NULL ? fopen(path, "r") : NULL;
	if (file == NULL)
		return NODE_ANY;
	if (fscanf(file, "%d", &node) != 1)
		node = NODE_ANY;
	fclose(file);
	return node;
}

/* ---- what is missing ------------------------------------------------------------------------ */

static bool
say_fixed(uint64_t wanted, uint64_t has, char text[SHORTAGE_CHARS])
{
	if (wanted <= has)
		return false;
	snprintf(text, SHORTAGE_CHARS,
		 "%llu MiB of packet buffers wanted, and EAL is given %llu MiB (-m): %llu MiB "
		 "missing; raise -m, or lower memory.mbufs or workers",
		 (unsigned long long)up(wanted, MIB), (unsigned long long)(has / MIB),
		 (unsigned long long)up(wanted - has, MIB));
	return true;
}

/* On one node, or on all together where that is NODE_ANY. */
static bool
say_huge(uint64_t wanted, const struct huge_pages *pages, int node, char text[SHORTAGE_CHARS])
{
	uint64_t has = pages->of_2m * PAGE_2M + pages->of_1g * PAGE_1G;
	char where[32] = "this host";

	if (wanted <= has)
		return false;
	if (node != NODE_ANY)
		snprintf(where, sizeof(where), "NUMA node %d", node);
	snprintf(text, SHORTAGE_CHARS,
		 "%llu MiB of packet buffers wanted in huge pages, and %s has %llu MiB free (%u "
		 "pages of 2 MiB, %u of 1 GiB): %llu MiB missing, which are %llu pages of 2 MiB; "
		 "'tercet doctor' gives the command, or lower memory.mbufs or workers",
		 (unsigned long long)up(wanted, MIB), where, (unsigned long long)(has / MIB),
		 pages->of_2m, pages->of_1g, (unsigned long long)up(wanted - has, MIB),
		 (unsigned long long)up(wanted - has, PAGE_2M));
	return true;
}

/* Node by node what has to be there, then all together. */
static bool
say_nodes(const struct tct_config *config, uint64_t of_one, const struct eal_room *room,
	  const int nodes[], char text[SHORTAGE_CHARS])
{
	for (int n = 0; n < SHORTAGE_NODES; n++) {
		uint64_t wanted = 0;

		for (unsigned p = 0; p < config->port_count; p++)
			wanted += nodes[p] == n ? of_one : 0;
		if (say_huge(wanted, &room->node[n], n, text))
			return true;
	}
	return say_huge(of_one * config->port_count, &room->all, NODE_ANY, text);
}

bool
shortage_of_buffers(const struct tct_config *config, const struct memory_need *need,
		    const struct eal_room *room, const int nodes[], char text[SHORTAGE_CHARS])
{
	if (room->kind == EAL_MEMORY_PLAIN)
		return say_fixed(need->mbufs, room->bytes, text);
	return room->kind == EAL_MEMORY_HUGE &&
	       say_nodes(config, need->mbufs / config->port_count, room, nodes, text);
}

bool
shortage_of_all(uint64_t total, uint64_t has, const char *which, char text[SHORTAGE_CHARS])
{
	if (total <= has)
		return false;
	snprintf(text, SHORTAGE_CHARS,
		 "%llu MiB of memory wanted for tables and buffers, and this host has %llu MiB%s: "
		 "%llu MiB missing; lower memory.connections, memory.time-wait or workers",
		 (unsigned long long)up(total, MIB), (unsigned long long)(has / MIB), which,
		 (unsigned long long)up(total - has, MIB));
	return true;
}

/* ---- before a start ------------------------------------------------------------------------- */

enum eal_memory
shortage_here(const struct app_config *config, const struct memory_need *need,
	      char text[SHORTAGE_CHARS])
{
	struct eal_room room;
	int nodes[TCT_MAX_PORTS];

	eal_room_probe(&room, config->eal, config->eal_count);
	for (unsigned i = 0; i < config->lib.port_count; i++)
		nodes[i] = shortage_node_of(config->lib.ports[i].device);
	return shortage_of_buffers(&config->lib, need, &room, nodes, text) ? room.kind
									   : EAL_MEMORY_CHOSEN;
}

bool
memory_is_there(const char *command, const struct app_config *config,
		const struct memory_need *need)
{
	char text[SHORTAGE_CHARS];
	struct host host;

	host_probe(&host);
	if ((!config->lib.memory.prefault ||
	     !shortage_of_all(need->total, host.memory_available_bytes, " left", text)) &&
	    shortage_here(config, need, text) == EAL_MEMORY_CHOSEN)
		return true;
	fprintf(stderr, "tercet %s: %s\n", command, text);
	return false;
}
