/* SPDX-License-Identifier: BSD-3-Clause */
#include "nd.h"

#include "ip6.h"

#define ND_LEN	      24u /* without options */
#define HOP_LIMIT     255 /* RFC 4861 7.1: so nobody beyond this link has sent it */
#define OPTION_SOURCE 1
#define OPTION_TARGET 2
#define OPTION_UNIT   8

#define FLAG_ROUTER    (1u << 31)
#define FLAG_SOLICITED (1u << 30)
#define FLAG_OVERRIDE  (1u << 29)

static const struct addr unspecified;
static const struct addr solicited_node = {
	.b = {0xff, 2, [11] = 1, [12] = 0xff},
};

struct addr
nd_all_nodes(void)
{
	return (struct addr){.b = {0xff, 2, [15] = 1}};
}

struct addr
nd_solicited_node(const struct addr *target)
{
	struct addr group = solicited_node;

	memcpy(group.b + 13, target->b + 13, 3);
	return group;
}

struct rte_ether_addr
nd_group_mac(const struct addr *group)
{
	return (struct rte_ether_addr){
		{0x33, 0x33, group->b[12], group->b[13], group->b[14], group->b[15]},
	};
}

/*
 * Every option must be sound, known or not. Only the one of type wanted is read, and it must not be
 * there at all, of whatever length, when the sender says that it has no address.
 */
static bool
options_parse(struct nd *nd, const uint8_t *b, const uint8_t *end, uint8_t wanted)
{
	while (b < end) {
		unsigned len;

		if (end - b < 2)
			return false;
		len = OPTION_UNIT * b[1];
		if (len == 0 || len > (size_t)(end - b) || (nd->dad && b[0] == wanted))
			return false;
		if (b[0] == wanted && len == OPTION_UNIT && !nd->has_mac) {
			nd->has_mac = true;
			memcpy(&nd->mac, b + 2, sizeof(nd->mac));
		}
		b += len;
	}
	return true;
}

static bool
is_solicited_node(const struct addr *group)
{
	return memcmp(group->b, solicited_node.b, 13) == 0;
}

static bool
target_is_possible(const struct addr *target)
{
	return !ip6_is_group(target->b) && !ip6_is_unspecified(target->b) &&
	       !ip6_is_mapped(target->b);
}

bool
nd_parse(struct nd *nd, const uint8_t *msg, unsigned len, const struct addr *src,
	 const struct addr *dst, uint8_t hop_limit)
{
	uint32_t flags;

	if (len < ND_LEN || hop_limit != HOP_LIMIT || msg[1] != 0)
		return false;
	if (msg[0] != ND_SOLICIT && msg[0] != ND_ADVERT)
		return false;
	flags = msg[0] == ND_ADVERT ? get32(msg + 4) : 0;
	*nd = (struct nd){
		.type = msg[0],
		.router = flags & FLAG_ROUTER,
		.solicited = flags & FLAG_SOLICITED,
		.override = flags & FLAG_OVERRIDE,
		.dad = msg[0] == ND_SOLICIT && ip6_is_unspecified(src->b),
		.target = addr_from_ip6(msg + 8),
	};
	if (!target_is_possible(&nd->target) || (nd->solicited && ip6_is_group(dst->b)))
		return false;
	if (!options_parse(nd, msg + ND_LEN, msg + len,
			   nd->type == ND_SOLICIT ? OPTION_SOURCE : OPTION_TARGET))
		return false;
	if (nd->has_mac && !rte_is_valid_assigned_ether_addr(&nd->mac))
		return false;
	return !nd->dad || is_solicited_node(dst);
}

/* What differs between the messages. */
struct message {
	uint8_t type;
	uint32_t flags;
	const struct addr *src;
	const struct addr *dst;
	const struct addr *target;
	uint8_t option;			  /* which address mac is */
	const struct rte_ether_addr *mac; /* NULL: no option */
};

static void
set_checksum(uint8_t *ip, uint16_t len)
{
	uint64_t sum = csum_add(ip6_address_sum(ip), rte_cpu_to_be_16(len));
	uint16_t checksum;

	sum = csum_add(sum, RTE_BE16(IPPROTO_ICMPV6));
	checksum = (uint16_t)~csum_fold(csum_bytes(sum, ip + IP6_LEN, len));
	memcpy(ip + IP6_LEN + 2, &checksum, sizeof(checksum));
}

static unsigned
message_build(uint8_t out[ND_PACKET_LEN], const struct message *m)
{
	uint16_t len = ND_LEN + (m->mac != NULL ? OPTION_UNIT : 0);
	uint8_t *p = out;

	p = ip6_put(p, 0, len, IPPROTO_ICMPV6, HOP_LIMIT, m->src, m->dst);
	p = put32(p, (uint32_t)m->type << 24);
	p = put32(p, m->flags);
	p = put_bytes(p, m->target, sizeof(*m->target));
	if (m->mac != NULL) {
		p = put16(p, (uint16_t)(m->option << 8 | 1));
		put_bytes(p, m->mac, sizeof(*m->mac));
	}
	set_checksum(out, len);
	return IP6_LEN + len;
}

unsigned
nd_build_solicit(uint8_t out[ND_PACKET_LEN], const struct addr *src, const struct addr *dst,
		 const struct addr *target, const struct rte_ether_addr *mac)
{
	struct addr group = nd_solicited_node(target);
	const struct message m = {
		.type = ND_SOLICIT,
		.src = src,
		.dst = dst != NULL ? dst : &group,
		.target = target,
		.option = OPTION_SOURCE,
		.mac = mac,
	};

	return message_build(out, &m);
}

unsigned
nd_build_dad(uint8_t out[ND_PACKET_LEN], const struct addr *target)
{
	return nd_build_solicit(out, &unspecified, NULL, target, NULL);
}

unsigned
nd_build_advert(uint8_t out[ND_PACKET_LEN], const struct addr *target, const struct addr *src,
		const struct rte_ether_addr *mac)
{
	bool to_all = src == NULL || ip6_is_unspecified(src->b);
	struct addr all_nodes = nd_all_nodes();
	const struct message m = {
		.type = ND_ADVERT,
		.flags = FLAG_OVERRIDE | (to_all ? 0 : FLAG_SOLICITED),
		.src = target,
		.dst = to_all ? &all_nodes : src,
		.target = target,
		.option = OPTION_TARGET,
		.mac = mac,
	};

	return message_build(out, &m);
}
