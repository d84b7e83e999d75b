/* SPDX-License-Identifier: BSD-3-Clause */
#include "world.h"

static void
a_hop_is_asked_for_at_once(void **state)
{
	struct arp a;

	world_open_plain();
	assert_int_equal(hop_to("10.0.0.2"), HOP(0, 0));
	flush();
	assert_int_equal(sent_count, 1);
	a = sent_arp(&sent[0]);
	assert_int_equal(a.op, ARP_REQUEST);
	assert_int_equal(a.sender_ip, ip4("10.0.0.1"));
	assert_int_equal(a.target_ip, ip4("10.0.0.2"));
	assert_true(sent_is_to(&sent[0], broadcast_mac));
	assert_state("10.0.0.2", "incomplete");
	world_close();
}

static void
an_empty_table_is_silent(void **state)
{
	world_open_plain();
	AT_MS(40000);
	assert_int_equal(sent_count, 0);
	assert_int_equal(COUNT(NEIGHBOUR_FAILED), 0);
	world_close();
}

static void
hops_of_one_address_are_the_same(void **state)
{
	world_open_plain();
	assert_int_equal(hop_to("10.0.0.2"), hop_to("10.0.0.2"));
	assert_int_not_equal(hop_to("10.0.0.2"), hop_to("10.0.0.3"));
	flush();
	assert_int_equal(sent_count, 2);
	world_close();
}

static void
packets_wait_and_leave_in_order(void **state)
{
	uint16_t hop;

	world_open_plain();
	hop = hop_to("10.0.0.2");
	assert_false(net_hop_ready(net, hop));
	for (unsigned i = 0; i < 3; i++)
		segment_out(hop, "10.0.0.1", "10.0.0.2", 100 + i);
	flush();
	assert_int_equal(sent_count, 1); /* the request */
	forget_sent();
	arp_reply_in(2, "10.0.0.2");
	assert_state("10.0.0.2", "reachable");
	assert_true(net_hop_ready(net, hop));
	assert_int_equal(sent_count, 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(sent_mark(&sent[i]), 100 + i);
		assert_true(sent_is_to(&sent[i], peer_mac(2)));
		assert_true(sent_is_from(&sent[i], our_mac(0)));
		assert_int_equal(sent_type(&sent[i]), RTE_ETHER_TYPE_IPV4);
	}
	world_close();
}

static void
a_request_from_it_resolves_as_well(void **state)
{
	world_open_plain();
	segment_out(hop_to("10.0.0.2"), "10.0.0.1", "10.0.0.2", 7);
	flush();
	forget_sent();
	arp_request_in(2, "10.0.0.2", "10.0.0.1");
	assert_int_equal(sent_count, 3); /* answer; segment; probe, since nothing was confirmed */
	assert_state("10.0.0.2", "probe");
	world_close();
}

static void
the_youngest_packets_are_kept(void **state)
{
	uint16_t hop;

	world_open_plain();
	hop = hop_to("10.0.0.2");
	for (unsigned i = 0; i < NEIGHBOUR_PENDING_MAX + 5; i++)
		segment_out(hop, "10.0.0.1", "10.0.0.2", i);
	flush();
	assert_int_equal(COUNT(DROP_NEIGHBOUR_QUEUE), 5);
	assert_int_equal(net_waiting(net), NEIGHBOUR_PENDING_MAX);
	forget_sent();
	arp_reply_in(2, "10.0.0.2");
	assert_int_equal(net_waiting(net), 0);
	assert_int_equal(sent_count, NEIGHBOUR_PENDING_MAX);
	for (unsigned i = 0; i < NEIGHBOUR_PENDING_MAX; i++)
		assert_int_equal(sent_mark(&sent[i]), 5 + i);
	world_close();
}

