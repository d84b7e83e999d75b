/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who listens where: a chain of listeners per port, the one for the exact address before the one
 * for any. RFC 9293 3.9.1.1, MUST-41 and MUST-42.
 */
#include <errno.h>

#include "internal.h"

static bool
addr_is_any(const struct addr *a)
{
	return (a->w64[0] | a->w64[1]) == 0;
}

struct listener *
tcp_listener(struct tcp_stack *s, const struct tuple *t)
{
	uint16_t i = s->listener_of_port[rte_be_to_cpu_16(t->local_port)];
	struct listener *any = NULL;

	while (i) {
		struct listener *l = &s->listeners[i - 1];

		if (addr_equal(&l->address, &t->local))
			return l;
		if (addr_is_any(&l->address))
			any = l;
		i = l->next;
	}
	return any;
}

/* A listener of one address takes over the half-opens that came to the port's so far. */
static void
adopt_half_opens(struct tcp_stack *s, struct listener *l)
{
	for (uint32_t i = 0; i < s->half_opens.fresh; i++) {
		const struct half_open *h = pool_at(&s->half_opens, i);
		struct listener *any;

		if (h->deadline == TICK_NONE || !addr_equal(&h->tuple.local, &l->address) ||
		    rte_be_to_cpu_16(h->tuple.local_port) != l->port)
			continue;
		any = tcp_listener(s, &h->tuple); /* l is not yet listed */
		if (any && any->half_open)
			any->half_open--;
		l->half_open++;
	}
}

int
tcp_listen(struct tcp_stack *s, const struct tct_listen *in)
{
	struct listener *l;
	struct addr address;

	memcpy(address.b, in->address.bytes, sizeof(address.b));
	if (!in->port || !in->service)
		return -EINVAL;
	if (!addr_is_any(&address) && !s->route->is_local(s->net, &address))
		return -EADDRNOTAVAIL;
	for (uint16_t i = s->listener_of_port[in->port]; i; i = s->listeners[i - 1].next)
		if (addr_equal(&s->listeners[i - 1].address, &address))
			return -EADDRINUSE;
	if (s->listener_count == TCP_LISTENERS_MAX)
		return -ENOSPC;
	l = &s->listeners[s->listener_count++];
	*l = (struct listener){
		.address = address,
		.port = in->port,
		.next = s->listener_of_port[in->port],
		.backlog = in->backlog,
		.service = in->service,
		.user = in->user,
	};
	adopt_half_opens(s, l);
	s->listener_of_port[in->port] = (uint16_t)s->listener_count;
	return 0;
}
