/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The walk along IPv6 extension headers (RFC 8200 4), in the order in which they come. Every loop
 * is bounded by a small number, not only by the length of the packet: a packet full of padding must
 * not cost more than a connection does.
 */
#include "ip6.h"

#include "fragment.h"

#define NEXT_HOP_BY_HOP	 0
#define NEXT_ROUTING	 43
#define NEXT_FRAGMENT	 44
#define NEXT_DESTINATION 60

#define EXTENSION_UNIT 8u /* lengths count units behind the first */
#define OPTIONS_MAX    16 /* in one header, padding included */
#define OPTION_PAD1    0

/* Where the walk is: which header, where it begins, how much of the packet is left from there on.
 */
struct walk {
	const uint8_t *bytes; /* of the frame */
	uint32_t off;
	uint32_t seen; /* readable from off: a view may show less than is left */
	uint32_t left;
	uint8_t next;
	bool first_fragment; /* RFC 7112: the upper-layer header must not be elsewhere */
};

static void
walk_on(struct walk *w, uint32_t len, uint8_t next)
{
	w->off += len;
	w->seen -= len;
	w->left -= len;
	w->next = next;
}

/* The length of a header of the common form {next, length, ...}; 0 when it is not all there. */
static uint32_t
extension_len(const struct walk *w)
{
	uint32_t len;

	if (w->seen < EXTENSION_UNIT)
		return 0;
	len = EXTENSION_UNIT * (1 + w->bytes[w->off + 1]);
	return len <= w->seen ? len : 0;
}

/* RFC 8200 4.2: an option's two highest bits are 0 if a host may skip what it does not know. */
static bool
options_may_be_skipped(const uint8_t *b, const uint8_t *end)
{
	for (int i = 0; b < end; i++) {
		if (i == OPTIONS_MAX)
			return false;
		if (b[0] == OPTION_PAD1) {
			b++;
			continue;
		}
		if (b[0] >> 6 != 0 || end - b < 2 || b[1] > end - b - 2)
			return false;
		b += 2 + b[1];
	}
	return true;
}

static enum counter
walk_options(struct walk *w)
{
	const uint8_t *b = w->bytes + w->off;
	uint32_t len = extension_len(w);

	if (len == 0 || !options_may_be_skipped(b + 2, b + len))
		return COUNTER_DROP_IP6_EXTENSION;
	walk_on(w, len, b[0]);
	return COUNTER_NONE;
}

/* Of any type: with no segments left it has done its work (RFC 8200 4.4). */
static enum counter
walk_routing(struct walk *w)
{
	const uint8_t *b = w->bytes + w->off;
	uint32_t len = extension_len(w);

	if (len == 0 || b[3] != 0)
		return COUNTER_DROP_IP6_EXTENSION;
	walk_on(w, len, b[0]);
	return COUNTER_NONE;
}

static void
end_headers(struct packet *p, const struct walk *w)
{
	p->l3_len = (uint16_t)(w->off - p->l2_len);
	p->payload_off = (uint16_t)w->off;
	p->payload_len = w->left;
}

/*
 * RFC 6946: one that is the whole datagram is stepped over. Behind any other lies fragment data;
 * those of the first are walked on, to see that they hold what RFC 7112 demands.
 */
static enum counter
walk_fragment(struct packet *p, struct walk *w)
{
	struct fragment f;

	if (w->seen < EXTENSION_UNIT || w->first_fragment)
		return COUNTER_DROP_IP6_EXTENSION;
	f = fragment_of_ip6(w->bytes + w->off);
	walk_on(w, EXTENSION_UNIT, f.proto);
	if (!fragment_is_part(&f))
		return COUNTER_NONE;
	p->kind = PACKET_FRAGMENT;
	end_headers(p, w);
	if (!fragment_is_sane(&f, p->l3_len - IP6_LEN - EXTENSION_UNIT, w->left))
		return COUNTER_DROP_FRAGMENT;
	w->first_fragment = f.offset == 0;
	return COUNTER_NONE;
}

static enum counter
walk_step(struct packet *p, struct walk *w)
{
	switch (w->next) {
	case NEXT_HOP_BY_HOP: /* nowhere but first (RFC 8200 4.1) */
		return w->off == p->l2_len + IP6_LEN ? walk_options(w) : COUNTER_DROP_IP6_EXTENSION;
	case NEXT_DESTINATION:
		return walk_options(w);
	case NEXT_ROUTING:
		return walk_routing(w);
	default:
		return walk_fragment(p, w);
	}
}

static bool
is_extension(uint8_t next)
{
	return next == NEXT_HOP_BY_HOP || next == NEXT_DESTINATION || next == NEXT_ROUTING ||
	       next == NEXT_FRAGMENT;
}

/* The upper layer is reached. */
static enum counter
walk_end(struct packet *p, const struct walk *w)
{
	uint32_t header_len = w->next == IPPROTO_TCP ? 20 : 8;

	if (w->next != IPPROTO_TCP && w->next != IPPROTO_ICMPV6)
		return COUNTER_DROP_IP_PROTOCOL;
	if (w->first_fragment)
		return w->left < header_len ? COUNTER_DROP_FRAGMENT : COUNTER_NONE;
	p->kind = w->next == IPPROTO_TCP ? PACKET_TCP : PACKET_ICMP6;
	end_headers(p, w);
	return COUNTER_NONE;
}

enum counter
ip6_walk(struct packet *p, const struct view *v, uint8_t next)
{
	struct walk w = {
		.bytes = v->bytes,
		.off = p->payload_off,
		.seen = RTE_MIN(v->len - p->payload_off, p->payload_len),
		.left = p->payload_len,
		.next = next,
	};
	enum counter why;

	for (int i = 0; i < IP6_EXTENSIONS_MAX && is_extension(w.next); i++) {
		why = walk_step(p, &w);
		if (why != COUNTER_NONE)
			return why;
		if (w.off - p->l2_len > IP6_HEADERS_MAX)
			return COUNTER_DROP_IP6_EXTENSION;
		/* Fragments behind the first are not walked on: their next header is elsewhere. */
		if (p->kind == PACKET_FRAGMENT && !w.first_fragment)
			return COUNTER_NONE;
	}
	return is_extension(w.next) ? COUNTER_DROP_IP6_EXTENSION : walk_end(p, &w);
}