static void
all_that_wait_are_bounded(void **state)
{
	const struct tct_port_config config = {
		.locals = {local_range("10.0.0.1", 1, 24)},
		.local_count = 1,
	};
	const unsigned stations = NEIGHBOURS_PENDING_MAX / NEIGHBOUR_PENDING_MAX;
	char text[20];

	world_open_with(&config, 1, 200, 0, false);
	for (unsigned i = 0; i < stations; i++) {
		snprintf(text, sizeof(text), "10.0.0.%u", 2 + i);
		for (unsigned j = 0; j < NEIGHBOUR_PENDING_MAX; j++)
			segment_out(hop_to(text), "10.0.0.1", text, j);
		flush();
	}
	assert_int_equal(COUNT(DROP_NEIGHBOUR_QUEUE), 0);
	segment_out(hop_to("10.0.0.200"), "10.0.0.1", "10.0.0.200", 0);
	flush();
	assert_int_equal(COUNT(DROP_NEIGHBOUR_QUEUE), 1);
	/* One that has packets waiting loses its oldest for a new one. */
	segment_out(hop_to("10.0.0.2"), "10.0.0.1", "10.0.0.2", 99);
	flush();
	assert_int_equal(COUNT(DROP_NEIGHBOUR_QUEUE), 2);
	forget_sent();
	arp_reply_in(2, "10.0.0.2");
	assert_int_equal(sent_count, NEIGHBOUR_PENDING_MAX);
	assert_int_equal(sent_mark(&sent[NEIGHBOUR_PENDING_MAX - 1]), 99);
	world_close();
}

static void
it_is_asked_three_times_then_given_up(void **state)
{
	world_open_plain();
	segment_out(hop_to("10.0.0.2"), "10.0.0.1", "10.0.0.2", 1234);
	flush();
	AT_MS(999);
	assert_int_equal(sent_count, 1);
	AT_MS(1010);
	assert_int_equal(sent_count, 2);
	AT_MS(2010);
	assert_int_equal(sent_count, 3);
	assert_state("10.0.0.2", "incomplete");
	AT_MS(3010);
	assert_int_equal(sent_count, 3);
	assert_state("10.0.0.2", "failed");
	assert_int_equal(COUNT(NEIGHBOUR_FAILED), 1);
	assert_int_equal(COUNT(DROP_NEIGHBOUR_QUEUE), 1);
	/* whoever sent the packet is told */
	assert_int_equal(error_count, 1);
	assert_addr(&errors[0].tuple.local, "10.0.0.1");
	assert_addr(&errors[0].tuple.remote, "10.0.0.2");
	assert_int_equal(errors[0].tuple.local_port, RTE_BE16(80));
	assert_int_equal(errors[0].tuple.remote_port, RTE_BE16(1000));
	assert_int_equal(errors[0].seq, 1234);
	assert_int_equal(errors[0].err, ICMP_ERROR_SOFT_HOST);
	AT_MS(10000);
	assert_int_equal(sent_count, 3);
	world_close();
}

/* What was sent there has arrived: it is as good as an answer, once a second has brought none. */
static void
an_ack_is_an_answer(void **state)
{
	uint16_t hop;

	world_open_plain();
	hop = hop_to("10.0.0.2");
	arp_reply_in(2, "10.0.0.2");
	AT_MS(31000);
	forget_sent();
	segment_out(hop, "10.0.0.1", "10.0.0.2", 5);
	flush();
	AT_MS(31500);
	net_reached(net)[hop] = tick_from_us(now_us);
	AT_MS(31900);
	assert_state("10.0.0.2", "probe");
	AT_MS(32100);
	assert_state("10.0.0.2", "reachable");
	assert_int_equal(sent_count, 1 + 1);
	AT_MS(61900);
	assert_state("10.0.0.2", "reachable");
	AT_MS(62100);
	assert_state("10.0.0.2", "stale");
	assert_int_equal(COUNT(NEIGHBOUR_FAILED), 0);
	world_close();
}

static void
an_older_ack_is_none(void **state)
{
	uint16_t hop;

	world_open_plain();
	hop = hop_to("10.0.0.2");
	arp_reply_in(2, "10.0.0.2");
	AT_MS(30500);
	net_reached(net)[hop] = tick_from_us(now_us);
	AT_MS(31000);
	segment_out(hop, "10.0.0.1", "10.0.0.2", 5);
	flush();
	AT_MS(35000);
	assert_state("10.0.0.2", "failed");
	world_close();
}

/* Without a MAC there is nothing to keep. */
static void
an_ack_does_not_replace_a_mac(void **state)
{
	uint16_t hop;

	world_open_plain();
	hop = hop_to("10.0.0.2");
	AT_MS(500);
	net_reached(net)[hop] = tick_from_us(now_us);
	AT_MS(1100);
	assert_state("10.0.0.2", "incomplete");
	AT_MS(4000);
	assert_state("10.0.0.2", "failed");
	world_close();
}

