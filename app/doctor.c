/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tercet doctor: what this host lacks, and the commands that mend it.
 *
 * Findings come in four groups. What is lacking for bench, or for serve over virtual ports, makes
 * the exit code 3; bound NICs and speed are only advised on, for nothing says that they are wanted
 * here. It reads /proc and /sys, changes nothing, and needs no EAL.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <jansson.h>
#include <linux/capability.h>
#include <rte_cpuflags.h>

#include "commands.h"
#include "host.h"
#include "options.h"

#define MIN_MEMORY_BYTES (512ull << 20) /* what a small bench takes */

enum group {
	GROUP_BENCH,
	GROUP_SERVE,
	GROUP_NICS,
	GROUP_SPEED,
	GROUP_MAX
};
enum verdict {
	VERDICT_OK,
	VERDICT_NOTE,
	VERDICT_LACK
};

static const char *const group_names[] = {"bench", "serve over virtual ports", "bound NICs",
					  "speed"};
static const char *const verdict_names[] = {"ok", "note", "lack"};

struct finding {
	enum group group;
	enum verdict verdict;
	char text[200];
	char mend[256]; /* shell commands; "": none */
};

#define MAX_FINDINGS 96

struct doctor {
	struct host host;
	struct finding findings[MAX_FINDINGS];
	unsigned count;
	bool json;
};

/* The finding, whose mend is to be filled in; never NULL. */
__attribute__((format(printf, 4, 5))) static struct finding *
find(struct doctor *d, enum group group, enum verdict verdict, const char *format, ...)
{
	struct finding *f = &d->findings[d->count < MAX_FINDINGS ? d->count++ : MAX_FINDINGS - 1];
	va_list args;

	*f = (struct finding){.group = group, .verdict = verdict};
	va_start(args, format);
	vsnprintf(f->text, sizeof(f->text), format, args);
	va_end(args);
	return f;
}

__attribute__((format(printf, 2, 3))) static void
mend(struct finding *f, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(f->mend, sizeof(f->mend), format, args);
	va_end(args);
}

/* The first line of a file, or "". */
static const char *
first_line(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "r");

	text[0] = '\0';
	if (file == NULL)
		return text;
	if (fgets(text, size, file) == NULL)
		text[0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	fclose(file);
	return text;
}

static bool
path_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* Entries of a directory but for "." and "..". */
static unsigned
directory_entries(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	unsigned n = 0;

	if (dir == NULL)
		return 0;
	while ((entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n;
}

/* ---- bench ---------------------------------------------------------------------------------- */

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
		     "add to the kernel's command line: isolcpus=CORES nohz_full=CORES "
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

/* ---- serve over virtual ports --------------------------------------------------------------- */

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

/* ---- bound NICs ----------------------------------------------------------------------------- */

static void
examine_hugepages(struct doctor *d)
{
	const struct host *h = &d->host;

	if (h->hugepage_bytes_free >= MIN_MEMORY_BYTES)
		find(d, GROUP_NICS, VERDICT_OK,
		     "huge pages: %" PRIu64 " MiB, %" PRIu64 " MiB of them free",
		     h->hugepage_bytes_total >> 20, h->hugepage_bytes_free >> 20);
	else
		mend(find(d, GROUP_NICS, VERDICT_NOTE,
			  "huge pages: %" PRIu64 " MiB, %" PRIu64
			  " MiB of them free; most NICs need some",
			  h->hugepage_bytes_total >> 20, h->hugepage_bytes_free >> 20),
		     "echo 512 | sudo tee /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages");
}

static void
examine_vfio(struct doctor *d)
{
	char mode[8];
	unsigned units = directory_entries("/sys/class/iommu");

	first_line("/sys/module/vfio/parameters/enable_unsafe_noiommu_mode", mode, sizeof(mode));
	if (units != 0)
		find(d, GROUP_NICS, VERDICT_OK, "IOMMU: %u units", units);
	else if (mode[0] == 'Y')
		find(d, GROUP_NICS, VERDICT_NOTE, "no IOMMU: vfio in its unsafe mode");
	else
		mend(find(d, GROUP_NICS, VERDICT_NOTE, "no IOMMU: vfio refuses NICs"),
		     "add intel_iommu=on iommu=pt (amd_iommu=on) to the kernel's command line; or, "
		     "unsafe: sudo modprobe vfio enable_unsafe_noiommu_mode=1");
	if (path_exists("/sys/module/vfio_pci"))
		find(d, GROUP_NICS, VERDICT_OK, "vfio-pci is loaded");
	else
		mend(find(d, GROUP_NICS, VERDICT_NOTE, "vfio-pci is not loaded"),
		     "sudo modprobe vfio-pci");
}

static void
examine_memlock(struct doctor *d)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) || limit.rlim_cur == RLIM_INFINITY || geteuid() == 0)
		return;
	mend(find(d, GROUP_NICS, VERDICT_NOTE,
		  "memlock limit: %" PRIu64 " KiB; vfio pins all memory of the NIC",
		  (uint64_t)limit.rlim_cur >> 10),
	     "ulimit -l unlimited   # LimitMEMLOCK=infinity in a systemd unit");
}

