/* SPDX-License-Identifier: BSD-3-Clause */
#include "host.h"

#include <glob.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <rte_version.h>

/* The value of "key<blanks>: value" in a file of /proc, without its line end. */
static bool
read_field(const char *path, const char *key, char *value, size_t size)
{
	FILE *file = fopen(path, "r");
	char line[512];
	bool found = false;

	if (file == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), file) != NULL) {
		char *colon = strchr(line, ':');

		if (colon == NULL || strncmp(line, key, strlen(key)) != 0)
			continue;
		colon += 1 + strspn(colon + 1, " \t");
		colon[strcspn(colon, "\n")] = '\0';
		snprintf(value, size, "%s", colon);
		found = true;
	}
	fclose(file);
	return found;
}

static uint64_t
read_number(const char *path, uint64_t otherwise)
{
	FILE *file = fopen(path, "r");
	uint64_t number = otherwise;

	if (file == NULL)
		return otherwise;
	if (fscanf(file, "%" SCNu64, &number) != 1)
		number = otherwise;
	fclose(file);
	return number;
}

static uint64_t
memory_field(const char *key)
{
	char value[64] = "";

	read_field("/proc/meminfo", key, value, sizeof(value));
	return strtoull(value, NULL, 10) * 1024;
}

/* The control group's limit binds where it is lower. */
static void
probe_memory(struct host *h)
{
	uint64_t limit = read_number("/sys/fs/cgroup/memory.max", UINT64_MAX);
	uint64_t used = read_number("/sys/fs/cgroup/memory.current", 0);

	h->memory_bytes = memory_field("MemTotal");
	h->memory_available_bytes = memory_field("MemAvailable");
	if (limit >= h->memory_bytes)
		return;
	h->memory_bytes = limit;
	limit = limit > used ? limit - used : 0;
	if (limit < h->memory_available_bytes)
		h->memory_available_bytes = limit;
}

uint64_t
host_hugepages(int node, unsigned size_kb, const char *what)
{
	char path[160];

	if (node < 0)
		snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/hugepages-%ukB/%s", size_kb,
			 what);
	else
		snprintf(path, sizeof(path),
			 "/sys/devices/system/node/node%d/hugepages/hugepages-%ukB/%s", node,
			 size_kb, what);
	return read_number(path, 0);
}

static void
probe_hugepages(struct host *h)
{
	static const unsigned sizes_kb[] = {2048, 1048576};

	for (unsigned i = 0; i < sizeof(sizes_kb) / sizeof(sizes_kb[0]); i++) {
		uint64_t bytes = (uint64_t)sizes_kb[i] * 1024;

		h->hugepage_bytes_total += bytes * host_hugepages(-1, sizes_kb[i], "nr_hugepages");
		h->hugepage_bytes_free += bytes * host_hugepages(-1, sizes_kb[i], "free_hugepages");
	}
}

/* "always [madvise] never": the one in brackets. */
static void
probe_thp(struct host *h)
{
	FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "r");
	char line[64], *open;

	strcpy(h->thp, "never");
	if (file == NULL)
		return;
	if (fgets(line, sizeof(line), file) != NULL && (open = strchr(line, '[')) != NULL)
		snprintf(h->thp, sizeof(h->thp), "%.*s", (int)strcspn(open + 1, "]"), open + 1);
	fclose(file);
}

static unsigned
count_paths(const char *pattern)
{
	glob_t found;
	unsigned n = 0;

	if (glob(pattern, 0, NULL, &found) == 0)
		n = found.gl_pathc;
	globfree(&found);
	return n;
}

static unsigned
cores_allowed(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

void
host_probe(struct host *h)
{
	struct utsname uts;

	memset(h, 0, sizeof(*h));
	if (!read_field("/proc/cpuinfo", "model name", h->cpu, sizeof(h->cpu)))
		strcpy(h->cpu, "unknown");
	h->cores = cores_allowed();
	h->nodes = count_paths("/sys/devices/system/node/node[0-9]*");
	if (h->nodes == 0)
		h->nodes = 1;
	probe_memory(h);
	probe_hugepages(h);
	probe_thp(h);
	if (uname(&uts) == 0)
		snprintf(h->kernel, sizeof(h->kernel), "%s", uts.release);
	snprintf(h->dpdk, sizeof(h->dpdk), "%s", rte_version());
}

/* Documentation/scheduler/sched-stats.rst: time on the core, time in a run queue, slices. */
uint64_t
host_waited_ns(int tid)
{
	unsigned long long ran, waited = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/schedstat", tid);
	file = fopen(path, "r");
	if (file == NULL)
		return 0;
	if (fscanf(file, "%llu %llu", &ran, &waited) != 2)
		waited = 0;
	fclose(file);
	return waited;
}