static void
the_next_packet_asks_again(void **state)
{
	uint16_t hop;

	world_open_plain();
	hop = hop_to("10.0.0.2");
	AT_MS(4000);
	assert_state("10.0.0.2", "failed");
	forget_sent();
	segment_out(hop, "10.0.0.1", "10.0.0.2", 5);
	flush();
	assert_state("10.0.0.2", "incomplete");
	assert_int_equal(sent_count, 1);
	arp_reply_in(2, "10.0.0.2");
	assert_int_equal(sent_count, 2);
	assert_int_equal(sent_mark(&sent[1]), 5);
	world_close();
}

static void
it_ages_and_is_probed_by_unicast_when_used(void **state)
{
	uint16_t hop;

	world_open_plain();
	hop = hop_to("10.0.0.2");
	arp_reply_in(2, "10.0.0.2");
	AT_MS(29900);
	assert_state("10.0.0.2", "reachable");
	AT_MS(30100);
	assert_state("10.0.0.2", "stale");
	AT_MS(60000);
	assert_state("10.0.0.2", "stale");
	forget_sent();
	segment_out(hop, "10.0.0.1", "10.0.0.2", 5);
	flush();
	assert_state("10.0.0.2", "probe");
	assert_int_equal(sent_count, 2); /* the packet does not wait */
	assert_int_equal(sent_mark(&sent[0]), 5);
	assert_int_equal(sent_arp(&sent[1]).op, ARP_REQUEST);
	assert_true(sent_is_to(&sent[1], peer_mac(2)));
	segment_out(hop, "10.0.0.1", "10.0.0.2", 6);
	flush();
	assert_int_equal(sent_count, 3);
	arp_reply_in(2, "10.0.0.2");
	assert_state("10.0.0.2", "reachable");
	AT_MS(89900);
	assert_state("10.0.0.2", "reachable");
	world_close();
}

static void
a_probe_without_answer_fails(void **state)
{
	uint16_t hop;

	world_open_plain();
	hop = hop_to("10.0.0.2");
	arp_reply_in(2, "10.0.0.2");
	AT_MS(31000);
	forget_sent();
	segment_out(hop, "10.0.0.1", "10.0.0.2", 5);
	flush();
	AT_MS(35000);
	assert_state("10.0.0.2", "failed");
	assert_int_equal(sent_count, 1 + 3);
	assert_int_equal(COUNT(NEIGHBOUR_FAILED), 1);
	forget_sent();
	segment_out(hop, "10.0.0.1", "10.0.0.2", 6);
	flush();
	assert_int_equal(sent_count, 1);
	assert_true(sent_is_to(&sent[0], broadcast_mac));
	world_close();
}

static void
a_probe_may_find_it_moved(void **state)
{
	uint16_t hop;

	world_open_plain();
	hop = hop_to("10.0.0.2");
	arp_reply_in(2, "10.0.0.2");
	AT_MS(31000);
	segment_out(hop, "10.0.0.1", "10.0.0.2", 5);
	flush();
	arp_reply_in(3, "10.0.0.2");
	assert_state("10.0.0.2", "reachable");
	forget_sent();
	segment_out(hop, "10.0.0.1", "10.0.0.2", 6);
	flush();
	assert_true(sent_is_to(&sent[0], peer_mac(3)));
	world_close();
}

static void
stale_is_not_reachable_by_time(void **state)
{
	world_open_plain();
	arp_request_in(2, "10.0.0.2", "10.0.0.1");
	forget_sent();
	AT_MS(100000);
	assert_state("10.0.0.2", "stale");
	assert_int_equal(sent_count, 0);
	world_close();
}

/* ---- the whole state machine ---- */

static const struct addr station = {.w32 = {0, 0, ADDR_MAPPED_W32, RTE_BE32(0x0a000002)}};

static void
bring_to(enum neighbour_state wanted, uint16_t hop)
{
	switch (wanted) {
	case NEIGHBOUR_INCOMPLETE:
		break;
	case NEIGHBOUR_REACHABLE:
		arp_reply_in(2, "10.0.0.2");
		break;
	case NEIGHBOUR_STALE:
		arp_request_in(2, "10.0.0.2", "10.0.0.1");
		break;
	case NEIGHBOUR_PROBE:
		arp_request_in(2, "10.0.0.2", "10.0.0.1");
		segment_out(hop, "10.0.0.1", "10.0.0.2", 1);
		flush();
		break;
	default:
		AT_MS(4000);
	}
	assert_int_equal(net->neighbours.entries[hop].state, wanted);
}

static void
use(uint16_t hop)
{
	struct rte_mbuf *m;

	segment_out(hop, "10.0.0.1", "10.0.0.2", 1);
	m = tx.out[--tx.out_count];
	if (neighbour_use(net, hop, m, now_us))
		tx_release(&tx, m);
}