/* The last component of the link below a PCI device; "" without. */
static const char *
device_link(const char *device, const char *name, char *text, size_t size)
{
	char path[256], target[256];
	ssize_t len;

	snprintf(path, sizeof(path), "%s/%s", device, name);
	len = readlink(path, target, sizeof(target) - 1);
	text[0] = '\0';
	if (len <= 0)
		return text;
	target[len] = '\0';
	snprintf(text, size, "%.*s", (int)size - 1,
		 strrchr(target, '/') ? strrchr(target, '/') + 1 : target);
	return text;
}

/* The first path that a pattern below a device finds, and how many there are; "" and 0 without. */
static unsigned
device_glob(const char *device, const char *pattern, char *first, size_t size)
{
	char path[256];
	unsigned count = 0;
	glob_t found;

	first[0] = '\0';
	snprintf(path, sizeof(path), "%s/%s", device, pattern);
	if (glob(path, 0, NULL, &found) == 0) {
		count = found.gl_pathc;
		snprintf(first, size, "%s", found.gl_pathv[0]);
	}
	globfree(&found);
	return count;
}

/* The network interface of a device, and its receive queues; "" without. */
static unsigned
device_interface(const char *device, char *name, size_t size)
{
	char path[256], queue[256];

	name[0] = '\0';
	if (device_glob(device, "net/*", path, sizeof(path)) == 0 &&
	    device_glob(device, "virtio*/net/*", path, sizeof(path)) == 0)
		return 0;
	snprintf(name, size, "%.*s", (int)size - 1, strrchr(path, '/') + 1);
	return device_glob(path, "queues/rx-*", queue, sizeof(queue));
}

