/* SPDX-License-Identifier: BSD-3-Clause */
#include "config_keys.h"

#include <stdio.h>
#include <string.h>

#include "base/config_list.h"

#define MEMBER(type, member) .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)

#define TEXT(text)  TEXT_(text)
#define TEXT_(text) #text

static const char *const cookie_modes[] = {"auto", "always", "never", NULL};
static const char *const steerings[] = {"auto", "rss", "software", NULL};
static const char *const congestion_controls[] = {"cubic", "newreno", NULL};
static const char *const workloads[] = {"cc", "crr", "rr", "stream", NULL};
static const char *const protocols[] = {"bytes", "http", NULL};
static const char *const methods[] = {"GET", "HEAD", "POST", NULL};
static const char *const directions[] = {"send", "receive", "both", NULL};
static const char *const arrivals[] = {"uniform", "poisson", NULL};
static const char *const sides[] = {"any", "client", "server", NULL};
static const char *const closers[] = {"client", "server", NULL};
static const char *const services[] = {"echo", "discard", "daytime", "chargen",
				       "http", "stall",	  "unread",  NULL};

static const struct config_key root_keys[] = {
	{.key = "eal",
	 .kind = VALUE_ARGS,
	 .max = MAX_EAL_ARGS,
	 .fallback = "none",
	 .offset = offsetof(struct app_config, eal),
	 .count_offset = offsetof(struct app_config, eal_count),
	 .help = "arguments of DPDK's EAL, one per element; those before -- on the command line "
		 "replace them"},
	{.key = "workers",
	 .kind = VALUE_NUMBER,
	 .unit = UNIT_COUNT,
	 .min = 1,
	 .max = 128,
	 .fallback = "1",
	 MEMBER(struct app_config, lib.workers),
	 .help = "lcores with a poll loop. Up to as many as ports: port i belongs to worker i modulo "
		 "workers; more: all share every port. In bench the number of client and server "
		 "pairs, in load with both sides that of either side"},
	{.key = "steering",
	 .kind = VALUE_CHOICE,
	 .choices = steerings,
	 .fallback = "auto",
	 MEMBER(struct app_config, lib.steering),
	 .help = "how a packet finds its worker among those that share a port: auto: by the device's "
		 "RSS if it does what it was told, else by software; rss: by the device, whatever it "
		 "does; software: by the worker that receives it"},
	{.key = "symmetric-rss",
	 .kind = VALUE_NUMBER,
	 .unit = UNIT_FLAG,
	 .max = 1,
	 .fallback = "off",
	 MEMBER(struct app_config, lib.symmetric_rss),
	 .help = "both directions of a connection have the same hash, for a box in between that is to "
		 "see them alike"},
	{.key = "cycles-every",
	 .kind = VALUE_NUMBER,
	 .unit = UNIT_COUNT,
	 .min = 1,
	 .max = 1000000,
	 .zero = "never",
	 .fallback = "61",
	 MEMBER(struct app_config, lib.cycles_every),
	 .help = "of so many bursts of segments one is timed segment by segment, to tell what TCP's "
		 "cycles are for: lookup, handshake, data, close. Runs with never and with 1 show what "
		 "that costs"},
	{.key = "reflect",
	 .kind = VALUE_NUMBER,
	 .unit = UNIT_FLAG,
	 .max = 1,
	 .fallback = "off",
	 MEMBER(struct app_config, lib.reflect),
	 .help = "send frames of EtherType 0x88b5 back, for a load at the other end with load.wire"},
	{.key = NULL},
};

