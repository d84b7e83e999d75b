/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which local ports a worker may open a connection from, so that the replies come to itself.
 *
 * Workers that share ports own connections by a Toeplitz hash. It is linear: the hash of a tuple is
 * that of the tuple without local port, XORed with a share that depends on the port alone. So ports
 * fall into classes by the low bits of their share, once and for all; and for a tuple without port,
 * the hash says which classes lead to which worker. No port has to be tried.
 *
 * With 2^k workers the low k bits alone name the owner, and one class in 2^k is a worker's;
 * otherwise it has as many as it has places in the RETA. The classes are shared by all workers and
 * read-only; within each, ports ascend, so that those of a range are next to each other.
 */
#ifndef TCT_TABLE_PORT_SHARE_H
#define TCT_TABLE_PORT_SHARE_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/toeplitz.h"

#define PORT_CLASSES_MAX 512 /* places of a RETA */
#define PORT_COUNT	 65536

/* Of a team. control rw, before the workers run; then ro. */
struct port_classes {
	const struct toeplitz *toeplitz;
	uint32_t mask;				 /* the bits that tell classes apart */
	uint32_t start[2][PORT_CLASSES_MAX + 1]; /* by IP version (0: 4): where a class begins */
	uint16_t sorted[2][PORT_COUNT];
};

/* Of a worker. */
struct port_share {
	const struct port_classes *classes;
	uint32_t count;			 /* classes of each tuple that are ours */
	uint16_t mine[PORT_CLASSES_MAX]; /* low bits of the hashes that are */
};

/* The ports of a range, by class. */
struct port_range_classes {
	const struct port_share *share;	  /* NULL: not by class */
	uint32_t rows;			  /* of the fullest class in the range */
	uint32_t row_inverse;		  /* ceil(2^32 / rows) */
	uint16_t first[PORT_CLASSES_MAX]; /* where the range begins in sorted[], from start[] on */
	uint16_t rows_of[PORT_CLASSES_MAX];
};

/* places, a power of two: of the RETA, in which place i is worker i % workers. */
void port_classes_init(struct port_classes *c, const struct toeplitz *toeplitz, unsigned workers,
		       unsigned places);
void port_share_init(struct port_share *s, const struct port_classes *c, unsigned workers,
		     unsigned places, unsigned rank);

/* Whether replies to the tuple come to the worker. */
bool port_share_owns(const struct port_share *s, const struct tuple *t);

/* Returns how many positions the range has for each tuple: ports, and places without one. */
uint32_t port_range_init(struct port_range_classes *r, const struct port_share *share, bool ip4,
			 uint16_t min, uint16_t max);

/* The port at a position, for a tuple without: 0 (of the wire, too) where there is none. */
rte_be16_t port_range_at(const struct port_range_classes *r, const struct tuple *t,
			 uint32_t position);

#endif