static void
meet(unsigned event, uint16_t hop)
{
	struct rte_ether_addr mac = peer_mac(3);

	switch (event) {
	case 0:
		use(hop);
		break;
	case 1:
		neighbour_heard(net, 0, &station, &mac, false, now_us);
		break;
	case 2:
		neighbour_answered(net, hop, &mac, now_us);
		break;
	case 3:
		neighbour_doubted(net, hop, now_us);
		break;
	default:
		at_ms(now_us / 1000 - 1000 + 31000);
	}
}

static void
every_state_meets_every_event(void **state)
{
	static const char *const after[NEIGHBOUR_STATES][5] = {
		/* used, heard, answered, doubted, half a minute */
		{"incomplete", "stale", "reachable", "incomplete", "failed"},
		{"reachable", "stale", "reachable", "stale", "stale"},
		{"probe", "stale", "reachable", "stale", "stale"},
		{"probe", "stale", "reachable", "probe", "failed"},
		{"incomplete", "stale", "reachable", "failed", "failed"},
	};

	for (unsigned from = 0; from < NEIGHBOUR_STATES; from++) {
		for (unsigned event = 0; event < 5; event++) {
			uint16_t hop;

			world_open_plain();
			hop = hop_to("10.0.0.2");
			bring_to(from, hop);
			meet(event, hop);
			assert_state("10.0.0.2", after[from][event]);
			assert_mac(mac_of("10.0.0.2"),
				   event == 1 || event == 2 ? peer_mac(3)
				   : (from == NEIGHBOUR_INCOMPLETE || from == NEIGHBOUR_FAILED)
					   ? (struct rte_ether_addr){{0}}
					   : peer_mac(2));
			world_close();
		}
	}
}

/* ---- a table of 4 ---- */

static void
open_small(void)
{
	const struct tct_port_config config = {
		.locals = {local_range("10.0.0.1", 1, 24)},
		.local_count = 1,
	};

	world_open_with(&config, 1, 4, 0, false);
}

static void
a_full_table_replaces_the_longest_unused(void **state)
{
	uint16_t hop[4];
	char text[20];

	open_small();
	for (unsigned i = 0; i < 4; i++) {
		snprintf(text, sizeof(text), "10.0.0.%u", 10 + i);
		hop[i] = hop_to(text);
	}
	net_hop_release(net, hop[2]);
	net_hop_release(net, hop[0]);
	net_hop_release(net, hop[1]);
	assert_int_equal(COUNT(NEIGHBOUR_FULL), 0);
	assert_int_equal(hop_to("10.0.0.20"), hop[2]);
	assert_int_equal(COUNT(NEIGHBOUR_FULL), 1);
	assert_state("10.0.0.12", "absent");
	assert_state("10.0.0.20", "incomplete");
	/* held again: no longer the next to go */
	assert_int_equal(hop_to("10.0.0.10"), hop[0]);
	assert_int_equal(hop_to("10.0.0.21"), hop[1]);
	assert_state("10.0.0.10", "incomplete");
	assert_state("10.0.0.11", "absent");
	world_close();
}

static void
entries_in_use_are_never_replaced(void **state)
{
	open_small();
	assert_int_equal(hop_to("10.0.0.10"), HOP(0, 0));
	for (unsigned i = 11; i < 14; i++) {
		char text[20];

		snprintf(text, sizeof(text), "10.0.0.%u", i);
		hop_to(text);
	}
	assert_int_equal(hop_to("10.0.0.20"), HOP_NONE);
	assert_int_equal(COUNT(NEIGHBOUR_FULL), 1);
	arp_request_in(30, "10.0.0.30", "10.0.0.1"); /* answered, not learned */
	assert_state("10.0.0.30", "absent");
	assert_int_equal(COUNT(ARP_REPLY_TX), 1);
	assert_state("10.0.0.10", "incomplete");
	/* two references: one release is not enough */
	hop_to("10.0.0.10");
	net_hop_release(net, HOP(0, 0));
	assert_int_equal(hop_to("10.0.0.20"), HOP_NONE);
	net_hop_release(net, HOP(0, 0));
	assert_int_equal(hop_to("10.0.0.20"), HOP(0, 0));
	world_close();
}

