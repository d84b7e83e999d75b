/* SPDX-License-Identifier: BSD-3-Clause */
/* Ports that need neither hardware nor root: pairs of rings, and net_null. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "port/pair.h"

#include "../eal.h"
#include "../said.h"

static struct tct_port_config
config_of(const char *device)
{
	struct tct_port_config config = {.mtu = 0};

	strcpy(config.device, device);
	return config;
}

/* ---- pairs ---- */

static struct port a, b;

static void
open_pair(void)
{
	assert_int_equal(port_open_pair(&a, &b, "pair", 255, 512, 1500), 0);
	assert_int_equal(port_start(&a), 0);
	assert_int_equal(port_start(&b), 0);
}

static void
close_pair(void)
{
	port_stop(&a);
	port_stop(&b);
	assert_int_equal(port_close(&a), 0);
	assert_int_equal(port_close(&b), 0);
}

static void
pairs_have_the_mtu_asked_for(void **state)
{
	assert_int_equal(port_open_pair(&a, &b, "jumbo", 255, 512, 9000), 0);
	assert_int_equal(a.mtu, 9000);
	assert_int_equal(b.mtu, 9000);
	assert_true(rte_pktmbuf_data_room_size(a.mbufs) >= RTE_PKTMBUF_HEADROOM + 9000 + 18);
	assert_true(rte_pktmbuf_data_room_size(b.mbufs) >= RTE_PKTMBUF_HEADROOM + 9000 + 18);
	close_pair();
}

static unsigned
transmit(const struct port *p, unsigned n)
{
	struct rte_mbuf *m[512];
	unsigned sent;

	assert_int_equal(rte_pktmbuf_alloc_bulk(p->mbufs, m, n), 0);
	sent = rte_eth_tx_burst(p->id, 0, m, (uint16_t)n);
	rte_pktmbuf_free_bulk(m + sent, n - sent);
	return sent;
}

static unsigned
receive(const struct port *p, unsigned n)
{
	struct rte_mbuf *m[512];
	unsigned got = rte_eth_rx_burst(p->id, 0, m, (uint16_t)n);

	rte_pktmbuf_free_bulk(m, got);
	return got;
}

static void
what_one_sends_the_other_receives(void **state)
{
	open_pair();
	assert_int_equal(transmit(&a, 3), 3);
	assert_int_equal(receive(&a, 32), 0);
	assert_int_equal(receive(&b, 32), 3);
	assert_int_equal(transmit(&b, 5), 5);
	assert_int_equal(receive(&b, 32), 0);
	assert_int_equal(receive(&a, 32), 5);
	close_pair();
}

static void
depth_bounds_what_is_in_flight(void **state)
{
	open_pair();
	assert_int_equal(transmit(&a, 300), 255);
	assert_int_equal(transmit(&a, 1), 0);
	assert_int_equal(receive(&b, 10), 10);
	assert_int_equal(transmit(&a, 20), 10);
	close_pair(); /* what is in flight comes back */
}

static void
pairs_have_macs_of_their_own(void **state)
{
	open_pair();
	assert_true(rte_is_valid_assigned_ether_addr(&a.mac));
	assert_true(rte_is_valid_assigned_ether_addr(&b.mac));
	assert_false(rte_is_same_ether_addr(&a.mac, &b.mac));
	assert_int_equal(a.mtu, 1500);
	assert_int_equal(a.queues, 1);
	assert_true(a.lend_static && b.lend_static);
	assert_false(a.lend_dma || b.lend_dma);
	assert_false(a.tx_checksum || a.rx_checksum || a.linear_tx || a.tso_ip4 || a.tso_ip6);
	assert_true(port_link_up(&a));
	close_pair();
}

static void
leaks_are_counted(void **state)
{
	struct rte_mbuf *kept[3];

	open_pair();
	assert_int_equal(port_mbufs_in_use(&a), 0);
	assert_int_equal(rte_pktmbuf_alloc_bulk(a.mbufs, kept, 3), 0);
	assert_int_equal(port_mbufs_in_use(&a), 3);
	transmit(&a, 4);
	assert_int_equal(port_mbufs_in_use(&a), 7);
	assert_int_equal(receive(&b, 32), 4);
	assert_int_equal(port_mbufs_in_use(&a), 3);
	port_stop(&a);
	port_stop(&b);
	assert_int_equal(port_close(&a), 3);
	assert_int_equal(port_close(&b), 0);
}

static void
a_closed_pair_can_be_opened_again(void **state)
{
	uint16_t before = rte_eth_dev_count_avail();

	open_pair();
	assert_int_equal(rte_eth_dev_count_avail(), before + 2);
	close_pair();
	assert_int_equal(rte_eth_dev_count_avail(), before);
	open_pair();
	close_pair();
}

