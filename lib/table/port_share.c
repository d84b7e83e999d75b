/* SPDX-License-Identifier: BSD-3-Clause */
#include "port_share.h"

#include <rte_common.h>

/* ---- classes -------------------------------------------------------------------------------- */

static uint32_t
class_of(const struct port_classes *c, unsigned version, uint32_t port)
{
	return toeplitz_local_port(c->toeplitz, version == 0, (uint16_t)port) & c->mask;
}

/* By counting: start[] holds where each class ends, then is filled from the back. */
static void
sort_ports(struct port_classes *c, unsigned version)
{
	uint32_t *start = c->start[version];

	for (uint32_t port = 0; port < PORT_COUNT; port++)
		start[class_of(c, version, port)]++;
	for (uint32_t i = 1; i <= c->mask; i++)
		start[i] += start[i - 1];
	start[c->mask + 1] = PORT_COUNT;
	for (uint32_t port = PORT_COUNT; port-- > 0;)
		c->sorted[version][--start[class_of(c, version, port)]] = (uint16_t)port;
}

static uint32_t
class_mask(unsigned workers, unsigned places)
{
	return rte_is_power_of_2(workers) && workers <= places ? workers - 1 : places - 1;
}

void
port_classes_init(struct port_classes *c, const struct toeplitz *toeplitz, unsigned workers,
		  unsigned places)
{
	*c = (struct port_classes){.toeplitz = toeplitz, .mask = class_mask(workers, places)};
	sort_ports(c, 0);
	sort_ports(c, 1);
}

/* ---- whose ---------------------------------------------------------------------------------- */

void
port_share_init(struct port_share *s, const struct port_classes *c, unsigned workers,
		unsigned places, unsigned rank)
{
	*s = (struct port_share){.classes = c};
	for (unsigned i = rank; i <= class_mask(workers, places); i += workers)
		s->mine[s->count++] = (uint16_t)i;
}

bool
port_share_owns(const struct port_share *s, const struct tuple *t)
{
	uint32_t hash = toeplitz_tuple(s->classes->toeplitz, t) & s->classes->mask;

	for (uint32_t i = 0; i < s->count; i++)
		if (s->mine[i] == hash)
			return true;
	return false;
}

/* ---- ranges --------------------------------------------------------------------------------- */

uint32_t
port_range_init(struct port_range_classes *r, const struct port_share *share, bool ip4,
		uint16_t min, uint16_t max)
{
	const struct port_classes *c = share->classes;
	unsigned version = ip4 ? 0 : 1;

	*r = (struct port_range_classes){.share = share};
	for (uint32_t i = 0; i <= c->mask; i++) {
		const uint16_t *ports = &c->sorted[version][c->start[version][i]];
		uint32_t end = c->start[version][i + 1] - c->start[version][i], first = 0;

		while (first < end && ports[first] < min)
			first++;
		while (end > first && ports[end - 1] > max)
			end--;
		r->first[i] = (uint16_t)first;
		r->rows_of[i] = (uint16_t)(end - first);
		r->rows = RTE_MAX(r->rows, end - first);
	}
	r->row_inverse = r->rows > 1 ? (uint32_t)((UINT64_C(1) << 32) / r->rows + 1) : 0;
	return r->rows * share->count;
}

/* Positions go through one class after the other. Of less than 65536 of them the multiplication
 * gives the quotient that a division would. */
rte_be16_t
port_range_at(const struct port_range_classes *r, const struct tuple *t, uint32_t position)
{
	const struct port_share *share = r->share;
	const struct port_classes *c = share->classes;
	unsigned version = tuple_is_ip4(t) ? 0 : 1;
	uint32_t which =
		r->rows > 1 ? (uint32_t)((uint64_t)position * r->row_inverse >> 32) : position;
	uint32_t row = position - which * r->rows;
	uint32_t class = (toeplitz_tuple(c->toeplitz, t) ^ share->mine[which]) & c->mask;

	if (row >= r->rows_of[class])
		return 0;
	return rte_cpu_to_be_16(
		c->sorted[version][c->start[version][class] + r->first[class] + row]);
}