static void
packets_of_a_replaced_entry_are_dropped(void **state)
{
	uint16_t hop;

	open_small();
	hop = hop_to("10.0.0.10");
	segment_out(hop, "10.0.0.1", "10.0.0.10", 1);
	flush();
	net_hop_release(net, hop);
	for (unsigned i = 11; i < 15; i++) {
		char text[20];

		snprintf(text, sizeof(text), "10.0.0.%u", i);
		hop_to(text);
	}
	assert_state("10.0.0.10", "absent");
	assert_int_equal(COUNT(DROP_NEIGHBOUR_QUEUE), 1);
	arp_reply_in(10, "10.0.0.10");
	assert_state("10.0.0.10", "absent");
	AT_MS(5000); /* timers of what is gone */
	world_close();
}

/* An attacker who speaks for every address of the link pushes out only what nobody uses. */
static void
a_flood_of_requests_leaves_what_is_used(void **state)
{
	uint16_t hop;
	char text[20];

	open_small();
	hop = hop_to("10.0.0.2");
	arp_reply_in(2, "10.0.0.2");
	for (unsigned i = 10; i < 250; i++) {
		snprintf(text, sizeof(text), "10.0.0.%u", i);
		arp_request_in(66, text, "10.0.0.1");
		forget_sent();
	}
	assert_state("10.0.0.2", "reachable");
	assert_int_equal(hop_to("10.0.0.2"), hop);
	assert_state("10.0.0.249", "stale");
	assert_state("10.0.0.246", "absent");
	world_close();
}

static void
no_buffer_no_request_but_a_retry(void **state)
{
	unsigned spare;

	world_open_plain();
	spare = tx.spare_count;
	tx.spare_count = 0;
	hop_to("10.0.0.2");
	tx.spare_count = spare;
	assert_int_equal(COUNT(TX_NO_MBUF), 1);
	assert_int_equal(COUNT(ARP_REQUEST_TX), 0);
	flush();
	assert_int_equal(sent_count, 0);
	AT_MS(1010);
	assert_int_equal(sent_count, 1);
	assert_int_equal(COUNT(ARP_REQUEST_TX), 1);
	world_close();
}

static void
no_room_drops_what_waited(void **state)
{
	struct rte_ether_addr mac = peer_mac(2);
	uint16_t hop;

	world_open_plain();
	hop = hop_to("10.0.0.2");
	segment_out(hop, "10.0.0.1", "10.0.0.2", 1);
	flush();
	tx.out_count = TX_OUT_MAX; /* of nothing */
	neighbour_answered(net, hop, &mac, now_us);
	tx.out_count = 0;
	assert_int_equal(COUNT(DROP_NEIGHBOUR_QUEUE), 1);
	world_close();
}

static void
packets_to_reachable_stations_need_no_attention(void **state)
{
	uint16_t hop;

	world_open_plain();
	hop = hop_to("10.0.0.2");
	assert_true(net->ready[hop].attend);
	arp_reply_in(2, "10.0.0.2");
	assert_false(net->ready[hop].attend);
	AT_MS(31000);
	assert_true(net->ready[hop].attend);
	segment_out(hop, "10.0.0.1", "10.0.0.2", 1);
	flush();
	assert_false(net->ready[hop].attend); /* being probed */
	world_close();
}

static unsigned
address_space_pages(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned pages = 0;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%u", &pages), 1);
	fclose(f);
	return pages;
}

static void
nothing_is_left_behind(void **state)
{
	unsigned before = 0;

	for (unsigned i = 0; i < 300; i++) {
		world_open_plain();
		world_close();
		if (i == 100)
			before = address_space_pages();
	}
	assert_true(address_space_pages() < before + 100);
}

/* The lists of timers: whole, in order, and of all entries that have one and no others. */
static void
check_timers(void)
{
	static const uint8_t timer_of[NEIGHBOUR_STATES] = {
		[NEIGHBOUR_INCOMPLETE] = TIMER_RETRY,	 [NEIGHBOUR_PROBE] = TIMER_RETRY,
		[NEIGHBOUR_REACHABLE] = TIMER_REACHABLE, [NEIGHBOUR_STALE] = TIMER_NONE,
		[NEIGHBOUR_FAILED] = TIMER_NONE,
	};
	const struct neighbours *t = &net->neighbours;
	unsigned listed = 0, timed = 0;

	for (unsigned timer = 0; timer < NEIGHBOUR_TIMERS; timer++) {
		uint16_t last = NEIGHBOUR_NONE;

		for (uint16_t hop = t->due[timer].first; hop != NEIGHBOUR_NONE;
		     hop = t->entries[hop].links[LINK_DUE].next) {
			const struct neighbour *e = &t->entries[hop];

			assert_int_equal(timer_of[e->state], timer);
			assert_int_equal(e->links[LINK_DUE].prev, last);
			assert_true(last == NEIGHBOUR_NONE || t->entries[last].due_us <= e->due_us);
			assert_true(e->due_us > now_us - 2048);
			assert_true(listed++ < t->used[0]);
			last = hop;
		}
		assert_int_equal(t->due[timer].last, last);
	}
	for (uint16_t hop = 0; hop < t->used[0]; hop++)
		timed += timer_of[t->entries[hop].state] != TIMER_NONE;
	assert_int_equal(listed, timed);
}

