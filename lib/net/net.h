/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who is on the wire: one struct net per worker, over all of its ports. Of workers that share ports
 * one is the writer, the others are its readers: see news.h.
 *
 * It owns the neighbour entries (ARP and ND), the routes (each port's on-link prefixes and its
 * gateways), the addresses that are ours, reassembly, and the answers of ICMP. TCP asks it for a
 * hop when a connection is made; the poll loop hands it every packet that is not a TCP segment, and
 * asks it for the Ethernet header of everything that leaves.
 */
#ifndef TCT_NET_NET_H
#define TCT_NET_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/counters.h"
#include "../base/tuple.h"
#include "../table/tx_queue.h"
#include "../tercet.h"
#include "../wire/build.h"
#include "../wire/packet.h"

struct net;

/* One port as the net layer sees it. */
struct net_port_config {
	struct rte_ether_addr mac;
	const struct tct_port_config *config; /* must outlive the net */
	uint16_t mtu;
	bool tx_checksum; /* hardware writes checksums */
	bool paired;	  /* with one of our own in memory: nobody else can have its addresses */
};

/* An ICMP error for a connection of ours, RFC 5927: tuple as ours, seq of the segment that caused
 * it. */
enum icmp_error {
	ICMP_ERROR_SOFT_NET,  /* network unreachable: -ENETUNREACH */
	ICMP_ERROR_SOFT_HOST, /* host unreachable, time exceeded, parameter problem...:
				 -EHOSTUNREACH */
	ICMP_ERROR_HARD,      /* protocol or port unreachable, administratively prohibited */
	ICMP_ERROR_TOO_BIG,   /* fragmentation needed / packet too big: mtu is set */
};
typedef void (*net_icmp_error_fn)(void *arg, const struct tuple *t, uint32_t seq,
				  enum icmp_error err, uint16_t mtu);

/* What a reader hands to its writer. */
enum net_hand {
	NET_HAND_RECEIVED, /* a frame as it came in, for net_input() there */
	NET_HAND_SEND,	   /* a packet from its IP header on, for net_forward() there */
};
/* Takes m; port: what it came in on, or goes to. */
typedef void (*net_hand_fn)(void *arg, struct rte_mbuf *m, enum net_hand what, unsigned port);

struct net_config {
	const struct net_port_config *ports;
	unsigned port_count;
	uint32_t neighbours; /* per port, at most HOP_NEIGHBOURS_MAX */
	uint32_t fragments;  /* datagrams under reassembly; 0: none */
	int socket;
	struct tx_queue *tx; /* where answers go */
	struct counters *counters;
	net_icmp_error_fn icmp_error;
	void *icmp_error_arg;
	bool shared;		  /* there will be readers */
	const struct net *writer; /* not NULL: this is a reader of that one, which outlives it */
	net_hand_fn hand;	  /* of a reader */
	void *hand_arg;
};

/* NULL and errno when memory was refused. */
struct net *net_create(const struct net_config *config);
void net_destroy(struct net *n);

/*
 * Once the ports are up: gratuitous ARP, DAD for IPv6 addresses and then unsolicited
 * advertisements, and requests for the gateways' addresses are sent by the calls of net_timers()
 * that follow, a few in each. Of a range of addresses the first 16 are tested and announced.
 */
void net_announce(struct net *n, uint64_t now_us);

/* The port's link has come up again: what is ours on it is announced anew, without tests. */
void net_announce_again(struct net *n, unsigned port);

/* Whether all that is over: IPv6 addresses that are not usable now will not be. Without ip6 those
 * are not looked at, as IPv4 has no test to wait for. */
bool net_is_settled(const struct net *n, bool ip6);

/* Whether the address is one of ours (usable: DAD done or not needed). */
bool net_is_local(const struct net *n, const struct addr *a);

/* Whether a connection to this address makes sense: not unspecified, loopback, multicast, nor a
 * broadcast address of ours (MUST-46). */
bool net_is_unicast(const struct net *n, const struct addr *a);

/* A local address for reaching remote, by route; false when there is no route. MUST-44. */
bool net_source(const struct net *n, const struct addr *remote, struct addr *local);

/* The hop for packets to remote, HOP_NONE without a route; counts a reference that keeps the
 * neighbour's entry until net_hop_release(). */
uint16_t net_hop(struct net *n, const struct addr *remote, uint64_t now_us);
void net_hop_release(struct net *n, uint16_t hop);

/* Whether the neighbour's MAC is known: packets leave in the poll that they are queued in. Of those
 * that have to wait, the youngest few are kept. */
bool net_hop_ready(const struct net *n, uint16_t hop);

/*
 * By hop, the tick in which an ACK said last that what goes there arrives (RFC 4861 7.3.1, RFC 1122
 * 2.3.2.1): TCP writes it, and a neighbour that does not answer is not given up over it.
 */
uint32_t *net_reached(struct net *n);

/* MTU of the port behind hop. */
uint16_t net_hop_mtu(const struct net *n, uint16_t hop);

/*
 * Handles a packet of kind ARP, ICMP4, ICMP6 or FRAGMENT that came in on port (index in this net).
 * Takes p->mbuf (sets it NULL) when it keeps or reuses it. A fragment that completes a datagram:
 * the whole one is put in p->mbuf and true is returned: parse it again.
 */
bool net_input(struct net *n, struct packet *p, unsigned port, uint64_t now_us);

/*
 * The Ethernet stage of the tx queue: prepends headers to out[0 .. out_count); packets whose
 * neighbour is not resolved yet are kept (bounded) or dropped, and leave the queue; what remains is
 * complete, order kept. hop keeps the port.
 */
void net_resolve(struct net *n, uint64_t now_us);

/* Writer: sends what a reader handed over, and repeats the news that the reader lacks. Takes m. */
void net_forward(struct net *n, struct rte_mbuf *m, uint64_t now_us);

/* Retries, ages, DAD, reassembly timeouts: bounded work, call every poll; cheap when nothing is
 * due. */
void net_timers(struct net *n, uint64_t now_us);

/* Calls fn for each neighbour (for listing). state: "incomplete", "reachable", "stale", "probe",
 * "failed". */
void net_neighbours(const struct net *n,
		    void (*fn)(void *arg, unsigned port, const struct addr *a,
			       const struct rte_ether_addr *mac, const char *state),
		    void *arg);

/* Packets that wait for a neighbour's address, as of now (for counting). */
unsigned net_waiting(const struct net *n);

#endif
