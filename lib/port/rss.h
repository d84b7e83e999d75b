/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Receive-side scaling: a device told which queue is for which connection, and asked what it made
 * of it.
 *
 * What can be known before the first packet is: drivers that spread packets by the kernel's own
 * hash, or only pretend to have one, are named; kinds of packets, key and RETA are read back.
 * Whether the device then does what it says, its packets tell: lib/engine/steer.h.
 */
#ifndef TCT_PORT_RSS_H
#define TCT_PORT_RSS_H

#include <stdint.h>

#define RSS_RETA_MAX 512 /* places; a device that has more gets them again and again */
#define RSS_KEY_MAX  64

struct port;
struct rte_eth_conf;
struct rte_eth_dev_info;
struct tct_port_config;

/* clang-format off */
#define RSS_VERDICT_LIST(X) \
	X(GOOD, "the device does as key and RETA say") \
	X(ASKED, "steering: software was asked for") \
	X(QUEUES, "it has fewer receive queues than there are workers") \
	X(KERNEL, "the kernel spreads its packets by a hash of its own") \
	X(FAKE, "its driver only pretends to hash") \
	X(TYPES, "it does not hash TCP over every IP version in use") \
	X(RETA_SIZE, "it has no RETA, or one of a size that is no use") \
	X(KEY_SIZE, "its hash key is too short for IPv6") \
	X(REFUSED, "it did not take key and hash types") \
	X(RETA_REFUSED, "it did not take the RETA") \
	X(RETA_UNREADABLE, "its RETA cannot be read back") \
	X(RETA_OTHER, "its RETA is not the one it was given") \
	X(KEY_UNREADABLE, "its hash key cannot be read back") \
	X(KEY_OTHER, "its hash key is not the one it was given") \
	X(FOREIGN, "a packet came to another queue than key and RETA say")
/* clang-format on */

/* GOOD, or why software steers. */
enum rss_verdict {
#define X(id, text) RSS_##id,
	RSS_VERDICT_LIST(X)
#undef X
	RSS_VERDICTS
};

const char *rss_verdict_text(enum rss_verdict verdict);

/* What the device can be used for, with a queue for each worker: GOOD, TYPES, KERNEL... */
enum rss_verdict rss_ability(const struct rte_eth_dev_info *info,
			     const struct tct_port_config *config);

/* Of the kinds of packets that have to be hashed for the port's addresses, those that can be. */
uint64_t rss_types(const struct rte_eth_dev_info *info, const struct tct_port_config *config);

/* Sets up conf to hash TCP with key, of RSS_KEY_MAX bytes, as far as the device can. */
void rss_configure(const struct rte_eth_dev_info *info, uint8_t *key, struct rte_eth_conf *conf);

/* Once the port is started: its RETA is reta[0 .. places), as often as there is room for it.
 * Reads back what can be read. */
enum rss_verdict rss_program(const struct port *p, const uint8_t *key, const uint8_t *reta,
			     unsigned places);

#endif
