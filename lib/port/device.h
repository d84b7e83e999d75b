/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An ethdev found by its name, or plugged by its device arguments, and taken away again.
 *
 * EAL knows devices by "name,key=value,..." (vdevs: "net_tap0,iface=tap0") or by their address on a
 * bus ("0000:03:00.0"). The name of the ethdev is mostly the part before the first comma.
 */
#ifndef TCT_PORT_DEVICE_H
#define TCT_PORT_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

/* Sets *id and *plugged. 0 or -ENODEV, logged. */
int device_find(const char *device, uint16_t *id, bool *plugged);

/* Takes a closed device away. */
void device_unplug(uint16_t id);

#endif
