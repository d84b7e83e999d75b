/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "frame.h"
#include "wire/nd.h"
#include "wire/packet.h"

static const struct rte_ether_addr own_mac = {{2, 0, 0, 0, 0, 1}};
static const struct addr own = {.b = {0x20, 1, 0x0d, 0xb8, [13] = 0xab, 0xcd, 0xef}};
static const struct addr other = {.b = {0xfe, 0x80, [15] = 2}};
static const struct addr group = {.b = {0xff, 2, [11] = 1, 0xff, 0xab, 0xcd, 0xef}};
static const struct addr all_nodes = {.b = {0xff, 2, [15] = 1}};
static const struct addr unspecified;

static struct nd nd;

/* A message about own with an option, which tests bend. */
struct message {
	uint8_t b[64];
	unsigned len;
};

static struct message
message_of(unsigned type, unsigned option)
{
	struct message m = {.b = {(uint8_t)type}, .len = 24};

	memcpy(m.b + 8, &own, 16);
	if (option != 0) {
		memcpy(m.b + 24, (const uint8_t[]){(uint8_t)option, 1, 2, 0, 0, 0, 0, 2}, 8);
		m.len = 32;
	}
	return m;
}

static bool
parse(const struct message *m, const struct addr *src, const struct addr *dst)
{
	memset(&nd, 0xff, sizeof(nd));
	return nd_parse(&nd, m->b, m->len, src, dst, 255);
}

static void
reads_solicitations(void **state)
{
	struct message m = message_of(ND_SOLICIT, 1);

	(void)state;
	m.b[4] = 0xff; /* reserved */
	assert_true(parse(&m, &other, &group));
	assert_int_equal(nd.type, ND_SOLICIT);
	assert_false(nd.dad || nd.router || nd.solicited || nd.override);
	assert_true(nd.has_mac);
	assert_memory_equal(&nd.mac, "\2\0\0\0\0\2", 6);
	assert_memory_equal(&nd.target, &own, 16);
	m.len = 24;
	assert_true(parse(&m, &other, &own));
	assert_false(nd.has_mac);
}

static void
reads_advertisements(void **state)
{
	struct message m = message_of(ND_ADVERT, 2);

	(void)state;
	assert_true(parse(&m, &other, &all_nodes));
	assert_int_equal(nd.type, ND_ADVERT);
	assert_false(nd.dad || nd.router || nd.solicited || nd.override);
	assert_true(nd.has_mac);
	for (unsigned bit = 5; bit < 8; bit++) {
		m.b[4] = (uint8_t)(1 << bit);
		assert_true(parse(&m, &other, &own));
		assert_int_equal(nd.override, bit == 5);
		assert_int_equal(nd.solicited, bit == 6);
		assert_int_equal(nd.router, bit == 7);
	}
}

/* The source's address in an advertisement, and the target's in a solicitation, mean nothing. */
static void
reads_its_own_option_alone(void **state)
{
	struct message m = message_of(ND_SOLICIT, 2);

	(void)state;
	assert_true(parse(&m, &other, &group));
	assert_false(nd.has_mac);
	m = message_of(ND_ADVERT, 1);
	assert_true(parse(&m, &other, &own));
	assert_false(nd.has_mac);
}

static void
skips_other_options(void **state)
{
	struct message m = message_of(ND_SOLICIT, 14);

	(void)state;
	m.b[25] = 2;
	memcpy(m.b + 40, (const uint8_t[]){1, 1, 2, 0, 0, 0, 0, 3}, 8);
	m.len = 48;
	assert_true(parse(&m, &other, &group));
	assert_true(nd.has_mac);
	assert_int_equal(nd.mac.addr_bytes[5], 3);
}

/* RFC 4861 7.1.1 and 7.1.2, clause by clause. */
static void
refuses_what_fails_the_checks_of_both(void **state)
{
	(void)state;
	for (unsigned type = ND_SOLICIT; type <= ND_ADVERT; type++) {
		const struct message good = message_of(type, type - ND_SOLICIT + 1);
		struct message m = good;

		assert_true(nd_parse(&nd, m.b, m.len, &other, &own, 255));
		assert_false(nd_parse(&nd, m.b, m.len, &other, &own, 254));
		assert_false(nd_parse(&nd, m.b, m.len, &other, &own, 0));
		m.b[1] = 1; /* code */
		assert_false(parse(&m, &other, &own));
		for (m = good, m.len = 0; m.len < 24; m.len++)
			assert_false(parse(&m, &other, &own));
		m = good;
		m.b[8] = 0xff; /* a group as target */
		assert_false(parse(&m, &other, &own));
		for (m = good, m.len = 25; m.len < 32; m.len++)
			assert_false(parse(&m, &other, &own));
		m = good;
		m.b[25] = 0; /* option of no length */
		assert_false(parse(&m, &other, &own));
		m.b[25] = 2; /* and one that is too long */
		assert_false(parse(&m, &other, &own));
	}
}

static void
refuses_impossible_targets_and_macs(void **state)
{
	struct message m = message_of(ND_ADVERT, 2);

	(void)state;
	memset(m.b + 8, 0, 16);
	assert_false(parse(&m, &other, &own));
	m.b[18] = m.b[19] = 0xff; /* ::ffff:0.0.0.0 */
	assert_false(parse(&m, &other, &own));
	m = message_of(ND_ADVERT, 2);
	m.b[26] = 3; /* a group's MAC */
	assert_false(parse(&m, &other, &own));
	memset(m.b + 26, 0, 6);
	assert_false(parse(&m, &other, &own));
}

