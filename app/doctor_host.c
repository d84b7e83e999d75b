/* SPDX-License-Identifier: BSD-3-Clause */
#include "doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/capability.h>
#include <rte_cpuflags.h>

/* ---- the machine ---------------------------------------------------------------------------- */

static void
examine_cpu(struct doctor *d)
{
#ifdef RTE_ARCH_X86
	if (rte_cpu_get_flag_enabled(RTE_CPUFLAG_SSE4_2) != 1) {
		find(d, GROUP_BENCH, VERDICT_LACK, "CPU without SSE4.2: x86-64-v2 is needed");
		return;
	}
	find(d, GROUP_BENCH, VERDICT_OK, "CPU: %.80s, SSE4.2", d->host.cpu);
	if (rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX2) == 1 &&
	    rte_cpu_get_flag_enabled(RTE_CPUFLAG_AES) == 1) {
		find(d, GROUP_SPEED, VERDICT_OK, "CPU has AVX2 and AES");
		return;
	}
	find(d, GROUP_SPEED, VERDICT_NOTE,
	     "CPU without AVX2 or AES: hashing and drivers are slower");
#else
	find(d, GROUP_BENCH, VERDICT_OK, "CPU: %.80s", d->host.cpu);
#endif
}

static void
examine_cores(struct doctor *d)
{
	char isolated[128];

	if (d->host.cores >= 3)
		find(d, GROUP_BENCH, VERDICT_OK, "%u cores: client, server and main lcore apart",
		     d->host.cores);
	else
		find(d, GROUP_BENCH, VERDICT_NOTE,
		     "%u cores: workers share them with the main lcore and everything else, and "
		     "measure that, too",
		     d->host.cores);
	first_line("/sys/devices/system/cpu/isolated", isolated, sizeof(isolated));
	if (isolated[0] != '\0')
		find(d, GROUP_SPEED, VERDICT_OK, "isolated cores: %s", isolated);
	else
		mend(find(d, GROUP_SPEED, VERDICT_NOTE,
			  "no isolated cores: the kernel interrupts poll loops"),
		     "# add to the kernel's command line: isolcpus=CORES nohz_full=CORES "
		     "rcu_nocbs=CORES");
}

static void
examine_memory(struct doctor *d)
{
	uint64_t available = d->host.memory_available_bytes;

	find(d, GROUP_BENCH, available < MIN_MEMORY_BYTES ? VERDICT_LACK : VERDICT_OK,
	     "memory: %" PRIu64 " MiB available of %" PRIu64 " MiB%s", available >> 20,
	     d->host.memory_bytes >> 20,
	     available < MIN_MEMORY_BYTES ? "; at least 512 MiB wanted" : "");
}

static void
examine_thp(struct doctor *d)
{
	if (strcmp(d->host.thp, "never") != 0)
		find(d, GROUP_SPEED, VERDICT_OK, "transparent huge pages: %s", d->host.thp);
	else
		mend(find(d, GROUP_SPEED, VERDICT_NOTE,
			  "transparent huge pages: never: tables will lie in small pages"),
		     "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled");
}

static void
examine_numa(struct doctor *d)
{
	if (d->host.nodes == 1) {
		find(d, GROUP_SPEED, VERDICT_OK, "1 NUMA node");
		return;
	}
	find(d, GROUP_SPEED, VERDICT_NOTE, "%u NUMA nodes: run workers on the node of their NIC",
	     d->host.nodes);
	for (unsigned node = 0; node < d->host.nodes; node++)
		find(d, GROUP_SPEED, VERDICT_NOTE,
		     "node %u: %" PRIu64 " huge pages of 2 MiB, %" PRIu64 " of 1 GiB", node,
		     host_hugepages((int)node, 2048, "nr_hugepages"),
		     host_hugepages((int)node, 1048576, "nr_hugepages"));
}

void
examine_machine(struct doctor *d)
{
	examine_cpu(d);
	examine_cores(d);
	examine_memory(d);
	examine_thp(d);
	examine_numa(d);
}

/* ---- virtual ports -------------------------------------------------------------------------- */

static bool
has_capability(unsigned bit)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[256];
	uint64_t effective = 0;

	if (file == NULL)
		return false;
	while (fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "CapEff: %" SCNx64, &effective) == 1)
			break;
	fclose(file);
	return effective >> bit & 1;
}

static void
examine_capability(struct doctor *d, unsigned bit, const char *name, const char *wanted_by)
{
	if (has_capability(bit))
		find(d, GROUP_SERVE, VERDICT_OK, "%s, for %s", name, wanted_by);
	else
		mend(find(d, GROUP_SERVE, VERDICT_LACK, "no %s, which %s needs", name, wanted_by),
		     "sudo setcap cap_net_admin,cap_net_raw+ep \"$(command -v tercet)\"   # or run "
		     "it with sudo");
}

static void
examine_tun(struct doctor *d)
{
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
		find(d, GROUP_SERVE, VERDICT_OK, "/dev/net/tun opens, for net_tap");
		return;
	}
	mend(find(d, GROUP_SERVE, VERDICT_LACK, "/dev/net/tun: %s; net_tap needs it",
		  strerror(errno)),
	     "%s",
	     errno == EACCES ? "sudo chmod a+rw /dev/net/tun   # or run tercet with sudo"
			     : "sudo modprobe tun");
}

void
examine_virtual_ports(struct doctor *d)
{
	examine_tun(d);
	examine_capability(d, CAP_NET_ADMIN, "CAP_NET_ADMIN", "net_tap");
	examine_capability(d, CAP_NET_RAW, "CAP_NET_RAW", "packet: and net_af_packet");
}
