/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory that is missing, on hosts that this one need not be. */
#include "test.h"

#include "shortage.h"

#define MIB (UINT64_C(1) << 20)

static const struct tct_config two_ports = {.port_count = 2};
static const struct memory_need need = {.mbufs = 200 * MIB}; /* 100 for each port */
static const int anywhere[TCT_MAX_PORTS] = {NODE_ANY, NODE_ANY};
static char text[SHORTAGE_CHARS];

static void
is_enough(const struct eal_room *room, const int nodes[])
{
	if (shortage_of_buffers(&two_ports, &need, room, nodes, text))
		fail_msg("missing, and it is not: %s", text);
}

static void
lacks(const struct eal_room *room, const int nodes[], const char *words)
{
	assert_true(shortage_of_buffers(&two_ports, &need, room, nodes, text));
	if (strstr(text, words) == NULL)
		fail_msg("'%s' not in '%s'", words, text);
}

static void
memory_given_is_compared(void **state)
{
	struct eal_room room = {.kind = EAL_MEMORY_PLAIN, .bytes = 200 * MIB};

	is_enough(&room, anywhere);
	room.bytes = 64 * MIB;
	lacks(&room, anywhere,
	      "200 MiB of packet buffers wanted, and EAL is given 64 MiB (-m): 136 MiB missing");
	room.kind = EAL_MEMORY_CHOSEN;
	is_enough(&room, anywhere);
}

static void
huge_pages_are_counted_together(void **state)
{
	struct eal_room room = {.kind = EAL_MEMORY_HUGE, .all = {.of_2m = 100}};

	is_enough(&room, anywhere);
	room.all.of_2m = 99;
	lacks(&room, anywhere,
	      "200 MiB of packet buffers wanted in huge pages, and this host has 198 MiB free (99 "
	      "pages of 2 MiB, 0 of 1 GiB): 2 MiB missing, which are 1 pages of 2 MiB");
	room.all = (struct huge_pages){.of_1g = 1};
	is_enough(&room, anywhere);
}

/* There is enough, but where no device is. */
static void
huge_pages_are_counted_node_by_node(void **state)
{
	struct eal_room room = {
		.kind = EAL_MEMORY_HUGE,
		.all = {.of_2m = 120},
		.node = {{.of_2m = 110}, {.of_2m = 10}},
	};

	is_enough(&room, anywhere);
	is_enough(&room, (int[TCT_MAX_PORTS]){0, 0});
	is_enough(&room, (int[TCT_MAX_PORTS]){0, NODE_ANY});
	lacks(&room, (int[TCT_MAX_PORTS]){0, 1},
	      "100 MiB of packet buffers wanted in huge pages, and NUMA node 1 has 20 MiB free (10 "
	      "pages of 2 MiB, 0 of 1 GiB): 80 MiB missing, which are 40 pages of 2 MiB");
	lacks(&room, (int[TCT_MAX_PORTS]){1, 1}, "200 MiB of packet buffers wanted");
}

static void
tables_are_compared_to_the_byte(void **state)
{
	assert_false(shortage_of_all(10 * MIB, 10 * MIB, "", text));
	assert_true(shortage_of_all(10 * MIB + 1, 10 * MIB, " left", text));
	assert_non_null(strstr(text, "11 MiB of memory wanted for tables and buffers, and this "
				     "host has 10 MiB left: 1 MiB missing"));
}

static void
room_of(struct eal_room *room, const char *const *args, unsigned count)
{
	eal_room_probe(room, (char *const *)args, count);
}

static void
eal_options_say_what_there_is(void **state)
{
	struct eal_room room;

	room_of(&room, (const char *[]){"--no-pci"}, 1);
	assert_int_equal(room.kind, EAL_MEMORY_CHOSEN);
	room_of(&room, (const char *[]){"--no-huge", "-m", "300"}, 3);
	assert_int_equal(room.kind, EAL_MEMORY_PLAIN);
	assert_int_equal(room.bytes, 300 * MIB);
	room_of(&room, (const char *[]){"-m300", "--no-huge"}, 2);
	assert_int_equal(room.bytes, 300 * MIB);
	room_of(&room, (const char *[]){"--no-huge"}, 1);
	assert_int_equal(room.bytes, 64 * MIB);
	room_of(&room, (const char *[]){"-m", "300"}, 2);
	assert_int_equal(room.kind, EAL_MEMORY_HUGE);
	room_of(&room, (const char *[]){"--socket-mem=300,0"}, 1);
	assert_int_equal(room.kind, EAL_MEMORY_HUGE);
}

static void
devices_of_no_bus_have_no_node(void **state)
{
	assert_int_equal(shortage_node_of("net_tap0,iface=tap0"), NODE_ANY);
	assert_int_equal(shortage_node_of("ffff:ff:1f.7"), NODE_ANY);
	assert_int_equal(shortage_node_of("ff:1f.7"), NODE_ANY);
	assert_int_equal(shortage_node_of("../../../../proc/1"), NODE_ANY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_given_is_compared),
		cmocka_unit_test(huge_pages_are_counted_together),
		cmocka_unit_test(huge_pages_are_counted_node_by_node),
		cmocka_unit_test(tables_are_compared_to_the_byte),
		cmocka_unit_test(eal_options_say_what_there_is),
		cmocka_unit_test(devices_of_no_bus_have_no_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