static void
a_pair_is_all_or_nothing(void **state)
{
	struct port c, d;
	uint16_t before = rte_eth_dev_count_avail();

	assert_int_equal(port_open_pair(&c, &d, "large", 255, 100000000, 1500), -ENOMEM);
	assert_int_equal(rte_eth_dev_count_avail(), before);
	open_pair();
	assert_true(port_open_pair(&c, &d, "pair", 255, 512, 1500) < 0); /* the name is taken */
	assert_int_equal(rte_eth_dev_count_avail(), before + 2);
	assert_int_equal(transmit(&a, 3), 3);
	assert_int_equal(receive(&b, 32), 3);
	close_pair();
}

/* ---- devices ---- */

static int
open_for(struct port *p, const struct tct_port_config *config, unsigned workers, uint32_t mbufs,
	 uint16_t buffer_mtu)
{
	static uint8_t key[RSS_KEY_MAX];
	const struct port_request request = {workers, mbufs, buffer_mtu, key};

	return port_open(p, config, &request);
}

static void
a_device_is_plugged_and_taken_away(void **state)
{
	struct tct_port_config config = config_of("net_null0,size=64");
	uint16_t before = rte_eth_dev_count_avail();
	struct port p;

	assert_int_equal(open_for(&p, &config, 1, 1024, 0), 0);
	assert_true(p.plugged);
	assert_string_equal(p.name, "net_null0");
	assert_int_equal(p.mtu, 1500);
	assert_int_equal(port_start(&p), 0);
	assert_true(receive(&p, 32) > 0);
	port_stop(&p);
	assert_int_equal(port_close(&p), 0);
	assert_int_equal(rte_eth_dev_count_avail(), before);
}

static void
a_device_that_is_there_is_found(void **state)
{
	struct tct_port_config config = config_of("net_null7");
	uint16_t id;
	struct port p;

	assert_int_equal(rte_dev_probe("net_null7,size=64"), 0);
	assert_int_equal(rte_eth_dev_get_port_by_name("net_null7", &id), 0);
	assert_int_equal(open_for(&p, &config, 1, 1024, 0), 0);
	assert_int_equal(p.id, id);
	assert_false(p.plugged);
	assert_int_equal(port_close(&p), 0);
}

static void
several_queues_are_set_up(void **state)
{
	struct tct_port_config config = config_of("net_null1");
	struct port p;

	assert_int_equal(open_for(&p, &config, 4, 1024, 0), 0);
	assert_int_equal(p.queues, 4);
	assert_int_equal(p.rss, RSS_FAKE);
	assert_int_equal(port_start(&p), 0);
	port_stop(&p);
	assert_int_equal(port_close(&p), 0);
}

/* Then it is no use for RSS. */
static void
fewer_queues_will_do(void **state)
{
	struct tct_port_config config = config_of("net_null1");
	struct port p;

	config.queues = 2;
	assert_int_equal(open_for(&p, &config, 4, 1024, 0), 0);
	assert_int_equal(p.queues, 2);
	assert_int_equal(p.rss, RSS_QUEUES);
	assert_int_equal(port_close(&p), 0);
}

static void
buffers_hold_a_frame_of_the_mtu(void **state)
{
	struct tct_port_config config = config_of("net_null1");
	struct port p;

	config.mtu = 9000;
	assert_int_equal(open_for(&p, &config, 1, 1024, 0), 0);
	assert_int_equal(p.mtu, 9000);
	assert_true(rte_pktmbuf_data_room_size(p.mbufs) >= RTE_PKTMBUF_HEADROOM + 9000 + 18);
	assert_int_equal(port_close(&p), 0);
	config.mtu = 0;
	assert_int_equal(open_for(&p, &config, 1, 1024, 9000), 0); /* another's buffers */
	assert_int_equal(p.mtu, 1500);
	assert_true(rte_pktmbuf_data_room_size(p.mbufs) >= RTE_PKTMBUF_HEADROOM + 9000 + 18);
	assert_int_equal(port_close(&p), 0);
	assert_int_equal(open_for(&p, &config, 1, 1024, 0), 0);
	assert_int_equal(rte_pktmbuf_data_room_size(p.mbufs), RTE_PKTMBUF_HEADROOM + 2048);
	assert_int_equal(p.mbufs->size, 1023);
	assert_int_equal(port_close(&p), 0);
}