static const struct config_key port_keys[] = {
	{.key = "device",
	 .kind = VALUE_TEXT,
	 .required = true,
	 MEMBER(struct tct_port_config, device),
	 .help = "an ethdev that EAL knows (0000:03:00.0), or one to be made with its arguments "
		 "(net_tap0,iface=tap0), or a kernel interface (packet:veth0)"},
	{.key = "addresses",
	 .kind = VALUE_ADDRESSES,
	 .required = true,
	 .min = 1,
	 .max = TCT_MAX_LOCALS,
	 .offset = offsetof(struct tct_port_config, locals),
	 .count_offset = offsetof(struct tct_port_config, local_count),
	 .help = "addresses of this port, each with the prefix on its link"},
	{.key = "gateway",
	 .kind = VALUE_ADDRESS,
	 .fallback = "none",
	 MEMBER(struct tct_port_config, gateway4),
	 .help = "IPv4 neighbour that other networks are reached through"},
	{.key = "gateway6",
	 .kind = VALUE_ADDRESS,
	 .fallback = "none",
	 MEMBER(struct tct_port_config, gateway6),
	 .help = "IPv6 neighbour that other networks are reached through"},
	{.key = "vlan",
	 .kind = VALUE_NUMBER,
	 .unit = UNIT_COUNT,
	 .min = 1,
	 .max = 4094,
	 .zero = "untagged",
	 .fallback = "untagged",
	 MEMBER(struct tct_port_config, vlan),
	 .help = "IEEE 802.1Q VLAN id of every frame"},
	{.key = "mtu",
	 .kind = VALUE_NUMBER,
	 .unit = UNIT_BYTES,
	 .min = 1280,
	 .max = 9000,
	 .fallback = "1500",
	 MEMBER(struct tct_port_config, mtu),
	 .help = "largest IP packet (RFC 8200 5: at least 1280)"},
	{.key = "queues",
	 .kind = VALUE_NUMBER,
	 .unit = UNIT_COUNT,
	 .min = 1,
	 .max = TCT_MAX_WORKERS,
	 .zero = "one for each worker, if it has them",
	 .fallback = "one for each worker, if it has them",
	 MEMBER(struct tct_port_config, queues),
	 .help = "queue pairs, at most one for each worker that shares the port; more than the device "
		 "has is an error"},
	{.key = "side",
	 .kind = VALUE_CHOICE,
	 .choices = sides,
	 .fallback = "any",
	 MEMBER(struct app_config, sides[0]),
	 .beside = true,
	 .help = "in load, with a device under test between ports: client: connections are opened "
		 "from here; server: and answered here, by what is under listen or else by the other "
		 "half of the workload; any: there are no servers. All ports have a side, or none"},
	{.key = NULL},
};

static const struct config_key listen_keys[] = {
	{.key = "address",
	 .kind = VALUE_ADDRESS,
	 .fallback = "every address of the port that leads to the target",
	 MEMBER(struct listen_config, address),
	 .help = "local address"},
	{.key = "port",
	 .kind = VALUE_NUMBER,
	 .unit = UNIT_COUNT,
	 .required = true,
	 .min = 1,
	 .max = 65535,
	 MEMBER(struct listen_config, port),
	 .help = "local port"},
	{.key = "service",
	 .kind = VALUE_NAME,
	 .required = true,
	 .choices = services,
	 MEMBER(struct listen_config, service),
	 .help = "what runs on its connections: echo (RFC 862), discard (863), chargen (864), "
		 "daytime (867), http (RFC 9112), stall (accepts and never reads), unread (closes "
		 "after 0.5 s without reading)"},
	{.key = "response-size",
	 .kind = VALUE_NUMBER,
	 .unit = UNIT_BYTES,
	 .min = 1,
	 .max = 1 << 30,
	 .zero = "the service's own",
	 .fallback = "the service's own",
	 MEMBER(struct listen_config, response_size),
	 .help = "body of an http response"},
	{.key = "root",
	 .kind = VALUE_DIRECTORY,
	 .fallback = "none: every path has response-size bytes",
	 MEMBER(struct listen_config, root),
	 .help = "directory whose files http serves; they are read when tercet starts, and changes "
		 "after that are not seen"},
	{.key = "keep-alive",
	 .kind = VALUE_NUMBER,
	 .unit = UNIT_FLAG,
	 .max = 1,
	 .fallback = "on",
	 MEMBER(struct listen_config, keep_alive),
	 .help = "http: connections are persistent (RFC 9112 9.3); off: the server closes after its "
		 "first response, whatever the client asks for"},
	{.key = "header-timeout",
	 .kind = VALUE_NUMBER,
	 .unit = UNIT_MS,
	 .min = 1,
	 .max = 86400000,
	 .zero = "for ever",
	 .fallback = "10s",
	 MEMBER(struct listen_config, header_timeout_ms),
	 .help = "http: how long a request may take from its first byte to the end of its header; "
		 "then 408, and the connection is closed"},
	{.key = "idle-timeout",
	 .kind = VALUE_NUMBER,
	 .unit = UNIT_MS,
	 .min = 1,
	 .max = 86400000,
	 .zero = "for ever",
	 .fallback = "1m",
	 MEMBER(struct listen_config, idle_timeout_ms),
	 .help = "http, echo, discard: how long a peer may say nothing, from the start on or between "
		 "requests, while nothing is on its way to it; then the connection is closed"},
	{.key = "write-timeout",
	 .kind = VALUE_NUMBER,
	 .unit = UNIT_MS,
	 .min = 1,
	 .max = 86400000,
	 .zero = "for ever",
	 .fallback = "1m",
	 MEMBER(struct listen_config, write_timeout_ms),
	 .help = "http, echo, chargen, daytime: how long a peer may acknowledge nothing of what is on "
		 "its way to it; then the connection is reset, at most half as long again later"},
	{.key = "backlog",
	 .kind = VALUE_NUMBER,
	 .unit = UNIT_COUNT,
	 .min = 1,
	 .max = 268435456,
	 .zero = "memory.half-open",
	 .fallback = "memory.half-open",
	 MEMBER(struct listen_config, backlog),
	 .help = "half-open records of this listener, per worker"},
	{.key = NULL},
};

