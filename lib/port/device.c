/* SPDX-License-Identifier: BSD-3-Clause */
#include "device.h"

#include <errno.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_pci.h>

#include "log.h"

/* The ethdev with the name that stands before the first comma. */
static int
find_by_name(const char *device, uint16_t *id)
{
	char name[RTE_ETH_NAME_MAX_LEN];
	size_t len = strcspn(device, ",");

	if (len >= sizeof(name))
		return -ENODEV;
	memcpy(name, device, len);
	name[len] = '\0';
	return rte_eth_dev_get_port_by_name(name, id);
}

/* The first ethdev of the device, whatever the driver calls it. */
static int
find_by_devargs(const char *device, uint16_t *id)
{
	struct rte_dev_iterator it;
	uint16_t found;

	if (rte_eth_iterator_init(&it, device) != 0)
		return -ENODEV;
	found = rte_eth_iterator_next(&it);
	if (found >= RTE_MAX_ETHPORTS)
		return -ENODEV;
	rte_eth_iterator_cleanup(&it);
	*id = found;
	return 0;
}

/* "0000:03:00.0" or "03:00.0", arguments may follow. */
static bool
is_pci(const char *device)
{
	struct rte_pci_addr address;
	char name[RTE_ETH_NAME_MAX_LEN];
	size_t len = strcspn(device, ",");

	if (len >= sizeof(name))
		return false;
	memcpy(name, device, len);
	name[len] = '\0';
	return rte_pci_addr_parse(name, &address) == 0;
}

static void
say_missing(const char *device, int why)
{
	if (is_pci(device))
		PORT_LOG(ERR,
			 "%s: no such device, or it is not bound to vfio-pci: %s. 'tercet doctor' "
			 "lists what there is to bind, and the command\n",
			 device, rte_strerror(why));
	else
		PORT_LOG(ERR,
			 "%s: no such device, or its driver refused it: %s. Virtual: check name "
			 "and arguments\n",
			 device, rte_strerror(why));
}

int
device_find(const char *device, uint16_t *id, bool *plugged)
{
	int err;

	*plugged = false;
	if (find_by_name(device, id) == 0)
		return 0;
	err = rte_dev_probe(device);
	if (err != 0 && err != -EEXIST) {
		say_missing(device, err < 0 ? -err : rte_errno);
		return -ENODEV;
	}
	*plugged = err == 0;
	if (find_by_name(device, id) == 0 || find_by_devargs(device, id) == 0)
		return 0;
	PORT_LOG(ERR, "%s: the device was found, but it is no Ethernet port\n", device);
	return -ENODEV;
}

void
device_unplug(uint16_t id)
{
	struct rte_eth_dev_info info;

	if (rte_eth_dev_info_get(id, &info) != 0)
		return;
	rte_eth_dev_close(id);
	rte_dev_remove(info.device);
}
