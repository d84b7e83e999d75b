/* SPDX-License-Identifier: BSD-3-Clause */
#include "doctor.h"

#include <dirent.h>
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

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
examine_bus(struct doctor *d)
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

void
examine_nics(struct doctor *d)
{
	examine_hugepages(d);
	examine_vfio(d);
	examine_memlock(d);
	examine_bus(d);
}
