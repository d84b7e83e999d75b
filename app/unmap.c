/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net_memif (DPDK 22.11) unmaps what it shares with a peer that goes, from EAL's interrupt thread,
 * while a worker may be in the middle of a burst of it: one that is preempted there ends the
 * process. It has told them before not to begin another burst. So a thread that is no worker waits
 * until all of them have come around before it unmaps anything. The program's munmap() comes before
 * the C library's where drivers look for it; that of malloc() and the like is another.
 */
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rte_lcore.h>

#include "engine/turn.h"

int
munmap(void *p, size_t bytes)
{
	if (rte_lcore_id() == LCORE_ID_ANY)
		turn_wait();
	return (int)syscall(SYS_munmap, p, bytes);
}
