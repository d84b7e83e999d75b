/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A life of one stack: segments of eight peers, steps of time, calls of a service that does
 * anything at any time, shortage of buffers, ICMP errors. After every poll all that must hold of
 * the whole stack is checked, and at the end nothing may be left.
 *
 * Input: the settings, then steps, the first byte of each saying what it is. Numbers are offsets
 * from what the stack has, so that a fuzzer reaches every state; some are raw. A callback takes its
 * byte from the same input.
 */
#include "../segment/rig.h"
#include "fuzz.h"
#include "wire/build.h"
#include "wire/checksum.h"

#define PEERS	8
#define PORT	80
#define STEPS	300
#define PAYLOAD 1400

struct peer {
	uint16_t local_port;
	uint32_t seq; /* what it may send next, by what was acknowledged */
	uint32_t ack; /* what it has seen */
	uint32_t ts_ecr;
	struct tct_conn *conn;
};

static struct fuzz_input in;
static struct peer peers[PEERS];
static bool ip4;
static unsigned depth; /* of callbacks */

/* ---- the service ---------------------------------------------------------------------------- */

static const char page[4096] = "static bytes";

static struct tct_conn *
any_conn(void)
{
	return peers[fuzz_byte(&in) % PEERS].conn;
}

static void
call(struct tct_conn *c, uint8_t what)
{
	switch (what % 20) {
	case 0:
		tct_send(c, page, 1 + fuzz_byte(&in), 0);
		break;
	case 1:
		tct_send(c, page, 16 * (1u + fuzz_byte(&in)), TCT_SEND_STATIC);
		break;
	case 2:
		tct_shutdown(c);
		break;
	case 3:
		tct_close(c);
		break;
	case 4:
		tct_abort(c);
		break;
	case 5:
		tct_pause(c);
		break;
	case 6:
		tct_resume(c);
		break;
	case 7:
		tct_set_wake(c, fuzz_byte(&in) * 10u);
		break;
	case 8:
		tct_set_nodelay(c, fuzz_byte(&in) & 1);
		break;
	case 9:
		tct_set_keepalive(c, fuzz_byte(&in) * 1000u);
		break;
	case 10:
		tct_set_user_timeout(c, fuzz_byte(&in) * 1000u);
		break;
	case 11:
		tct_set_dscp(c, fuzz_byte(&in));
		break;
	case 12:
		tct_send(c, page, sizeof(page), TCT_SEND_STATIC);
		break;
	default:
		break;
	}
}

/* What the service does in a callback: mostly nothing, to its own connection or to another. */
static void
act(struct tct_conn *c)
{
	uint8_t what = fuzz_byte(&in);

	if (depth >= 4)
		return;
	depth++;
	if (what & 0x80) {
		struct tct_conn *other = any_conn();

		call(other ? other : c, what & 0x7f);
	} else {
		call(c, what);
	}
	depth--;
}

static struct peer *
peer_of(const struct tct_conn *c)
{
	unsigned n = rte_be_to_cpu_16(c->tuple.remote_port) - 1000u;

	CHECK(n < PEERS);
	return &peers[n];
}

static void
opened(struct tct_conn *c)
{
	CHECK(c->state == STATE_ESTABLISHED);
	peer_of(c)->conn = c;
	act(c);
}

static void
data(struct tct_conn *c, const struct tct_data *d)
{
	CHECK(d->len > 0);
	CHECK(!(c->flags & CONN_ORPHAN));
	if (fuzz_byte(&in) & 1)
		tct_send_data(c, d);
	else
		act(c);
}

static void
told(struct tct_conn *c)
{
	act(c);
}

static void
error(struct tct_conn *c, int err)
{
	CHECK(err < 0);
	act(c);
}

static void
urgent(struct tct_conn *c, uint32_t ahead)
{
	CHECK(ahead > 0);
	act(c);
}

static void
closed(struct tct_conn *c, enum tct_reason reason)
{
	struct peer *p = peer_of(c);

	CHECK(reason < TCT_REASON_MAX);
	act(c);
	if (p->conn == c)
		p->conn = NULL;
}

static const struct tct_service service = {
	.name = "fuzz",
	.opened = opened,
	.data = data,
	.peer_closed = told,
	.writable = told,
	.error = error,
	.urgent = urgent,
	.closed = closed,
};

/* ---- the peers ------------------------------------------------------------------------------ */

