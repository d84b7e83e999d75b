/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any neighbour discovery message, and any ARP packet: they are accepted only if a second, simpler
 * reading of the rules accepts them, and are answered with something that would be accepted itself.
 *
 * Input: one byte, of which bit 0 chooses ARP, bit 1 the unspecified source, bits 2 and 3 the
 * destination, bit 4 a wrong hop limit; then the message.
 */
#include "../unit/wire/frame.h"
#include "fuzz.h"
#include "wire/arp.h"
#include "wire/nd.h"

static const struct rte_ether_addr own_mac = {{2, 0, 0, 0, 0, 1}};

static uint8_t *
exactly(const uint8_t *bytes, unsigned len)
{
	uint8_t *exact = malloc(len > 0 ? len : 1);

	CHECK(exact != NULL);
	memcpy(exact, bytes, len);
	return exact;
}

static void
check_arp(const uint8_t *bytes, unsigned len)
{
	uint8_t out[ARP_LEN];
	struct arp a, b;

	if (!arp_parse(&a, bytes, len))
		return;
	CHECK(len >= ARP_LEN);
	CHECK(arp_build(out, &a) == ARP_LEN);
	CHECK(memcmp(out, bytes, ARP_LEN) == 0);
	CHECK(!(a.sender_mac.addr_bytes[0] & 1));
	arp_build_reply(out, &a, &own_mac);
	if (arp_parse(&b, out, ARP_LEN)) {
		CHECK(b.op == ARP_REPLY && b.sender_ip == a.target_ip);
		CHECK(b.target_ip == a.sender_ip);
		CHECK(rte_is_same_ether_addr(&b.target_mac, &a.sender_mac));
	}
}

/* RFC 4861 7.1 in another order: all options first. */
static bool
is_valid(const uint8_t *b, unsigned len, bool from_nowhere, const struct addr *dst, uint8_t hop)
{
	unsigned at = 24;
	bool source = false;

	if (len < 24)
		return false;
	for (; at + 2 <= len && b[at + 1] != 0; at += 8U * b[at + 1])
		source |= b[at] == 1;
	if (at != len || hop != 255 || b[1] != 0 || b[8] == 0xff)
		return false;
	if (b[0] == ND_SOLICIT)
		return !from_nowhere || (!source && dst->b[0] == 0xff && dst->b[12] == 0xff);
	return b[0] == ND_ADVERT && !(dst->b[0] == 0xff && b[4] & 0x40);
}

static void
check_answer(const struct nd *nd, const struct addr *src)
{
	uint8_t out[ND_PACKET_LEN];
	struct addr from, to;
	struct nd answer;
	unsigned len = nd_build_advert(out, &nd->target, src, &own_mac);

	from = addr_from_ip6(out + 8);
	to = addr_from_ip6(out + 24);
	CHECK(addr_equal(&from, &nd->target));
	CHECK(nd_parse(&answer, out + 40, len - 40, &from, &to, out[7]));
	CHECK(answer.type == ND_ADVERT && addr_equal(&answer.target, &nd->target));
	CHECK(answer.solicited == !nd->dad && answer.has_mac);
}

static void
check_nd(const uint8_t *bytes, unsigned len, unsigned shape)
{
	static const struct addr own = {.b = {0x20, 1, [15] = 1}},
				 peer = {.b = {0x20, 1, [15] = 2}};
	static const struct addr nowhere, all_nodes = {.b = {0xff, 2, [15] = 1}};
	const struct addr group = nd_solicited_node(&own);
	const struct addr *const dsts[] = {&own, &group, &all_nodes, &own};
	const struct addr *src = shape & 2 ? &nowhere : &peer, *dst = dsts[shape >> 2 & 3];
	uint8_t hop_limit = shape & 16 ? 64 : 255;
	bool valid = is_valid(bytes, len, src == &nowhere, dst, hop_limit);
	struct nd nd;

	if (!nd_parse(&nd, bytes, len, src, dst, hop_limit)) {
		/* The other reasons are about the target, which has zeros in front, and the MAC. */
		CHECK(!valid || bytes[8] == 0 || len > 24);
		return;
	}
	CHECK(valid);
	CHECK(memcmp(&nd.target, bytes + 8, 16) == 0);
	CHECK(!nd.has_mac || !(nd.mac.addr_bytes[0] & 1));
	if (nd.type == ND_SOLICIT)
		check_answer(&nd, src);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	unsigned shape = fuzz_byte(&in), len = RTE_MIN(in.size, (size_t)1500);
	uint8_t *bytes = exactly(in.data, len);

	if (shape & 1)
		check_arp(bytes, len);
	else
		check_nd(bytes, len, shape);
	free(bytes);
	return 0;
}
