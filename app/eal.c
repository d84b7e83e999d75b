/* SPDX-License-Identifier: BSD-3-Clause */
#include "eal.h"

#include <dirent.h>
#include <limits.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_errno.h>

#include "host.h"
#include "port/memif.h"

static bool started;
static bool own_directory; /* EAL's run-time directory has a name of ours */

#define ARGS_MAX (MAX_EAL_ARGS + 24)

struct args {
	char *v[ARGS_MAX];
	int n;
};

static void __attribute__((format(printf, 2, 3))) add(struct args *a, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	if (a->n < ARGS_MAX - 1 && vasprintf(&a->v[a->n], format, ap) >= 0)
		a->n++;
	va_end(ap);
}

/* Whether the user gave one of these options, alone or as "--name=value". */
static bool
given(char *const *args, unsigned count, const char *const names[])
{
	for (unsigned i = 0; i < count; i++)
		for (unsigned k = 0; names[k]; k++) {
			size_t len = strlen(names[k]);

			if (!strncmp(args[i], names[k], len) &&
			    (args[i][len] == '\0' || args[i][len] == '=' || names[k][1] != '-'))
				return true;
		}
	return false;
}

enum eal_memory
eal_memory_kind(char *const *args, unsigned count)
{
	static const char *const options[] = {"--no-huge",  "--in-memory",  "-m", "--socket-mem",
					      "--huge-dir", "--legacy-mem", NULL};
	static const char *const no_huge[] = {"--no-huge", NULL};

	if (given(args, count, no_huge))
		return EAL_MEMORY_PLAIN;
	return given(args, count, options) ? EAL_MEMORY_HUGE : EAL_MEMORY_CHOSEN;
}

/* "0@(0,1),1@0,2@1": lcore 0 is the main one. */
static void
add_lcores(struct args *a, unsigned workers)
{
	char text[4096], all[2048] = "";
	unsigned cpus[CPU_SETSIZE], n = 0;
	size_t len = 0;
	cpu_set_t set;

	sched_getaffinity(0, sizeof(set), &set);
	for (unsigned i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set)) {
			if (len < sizeof(all))
				len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%u",
							n ? "," : "", i);
			cpus[n++] = i;
		}
	len = (size_t)snprintf(text, sizeof(text), "0@(%s)", all);
	for (unsigned i = 0; i < workers && len < sizeof(text); i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, ",%u@%u", i + 1,
					cpus[i % n]);
	add(a, "--lcores=%s", text);
}

static bool
add_memory(struct args *a, const struct eal_plan *plan)
{
	struct host host;

	host_probe(&host);
	if (host.hugepage_bytes_free >> 20 >= plan->memory_mb + plan->memory_mb / 4) {
		if (plan->private)
			add(a, "--in-memory");
		return true;
	}
	add(a, "--no-huge");
	add(a, "-m");
	add(a, "%u", plan->memory_mb);
	if (plan->private)
		add(a, "--no-shconf");
	return false;
}

/* "0000:03:00.0" or "03:00.0", arguments may follow. */
static bool
is_pci(const char *device)
{
	unsigned domain, bus, slot, function;

	return sscanf(device, "%4x:%2x:%2x.%1u", &domain, &bus, &slot, &function) == 4 ||
	       sscanf(device, "%2x:%2x.%1u", &bus, &slot, &function) == 3;
}

/* Only the devices named are probed: a host's other NICs are none of our business. */
static void
add_devices(struct args *a, const struct eal_plan *plan)
{
	unsigned found = 0;

	for (unsigned i = 0; plan->ports && i < plan->ports->port_count; i++)
		if (is_pci(plan->ports->ports[i].device)) {
			add(a, "--allow=%s", plan->ports->ports[i].device);
			found++;
		}
	if (!found)
		add(a, "--no-pci");
}

unsigned
eal_memory_mb(const struct tct_config *c)
{
	unsigned mbuf_kb = 3, sharing = tct_workers_per_port(c);

	for (unsigned i = 0; i < c->port_count; i++)
		mbuf_kb = RTE_MAX(mbuf_kb, c->ports[i].mtu / 1024u + 2); /* all do for all */
	/* EAL's own, rings, workers; the ports' */
	return 96 + c->port_count * sharing * (c->memory.mbufs * mbuf_kb / 1024 + 16);
}

int
eal_start(const struct eal_plan *plan, bool *huge)
{
	static const char *const lcore_options[] = {"-l", "-c", "--lcores", NULL};
	static const char *const prefix_options[] = {"--file-prefix", NULL};
	static const char *const device_options[] = {"-a",	"--allow",  "-b",
						     "--block", "--no-pci", NULL};
	enum eal_memory memory = eal_memory_kind(plan->args, plan->arg_count);
	static struct args a; /* EAL keeps pointers into it */
	int ret;

	add(&a, "tercet");
	if (!given(plan->args, plan->arg_count, lcore_options))
		add_lcores(&a, plan->workers);
	*huge = memory == EAL_MEMORY_CHOSEN ? add_memory(&a, plan) : memory == EAL_MEMORY_HUGE;
	if (!given(plan->args, plan->arg_count, prefix_options))
		own_directory = true;
	if (own_directory)
		add(&a, "--file-prefix=tercet-%s-%d", plan->command, (int)getpid());
	if (!given(plan->args, plan->arg_count, device_options))
		add_devices(&a, plan);
	if (plan->private)
		add(&a, "--no-telemetry");
	add(&a, "--log-level=lib.eal:4");
	add(&a, "--log-level=user1:5"); /* rte_ip_frag's talk */
	for (unsigned i = 0; i < plan->arg_count; i++)
		add(&a, "%s", plan->args[i]);
	ret = rte_eal_init(a.n, a.v);
	if (ret < 0)
		fprintf(stderr,
			"tercet: EAL did not start (%s): see its messages above; 'tercet doctor' says "
			"what this host lacks\n",
			rte_strerror(rte_errno));
	started = ret >= 0;
	return started ? 0 : -rte_errno;
}

/* EAL leaves its directory behind, one for each process. */
static void
remove_directory(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	rmdir(path);
}

void
eal_stop(void)
{
	char path[PATH_MAX];

	if (!started)
		return;
	snprintf(path, sizeof(path), "%s", rte_eal_get_runtime_dir());
	if (!memif_left_listener())
		rte_eal_cleanup();
	if (own_directory)
		remove_directory(path);
}