/* Every segment that is sent must be one that a peer can read. */
static void
sent(const uint8_t *bytes, unsigned len, bool l2)
{
	uint8_t frame[2048] = {0};
	struct packet p;
	unsigned n;

	frame[12] = ip4 ? 0x08 : 0x86;
	frame[13] = ip4 ? 0x00 : 0xdd;
	memcpy(frame + (l2 ? 0 : 14), bytes, len);
	CHECK(rig_parse(&p, frame, len + (l2 ? 0 : 14)) == COUNTER_NONE);
	CHECK(p.kind == PACKET_TCP && !p.opt.bad);
	n = rte_be_to_cpu_16(p.tuple.local_port) - 1000u;
	CHECK(n < PEERS);
	peers[n].local_port = rte_be_to_cpu_16(p.tuple.remote_port);
	peers[n].ack = p.seq + p.payload_len + !!(p.flags & (TCP_FLAG_SYN | TCP_FLAG_FIN));
	if (p.flags & TCP_FLAG_ACK)
		peers[n].seq = p.ack;
	if (p.opt.has_ts)
		peers[n].ts_ecr = p.opt.ts_val;
}

static uint32_t
fuzz_word(void)
{
	uint32_t word = fuzz_byte(&in);

	word = word << 8 | fuzz_byte(&in);
	word = word << 8 | fuzz_byte(&in);
	return word << 8 | fuzz_byte(&in);
}

/* A small offset either way, or any number. */
static uint32_t
number(uint32_t base)
{
	uint8_t how = fuzz_byte(&in);

	if (how < 0xa0)
		return base;
	if (how < 0xd0)
		return base + how - 0xb8;
	if (how < 0xe0)
		return base + (uint32_t)(how - 0xd8) * 1000;
	return fuzz_word();
}

static void
segment(void)
{
	uint8_t who = fuzz_byte(&in), more = fuzz_byte(&in);
	struct peer *p = &peers[who % PEERS];
	struct addr local = rig_local(ip4), remote = rig_remote(ip4);
	struct tuple t = {remote, local, rte_cpu_to_be_16((uint16_t)(1000 + who % PEERS)),
			  rte_cpu_to_be_16(p->local_port)};
	uint8_t frame[2048], options[TCP_OPTIONS_MAX], payload[PAYLOAD];
	struct segment_header h = {.tuple = &t, .ttl = 64, .options = options};
	struct tcp_options o = {.mss = more & 1 ? 1460 : 0,
				.has_wscale = !!(more & 1),
				.wscale = 7,
				.sack_permitted = !!(more & 1),
				.has_ts = !!(more & 2)};
	struct l2_header l2;
	unsigned header;

	memset(payload, 'x', sizeof(payload));
	h.flags = fuzz_byte(&in);
	h.seq = number(p->seq);
	h.ack = number(p->ack);
	h.wnd = more & 4 ? fuzz_byte(&in) : 65535;
	h.payload_len = more & 8 ? fuzz_byte(&in) * 6u % PAYLOAD : 0;
	h.urgent = fuzz_byte(&in) & 1 ? fuzz_byte(&in) : 0;
	h.tos = more & 16 ? 3 : 0;
	if (!(h.flags & TCP_FLAG_SYN))
		o.mss = o.has_wscale = o.sack_permitted = 0;
	o.ts_val = more & 32 ? fuzz_word() : (uint32_t)(rig.now_us >> 10);
	o.ts_ecr = p->ts_ecr;
	h.options_len = (uint8_t)tcp_options_build(&o, options);
	for (unsigned i = 0; more & 64 && i < h.options_len; i++)
		options[i] = fuzz_byte(&in);
	h.pseudo_sum = csum_tuple(&t, 1);
	l2_build(&l2, &(struct rte_ether_addr){{2, 0, 0, 0, 0, 1}},
		 &(struct rte_ether_addr){{2, 0, 0, 0, 0, 2}}, 0, ip4 ? 0x0800 : 0x86dd);
	memcpy(frame, l2.bytes, l2.len);
	header = l2.len +
		 segment_build(frame + l2.len, &h, csum_bytes(0, payload, h.payload_len), false);
	memcpy(frame + header, payload, h.payload_len);
	if (more & 128)
		rig_frame_cut(frame, header + h.payload_len, 100);
	else
		rig_frame(frame, header + h.payload_len);
	if (who & 0x80) /* the first of a burst */
		return;
	rig_poll();
	rig_check();
}

