/* SPDX-License-Identifier: BSD-3-Clause */
/* What cmocka wants included ahead of it. */
#ifndef TCT_TESTS_CONFIG_TEST_H
#define TCT_TESTS_CONFIG_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#endif
