/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Addresses, ranges of addresses and ranges of ports as the configuration writes them:
 *
 *   10.0.0.1/24               one address, and the prefix on its link
 *   10.0.0.1-10.0.0.99/24     consecutive addresses
 *   10.1.0.0/16               a network: every host in it, 10.1.0.1 to 10.1.255.254
 *   10.0.0.1                  one address; its link holds nobody else (/32, /128)
 *   8080   8000-8009          ports
 *
 * The network's own address and, for IPv4, its broadcast address are not hosts (RFC 4291 2.6.1
 * keeps the first of an IPv6 prefix for routers); /31, /32, /127 and /128 have neither.
 */
#ifndef TCT_APP_ADDRESSES_H
#define TCT_APP_ADDRESSES_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"

/* 0, or -EINVAL with the reason in *why, a static text that follows on "'...' given: ". */
int addresses_parse(const char *text, struct tct_local *local, const char **why);

/* "10.0.0.1-10.0.0.99/24"; returns text. */
#define ADDRESSES_TEXT (2 * TCT_ADDRESS_TEXT + 8)
const char *addresses_format(const struct tct_local *local, char text[ADDRESSES_TEXT]);

/* 0 or -EINVAL. Port 0 is none. */
int port_range_parse(const char *text, struct port_range *range);

bool address_is_none(const struct tct_address *a); /* all zero */
bool address_is_ip4(const struct tct_address *a);

/* The address n after a, within the low 32 bits. */
struct tct_address address_plus(const struct tct_address *a, uint32_t n);

/* Whether a is among the addresses of local. */
bool addresses_contain(const struct tct_local *local, const struct tct_address *a);

/* Whether a is within the prefix of local, and of its version. */
bool addresses_share_link(const struct tct_local *local, const struct tct_address *a);

#endif