/* The rows of base/config_list.h; FLAG and so on are named by the unit. */
#define ROW(type, member_, key_, unit_, zero_, min_, max_, default_, help_) \
	{.key = key_,                                                       \
	 .kind = VALUE_NUMBER,                                              \
	 .unit = UNIT_##unit_,                                              \
	 .min = min_,                                                       \
	 .max = max_,                                                       \
	 .zero = zero_,                                                     \
	 .fallback = TEXT(default_),                                        \
	 MEMBER(type, member_),                                             \
	 .help = help_},

static const struct config_key tcp_keys[] = {
	{.key = "syn-cookies",
	 .kind = VALUE_CHOICE,
	 .choices = cookie_modes,
	 .fallback = "auto",
	 MEMBER(struct tct_tcp_config, syn_cookies),
	 .help = "answer SYNs without a half-open record (RFC 4987 3.6): when they run short, "
		 "always, never"},
	{.key = "cookie-secret-file",
	 .kind = VALUE_SECRET,
	 .fallback = "a random secret",
	 MEMBER(struct tct_tcp_config, cookie_secret),
	 .help = "file of 64 hexadecimal digits, the same on every machine behind one address, so "
		 "that they accept each other's cookies"},
	{.key = "congestion",
	 .kind = VALUE_CHOICE,
	 .choices = congestion_controls,
	 .fallback = "cubic",
	 MEMBER(struct tct_tcp_config, congestion),
	 .help = "congestion control: cubic (RFC 9438), newreno (RFC 5681)"},
#define X(...) ROW(struct tct_tcp_config, __VA_ARGS__)
	CONFIG_TCP_LIST(X)
#undef X
		{.key = NULL},
};

static const struct config_key memory_keys[] = {
#define X(...) ROW(struct tct_memory_config, __VA_ARGS__)
	CONFIG_MEMORY_LIST(X)
#undef X
		{.key = NULL},
};

#define OWN(text)   text
#define LOADS(text) "that of load"

