/* SPDX-License-Identifier: BSD-3-Clause */
/* What the host has to give to a NIC that DPDK drives: huge pages, and a driver to bind it to. */
#include "doctor.h"

#include <dirent.h>
#include <inttypes.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static bool
path_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static bool
directory_has_entries(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	bool found = false;

	if (dir == NULL)
		return false;
	while (!found && (entry = readdir(dir)) != NULL)
		found = entry->d_name[0] != '.';
	closedir(dir);
	return found;
}

static bool
hugetlbfs_is_mounted(void)
{
	FILE *mounts = setmntent("/proc/self/mounts", "r");
	struct mntent *m;
	bool found = false;

	if (mounts == NULL)
		return false;
	while (!found && (m = getmntent(mounts)) != NULL)
		found = strcmp(m->mnt_type, "hugetlbfs") == 0;
	endmntent(mounts);
	return found;
}

/* Of 2 MiB. */
static uint64_t
pages_missing(const struct host *h)
{
	return (MIN_MEMORY_BYTES - h->hugepage_bytes_free + (2 << 20) - 1) >> 21;
}

static void
examine_hugepages(struct doctor *d)
{
	const struct host *h = &d->host;
	bool enough = h->hugepage_bytes_free >= MIN_MEMORY_BYTES, mounted = hugetlbfs_is_mounted();

	d->hugepages_ready = enough && mounted;
	if (enough)
		find(d, GROUP_NICS, VERDICT_OK,
		     "huge pages: %" PRIu64 " MiB, %" PRIu64 " MiB of them free",
		     h->hugepage_bytes_total >> 20, h->hugepage_bytes_free >> 20);
	else
		mend(find(d, GROUP_NICS, VERDICT_NOTE,
			  "huge pages: %" PRIu64 " MiB, %" PRIu64
			  " MiB of them free; a NIC's buffers lie in them",
			  h->hugepage_bytes_total >> 20, h->hugepage_bytes_free >> 20),
		     "echo %" PRIu64
		     " | sudo tee /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages",
		     host_hugepages(-1, 2048, "nr_hugepages") + pages_missing(h));
	if (!mounted)
		mend(find(d, GROUP_NICS, VERDICT_NOTE, "no hugetlbfs is mounted"),
		     "sudo mkdir -p /dev/hugepages; sudo mount -t hugetlbfs huge /dev/hugepages");
}

/*
 * vfio where there is an IOMMU, or where the kernel lets it go without. Debian's does not; there
 * uio_pci_generic is left, whose NICs write wherever in memory they are told to.
 */
static void
examine_iommu(struct doctor *d)
{
	static const char noiommu[] = "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode";
	char mode[8];

	d->nic_driver = "vfio-pci";
	if (directory_has_entries("/sys/class/iommu")) {
		find(d, GROUP_NICS, VERDICT_OK, "IOMMU");
		return;
	}
	if (first_line(noiommu, mode, sizeof(mode))[0] == 'Y') {
		find(d, GROUP_NICS, VERDICT_NOTE, "no IOMMU: vfio in its unsafe mode");
		return;
	}
	d->nic_driver = "uio_pci_generic";
	mend(find(d, GROUP_NICS, VERDICT_NOTE,
		  "no IOMMU: vfio-pci refuses NICs, and uio_pci_generic protects nothing from them"),
	     "# add to the kernel's command line: intel_iommu=on iommu=pt (AMD: iommu=pt), and turn "
	     "VT-d (AMD-Vi) on in the firmware");
}

static void
examine_driver(struct doctor *d)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/%s", d->nic_driver);
	if (path_exists(path))
		find(d, GROUP_NICS, VERDICT_OK, "%s is loaded", d->nic_driver);
	else
		mend(find(d, GROUP_NICS, VERDICT_NOTE, "%s is not loaded", d->nic_driver),
		     "sudo modprobe %s", d->nic_driver);
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

void
examine_nics(struct doctor *d)
{
	examine_hugepages(d);
	examine_iommu(d);
	examine_driver(d);
	examine_memlock(d);
	examine_bus(d);
}