static bool
driver_is_dpdk(const char *driver)
{
	static const char *const drivers[] = {"vfio-pci", "igb_uio", "uio_pci_generic"};

	for (unsigned i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		if (strcmp(driver, drivers[i]) == 0)
			return true;
	/* Bifurcated: the kernel keeps its driver, and DPDK works beside it. */
	return strncmp(driver, "mlx", 3) == 0 || strcmp(driver, "mana") == 0;
}

static void
examine_nic(struct doctor *d, const char *device)
{
	const char *address = strrchr(device, '/') + 1;
	char driver[64], interface[64], path[256], node[16];
	unsigned queues = device_interface(device, interface, sizeof(interface));

	device_link(device, "driver", driver, sizeof(driver));
	snprintf(path, sizeof(path), "%s/numa_node", device);
	first_line(path, node, sizeof(node));
	if (driver_is_dpdk(driver)) {
		find(d, GROUP_NICS, VERDICT_OK, "NIC %s: driver %s, NUMA node %s", address, driver,
		     node);
		return;
	}
	mend(find(d, GROUP_NICS, VERDICT_NOTE,
		  "NIC %s: driver %s, interface %s, %u receive queues%s, NUMA node %s", address,
		  driver[0] ? driver : "none", interface[0] ? interface : "none", queues,
		  queues > 1 ? " (RSS)" : "", node),
	     "sudo dpdk-devbind.py --bind=vfio-pci %s   # takes it from the kernel: not the one you "
	     "came in by",
	     address);
}

static void
examine_nics(struct doctor *d)
{
	unsigned nics = 0;
	glob_t found;

	if (glob("/sys/bus/pci/devices/*", 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++) {
			char path[256], class[16];

			snprintf(path, sizeof(path), "%s/class", found.gl_pathv[i]);
			first_line(path, class, sizeof(class));
			if (strncmp(class, "0x02", 4) != 0)
				continue;
			examine_nic(d, found.gl_pathv[i]);
			nics++;
		}
	globfree(&found);
	if (nics == 0)
		find(d, GROUP_NICS, VERDICT_NOTE,
		     "no NIC on the PCI bus; net_tap, net_af_packet and net_memif need none");
}

/* ---- saying it ------------------------------------------------------------------------------ */

static void
say_group(const struct doctor *d, enum group group)
{
	printf("%s\n", group_names[group]);
	for (unsigned i = 0; i < d->count; i++) {
		const struct finding *f = &d->findings[i];

		if (f->group != group)
			continue;
		printf("  %-4s  %s\n", verdict_names[f->verdict], f->text);
		if (f->mend[0] != '\0')
			printf("          %s\n", f->mend);
	}
}

static unsigned
count_lacks(const struct doctor *d, enum group group)
{
	unsigned n = 0;

	for (unsigned i = 0; i < d->count; i++)
		n += d->findings[i].group == group && d->findings[i].verdict == VERDICT_LACK;
	return n;
}

static void
say_json(const struct doctor *d, bool ok)
{
	json_t *list = json_array(), *json;

	for (unsigned i = 0; i < d->count; i++) {
		const struct finding *f = &d->findings[i];

		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "group",
						      group_names[f->group], "verdict",
						      verdict_names[f->verdict], "text", f->text,
						      "mend", f->mend));
	}
	json = json_pack("{s:b, s:o}", "ok", (int)ok, "findings", list);
	json_dumpf(json, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(json);
}

static void
examine(struct doctor *d)
{
	host_probe(&d->host);
	examine_cpu(d);
	examine_cores(d);
	examine_memory(d);
	examine_tun(d);
	examine_capability(d, CAP_NET_ADMIN, "CAP_NET_ADMIN", "net_tap");
	examine_capability(d, CAP_NET_RAW, "CAP_NET_RAW", "net_af_packet");
	examine_hugepages(d);
	examine_vfio(d);
	examine_memlock(d);
	examine_nics(d);
	examine_thp(d);
	examine_numa(d);
}

static const struct option_row rows[] = {
	{.name = "json", .letter = 'j', .help = "the findings as JSON"},
	{.name = NULL},
};

static const struct command_line line = {
	.command = "doctor",
	.arguments = "",
	.about =
		"Says what this host lacks, and the commands that mend it; changes nothing. Exit code 0\n"
		"when bench, and serve over virtual ports (net_tap, net_af_packet), can run, else 3.",
	.rows = rows,
};

static int
take_option(void *arg, const struct option_row *row, const char *value)
{
	struct doctor *d = arg;

	d->json = true; /* the only one */
	return 0;
}

static int
run(struct doctor *d)
{
	unsigned lacks;

	examine(d);
	lacks = count_lacks(d, GROUP_BENCH) + count_lacks(d, GROUP_SERVE);
	if (d->json) {
		say_json(d, lacks == 0);
		return lacks ? EXIT_ENVIRONMENT : EXIT_MET;
	}
	for (unsigned group = 0; group < GROUP_MAX; group++)
		say_group(d, group);
	printf("\nbench %s; serve over virtual ports %s\n",
	       count_lacks(d, GROUP_BENCH) ? "lacks something" : "can run",
	       count_lacks(d, GROUP_SERVE) ? "lacks something" : "can run");
	return lacks ? EXIT_ENVIRONMENT : EXIT_MET;
}

int
command_doctor(int argc, char **argv)
{
	static struct doctor d;
	struct parsed_line parsed;
	int code = options_parse(&line, argc, argv, take_option, &d, &parsed);

	if (code == OPTIONS_GO)
		code = run(&d);
	config_settings_free(&parsed.settings);
	return code;
}
