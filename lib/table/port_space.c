/* SPDX-License-Identifier: BSD-3-Clause */
/* The counter is kept as two digits, address and round, so that no candidate costs a division. */
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

/* F() of RFC 6056 3.3.3, scaled to the range. */
static uint32_t
port_offset(const struct port_space *s, const struct tuple *t)
{
	struct {
		struct addr local, remote;
		rte_be16_t remote_port;
	} __attribute__((packed)) input = {t->local, t->remote, t->remote_port};
	uint64_t hash = siphash24(&s->key, &input, sizeof(input));

	return (uint32_t)((hash >> 32) * s->ports >> 32);
}

void
port_space_next(struct port_space *s, struct tuple *t)
{
	uint32_t port;

	t->local = s->first;
	t->local.w32[3] = rte_cpu_to_be_32(rte_be_to_cpu_32(s->first.w32[3]) + s->address);
	port = port_offset(s, t) + s->round;
	if (port >= s->ports)
		port -= s->ports;
	t->local_port = rte_cpu_to_be_16((uint16_t)(s->port_min + port));
	if (++s->address < s->addresses)
		return;
	s->address = 0;
	if (++s->round == s->ports)
		s->round = 0;
}

uint64_t
port_space_size(const struct port_space *s)
{
	return (uint64_t)s->addresses * s->ports;
}
