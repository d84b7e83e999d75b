/* SPDX-License-Identifier: BSD-3-Clause */
/* The NICs on the PCI bus: what drives each, and whether DPDK may. Read from sysfs alone. */
#include "doctor.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

/* The kernel's driver lets go, where there is one, and the other takes over. */
static void
mend_by_binding(const struct doctor *d, struct finding *f, const char *address, bool has_driver)
{
	char unbind[64] = "";

	if (has_driver)
		snprintf(unbind, sizeof(unbind), "/sys/bus/pci/devices/%s/driver/unbind ", address);
	mend(f,
	     "echo %s | sudo tee /sys/bus/pci/devices/%s/driver_override; echo %s | sudo tee "
	     "%s/sys/bus/pci/drivers_probe   # not the one you came in by",
	     d->nic_driver, address, address, unbind);
}

/* vfio gives a group of devices out as a whole: none may be with the kernel. True if it does. */
static bool
examine_group(struct doctor *d, const char *device, const char *address)
{
	bool whole = true;
	char pattern[256];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/iommu_group/devices/*", device);
	if (glob(pattern, 0, NULL, &found) != 0)
		return true;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *other = strrchr(found.gl_pathv[i], '/') + 1;
		char driver[64];

		device_link(found.gl_pathv[i], "driver", driver, sizeof(driver));
		if (driver[0] == '\0' || strcmp(driver, "vfio-pci") == 0 ||
		    strcmp(driver, "pcieport") == 0)
			continue;
		whole = false;
		mend(find(d, GROUP_NICS, VERDICT_NOTE,
			  "NIC %s: in one IOMMU group with %s, which driver %s has", address, other,
			  driver),
		     "echo %s | sudo tee /sys/bus/pci/devices/%s/driver/unbind", other, other);
	}
	globfree(&found);
	return whole;
}

static void
examine_permission(struct doctor *d, const char *device, const char *address)
{
	char group[32], path[64];

	device_link(device, "iommu_group", group, sizeof(group));
	snprintf(path, sizeof(path), "/dev/vfio/%s", group);
	if (group[0] == '\0' || access(path, R_OK | W_OK) == 0) {
		d->nics_bound++;
		return;
	}
	mend(find(d, GROUP_NICS, VERDICT_NOTE, "NIC %s: %s does not open", address, path),
	     "sudo chown \"$(id -u)\" %s   # or run tercet with sudo", path);
}

static void
examine_bound(struct doctor *d, const char *device, const char *address, const char *driver)
{
	if (strcmp(driver, "vfio-pci") != 0)
		d->nics_bound++;
	else if (examine_group(d, device, address))
		examine_permission(d, device, address);
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
		examine_bound(d, device, address, driver);
		return;
	}
	mend_by_binding(d,
			find(d, GROUP_NICS, VERDICT_NOTE,
			     "NIC %s: driver %s, interface %s, %u receive queues%s, NUMA node %s",
			     address, driver[0] ? driver : "none",
			     interface[0] ? interface : "none", queues, queues > 1 ? " (RSS)" : "",
			     node),
			address, driver[0] != '\0');
}

void
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
		     "no NIC on the PCI bus; net_tap, packet: and net_memif need none");
}