static void
refuses_other_messages(void **state)
{
	struct message m = message_of(ND_SOLICIT, 0);

	(void)state;
	for (unsigned type = 0; type < 256; type++) {
		m.b[0] = (uint8_t)type;
		assert_int_equal(parse(&m, &other, &own), type == 135 || type == 136);
	}
}

/* 7.1.1: from :: only to a solicited-node group, and without a link-layer address. */
static void
checks_duplicate_address_detection(void **state)
{
	struct message m = message_of(ND_SOLICIT, 0);

	(void)state;
	assert_true(parse(&m, &unspecified, &group));
	assert_true(nd.dad);
	assert_false(parse(&m, &unspecified, &own));
	assert_false(parse(&m, &unspecified, &all_nodes));
	m = message_of(ND_SOLICIT, 1);
	assert_false(parse(&m, &unspecified, &group));
	m.b[25] = 2; /* of a length that Ethernet has no use for */
	m.len += 8;
	assert_false(parse(&m, &unspecified, &group));
	m = message_of(ND_SOLICIT, 14);
	assert_true(parse(&m, &unspecified, &group));
}

/* 7.1.2 */
static void
refuses_solicited_advertisements_to_groups(void **state)
{
	struct message m = message_of(ND_ADVERT, 2);

	(void)state;
	m.b[4] = 0x40;
	assert_false(parse(&m, &other, &all_nodes));
	assert_true(parse(&m, &other, &own));
}

static void
knows_its_groups(void **state)
{
	struct addr a = nd_all_nodes();
	struct rte_ether_addr mac = nd_group_mac(&group);

	(void)state;
	assert_memory_equal(&a, &all_nodes, 16);
	a = nd_solicited_node(&own);
	assert_memory_equal(&a, &group, 16);
	assert_memory_equal(&mac, "\x33\x33\xff\xab\xcd\xef", 6);
}

/* Through the same door as everything: lengths, checksum, hop limit. */
static void
receive(const uint8_t *packet, unsigned len, const struct addr *src, const struct addr *dst)
{
	const struct packet_filter filter = {.all_macs = 1};
	struct frame f = {.len = 14, .b = {0x33, 0x33, [12] = 0x86, 0xdd}};
	struct rte_mbuf *m;
	struct packet p;

	if (dst->b[0] != 0xff)
		f.b[0] = 2;
	frame_append(&f, packet, len);
	m = fake_mbuf(f.b, f.len);
	packet_parse(&p, m, &filter);
	assert_string_equal(counter_info[p.why].name, "none");
	assert_int_equal(p.kind, PACKET_ICMP6);
	assert_int_equal(p.payload_off + p.payload_len, f.len);
	assert_memory_equal(&p.tuple.remote, src, 16);
	assert_memory_equal(&p.tuple.local, dst, 16);
	assert_true(nd_parse(&nd, f.b + p.payload_off, p.payload_len, &p.tuple.remote,
			     &p.tuple.local, p.ip_ttl));
	rte_pktmbuf_free(m);
}

static void
builds_solicitations(void **state)
{
	uint8_t out[ND_PACKET_LEN];
	unsigned len = nd_build_solicit(out, &other, NULL, &own, &own_mac);

	(void)state;
	assert_int_equal(len, 72);
	receive(out, len, &other, &group);
	assert_int_equal(nd.type, ND_SOLICIT);
	assert_false(nd.dad);
	assert_true(nd.has_mac);
	assert_memory_equal(&nd.mac, &own_mac, 6);
	assert_memory_equal(&nd.target, &own, 16);
	len = nd_build_solicit(out, &other, &own, &own, &own_mac);
	receive(out, len, &other, &own);
}

static void
builds_duplicate_address_detection(void **state)
{
	uint8_t out[ND_PACKET_LEN];
	unsigned len = nd_build_dad(out, &own);

	(void)state;
	assert_int_equal(len, 64);
	receive(out, len, &unspecified, &group);
	assert_true(nd.dad);
	assert_memory_equal(&nd.target, &own, 16);
}

static void
builds_advertisements(void **state)
{
	const struct addr *const askers[] = {&other, &unspecified, NULL};
	uint8_t out[ND_PACKET_LEN];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		unsigned len = nd_build_advert(out, &own, askers[i], &own_mac);

		assert_int_equal(len, 72);
		receive(out, len, &own, i == 0 ? &other : &all_nodes);
		assert_int_equal(nd.type, ND_ADVERT);
		assert_int_equal(nd.solicited, i == 0);
		assert_true(nd.override);
		assert_false(nd.router);
		assert_true(nd.has_mac);
		assert_memory_equal(&nd.mac, &own_mac, 6);
		assert_memory_equal(&nd.target, &own, 16);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_solicitations),
		cmocka_unit_test(reads_advertisements),
		cmocka_unit_test(reads_its_own_option_alone),
		cmocka_unit_test(skips_other_options),
		cmocka_unit_test(refuses_what_fails_the_checks_of_both),
		cmocka_unit_test(refuses_impossible_targets_and_macs),
		cmocka_unit_test(refuses_other_messages),
		cmocka_unit_test(checks_duplicate_address_detection),
		cmocka_unit_test(refuses_solicited_advertisements_to_groups),
		cmocka_unit_test(knows_its_groups),
		cmocka_unit_test(builds_solicitations),
		cmocka_unit_test(builds_duplicate_address_detection),
		cmocka_unit_test(builds_advertisements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
