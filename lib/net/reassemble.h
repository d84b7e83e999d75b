/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reassembly of IPv4 and IPv6 datagrams (RFC 791 3.2, RFC 8200 4.5), by rte_ip_frag.
 *
 * Bounded three ways: so many datagrams at once; four buffers for each of them on average; and
 * eight fragments a datagram, which the library is built for. A datagram that is not complete 30
 * seconds after its first fragment is dropped: half of what RFC 8200 4.5 lets it wait (Deviation),
 * and what Linux and RFC 791's example use, so that an attacker's fragments hold buffers no longer
 * than need be. Nothing is sent about it. Overlapping fragments lose the whole datagram (RFC 5722).
 * IPv6 fragments with other extension headers before the fragment header are dropped: the library
 * does not know them.
 *
 * The table is EAL's memory: without `fragments` none is needed.
 */
#ifndef TCT_NET_REASSEMBLE_H
#define TCT_NET_REASSEMBLE_H

#include <stdbool.h>
#include <stdint.h>

#include "../wire/packet.h"

struct net;
struct reassembly;

#define REASSEMBLY_TIMEOUT_US	30000000
#define REASSEMBLY_MBUFS_FACTOR 4

/* NULL and errno when memory was refused. */
struct reassembly *reassembly_create(uint32_t datagrams, int socket);
void reassembly_destroy(struct reassembly *r);

/* Takes a fragment; see net_input(). */
bool reassemble(struct net *n, struct packet *p, uint64_t now_us);

/* Drops what has waited too long. */
void reassembly_timers(struct net *n, uint64_t now_us);

#endif
