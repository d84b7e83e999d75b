/* SPDX-License-Identifier: BSD-3-Clause */
/* A counter is kept as two digits, address and round, so that no candidate costs a division. */
#include "port_space.h"

#include <errno.h>

#include <rte_branch_prediction.h>

int
port_space_init(struct port_space *s, const struct addr *first, uint32_t addresses,
		uint16_t port_min, uint16_t port_max, const struct siphash_key *key)
{
	uint32_t low = rte_be_to_cpu_32(first->w32[3]);

	if (addresses == 0 || addresses - 1 > UINT32_MAX - low)
		return -EINVAL;
	if (port_min == 0 || port_min > port_max)
		return -EINVAL;
	*s = (struct port_space){
		.first = *first,
		.addresses = addresses,
		.ports = (uint32_t)port_max - port_min + 1,
		.port_min = port_min,
		.port_max = port_max,
		.key = *key,
	};
	return 0;
}

int
port_space_share(struct port_space *s, const struct port_share *share)
{
	s->ports = port_range_init(&s->classes, share, addr_is_ip4(&s->first), s->port_min,
				   s->port_max);
	return s->ports != 0 ? 0 : -EINVAL;
}

/* G() of RFC 6056 3.3.4: F() without the source. No source is the address of all zeros, so that the
 * two never hash the same. */
static uint16_t
destination_counter(const struct port_space *s, const struct tuple *t)
{
	struct tuple destination = {.remote = t->remote, .remote_port = t->remote_port};

	return tuple_hash(&s->key, &destination) % PORT_SPACE_COUNTERS;
}

static struct port_space_counter *
counter_of(struct port_space *s, const struct tuple *t)
{
	uint32_t slot = rte_be_to_cpu_32(t->remote.w32[3]) + rte_be_to_cpu_16(t->remote_port);
	struct port_space_memo *m = &s->memos[slot % PORT_SPACE_MEMOS];

	if (m->remote_port != t->remote_port || !addr_equal(&m->remote, &t->remote))
		*m = (struct port_space_memo){t->remote, t->remote_port, destination_counter(s, t)};
	return &s->counters[m->counter];
}

uint32_t
port_space_address(struct port_space *s, struct tuple *t)
{
	struct port_space_counter *c = counter_of(s, t);
	uint32_t place = c->round;

	t->local = s->first;
	t->local.w32[3] = rte_cpu_to_be_32(rte_be_to_cpu_32(s->first.w32[3]) + c->address);
	t->local_port = 0;
	if (++c->address == s->addresses) {
		c->address = 0;
		if (++c->round == s->ports)
			c->round = 0;
	}
	return place;
}

void
port_space_port(const struct port_space *s, struct tuple *t, uint32_t place, uint64_t f)
{
	uint32_t port = (uint32_t)((f >> 32) * s->ports >> 32) + place;

	if (port >= s->ports)
		port -= s->ports;
	t->local_port = unlikely(s->classes.share != NULL)
				? port_range_at(&s->classes, t, port)
				: rte_cpu_to_be_16((uint16_t)(s->port_min + port));
}

void
port_space_next(struct port_space *s, struct tuple *t)
{
	uint32_t place = port_space_address(s, t);

	port_space_port(s, t, place, tuple_hash(&s->key, t));
}

uint64_t
port_space_size(const struct port_space *s)
{
	return (uint64_t)s->addresses * s->ports;
}
