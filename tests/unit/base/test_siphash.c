/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/siphash.h"

/* Key 00 01 ... 0f as the paper has it, in words. */
static const struct siphash_key paper_key = {0x0706050403020100, 0x0f0e0d0c0b0a0908};

/* clang-format off */
/*
 * SipHash-2-4 of the messages (), (00), (00 01), ... up to 63 bytes: the vectors published with the paper's
 * reference code. The one of 15 bytes, 0xa129ca6149be45e5, is worked out in its appendix A.
 */
static const uint64_t vectors24[64] = {
	0x726fdb47dd0e0e31, 0x74f839c593dc67fd, 0x0d6c8009d9a94f5a, 0x85676696d7fb7e2d,
	0xcf2794e0277187b7, 0x18765564cd99a68d, 0xcbc9466e58fee3ce, 0xab0200f58b01d137,
	0x93f5f5799a932462, 0x9e0082df0ba9e4b0, 0x7a5dbbc594ddb9f3, 0xf4b32f46226bada7,
	0x751e8fbc860ee5fb, 0x14ea5627c0843d90, 0xf723ca908e7af2ee, 0xa129ca6149be45e5,
	0x3f2acc7f57c29bdb, 0x699ae9f52cbe4794, 0x4bc1b3f0968dd39c, 0xbb6dc91da77961bd,
	0xbed65cf21aa2ee98, 0xd0f2cbb02e3b67c7, 0x93536795e3a33e88, 0xa80c038ccd5ccec8,
	0xb8ad50c6f649af94, 0xbce192de8a85b8ea, 0x17d835b85bbb15f3, 0x2f2e6163076bcfad,
	0xde4daaaca71dc9a5, 0xa6a2506687956571, 0xad87a3535c49ef28, 0x32d892fad841c342,
	0x7127512f72f27cce, 0xa7f32346f95978e3, 0x12e0b01abb051238, 0x15e034d40fa197ae,
	0x314dffbe0815a3b4, 0x027990f029623981, 0xcadcd4e59ef40c4d, 0x9abfd8766a33735c,
	0x0e3ea96b5304a7d0, 0xad0c42d6fc585992, 0x187306c89bc215a9, 0xd4a60abcf3792b95,
	0xf935451de4f21df2, 0xa9538f0419755787, 0xdb9acddff56ca510, 0xd06c98cd5c0975eb,
	0xe612a3cb9ecba951, 0xc766e62cfcadaf96, 0xee64435a9752fe72, 0xa192d576b245165a,
	0x0a8787bf8ecb74b2, 0x81b3e73d20b49b6f, 0x7fa8220ba3b2ecea, 0x245731c13ca42499,
	0xb78dbfaf3a8d83bd, 0xea1ad565322a1a0b, 0x60e61c23a3795013, 0x6606d7e446282b93,
	0x6ca4ecb15c5f91e1, 0x9f626da15c9625f3, 0xe51b38608ef25f57, 0x958a324ceb064572,
};

/* SipHash-1-3 of the same, computed with OpenSSL 3.0 (EVP_MAC "SIPHASH", c-rounds 1, d-rounds 3). */
static const uint64_t vectors13[64] = {
	0xabac0158050fc4dc, 0xc9f49bf37d57ca93, 0x82cb9b024dc7d44d, 0x8bf80ab8e7ddf7fb,
	0xcf75576088d38328, 0xdef9d52f49533b67, 0xc50d2b50c59f22a7, 0xd3927d989bb11140,
	0x369095118d299a8e, 0x25a48eb36c063de4, 0x79de85ee92ff097f, 0x70c118c1f94dc352,
	0x78a384b157b4d9a2, 0x306f760c1229ffa7, 0x605aa111c0f95d34, 0xd320d86d2a519956,
	0xcc4fdd1a7d908b66, 0x9cf2689063dbd80c, 0x8ffc389cb473e63e, 0xf21f9de58d297d1c,
	0xc0dc2f46a6cce040, 0xb992abfe2b45f844, 0x7ffe7b9ba320872e, 0x525a0e7fdae6c123,
	0xf464aeb267349c8c, 0x45cd5928705b0979, 0x3a3e35e3ca9913a5, 0xa91dc74e4ade3b35,
	0xfb0bed02ef6cd00d, 0x88d93cb44ab1e1f4, 0x540f11d643c5e663, 0x2370dd1f8c21d1bc,
	0x81157b6c16a7b60d, 0x4d54b9e57a8ff9bf, 0x759f12781f2a753e, 0xcea1a3bebf186b91,
	0x2cf508d3ada26206, 0xb6101c2da3c33057, 0xb3f47496ae3a36a1, 0x626b57547b108392,
	0xc1d2363299e41531, 0x667cc1923f1ad944, 0x65704ffec8138825, 0x24f280d1c28949a6,
	0xc2ca1cedfaf8876b, 0xc2164bfc9f042196, 0xa16e9c9368b1d623, 0x49fb169c8b5114fd,
	0x9f3143f8df074c46, 0xc6fdaf2412cc86b3, 0x7eaf49d10a52098f, 0x1cf313559d292f9a,
	0xc44a30dda2f41f12, 0x36fae98943a71ed0, 0x318fb34c73f0bce6, 0xa27abf3670a7e980,
	0xb4bcc0db243c6d75, 0x23f8d852fdb71513, 0x8f035f4da67d8a08, 0xd89cd0e5b7e8f148,
	0xf6f4e6bcf7a644ee, 0xaec59ad80f1837f2, 0xc3b2f6154b6694e0, 0x9d199062b7bbb3a8,
};
/* clang-format on */