/* clang-format off */
/* What load says for all connections, and an element of load.mix for its own. */
#define PART_KEYS(DEFAULT) \
	{.key = "target", \
	 .kind = VALUE_TARGETS, \
	 .fallback = DEFAULT("none; load needs one"), \
	 .help = "address to connect to, or several, in turn: [10.0.0.1, 10.0.1.1-10.0.1.9]"}, \
	{.key = "target-ports", \
	 .kind = VALUE_PORTS, \
	 .fallback = DEFAULT("80"), \
	 MEMBER(struct load_config, target_ports), \
	 .help = "port or ports to connect to, in turn"}, \
	{.key = "server-ports", \
	 .kind = VALUE_PORTS, \
	 .fallback = DEFAULT("target-ports"), \
	 MEMBER(struct load_config, server_ports), \
	 .help = "of load with ports that have side: server, and nothing under listen: local port or " \
		 "ports of the servers, for a device in between that translates them"}, \
	{.key = "source-addresses", \
	 .kind = VALUE_ADDRESSES, \
	 .max = TCT_MAX_LOCALS, \
	 .fallback = DEFAULT("every address of the port that leads to the target"), \
	 .offset = offsetof(struct load_config, sources), \
	 .count_offset = offsetof(struct load_config, source_count), \
	 .help = "local addresses to connect from, in turn; each must be one of a port"}, \
	{.key = "source-ports", \
	 .kind = VALUE_PORTS, \
	 .fallback = DEFAULT("1024-65535"), \
	 MEMBER(struct load_config, source_ports), \
	 .help = "local ports to connect from, in the order of RFC 6056"}, \
	{.key = "workload", \
	 .kind = VALUE_CHOICE, \
	 .choices = workloads, \
	 .fallback = DEFAULT("cc"), \
	 MEMBER(struct load_config, workload), \
	 .help = "cc: connect, close; crr: connect, request, response, close; rr: many requests on a " \
		 "connection, one after the other; stream: bulk until the end"}, \
	{.key = "request-size", \
	 .kind = VALUE_NUMBER, \
	 .unit = UNIT_BYTES, \
	 .min = 1, \
	 .max = 1 << 30, \
	 .fallback = DEFAULT("64"), \
	 MEMBER(struct load_config, request_size), \
	 .help = "payload of a request; of http only with POST"}, \
	{.key = "response-size", \
	 .kind = VALUE_NUMBER, \
	 .unit = UNIT_BYTES, \
	 .min = 1, \
	 .max = 1 << 30, \
	 .fallback = DEFAULT("64"), \
	 MEMBER(struct load_config, response_size), \
	 .help = "payload of a response, which is waited for"}, \
	{.key = "requests", \
	 .kind = VALUE_NUMBER, \
	 .unit = UNIT_COUNT, \
	 .min = 1, \
	 .max = 1000000000, \
	 .zero = "until the end", \
	 .fallback = DEFAULT("until the end"), \
	 MEMBER(struct load_config, requests), \
	 .help = "of rr: requests on each connection, which then closes"}, \
	{.key = "think", \
	 .kind = VALUE_NUMBER, \
	 .unit = UNIT_MS, \
	 .min = 0, \
	 .max = 86400000, \
	 .fallback = DEFAULT("0"), \
	 MEMBER(struct load_config, think_ms), \
	 .help = "of rr: time between a response and the next request"}, \
	{.key = "timeout", \
	 .kind = VALUE_NUMBER, \
	 .unit = UNIT_MS, \
	 .min = 10, \
	 .max = 86400000, \
	 .zero = "for ever", \
	 .fallback = DEFAULT("10s"), \
	 MEMBER(struct load_config, timeout_ms), \
	 .help = "time for a connection to be answered, and for each whole response; what takes longer " \
		 "is given up, at most a quarter later, and has failed"}, \
	{.key = "protocol", \
	 .kind = VALUE_CHOICE, \
	 .choices = protocols, \
	 .fallback = DEFAULT("bytes"), \
	 MEMBER(struct load_config, protocol), \
	 .help = "of crr and rr: bytes of the sizes above, for a server that knows them (echo: of the " \
		 "same size); http: HTTP/1.1 requests for load.path, and the response's Content-Length " \
		 "counts"}, \
	{.key = "path", \
	 .kind = VALUE_PATHS, \
	 .fallback = DEFAULT("/"), \
	 MEMBER(struct load_config, path), \
	 .help = "of http: what is asked for; several in turn"}, \
	{.key = "method", \
	 .kind = VALUE_CHOICE, \
	 .choices = methods, \
	 .fallback = DEFAULT("GET"), \
	 MEMBER(struct load_config, method), \
	 .help = "of http: how it is asked for"}, \
	{.key = "host", \
	 .kind = VALUE_TEXT, \
	 .fallback = DEFAULT("the target's address, and the port if it is not 80"), \
	 MEMBER(struct load_config, host), \
	 .help = "of http: value of the Host header"}, \
	{.key = "headers", \
	 .kind = VALUE_LINES, \
	 .fallback = DEFAULT("none"), \
	 MEMBER(struct load_config, headers), \
	 .help = "of http: header lines of each request besides Host, Content-Length and Connection, " \
		 "which quotes make texts: ['Accept: text/html', 'X-Tenant: 7']"}, \
	{.key = "body", \
	 .kind = VALUE_TEXT, \
	 .fallback = DEFAULT("load.request-size bytes of no meaning"), \
	 MEMBER(struct load_config, body), \
	 .help = "of http with POST: what is sent"}, \
	{.key = "expect-status", \
	 .kind = VALUE_STATUSES, \
	 .min = 200, \
	 .max = 599, \
	 .fallback = DEFAULT("200-299"), \
	 MEMBER(struct load_config, expect_status), \
	 .help = "of http: a response of another status is counted as failed"}, \
	{.key = "expect-body", \
	 .kind = VALUE_TEXT, \
	 .fallback = DEFAULT("anything"), \
	 MEMBER(struct load_config, expect_body), \
	 .help = "of http: a response without this text in its body is counted as failed"}, \
	{.key = "direction", \
	 .kind = VALUE_CHOICE, \
	 .choices = directions, \
	 .fallback = DEFAULT("send"), \
	 MEMBER(struct load_config, direction), \
	 .help = "of stream: send to the target (discard), receive from it (chargen), or both at once " \
		 "(echo)"}, \
	{.key = "verify", \
	 .kind = VALUE_NUMBER, \
	 .unit = UNIT_FLAG, \
	 .max = 1, \
	 .fallback = DEFAULT("off"), \
	 MEMBER(struct load_config, verify), \
	 .help = "of stream: every byte received is compared with what was sent; in load what echo or " \
		 "chargen send"}, \
	{.key = "hold", \
	 .kind = VALUE_NUMBER, \
	 .unit = UNIT_MS, \
	 .min = 0, \
	 .max = 3600000000, \
	 .fallback = DEFAULT("0"), \
	 MEMBER(struct load_config, hold_ms), \
	 .help = "time that a connection stays open once its work is done; those still held at the " \
		 "end are closed then"}, \
	{.key = "abort-percent", \
	 .kind = VALUE_NUMBER, \
	 .unit = UNIT_COUNT, \
	 .min = 0, \
	 .max = 100, \
	 .fallback = DEFAULT("0"), \
	 MEMBER(struct load_config, abort_percent), \
	 .help = "of the connections that the client closes first so many end by RST, and no time-wait " \
		 "is left"}, \
	{.key = "half-open-percent", \
	 .kind = VALUE_NUMBER, \
	 .unit = UNIT_COUNT, \
	 .min = 0, \
	 .max = 100, \
	 .fallback = DEFAULT("0"), \
	 MEMBER(struct load_config, half_open_percent), \
	 .help = "so many connections are a SYN and no more, as of a client that vanished: what answers " \
		 "it is not answered. The first one of each worker speaks"}, \
	{.key = "first-to-close", \
	 .kind = VALUE_CHOICE, \
	 .choices = closers, \
	 .fallback = DEFAULT("client"), \
	 MEMBER(struct load_config, server_closes), \
	 .help = "who sends the first FIN, and so has the time-waits"}
