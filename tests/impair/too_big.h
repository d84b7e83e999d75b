/* SPDX-License-Identifier: BSD-3-Clause */
/* The ICMP error of a router whose next link is too narrow (RFC 1191 4, RFC 4443 3.2). */
#ifndef TCT_TESTS_TOO_BIG_H
#define TCT_TESTS_TOO_BIG_H

#include <stdint.h>

#define TOO_BIG_MAX 256

/*
 * Writes the frame that answers one that did not fit, Ethernet header of l2_len bytes and all; it
 * comes from the address that the packet was for. Returns its length, 0 when there is nothing to
 * answer.
 */
uint32_t too_big_make(uint8_t out[TOO_BIG_MAX], const uint8_t *frame, uint32_t len, uint32_t l2_len,
		      uint32_t mtu);

#endif