static void
matches_the_paper(void **state)
{
	uint8_t message[64];

	(void)state;
	for (unsigned len = 0; len < 64; len++) {
		message[len] = (uint8_t)len;
		assert_int_equal(siphash24(&paper_key, message, len), vectors24[len]);
	}
	assert_int_equal(vectors24[15], 0xa129ca6149be45e5);
}

static void
matches_another_1_3(void **state)
{
	uint8_t message[64];

	(void)state;
	for (unsigned len = 0; len < 64; len++) {
		message[len] = (uint8_t)len;
		assert_int_equal(siphash13(&paper_key, message, len), vectors13[len]);
	}
}

static void
reads_at_any_alignment(void **state)
{
	uint8_t message[64 + 8];

	(void)state;
	for (unsigned shift = 0; shift < 8; shift++) {
		for (unsigned i = 0; i < 63; i++)
			message[shift + i] = (uint8_t)i;
		assert_int_equal(siphash24(&paper_key, message + shift, 63), vectors24[63]);
	}
}

static struct addr
random_addr(bool ip4)
{
	struct addr a;

	for (unsigned i = 0; i < sizeof(a.b); i++)
		a.b[i] = (uint8_t)rand();
	return ip4 ? addr_from_ip4(a.w32[0]) : a;
}

static struct tuple
random_tuple(bool ip4)
{
	return (struct tuple){
		.local = random_addr(ip4),
		.remote = random_addr(ip4),
		.local_port = (rte_be16_t)rand(),
		.remote_port = (rte_be16_t)rand(),
	};
}

/* What a tuple is hashed as, in bytes. */
static unsigned
content_of(const struct tuple *t, uint8_t out[36])
{
	uint8_t *p = out;

	if (!tuple_is_ip4(t)) {
		memcpy(out, t, 36);
		return 36;
	}
	memcpy(p, &t->local.w32[3], 4);
	memcpy(p + 4, &t->remote.w32[3], 4);
	memcpy(p + 8, &t->local_port, 4);
	return 12;
}

static void
tuple_hash_is_siphash_1_3_of_its_content(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		struct tuple t = random_tuple(i % 2);
		uint8_t content[36];
		unsigned len = content_of(&t, content);

		assert_int_equal(tuple_hash(&paper_key, &t), siphash13(&paper_key, content, len));
	}
}

static void
tuple_prf_is_siphash_2_4_of_its_content(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		struct tuple t = random_tuple(i % 2);
		uint8_t content[36];
		unsigned len = content_of(&t, content);

		assert_int_equal(tuple_prf(&paper_key, &t), siphash24(&paper_key, content, len));
	}
}

static void
hosts_prf_is_siphash_2_4_of_its_content(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		struct tuple t = random_tuple(i % 2);
		uint8_t content[36];
		unsigned len = content_of(&t, content) - 4;

		assert_int_equal(hosts_prf(&paper_key, &t), siphash24(&paper_key, content, len));
	}
}

static uint64_t
random64(void)
{
	return (uint64_t)(uint32_t)rand() << 33 ^ (uint32_t)rand();
}