/* clang-format on */

static const struct config_key load_keys[] = {
	PART_KEYS(OWN),
	{.key = "rate",
	 .kind = VALUE_STEPS,
	 .unit = UNIT_RATE,
	 .min = 1,
	 .max = 1000000000,
	 .zero = "as fast as it goes",
	 .fallback = "as fast as it goes",
	 .help = "connections opened by all workers together, whatever the target does; or steps, "
		 "each with its duration: [100k 10s, 200k 10s]"},
	{.key = "arrival",
	 .kind = VALUE_CHOICE,
	 .choices = arrivals,
	 .fallback = "uniform",
	 MEMBER(struct load_config, arrival),
	 .help = "with a rate: connections start evenly, or at random times as those of many "
		 "independent clients do (Poisson)"},
	{.key = "find-max",
	 .kind = VALUE_NUMBER,
	 .unit = UNIT_FLAG,
	 .max = 1,
	 .fallback = "off",
	 MEMBER(struct load_config, find_max),
	 .help = "search, from load.rate on, for the highest rate at which the two below hold; each "
		 "trial lasts load.duration, after a fifth of it that is not measured"},
	{.key = "find-p99",
	 .kind = VALUE_NUMBER,
	 .unit = UNIT_MS,
	 .min = 1,
	 .max = 3600000,
	 .fallback = "10ms",
	 MEMBER(struct load_config, find_p99_ms),
	 .help = "of find-max: 99 of 100 connections are established in this time from when they were "
		 "due"},
	{.key = "find-failures",
	 .kind = VALUE_NUMBER,
	 .unit = UNIT_COUNT,
	 .min = 0,
	 .max = 1000000000,
	 .fallback = "0",
	 MEMBER(struct load_config, find_failures),
	 .help = "of find-max: at most so many connections and transactions fail in a trial"},
	{.key = "concurrency",
	 .kind = VALUE_NUMBER,
	 .unit = UNIT_COUNT,
	 .min = 1,
	 .max = 268435456,
	 .zero = "no limit but memory.connections",
	 .fallback = "256",
	 MEMBER(struct load_config, concurrency),
	 .help = "connections open at a time, of all workers together; not given, stream has one of "
		 "each worker, and a rate no limit"},
	{.key = "duration",
	 .kind = VALUE_NUMBER,
	 .unit = UNIT_MS,
	 .min = 1,
	 .max = 3600000000,
	 .zero = "until stopped",
	 .fallback = "10s",
	 MEMBER(struct load_config, duration_ms),
	 .help = "time that is measured"},
	{.key = "warmup",
	 .kind = VALUE_NUMBER,
	 .unit = UNIT_MS,
	 .min = 0,
	 .max = 3600000,
	 .fallback = "2s",
	 MEMBER(struct load_config, warmup_ms),
	 .help = "time before that, which is not. With 0s the first connection of each worker, "
		 "and of each part of a mix, is measured too: it goes ahead alone, and waits for the "
		 "neighbour's address"},
	{.key = "wire",
	 .kind = VALUE_NUMBER,
	 .unit = UNIT_MS,
	 .min = 0,
	 .max = 3600000,
	 .fallback = "0ms",
	 MEMBER(struct load_config, wire_ms),
	 .help = "before all that, let packets be merely reflected on the same ports and lcores for "
		 "so long, twice; the result is given as a share of it, too. In load the devices are "
		 "virtual ones, the other end is a tercet serve with reflect, or ports with side: "
		 "server, and each worker has a port of its own, without vlan"},
	{.key = NULL},
};

