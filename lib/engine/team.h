/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Teams: workers that share ports, and which of them owns a connection.
 *
 * With at most as many workers as ports, port i belongs to worker i modulo workers: each is a team
 * of its own, and nothing is shared. With more workers than ports all of them are one team, and
 * each serves every port, by a queue pair of its own where the device has enough.
 *
 * In a team, the owner of a connection is RETA[Toeplitz(tuple) & mask]: what a NIC computes that is
 * programmed so (lib/port/rss.h), and what the receiving worker computes where no NIC does. Since
 * it is the same function, connections stay where they are when software takes over from a NIC.
 *
 * Written by control before the workers start, and read-only from then on, but for the verdict on
 * each port: written at most once.
 */
#ifndef TCT_ENGINE_TEAM_H
#define TCT_ENGINE_TEAM_H

#include <stdatomic.h>

#include "../base/toeplitz.h"
#include "../base/tuple.h"
#include "../port/port.h"
#include "../table/port_share.h"
#include "../tercet.h"

struct tct_worker;

struct team {
	unsigned size;
	struct tct_worker *members[TCT_MAX_WORKERS];
	enum tct_steering mode;
	uint8_t key[RSS_KEY_MAX];
	uint32_t mask; /* of the RETA's index */
	uint8_t reta[RSS_RETA_MAX];
	struct toeplitz toeplitz;
	struct port_classes classes;
	_Atomic uint8_t verdicts[TCT_MAX_PORTS]; /* enum rss_verdict: why software steers; by the
						  * port's index within the team */
};

/* The rank of the worker that a connection belongs to. */
static inline unsigned
team_owner(const struct team *t, const struct tuple *tuple)
{
	return t->reta[toeplitz_tuple(&t->toeplitz, tuple) & t->mask];
}

/* Whether software steers what the port receives. */
static inline enum rss_verdict
team_verdict(const struct team *t, unsigned port)
{
	return atomic_load_explicit(&t->verdicts[port], memory_order_relaxed);
}

/*
 * [control] A team for workers of that number. With more than one it has a key, for the devices; a
 * RETA as soon as the ports that it serves are known. NULL: no memory, or no randomness.
 */
struct team *team_create(unsigned size, const struct tct_config *config);
void team_destroy(struct team *t);
void team_choose_reta(struct team *t, struct port *const ports[], unsigned count);

/* [control, ports are started] Programs the devices. 0, or -ENODEV, logged, when steering: rss was
 * asked for and a device cannot. */
int team_program(struct team *t, struct port *const ports[], unsigned count);

/* The port's hardware is not believed any more: logged the first time. */
void team_give_up(struct team *t, const struct port *port, unsigned index, enum rss_verdict why);

#endif
