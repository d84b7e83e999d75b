/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How many cycles of the TSC a second has, measured against the kernel's clock: rates and latencies
 * are as exact as that. DPDK's figure is rounded to 10 MHz and so up to 0.2 % off at 2.5 GHz.
 */
#ifndef TCT_ENGINE_TSC_H
#define TCT_ENGINE_TSC_H

#include <stdint.h>

/* Takes 20 ms the first time. Control only. */
uint64_t tsc_hz(void);

#endif