static void
connect_to(void)
{
	struct addr remote = rig_remote(ip4);
	uint8_t who = fuzz_byte(&in);
	struct tct_connect o = {.remote_port = (uint16_t)(1000 + who % PEERS), .service = &service};
	struct tct_conn *c;

	memcpy(o.remote.bytes, remote.b, sizeof(remote));
	if (who & 0x40)
		o.local_port = PORT;
	if (peers[who % PEERS].conn || tcp_connect(rig.stack, &o, &c) < 0)
		return;
	peers[who % PEERS].conn = c;
	peers[who % PEERS].local_port = rte_be_to_cpu_16(c->tuple.local_port);
}

static void
icmp(void)
{
	uint8_t who = fuzz_byte(&in), what = fuzz_byte(&in);
	const struct peer *p = &peers[who % PEERS];
	struct tuple t = {rig_local(ip4), rig_remote(ip4), rte_cpu_to_be_16(p->local_port),
			  rte_cpu_to_be_16((uint16_t)(1000 + who % PEERS))};
	uint32_t seq = number(p->conn ? p->conn->snd_una : p->ack);

	if (what & 1)
		tcp_icmp_too_big(rig.stack, &t, seq, (uint16_t)(what * 8));
	else
		tcp_icmp_error(rig.stack, &t, seq, -EHOSTUNREACH, what & 2);
}

static void
pass(void)
{
	static const uint32_t ms[] = {1, 5, 41, 210, 1001, 3001, 61000, 130000};
	uint8_t how = fuzz_byte(&in);

	if (how == 0xff)
		rig.now_us += 25ull * 24 * 3600 * 1000000;
	for (unsigned i = 0; i <= how / 64u; i++) {
		rig.now_us += ms[how % 8] * 1000ull;
		rig_poll();
	}
}

static void
step(void)
{
	uint8_t what = fuzz_byte(&in);
	struct tct_conn *c;

	switch (what % 8) {
	case 0:
		pass();
		break;
	case 1:
		c = any_conn();
		if (c)
			call(c, fuzz_byte(&in));
		break;
	case 2:
		connect_to();
		break;
	case 3:
		if (what & 0x80)
			icmp();
		else if (what & 0x40)
			rig.no_route = what & 0x20;
		else
			rig.spare_max = what & 0x20 ? 80 : what & 0x10 ? TX_RESERVE : 0;
		break;
	default:
		segment();
		return;
	}
	rig_poll();
	rig_check();
}

static void
settings(void)
{
	uint8_t a = fuzz_byte(&in), b = fuzz_byte(&in);

	rig_reset();
	rig.sent = sent;
	rig.spare_max = 80;
	ip4 = !(a & 1);
	rig.tcp.syn_cookies = (a >> 1 & 3) % 3;
	rig.tcp.timestamps = !(a & 8);
	rig.tcp.receive_window = a & 16 ? 3000 : 262144;
	rig.tcp.delayed_ack_ms = a & 32 ? 0 : 40;
	rig.tcp.mss = a & 64 ? 600 : 0;
	rig.tcp.window_scale = a & 128 ? 0 : 7;
	if (!rig.tcp.window_scale)
		rig.tcp.receive_window = 3000;
	rig.tcp.send_buffer = b & 1 ? 4096 : 262144;
	rig.tcp.keepalive_ms = b & 2 ? 5000 : 0;
	rig.tcp.resets_per_s = b & 4 ? 8 : 1000000;
	rig.tcp.time_wait_ms = b & 8 ? 1000 : 0;
	rig.memory.connections = b & 16 ? 3 : 16;
	rig.memory.half_open = b & 32 ? 2 : 8;
	rig.memory.time_wait = b & 64 ? 2 : 8;
	rig.memory.mbufs = b & 128 ? 128 : 512;
	rig.tcp.ecn = true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct tct_listen l = {.port = PORT, .service = &service, .backlog = 6};

	in = (struct fuzz_input){bytes, size};
	settings();
	memset(peers, 0, sizeof(peers));
	for (unsigned i = 0; i < PEERS; i++)
		peers[i] = (struct peer){.local_port = PORT, .seq = 1000 * i};
	rig_start();
	CHECK(tcp_listen(rig.stack, &l) == 0);
	for (unsigned i = 0; i < STEPS && in.size; i++)
		step();
	in.size = 0;
	rig_stop();
	return 0;
}