static const struct config_key mix_keys[] = {
	{.key = "weight",
	 .kind = VALUE_NUMBER,
	 .unit = UNIT_COUNT,
	 .min = 1,
	 .max = 1000000,
	 .fallback = "1",
	 MEMBER(struct load_config, weight),
	 .help = "with a rate: how many of the connections that start are of this kind, relative to "
		 "the others; without: of those open at a time"},
	PART_KEYS(LOADS),
	{.key = NULL},
};

static const struct config_key control_keys[] = {
	{.key = "socket",
	 .kind = VALUE_TEXT,
	 .fallback = "none",
	 MEMBER(struct control_config, socket),
	 .help = "path of the unix socket that tercet ctl asks"},
	{.key = NULL},
};

#define LIST(list, number, most)                             \
	.offset = offsetof(struct app_config, list),         \
	.stride = sizeof(((struct app_config *)0)->list[0]), \
	.count_offset = offsetof(struct app_config, number), .max = most

const struct config_section config_sections[SECTION_MAX] = {
	[SECTION_ROOT] = {.name = "", .help = "The whole", .keys = root_keys},
	[SECTION_PORTS] = {.name = "ports",
			   .help = "A list: the NIC ports or virtual devices",
			   .keys = port_keys,
			   LIST(lib.ports, lib.port_count, TCT_MAX_PORTS)},
	[SECTION_LISTEN] = {.name = "listen",
			    .help = "A list: what is listened on",
			    .keys = listen_keys,
			    LIST(listens, listen_count, MAX_LISTENS)},
	[SECTION_TCP] = {.name = "tcp",
			 .help = "The protocol",
			 .keys = tcp_keys,
			 .offset = offsetof(struct app_config, lib.tcp)},
	[SECTION_MEMORY] = {.name = "memory",
			    .help = "Records and buffers, all allocated at start",
			    .keys = memory_keys,
			    .offset = offsetof(struct app_config, lib.memory)},
	[SECTION_LOAD] = {.name = "load",
			  .help = "What bench and load do",
			  .keys = load_keys,
			  .offset = offsetof(struct app_config, load)},
	[SECTION_MIX] =
		{.name = "load.mix",
		 .member = "mix",
		 .help = "A list within load: kinds of connections of one run, each counted for "
			 "itself",
		 .keys = mix_keys,
		 LIST(mix, mix_count, LOAD_MAX_PARTS)},
	[SECTION_CONTROL] = {.name = "control",
			     .help = "Talking to a running tercet",
			     .keys = control_keys,
			     .offset = offsetof(struct app_config, control)},
};

