/* SPDX-License-Identifier: BSD-3-Clause */
/* A counter is kept as two digits, address and round, so that no candidate costs a division. */
#include "port_space.h"

#include <errno.h>

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
		.key = *key,
	};
	return 0;
}

/* F() and G() of RFC 6056 3.3.4, by the bytes they hash. */
struct port_space_hash {
	struct addr remote, local;
	rte_be16_t remote_port;
} __attribute__((packed));

void
port_space_next(struct port_space *s, struct tuple *t)
{
	struct port_space_hash input = {.remote = t->remote, .remote_port = t->remote_port};
	uint64_t g = siphash24(&s->key, &input, sizeof(input));
	struct port_space_counter *c = &s->counters[g % PORT_SPACE_COUNTERS];
	uint32_t offset, port;

	t->local = s->first;
	t->local.w32[3] = rte_cpu_to_be_32(rte_be_to_cpu_32(s->first.w32[3]) + c->address);
	input.local = t->local;
	offset = (uint32_t)((siphash24(&s->key, &input, sizeof(input)) >> 32) * s->ports >> 32);
	port = offset + c->round;
	if (port >= s->ports)
		port -= s->ports;
	t->local_port = rte_cpu_to_be_16((uint16_t)(s->port_min + port));
	if (++c->address < s->addresses)
		return;
	c->address = 0;
	if (++c->round == s->ports)
		c->round = 0;
}

uint64_t
port_space_size(const struct port_space *s)
{
	return (uint64_t)s->addresses * s->ports;
}
