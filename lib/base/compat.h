/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where DPDK's releases from 22.11 on differ: a name of ours for each thing that has had two.
 * Macros only, so that nothing is pulled in which the includer has not asked for.
 */
#ifndef TCT_BASE_COMPAT_H
#define TCT_BASE_COMPAT_H

#include <rte_version.h>

/* rte_telemetry.h: renamed in 23.03. */
#if RTE_VERSION >= RTE_VERSION_NUM(23, 3, 0, 0)
#define compat_tel_dict_u64(dict, name, value) rte_tel_data_add_dict_uint(dict, name, value)
#else
#define compat_tel_dict_u64(dict, name, value) rte_tel_data_add_dict_u64(dict, name, value)
#endif

#endif