static void
choices_wanted(const struct config_key *key, char text[KEY_WANTED_CHARS])
{
	size_t used = 0;

	for (unsigned i = 0; key->choices[i] && (!key->supported || i < key->supported); i++) {
		bool last = !key->choices[i + 1] || i + 1 == key->supported;

		used += snprintf(text + used, KEY_WANTED_CHARS - used, "%s%s",
				 i == 0 ? ""
				 : last ? " or "
					: ", ",
				 key->choices[i]);
	}
}

static void
number_wanted(const struct config_key *key, char text[KEY_WANTED_CHARS])
{
	char min[UNITS_TEXT], max[UNITS_TEXT];

	if (key->unit == UNIT_FLAG) {
		snprintf(text, KEY_WANTED_CHARS, "%s", units_wanted(key->unit));
		return;
	}
	snprintf(text, KEY_WANTED_CHARS, "%s, from %s to %s%s%s", units_wanted(key->unit),
		 units_format(key->unit, key->min, min), units_format(key->unit, key->max, max),
		 key->zero ? ", or 0: " : "", key->zero ? key->zero : "");
}

const char *
key_wanted(const struct config_key *key, char text[KEY_WANTED_CHARS])
{
	static const char *const plain[] = {
		[VALUE_TEXT] = "a text",
		[VALUE_ADDRESS] = "an address such as 10.0.0.1 or 2001:db8::1",
		[VALUE_PORTS] = "a port or a range of them, such as 80 or 8000-8009",
		[VALUE_STATUSES] = "a status such as 200 or a range of them such as 200-399, from "
				   "200 to 599",
		[VALUE_PATHS] = "a path or a list of them",
		[VALUE_LINES] = "a header line such as 'Accept: text/html' or a list of them",
		[VALUE_TARGETS] =
			"an address such as 10.0.0.1 or 2001:db8::1, or up to 8 addresses or "
			"ranges of one IP version, such as [10.0.0.1, 10.0.1.1-10.0.1.9]",
		[VALUE_STEPS] = "connections per second such as 500k, or 0: as fast as it goes; or "
				"up to 64 steps such as [100k 10s, 200k 10s]",
		[VALUE_DIRECTORY] = "a directory that can be read",
		[VALUE_SECRET] = "a file of 64 hexadecimal digits that others cannot read",
		[VALUE_ADDRESSES] = "addresses such as 10.0.0.1/24, 10.0.0.1-10.0.0.99/24, "
				    "10.1.0.0/16 (every host) or 2001:db8::1/64",
		[VALUE_ARGS] = "texts",
	};

	if (key->kind == VALUE_NUMBER)
		number_wanted(key, text);
	else if (key->choices != NULL)
		choices_wanted(key, text);
	else
		snprintf(text, KEY_WANTED_CHARS, "%s", plain[key->kind]);
	return text;
}
