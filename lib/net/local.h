/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Local addresses: those that are ours, and what has to happen before they are.
 *
 * They come in ranges of consecutive addresses, and 65536 of them cost what one does: addresses are
 * compared as numbers of 128 bits. Each range goes through phases: IPv6 addresses are tested by
 * duplicate address detection (RFC 4862 5.4) and are ours only when nobody has objected within a
 * second, but for those of in-memory ports (DupAddrDetectTransmits is 0 there); then all are
 * announced. Of a range, only the first 16 addresses are tested and announced:
 * they tell the rest's story, and a /112 of them would be a flood.
 *
 * Every port with IPv6 addresses has its link-local one as well (RFC 4862 5.3, RFC 4291 2.5.6).
 */
#ifndef TCT_NET_LOCAL_H
#define TCT_NET_LOCAL_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/tuple.h"
#include "../tercet.h"

struct net;
struct net_port_config;

#define LOCAL_TESTED 16	     /* addresses of a range that are tested and announced */
#define LOCAL_DAD_US 1000000 /* RFC 4861 10: RetransTimer */
#define LOCALS_MAX   (TCT_MAX_PORTS * (TCT_MAX_LOCALS + 1))

enum local_phase {
	LOCAL_SILENT,	/* net_announce() not called yet */
	LOCAL_TEST,	/* sending solicitations: IPv6 only */
	LOCAL_WAIT,	/* for objections until due_us: IPv6 only */
	LOCAL_ANNOUNCE, /* sending announcements */
	LOCAL_DONE,
};

struct local {
	unsigned __int128 first;
	unsigned __int128 mask;	     /* of the on-link prefix */
	unsigned __int128 broadcast; /* IPv4: the host bits, which name no host when all are equal;
				      * 0: all do (RFC 3021, RFC 6164) */
	uint64_t due_us;
	uint32_t count;
	uint16_t failed; /* bit i: address i is somebody else's */
	uint8_t port;
	uint8_t phase; /* enum local_phase */
	uint8_t next;  /* address to send for next, in TEST and ANNOUNCE */
	bool ip6;
	bool link_local;
};

struct locals {
	unsigned count;
	unsigned busy;	   /* ranges in TEST, WAIT or ANNOUNCE */
	unsigned busy_ip4; /* those of IPv4 among them, which need no test */
	struct local ranges[LOCALS_MAX];
};

static inline void
locals_count(struct locals *locals, const struct local *l, int change)
{
	locals->busy += (unsigned)change;
	locals->busy_ip4 += l->ip6 ? 0 : (unsigned)change;
}

static inline unsigned __int128
addr_number(const struct addr *a)
{
	return (unsigned __int128)rte_be_to_cpu_64(a->w64[0]) << 64 | rte_be_to_cpu_64(a->w64[1]);
}

static inline struct addr
addr_of_number(unsigned __int128 number)
{
	return (struct addr){.w64 = {rte_cpu_to_be_64((uint64_t)(number >> 64)),
				     rte_cpu_to_be_64((uint64_t)number)}};
}

/* Network and broadcast address of the range's prefix: no host's. */
static inline bool
local_is_broadcast(const struct local *l, unsigned __int128 number)
{
	unsigned __int128 host = number & l->broadcast;

	return l->broadcast != 0 && (host == 0 || host == l->broadcast);
}

static inline bool
local_is_usable(const struct local *l)
{
	return !l->ip6 || l->phase >= LOCAL_ANNOUNCE;
}

void locals_init(struct net *n, const struct net_port_config *ports);

/* Begins the tests and announcements, again if called again. */
void locals_start(struct net *n);
/* Announces those of the port that are through with it. */
void locals_announce(struct net *n, unsigned port);
void locals_timers(struct net *n, uint64_t now_us);

/* Whether the address is ours to use. */
bool local_is(const struct net *n, const struct addr *a);

/* The same, on that port: to be answered for there. */
bool local_is_on(const struct net *n, unsigned port, const struct addr *a);

/* Ours, whatever has become of it. */
bool local_is_configured(const struct net *n, const struct addr *a);

/* Somebody else uses or tests the address. True if it was under test on that port, and is lost. */
bool local_object(struct net *n, unsigned port, const struct addr *a);

/* Under test on that port. */
bool local_is_tested(const struct net *n, unsigned port, const struct addr *a);

/*
 * A usable address of the port to speak to remote from: of a prefix that holds it, or else the
 * first of its version; a link-local one only if remote is on the link. False: none.
 */
bool local_source(const struct net *n, unsigned port, const struct addr *remote, bool on_link,
		  struct addr *local);

#endif