/* Random use against a naive model: which address each hop is for, and who holds it. */
static void
hops_and_references_against_a_model(void **state)
{
	enum {
		ADDRESSES = 40,
		ENTRIES = 12
	};
	const struct tct_port_config config = {
		.locals = {local_range("10.0.0.1", 1, 24)},
		.local_count = 1,
	};
	uint16_t hop[ADDRESSES] = {0};
	unsigned refs[ADDRESSES] = {0};
	unsigned held = 0;
	char text[20];

	srand(1);
	world_open_with(&config, 1, ENTRIES, 0, false);
	for (unsigned i = 0; i < 20000; i++) {
		unsigned who = (unsigned)rand() % ADDRESSES;

		snprintf(text, sizeof(text), "10.0.0.%u", 10 + who);
		switch (rand() % 5) {
		case 0:
		case 1: {
			uint16_t got = hop_to(text);

			if (refs[who] == 0 && held == ENTRIES) {
				assert_int_equal(got, HOP_NONE);
				break;
			}
			assert_int_not_equal(got, HOP_NONE);
			if (refs[who] != 0)
				assert_int_equal(got, hop[who]);
			for (unsigned j = 0; j < ADDRESSES; j++)
				assert_false(j != who && refs[j] != 0 && hop[j] == got);
			hop[who] = got;
			held += refs[who]++ == 0;
			break;
		}
		case 2:
			if (refs[who] == 0)
				break;
			net_hop_release(net, hop[who]);
			held -= --refs[who] == 0;
			break;
		case 3:
			if (rand() % 2)
				arp_request_in(10 + who, text, "10.0.0.1");
			else
				arp_reply_in(10 + who, text);
			break;
		default:
			at_ms(now_us / 1000 - 1000 + (unsigned)rand() % 300);
			if (refs[who] != 0)
				segment_out(hop[who], "10.0.0.1", text, 1);
		}
		flush();
		forget_sent();
		error_count = 0;
		check_timers();
	}
	world_close();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hop_is_asked_for_at_once),
		cmocka_unit_test(an_empty_table_is_silent),
		cmocka_unit_test(hops_of_one_address_are_the_same),
		cmocka_unit_test(packets_wait_and_leave_in_order),
		cmocka_unit_test(a_request_from_it_resolves_as_well),
		cmocka_unit_test(the_youngest_packets_are_kept),
		cmocka_unit_test(all_that_wait_are_bounded),
		cmocka_unit_test(it_is_asked_three_times_then_given_up),
		cmocka_unit_test(the_next_packet_asks_again),
		cmocka_unit_test(it_ages_and_is_probed_by_unicast_when_used),
		cmocka_unit_test(a_probe_without_answer_fails),
		cmocka_unit_test(an_ack_is_an_answer),
		cmocka_unit_test(an_older_ack_is_none),
		cmocka_unit_test(an_ack_does_not_replace_a_mac),
		cmocka_unit_test(a_probe_may_find_it_moved),
		cmocka_unit_test(stale_is_not_reachable_by_time),
		cmocka_unit_test(every_state_meets_every_event),
		cmocka_unit_test(a_full_table_replaces_the_longest_unused),
		cmocka_unit_test(entries_in_use_are_never_replaced),
		cmocka_unit_test(packets_of_a_replaced_entry_are_dropped),
		cmocka_unit_test(a_flood_of_requests_leaves_what_is_used),
		cmocka_unit_test(no_buffer_no_request_but_a_retry),
		cmocka_unit_test(no_room_drops_what_waited),
		cmocka_unit_test(packets_to_reachable_stations_need_no_attention),
		cmocka_unit_test(nothing_is_left_behind),
		cmocka_unit_test(hops_and_references_against_a_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