static void
addresses_prf_is_siphash_2_4_of_its_message(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		struct tuple t = random_tuple(i % 2);
		struct addresses_message m = {&paper_key, &t, random64(), (uint8_t)rand()};
		uint8_t content[41];
		unsigned len = content_of(&t, content) - 4;

		for (unsigned byte = 0; byte < 8; byte++)
			content[len++] = (uint8_t)(m.number >> 8 * byte);
		content[len++] = m.byte;
		assert_int_equal(len, i % 2 ? 17 : 41);
		assert_int_equal(addresses_prf(&m), siphash24(&paper_key, content, len));
	}
}

/* ip4_of_8: how many of eight tuples are IPv4, on average. */
static void
compare_burst(unsigned n, unsigned ip4_of_8)
{
	struct tuple tuples[32];
	const struct tuple *order[32] = {NULL};
	uint64_t hashes[33] = {0};

	for (unsigned i = 0; i < n; i++) {
		tuples[i] = random_tuple((unsigned)rand() % 8 < ip4_of_8);
		order[n - 1 - i] = &tuples[i];
	}
	hashes[n] = 42;
	tuple_hash_burst(&paper_key, order, n, hashes);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(hashes[i], tuple_hash(&paper_key, order[i]));
	tuple_prf_burst(&paper_key, order, n, hashes);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(hashes[i], tuple_prf(&paper_key, order[i]));
	hosts_prf_burst(&paper_key, order, n, hashes);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(hashes[i], hosts_prf(&paper_key, order[i]));
	assert_int_equal(hashes[n], 42);
}

static void
compare_messages(unsigned n, unsigned ip4_of_8)
{
	struct addresses_message m[32] = {{0}};
	struct siphash_key keys[32];
	struct tuple tuples[32];
	uint64_t hashes[33] = {0};

	for (unsigned i = 0; i < n; i++) {
		tuples[i] = random_tuple((unsigned)rand() % 8 < ip4_of_8);
		keys[i] = (struct siphash_key){random64(), random64()};
		m[i] = (struct addresses_message){&keys[i], &tuples[i], random64(),
						  (uint8_t)rand()};
	}
	hashes[n] = 42;
	addresses_prf_burst(m, n, hashes);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(hashes[i], addresses_prf(&m[i]));
	assert_int_equal(hashes[n], 42);
}

static void
a_burst_hashes_like_its_messages(void **state)
{
	(void)state;
	for (unsigned n = 0; n <= 32; n++)
		for (unsigned ip4_of_8 = 0; ip4_of_8 <= 8; ip4_of_8++)
			compare_messages(n, ip4_of_8);
}

static void
a_burst_hashes_like_its_tuples(void **state)
{
	(void)state;
	for (unsigned n = 0; n <= 32; n++)
		for (unsigned ip4_of_8 = 0; ip4_of_8 <= 8; ip4_of_8++)
			compare_burst(n, ip4_of_8);
}

static void
every_field_and_the_key_count(void **state)
{
	const struct siphash_key other = {paper_key.k0, paper_key.k1 ^ 1};

	(void)state;
	for (unsigned ip4 = 0; ip4 < 2; ip4++) {
		struct tuple t = random_tuple(ip4);
		uint64_t hash = tuple_hash(&paper_key, &t);

		for (unsigned byte = ip4 ? 12 : 0; byte < sizeof(t); byte++) {
			if (ip4 && byte == 16)
				byte = 28;
			((uint8_t *)&t)[byte] ^= 0x80;
			assert_int_not_equal(tuple_hash(&paper_key, &t), hash);
			((uint8_t *)&t)[byte] ^= 0x80;
		}
		assert_int_not_equal(tuple_hash(&other, &t), hash);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_the_paper),
		cmocka_unit_test(matches_another_1_3),
		cmocka_unit_test(reads_at_any_alignment),
		cmocka_unit_test(tuple_hash_is_siphash_1_3_of_its_content),
		cmocka_unit_test(tuple_prf_is_siphash_2_4_of_its_content),
		cmocka_unit_test(hosts_prf_is_siphash_2_4_of_its_content),
		cmocka_unit_test(addresses_prf_is_siphash_2_4_of_its_message),
		cmocka_unit_test(a_burst_hashes_like_its_tuples),
		cmocka_unit_test(a_burst_hashes_like_its_messages),
		cmocka_unit_test(every_field_and_the_key_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
