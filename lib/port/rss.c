/* SPDX-License-Identifier: BSD-3-Clause */
#include "rss.h"

#include <string.h>

#include <rte_ethdev.h>

#include "../base/toeplitz.h"
#include "port.h"

#define DEVICE_RETA_MAX 4096
#define TCP4		RTE_ETH_RSS_NONFRAG_IPV4_TCP
#define TCP6		RTE_ETH_RSS_NONFRAG_IPV6_TCP

const char *
rss_verdict_text(enum rss_verdict verdict)
{
	static const char *const texts[RSS_VERDICTS] = {
#define X(id, text) [RSS_##id] = text,
		RSS_VERDICT_LIST(X)
#undef X
	};

	return texts[verdict];
}

/* ---- before --------------------------------------------------------------------------------- */

/* Whatever they say of themselves. */
static enum rss_verdict
driver_verdict(const char *driver)
{
	static const struct {
		const char *name;
		enum rss_verdict verdict;
	} known[] = {
		{"net_tap", RSS_KERNEL},
		{"net_af_packet", RSS_KERNEL},
		{"net_af_xdp", RSS_KERNEL},
		{"net_null", RSS_FAKE},
	};

	for (unsigned i = 0; i < RTE_DIM(known); i++)
		if (strcmp(driver, known[i].name) == 0)
			return known[i].verdict;
	return RSS_GOOD;
}

/* The kinds of packets that have to be hashed for these addresses. */
static uint64_t
types_wanted(const struct tct_port_config *config)
{
	uint64_t types = 0;

	for (unsigned i = 0; i < config->local_count; i++) {
		struct addr a = addr_from_ip6(config->locals[i].first.bytes);

		types |= addr_is_ip4(&a) ? TCP4 : TCP6;
	}
	return types;
}

/* Drivers that say nothing of it take the usual one. */
static unsigned
key_size(const struct rte_eth_dev_info *info)
{
	return info->hash_key_size != 0 ? info->hash_key_size : TOEPLITZ_KEY_BYTES;
}

enum rss_verdict
rss_ability(const struct rte_eth_dev_info *info, const struct tct_port_config *config)
{
	enum rss_verdict verdict = driver_verdict(info->driver_name);

	if (verdict != RSS_GOOD)
		return verdict;
	if ((types_wanted(config) & ~info->flow_type_rss_offloads) != 0)
		return RSS_TYPES;
	if (info->reta_size < RTE_ETH_RETA_GROUP_SIZE || info->reta_size > DEVICE_RETA_MAX ||
	    !rte_is_power_of_2(info->reta_size))
		return RSS_RETA_SIZE;
	if (key_size(info) < TOEPLITZ_KEY_BYTES || key_size(info) > RSS_KEY_MAX)
		return RSS_KEY_SIZE;
	return RSS_GOOD;
}

void
rss_configure(const struct rte_eth_dev_info *info, uint8_t *key, struct rte_eth_conf *conf)
{
	uint64_t types = info->flow_type_rss_offloads & (TCP4 | TCP6);

	if (driver_verdict(info->driver_name) != RSS_GOOD || types == 0)
		return;
	conf->rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
	conf->rx_adv_conf.rss_conf = (struct rte_eth_rss_conf){
		.rss_key = key_size(info) <= RSS_KEY_MAX ? key : NULL,
		.rss_key_len = (uint8_t)key_size(info),
		.rss_hf = types,
	};
}

/* ---- after ---------------------------------------------------------------------------------- */

struct reta {
	struct rte_eth_rss_reta_entry64 groups[DEVICE_RETA_MAX / RTE_ETH_RETA_GROUP_SIZE];
};

static uint16_t *
reta_place(struct reta *r, unsigned i)
{
	return &r->groups[i / RTE_ETH_RETA_GROUP_SIZE].reta[i % RTE_ETH_RETA_GROUP_SIZE];
}

static enum rss_verdict
reta_program(const struct port *p, const uint8_t *reta, unsigned places)
{
	static struct reta r; /* control thread only */

	for (unsigned i = 0; i < p->reta_size; i++) {
		r.groups[i / RTE_ETH_RETA_GROUP_SIZE].mask = UINT64_MAX;
		*reta_place(&r, i) = reta[i % places];
	}
	if (rte_eth_dev_rss_reta_update(p->id, r.groups, p->reta_size) != 0)
		return RSS_RETA_REFUSED;
	for (unsigned i = 0; i < p->reta_size; i++)
		*reta_place(&r, i) = UINT16_MAX;
	if (rte_eth_dev_rss_reta_query(p->id, r.groups, p->reta_size) != 0)
		return RSS_RETA_UNREADABLE;
	for (unsigned i = 0; i < p->reta_size; i++)
		if (*reta_place(&r, i) != reta[i % places])
			return RSS_RETA_OTHER;
	return RSS_GOOD;
}

static enum rss_verdict
key_check(const struct port *p, const uint8_t *key)
{
	uint8_t read[RSS_KEY_MAX] = {0};
	struct rte_eth_rss_conf conf = {.rss_key = read, .rss_key_len = sizeof(read)};

	if (rte_eth_dev_rss_hash_conf_get(p->id, &conf) != 0)
		return RSS_KEY_UNREADABLE;
	if ((p->rss_types & ~conf.rss_hf) != 0)
		return RSS_TYPES;
	return memcmp(read, key, TOEPLITZ_KEY_BYTES) == 0 ? RSS_GOOD : RSS_KEY_OTHER;
}

enum rss_verdict
rss_program(const struct port *p, const uint8_t *key, const uint8_t *reta, unsigned places)
{
	enum rss_verdict verdict = reta_program(p, reta, places);

	return verdict == RSS_GOOD ? key_check(p, key) : verdict;
}

uint64_t
rss_types(const struct rte_eth_dev_info *info, const struct tct_port_config *config)
{
	return info->flow_type_rss_offloads & types_wanted(config);
}