static void
what_cannot_be_is_refused(void **state)
{
	struct tct_port_config config = config_of("net_null1");
	uint16_t before = rte_eth_dev_count_avail();
	struct port p;

	config.queues = 5000; /* more than the device has */
	assert_int_equal(open_for(&p, &config, 5000, 1024, 0), -EINVAL);
	config.queues = 3; /* more than there are workers for */
	assert_int_equal(open_for(&p, &config, 2, 1024, 0), -EINVAL);
	config.queues = 0;
	assert_int_equal(open_for(&p, &config, 1, 100000000, 0), -ENOMEM);
	config = config_of("net_nothing0");
	assert_int_equal(open_for(&p, &config, 1, 1024, 0), -ENODEV);
	config = config_of("0000:ff:1f.7");
	assert_int_equal(open_for(&p, &config, 1, 1024, 0), -ENODEV);
	assert_int_equal(rte_eth_dev_count_avail(), before);
}

static void
a_refusal_says_what_to_do_next(void **state)
{
	struct tct_port_config config = config_of("net_null1");
	struct port p;

	config.queues = 5000;
	said_listen();
	assert_int_equal(open_for(&p, &config, 5000, 1024, 0), -EINVAL);
	SAID("net_null1: ports[].queues: 5000 wanted, the device has ", " to receive and ",
	     " to send: ask for fewer");
	config.queues = 3;
	said_listen();
	assert_int_equal(open_for(&p, &config, 2, 1024, 0), -EINVAL);
	SAID("net_null1: ports[].queues: 3 wanted, and there are 2 workers");
	config.queues = 0;
	said_listen();
	assert_int_equal(open_for(&p, &config, 1, 100000, 0), -ENOMEM);
	SAID("net_null1: no memory for 100000 packet buffers of 2176 bytes on NUMA node ",
	     " MiB wanted, EAL has ", " MiB free there, ", " MiB missing: give it more");
}

/* A PCI address leads to doctor, a name to its spelling. */
static void
a_missing_device_says_where_to_look(void **state)
{
	static const char *const pci[] = {"0000:ff:1f.7", "ff:1f.7", "0000:ff:1f.7,arg=1"};
	struct tct_port_config config;
	struct port p;

	for (unsigned i = 0; i < RTE_DIM(pci); i++) {
		config = config_of(pci[i]);
		said_listen();
		assert_int_equal(open_for(&p, &config, 1, 1024, 0), -ENODEV);
		SAID(pci[i],
		     ": no such device, or it is not bound to vfio-pci: ", "'tercet doctor' lists");
	}
	config = config_of("net_nothing0");
	said_listen();
	assert_int_equal(open_for(&p, &config, 1, 1024, 0), -ENODEV);
	SAID("net_nothing0: no such device, or its driver refused it: ",
	     "check name and arguments");
}

/* By privileges, too: without them there is no socket to ask what the interface is. */
static void
an_interface_that_cannot_be_had_says_why(void **state)
{
	struct tct_port_config config = config_of("packet:nothing0");
	uint16_t before = rte_eth_dev_count_avail();
	struct port p;
	int err;

	said_listen();
	assert_int_equal(open_for(&p, &config, 1, 1024, 0), -ENODEV);
	SAID("packet:nothing0: no such interface: ");
	config = config_of("packet:");
	said_listen();
	assert_int_equal(open_for(&p, &config, 1, 1024, 0), -ENODEV);
	SAID("packet:: the name of an interface is wanted behind packet:");
	config = config_of("packet:lo");
	said_listen();
	err = open_for(&p, &config, 1, 1024, 0);
	if (err == -EINVAL) {
		SAID("packet:lo: not an Ethernet interface");
	} else {
		assert_int_equal(err, -ENODEV);
		SAID("packet:lo: no socket: ", "needs CAP_NET_RAW");
	}
	assert_int_equal(rte_eth_dev_count_avail(), before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_one_sends_the_other_receives),
		cmocka_unit_test(depth_bounds_what_is_in_flight),
		cmocka_unit_test(pairs_have_macs_of_their_own),
		cmocka_unit_test(leaks_are_counted),
		cmocka_unit_test(a_closed_pair_can_be_opened_again),
		cmocka_unit_test(a_pair_is_all_or_nothing),
		cmocka_unit_test(a_device_is_plugged_and_taken_away),
		cmocka_unit_test(a_device_that_is_there_is_found),
		cmocka_unit_test(several_queues_are_set_up),
		cmocka_unit_test(fewer_queues_will_do),
		cmocka_unit_test(pairs_have_the_mtu_asked_for),
		cmocka_unit_test(buffers_hold_a_frame_of_the_mtu),
		cmocka_unit_test(what_cannot_be_is_refused),
		cmocka_unit_test(a_refusal_says_what_to_do_next),
		cmocka_unit_test(a_missing_device_says_where_to_look),
		cmocka_unit_test(an_interface_that_cannot_be_had_says_why),
	};

	eal_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
