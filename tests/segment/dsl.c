/* SPDX-License-Identifier: BSD-3-Clause */
#include "dsl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "wire/build.h"
#include "wire/checksum.h"

#define SENT_MAX   4096
#define EVENTS_MAX 4096
#define FRAME_MAX  2048
/* Two ticks, and what rounding the first RTO to ticks does to its doubles. */
#define SLACK_US(us) (2000 + (us) / 1000)

struct sent {
	uint64_t us;
	unsigned len;
	uint8_t frame[FRAME_MAX];
};

struct told {
	enum event event;
	unsigned peer;
	int64_t argument;
};

struct dsl dsl;

static struct sent *sent;
static unsigned sent_head, sent_tail;
static struct told told[EVENTS_MAX];
static unsigned told_head, told_tail;
static jmp_buf failure;
static const char *failure_file = "";
static int failure_line;
static struct dsl_case *cases, **cases_end = &cases;
static const struct dsl_case *running;

void
dsl_register(struct dsl_case *c)
{
	*cases_end = c;
	cases_end = &c->next;
}

void
dsl_fail(const char *file, int line, const char *format, ...)
{
	va_list args;

	printf("%s:%d: %s (IPv%d): ", file, line, running->name, dsl.ip4 ? 4 : 6);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	longjmp(failure, 1);
}

static void
rig_failed(const char *what)
{
	dsl_fail(failure_file, failure_line, "%s", what);
}

/* ---- what comes out ------------------------------------------------------------------------- */

static const uint8_t mac_local[6] = {2, 0, 0, 0, 0, 1}, mac_peer[6] = {2, 0, 0, 0, 0, 2};

static void
packet_sent(const uint8_t *bytes, unsigned len, bool l2)
{
	struct sent *s = &sent[sent_tail % SENT_MAX];

	if (dsl.quiet)
		return;
	if (sent_tail - sent_head == SENT_MAX)
		rig_failed("more is sent than the test can hold");
	s->us = rig.now_us;
	s->len = len;
	if (!l2) { /* what the engine does for a hop */
		memcpy(s->frame, mac_peer, 6);
		memcpy(s->frame + 6, mac_local, 6);
		s->frame[12] = dsl.ip4 ? 0x08 : 0x86;
		s->frame[13] = dsl.ip4 ? 0x00 : 0xdd;
		s->len += 14;
	}
	memcpy(s->frame + s->len - len, bytes, len);
	if (memcmp(s->frame, mac_peer, 6) || memcmp(s->frame + 6, mac_local, 6))
		rig_failed("a packet went to another station");
	sent_tail++;
}

static const char *
flags_text(uint8_t flags)
{
	static char text[4][40];
	static unsigned turn;
	char *t = text[turn++ % 4];

	snprintf(t, sizeof(text[0]), "%s%s%s%s%s%s%s%s", flags & SYN ? "SYN " : "",
		 flags & ACK ? "ACK " : "", flags & FIN ? "FIN " : "", flags & RST ? "RST " : "",
		 flags & PSH ? "PSH " : "", flags & URG ? "URG " : "", flags & ECE ? "ECE " : "",
		 flags & CWR ? "CWR " : "");
	return t;
}

static void
parse_sent(const struct sent *s, struct packet *p)
{
	enum counter why = rig_parse(p, s->frame, s->len);

	if (why != COUNTER_NONE)
		rig_failed(counter_info[why].name);
	if (p->kind != PACKET_TCP || p->opt.bad)
		rig_failed("what was sent is no proper TCP segment");
}

static void
unexpected(const char *file, int line)
{
	struct packet p;

	if (sent_head == sent_tail)
		return;
	parse_sent(&sent[sent_head % SENT_MAX], &p);
	dsl_fail(file, line, "sent and not expected: %sseq %d ack %u len %u wnd %u to port %u",
		 flags_text(p.flags), (int)(p.seq - dsl_this()->iss), p.ack, p.payload_len, p.wnd,
		 rte_be_to_cpu_16(p.tuple.local_port));
}

void
dsl_nothing(const char *file, int line)
{
	unexpected(file, line);
}

void
dsl_skip(void)
{
	struct packet p;
	struct peer *peer;

	for (; sent_head != sent_tail; sent_head++) {
		parse_sent(&sent[sent_head % SENT_MAX], &p);
		peer = dsl_this();
		if (rte_be_to_cpu_16(p.tuple.local_port) != peer->port)
			continue;
		if (p.flags & SYN && !peer->iss_known) {
			peer->iss = peer->rcv_nxt = p.seq;
			peer->iss_known = true;
		}
		p.seq += p.payload_len + !!(p.flags & SYN) + !!(p.flags & FIN);
		if (seq_gt(p.seq, peer->rcv_nxt) && !(p.flags & RST))
			peer->rcv_nxt = p.seq;
	}
}

unsigned
dsl_pending(void)
{
	return sent_tail - sent_head;
}

char
dsl_pattern(uint32_t n)
{
	return (char)('a' + n % 23);
}

static void
begin(const char *file, int line)
{
	failure_file = file;
	failure_line = line;
	if (!rig.stack) {
		rig.sent = packet_sent;
		rig.failed = rig_failed;
		rig_start();
		dsl.mark_us = rig.now_us;
	}
}

static void
step(void)
{
	dsl.mark_us = rig.now_us;
	if (dsl.held)
		return;
	rig_poll();
	rig_check();
}

void
dsl_poll(const char *file, int line)
{
	begin(file, line);
	dsl.held = false;
	step();
}

struct peer *
dsl_this(void)
{
	return &dsl.peers[dsl.peer];
}

struct tuple
dsl_tuple(void)
{
	const struct peer *p = dsl_this();

	return (struct tuple){
		.local = rig_local(dsl.ip4),
		.remote = rig_remote(dsl.ip4),
		.local_port = rte_cpu_to_be_16(p->local_port),
		.remote_port = rte_cpu_to_be_16(p->port),
	};
}

uint32_t
dsl_ref(void)
{
	struct tuple t = dsl_tuple();

	return tcp_lookup(rig.stack, &t, tuple_hash(&rig.stack->flow_key, &t));
}

struct tct_conn *
dsl_conn(void)
{
	uint32_t ref = dsl_ref();

	return REF_KIND(ref) == RECORD_CONN ? record_at(rig.stack, ref) : NULL;
}

struct flight *
dsl_flight(void)
{
	return flight_of(dsl_conn());
}

/* ---- IN ------------------------------------------------------------------------------------- */

/* TSval of the peer: milliseconds. */
static uint32_t
peer_clock(void)
{
	return (uint32_t)(1000 + rig.now_us / 1000);
}

static unsigned
blocks_of(const struct segment *s)
{
	unsigned n = 0;

	while (n < TCP_SACK_BLOCKS_MAX && (s->sack_blocks[n][0] || s->sack_blocks[n][1]))
		n++;
	return n;
}

static unsigned
peer_options(const struct segment *s, uint8_t out[40])
{
	struct peer *p = dsl_this();
	struct tcp_options o;

	if (s->options) {
		memcpy(out, s->options, s->options_len);
		return s->options_len;
	}
	memset(&o, 0, sizeof(o));
	o.mss = s->mss > 0 ? (uint16_t)s->mss : 0;
	o.has_wscale = s->wscale >= 0;
	o.wscale = s->wscale >= 0 ? (uint8_t)s->wscale : 0;
	o.sack_permitted = s->sack > 0;
	for (unsigned i = 0; i < blocks_of(s); i++, o.sack_blocks++) {
		o.sack[i].left = p->iss + (uint32_t)s->sack_blocks[i][0];
		o.sack[i].right = p->iss + (uint32_t)s->sack_blocks[i][1];
	}
	if (s->ts > 0 && s->flags & SYN)
		p->ts_in = true;
	o.has_ts = s->ts > 0 || (s->ts == UNSAID && p->ts_in && p->ts_out);
	o.ts_val = s->ts_val == UNSAID ? peer_clock() : (uint32_t)s->ts_val;
	o.ts_ecr = s->ts_ecr == UNSAID ? p->ts_seen : (uint32_t)s->ts_ecr;
	return tcp_options_build(&o, out);
}

unsigned
dsl_build(const struct segment *s, uint8_t frame[FRAME_MAX])
{
	struct peer *p = dsl_this();
	struct tuple local = dsl_tuple();
	struct tuple t = {local.remote, local.local, local.remote_port, local.local_port};
	uint8_t options[40], payload[FRAME_MAX];
	struct l2_header l2;
	uint32_t len = s->data		  ? (uint32_t)strlen(s->data)
		       : s->len == UNSAID ? 0
					  : (uint32_t)s->len;
	struct segment_header h = {
		.tuple = &t,
		.seq = s->seq == UNSAID ? p->snd_nxt : (uint32_t)s->seq,
		.ack = s->ack == UNSAID ? p->rcv_nxt : p->iss + (uint32_t)s->ack,
		.wnd = s->wnd == UNSAID ? 65535 : (uint16_t)s->wnd,
		.urgent = s->urgent == UNSAID ? 0 : (uint16_t)s->urgent,
		.flags = s->flags,
		.tos = s->tos == UNSAID ? 0 : (uint8_t)s->tos,
		.ttl = 60,
		.options = options,
		.payload_len = len,
		.pseudo_sum = csum_tuple(&t, 1),
	};
	unsigned header;

	if (!(s->flags & ACK) && s->ack == UNSAID)
		h.ack = 0;
	h.options_len = (uint8_t)peer_options(s, options);
	if (s->data)
		memcpy(payload, s->data, len);
	else
		for (uint32_t i = 0; i < len; i++)
			payload[i] = (uint8_t)dsl_pattern(h.seq + i);
	l2_build(&l2, (const struct rte_ether_addr *)mac_local,
		 (const struct rte_ether_addr *)mac_peer, 0, dsl.ip4 ? 0x0800 : 0x86dd);
	memcpy(frame, l2.bytes, l2.len);
	header = l2.len + segment_build(frame + l2.len, &h,
					csum_bytes(0, payload, len) + s->bad_checksum, false);
	memcpy(frame + header, payload, len);
	return header + len;
}

/* The peer has sent it: where does it go on? */
static void
peer_sent(const struct segment *s)
{
	struct peer *p = dsl_this();
	uint32_t seq = s->seq == UNSAID ? p->snd_nxt : (uint32_t)s->seq;
	uint32_t len = s->data		  ? (uint32_t)strlen(s->data)
		       : s->len == UNSAID ? 0
					  : (uint32_t)s->len;

	if (s->flags & RST)
		return;
	if (s->flags & SYN) {
		if (!p->syn_sent)
			p->snd_nxt = seq + 1;
		p->syn_sent = true;
		return;
	}
	len += !!(s->flags & FIN);
	if (seq_le(seq, p->snd_nxt) && seq_gt(seq + len, p->snd_nxt))
		p->snd_nxt = seq + len;
}

void
dsl_in(const char *file, int line, const struct segment *s)
{
	uint8_t frame[FRAME_MAX];
	unsigned len;

	begin(file, line);
	unexpected(file, line);
	len = dsl_build(s, frame);
	peer_sent(s);
	rig_frame(frame, len);
	step();
}

void
dsl_frame(const char *file, int line, const uint8_t *bytes, unsigned len)
{
	begin(file, line);
	unexpected(file, line);
	rig_frame(bytes, len);
	step();
}

/* ---- OUT ------------------------------------------------------------------------------------ */

static void
out_number(const char *file, int line, const char *what, int64_t is, int64_t wanted)
{
	if (wanted != UNSAID && is != wanted)
		dsl_fail(file, line, "%s is %lld, expected %lld", what, (long long)is,
			 (long long)wanted);
}

static void
out_options(const char *file, int line, const struct segment *s, const struct packet *p)
{
	struct peer *peer = dsl_this();
	bool syn = p->flags & SYN;

	if (syn)
		peer->ts_out = p->opt.has_ts;
	out_number(file, line, "mss", p->opt.mss ? p->opt.mss : ABSENT, s->mss);
	out_number(file, line, "wscale", p->opt.has_wscale ? p->opt.wscale : ABSENT, s->wscale);
	out_number(file, line, "sack-permitted", p->opt.sack_permitted ? 1 : ABSENT, s->sack);
	out_number(file, line, "timestamps", p->opt.has_ts ? 1 : ABSENT, s->ts);
	if (!syn && s->ts == UNSAID && peer->ts_in && peer->ts_out && !p->opt.has_ts)
		dsl_fail(file, line, "no timestamps, though negotiated");
	if (!syn && p->opt.has_ts && !(peer->ts_in && peer->ts_out))
		dsl_fail(file, line, "timestamps, though not negotiated");
	if (!p->opt.has_ts) {
		if (s->ts_val != UNSAID || s->ts_ecr != UNSAID)
			dsl_fail(file, line, "no timestamps");
		return;
	}
	out_number(file, line, "TSval", p->opt.ts_val, s->ts_val);
	out_number(file, line, "TSecr", p->opt.ts_ecr, s->ts_ecr);
	peer->ts_seen = p->opt.ts_val;
}

static void
out_sack_blocks(const char *file, int line, const struct segment *s, const struct packet *p)
{
	for (unsigned i = 0; i < p->opt.sack_blocks && i < blocks_of(s); i++)
		if (p->opt.sack[i].left != (uint32_t)s->sack_blocks[i][0] ||
		    p->opt.sack[i].right != (uint32_t)s->sack_blocks[i][1])
			dsl_fail(file, line, "SACK block %u is %u to %u, expected %u to %u", i,
				 p->opt.sack[i].left, p->opt.sack[i].right,
				 (uint32_t)s->sack_blocks[i][0], (uint32_t)s->sack_blocks[i][1]);
	if (p->opt.sack_blocks != blocks_of(s))
		dsl_fail(file, line, "%u SACK blocks, expected %u", p->opt.sack_blocks,
			 blocks_of(s));
}

/* An option that belongs into a SYN only shows as raw bytes. */
static void
out_raw_options(const char *file, int line, const struct packet *p, const uint8_t *frame)
{
	const uint8_t *tcp = frame + p->l2_len + p->l3_len;
	unsigned len = (tcp[12] >> 4) * 4u - 20;
	bool end = false;

	if (p->flags & RST && !(p->flags & ACK) && len)
		return;
	for (unsigned i = 0; i < len;) {
		uint8_t kind = tcp[20 + i];

		if (end && kind != 0) /* MUST-69 */
			dsl_fail(file, line, "options are padded with %u", kind);
		if (kind <= 1) {
			end |= kind == 0;
			i++;
			continue;
		}
		if (kind >= 2 && kind <= 4 && !(p->flags & SYN)) /* MUST-65, RFC 7323 2.2 */
			dsl_fail(file, line, "option %u without SYN", kind);
		i += tcp[21 + i];
	}
}

static void
out_data(const char *file, int line, const struct segment *s, const struct packet *p,
	 const uint8_t *frame)
{
	const char *bytes = (const char *)frame + p->payload_off;
	struct peer *peer = dsl_this();
	int64_t len = s->data ? (int64_t)strlen(s->data) : s->len == UNSAID ? 0 : s->len;

	if (p->payload_len != len)
		dsl_fail(file, line, "%u bytes of data, expected %lld", p->payload_len,
			 (long long)len);
	if (s->data && memcmp(bytes, s->data, (size_t)len))
		dsl_fail(file, line, "data is '%.*s', expected '%s'", (int)len, bytes, s->data);
	for (uint32_t i = 0; !s->data && i < len; i++)
		if (bytes[i] != dsl_pattern(p->seq - peer->iss - 1 + i))
			dsl_fail(file, line, "byte %u of the data is wrong", i);
}

static void
out_numbers(const char *file, int line, const struct segment *s, const struct packet *p)
{
	struct peer *peer = dsl_this();
	bool ack = p->flags & ACK;

	if (p->flags & SYN && !peer->iss_known) {
		peer->iss = peer->rcv_nxt = p->seq;
		peer->iss_known = true;
	}
	if (dsl.active && p->flags & SYN)
		peer->local_port = rte_be_to_cpu_16(p->tuple.remote_port);
	out_number(file, line, "seq", (int32_t)(p->seq - peer->iss),
		   s->seq == UNSAID ? (int32_t)(peer->rcv_nxt - peer->iss) : s->seq);
	out_number(file, line, "ack", p->ack,
		   s->ack != UNSAID ? (int64_t)(uint32_t)s->ack
		   : ack	    ? peer->snd_nxt
				    : 0);
	out_number(file, line, "wnd", p->wnd, s->wnd);
	out_number(file, line, "urgent", p->urgent, s->urgent == UNSAID ? 0 : s->urgent);
	out_number(file, line, "tos", p->ip_tos, s->tos);
	out_number(file, line, "ttl", p->ip_ttl, s->ttl);
	if (rte_be_to_cpu_16(p->tuple.remote_port) != peer->local_port)
		dsl_fail(file, line, "from port %u", rte_be_to_cpu_16(p->tuple.remote_port));
}

void
dsl_out(const char *file, int line, const struct segment *s)
{
	const struct sent *o = &sent[sent_head % SENT_MAX];
	struct peer *peer = dsl_this();
	struct packet p;
	uint32_t end;

	begin(file, line);
	if (sent_head == sent_tail)
		dsl_fail(file, line, "nothing was sent, expected %s", flags_text(s->flags));
	parse_sent(o, &p);
	if (rte_be_to_cpu_16(p.tuple.local_port) != peer->port)
		dsl_fail(file, line, "to port %u", rte_be_to_cpu_16(p.tuple.local_port));
	if (p.flags != s->flags)
		dsl_fail(file, line, "%s(seq %d ack %u len %u) was sent, expected %s",
			 flags_text(p.flags), (int)(p.seq - peer->iss), p.ack, p.payload_len,
			 flags_text(s->flags));
	out_numbers(file, line, s, &p);
	out_options(file, line, s, &p);
	out_sack_blocks(file, line, s, &p);
	out_raw_options(file, line, &p, o->frame);
	out_data(file, line, s, &p, o->frame);
	end = p.seq + p.payload_len + !!(p.flags & SYN) + !!(p.flags & FIN);
	if (seq_gt(end, peer->rcv_nxt) && !(p.flags & RST))
		peer->rcv_nxt = end;
	dsl.last = (struct segment){
		.flags = p.flags,
		.seq = p.seq,
		.ack = p.ack,
		.wnd = p.wnd,
		.len = p.payload_len,
		.mss = p.opt.mss,
		.wscale = p.opt.has_wscale ? p.opt.wscale : ABSENT,
		.sack = p.opt.sack_permitted,
		.ts = p.opt.has_ts,
		.ts_val = p.opt.ts_val,
		.ts_ecr = p.opt.ts_ecr,
		.tos = p.ip_tos,
	};
	dsl.last_us = o->us;
	dsl.mark_us = o->us;
	sent_head++;
}

/* ---- time ----------------------------------------------------------------------------------- */

void
dsl_run(uint64_t us)
{
	begin("run", 0);
	rig_run_until(rig.now_us + us);
	rig_check();
}

void
dsl_quiet(const char *file, int line, uint64_t us)
{
	begin(file, line);
	unexpected(file, line);
	rig_run_until(rig.now_us + us);
	rig_check();
	unexpected(file, line);
}

void
dsl_after(const char *file, int line, uint64_t us)
{
	unsigned events = told_tail;

	begin(file, line);
	unexpected(file, line);
	rig_run_until(dsl.mark_us + us - SLACK_US(us));
	unexpected(file, line);
	if (events != told_tail)
		dsl_fail(file, line, "an event came too early");
	rig_run_until(dsl.mark_us + us + SLACK_US(us));
	rig_check();
	dsl.mark_us += us;
}

void
dsl_jump(uint64_t us)
{
	begin("jump", 0);
	rig.now_us += us;
	dsl.mark_us = rig.now_us;
}

void
dsl_peer(unsigned n)
{
	dsl.peer = n;
}

void
dsl_again(void)
{
	struct peer *p = dsl_this();

	*p = (struct peer){.port = p->port, .local_port = p->local_port};
}

/* ---- the service ---------------------------------------------------------------------------- */

static unsigned
peer_of(const struct tct_conn *c)
{
	unsigned n = rte_be_to_cpu_16(c->tuple.remote_port) - dsl.peers[0].port;

	if (n >= PEERS_MAX)
		rig_failed("a callback for a connection of nobody");
	return n;
}

static struct peer *
tell(struct tct_conn *c, enum event e, int64_t argument)
{
	unsigned n = peer_of(c);
	struct peer *p = &dsl.peers[n];

	if (e != EVENT_closed && e != EVENT_error && e != EVENT_writable && !p->opened &&
	    e != EVENT_opened)
		rig_failed("a callback before opened");
	if (p->closed)
		rig_failed("a callback after closed");
	if (!dsl.quiet) {
		if (told_tail - told_head == EVENTS_MAX)
			rig_failed("more events than the test can hold");
		told[told_tail++ % EVENTS_MAX] = (struct told){e, n, argument};
	}
	return p;
}

static void
on(struct tct_conn *c, enum event e)
{
	if (dsl.on[e])
		dsl.on[e](c);
}

static void
service_opened(struct tct_conn *c)
{
	struct peer *p = tell(c, EVENT_opened, 0);

	if (p->opened++)
		rig_failed("opened twice");
	p->conn = c;
	on(c, EVENT_opened);
}

static void
service_data(struct tct_conn *c, const struct tct_data *d)
{
	struct peer *p = &dsl.peers[peer_of(c)];

	if (!p->opened || p->closed || !d->len)
		rig_failed("data at a wrong time");
	for (uint32_t i = 0; i < d->len; i++, p->received++)
		p->tail[p->received % sizeof(p->tail)] = ((const uint8_t *)d->bytes)[i];
	if (dsl.on_data)
		dsl.on_data(c, d);
}

static void
service_peer_closed(struct tct_conn *c)
{
	tell(c, EVENT_peer_closed, 0);
	on(c, EVENT_peer_closed);
}

static void
service_writable(struct tct_conn *c)
{
	tell(c, EVENT_writable, 0);
	on(c, EVENT_writable);
}

static void
service_error(struct tct_conn *c, int err)
{
	tell(c, EVENT_error, err);
	on(c, EVENT_error);
}

static void
service_urgent(struct tct_conn *c, uint32_t ahead)
{
	tell(c, EVENT_urgent, ahead);
	on(c, EVENT_urgent);
}

static void
service_closed(struct tct_conn *c, enum tct_reason reason)
{
	struct peer *p = tell(c, EVENT_closed, reason);

	on(c, EVENT_closed);
	p->closed++;
	p->conn = NULL;
}

const struct tct_service dsl_service = {
	.name = "test",
	.opened = service_opened,
	.data = service_data,
	.peer_closed = service_peer_closed,
	.writable = service_writable,
	.error = service_error,
	.urgent = service_urgent,
	.closed = service_closed,
};

void
dsl_event(const char *file, int line, enum event e, const char *name, const int64_t *argument,
	  size_t arguments)
{
	static const char *const names[EVENT_MAX] = {"none",  "opened", "peer_closed", "writable",
						     "error", "urgent", "closed"};
	const struct told *t = &told[told_head % EVENTS_MAX];

	begin(file, line);
	if (e == EVENT_NONE) {
		if (told_head != told_tail)
			dsl_fail(file, line, "the service was told %s (%lld)", names[t->event],
				 (long long)t->argument);
		return;
	}
	if (told_head == told_tail)
		dsl_fail(file, line, "the service was told nothing, expected %s", name);
	told_head++;
	if (t->event != e)
		dsl_fail(file, line, "the service was told %s (%lld), expected %s", names[t->event],
			 (long long)t->argument, name);
	if (t->peer != dsl.peer)
		dsl_fail(file, line, "it was peer %u's connection", t->peer);
	if (arguments > 1 && t->argument != argument[1])
		dsl_fail(file, line, "%s with %lld, expected %lld", name, (long long)t->argument,
			 (long long)argument[1]);
}

void
dsl_received(const char *file, int line, const char *text, uint32_t len)
{
	struct peer *p = dsl_this();
	uint32_t from = len < sizeof(p->tail) ? 0 : len - sizeof(p->tail);

	if (p->received != len)
		dsl_fail(file, line, "%u bytes were delivered, expected %u", p->received, len);
	for (uint32_t i = from; text && i < len; i++)
		if (p->tail[i % sizeof(p->tail)] != (uint8_t)text[i])
			dsl_fail(file, line, "byte %u of what was delivered is wrong", i);
	p->received = 0;
}

/* ---- calls ---------------------------------------------------------------------------------- */

struct tct_address
dsl_address(struct addr a)
{
	struct tct_address out;

	memcpy(out.bytes, a.b, sizeof(out.bytes));
	return out;
}

void
dsl_listen(const char *file, int line, struct tct_listen l, int err)
{
	int ret;

	begin(file, line);
	l.service = &dsl_service;
	ret = tcp_listen(rig.stack, &l);
	if (ret != err)
		dsl_fail(file, line, "listen says %d", ret);
}

void
dsl_connect(const char *file, int line, struct tct_connect o, int err)
{
	static const struct tct_address none;
	struct peer *p = dsl_this();
	struct tct_conn *c = NULL;
	int ret;

	begin(file, line);
	unexpected(file, line);
	dsl.active = true;
	if (!memcmp(&o.remote, &none, sizeof(none)))
		o.remote = dsl_address(rig_remote(dsl.ip4));
	if (!o.remote_port)
		o.remote_port = p->port;
	o.service = &dsl_service;
	ret = tcp_connect(rig.stack, &o, &c);
	if (ret != err)
		dsl_fail(file, line, "connect says %d", ret);
	if (c) {
		p->conn = c;
		p->local_port = rte_be_to_cpu_16(c->tuple.local_port);
	}
	step();
}

void
dsl_send(const char *file, int line, const char *text, uint32_t len, int err)
{
	struct peer *p = dsl_this();
	char *bytes = NULL;
	int ret;

	begin(file, line);
	unexpected(file, line);
	if (!p->conn)
		dsl_fail(file, line, "no connection to send on");
	if (!text) {
		uint32_t from = conn_data_end(p->conn) - p->iss;

		from = p->conn->state == STATE_SYN_SENT || p->conn->state == STATE_SYN_RCVD
			       ? p->conn->sndq.bytes
			       : from - 1;
		bytes = malloc(len ? len : 1);
		for (uint32_t i = 0; i < len; i++)
			bytes[i] = dsl_pattern(from + i);
	}
	ret = tct_send(p->conn, text ? text : bytes, len, 0);
	free(bytes);
	if (ret != err)
		dsl_fail(file, line, "send says %d", ret);
	step();
}

void
dsl_shutdown(struct tct_conn *c)
{
	tct_shutdown(c);
}

void
dsl_call(const char *file, int line, void (*fn)(struct tct_conn *))
{
	begin(file, line);
	unexpected(file, line);
	if (!dsl_this()->conn)
		dsl_fail(file, line, "no connection to call for");
	fn(dsl_this()->conn);
	step();
}

void
dsl_state(const char *file, int line, const char *name)
{
	uint32_t ref = dsl_ref();
	const char *is = "CLOSED";

	if (REF_KIND(ref) == RECORD_CONN)
		is = state_name[((struct tct_conn *)record_at(rig.stack, ref))->state];
	else if (REF_KIND(ref) == RECORD_HALF_OPEN)
		is = "SYN_RCVD";
	else if (REF_KIND(ref) == RECORD_TIME_WAIT)
		is = "TIME_WAIT";
	if (strcmp(is, name))
		dsl_fail(file, line, "the state is %s, expected %s", is, name);
}

void
dsl_counter(const char *file, int line, enum counter c, const char *name, uint64_t n)
{
	if (rig.counters.v[c] != n)
		dsl_fail(file, line, "counter %s is %llu, expected %llu", name,
			 (unsigned long long)rig.counters.v[c], (unsigned long long)n);
}

/* ---- shortcuts ------------------------------------------------------------------------------ */

void
dsl_establish(const char *file, int line, const struct segment *syn)
{
	struct segment s = *syn;

	begin(file, line);
	if (dsl.active) {
		CONNECT();
		OUT(SYN, .seq = 0);
		s.flags |= SYN | ACK;
		dsl_in(file, line, &s);
		OUT(ACK, .seq = 1);
	} else {
		if (!rig.stack->listener_count)
			LISTEN();
		s.flags |= SYN;
		dsl_in(file, line, &s);
		OUT(s.flags & CWR ? SYN | ACK | ECE : SYN | ACK, .seq = 0);
		IN(ACK, .wnd = syn->wnd);
	}
	EVENT(opened);
	STATE(ESTABLISHED);
}

void
dsl_establish_untimed(const char *file, int line, const struct segment *syn)
{
	struct segment s = *syn;
	struct segment ack = {SEGMENT_DEFAULTS, .flags = ACK, .wnd = syn->wnd};

	begin(file, line);
	CHECK(!dsl.active);
	if (!rig.stack->listener_count)
		LISTEN();
	s.flags |= SYN;
	for (unsigned i = 0; i < 2; i++) {
		dsl_in(file, line, &s);
		OUT(s.flags & CWR ? SYN | ACK | ECE : SYN | ACK, .seq = 0);
	}
	if (dsl_this()->ts_out) /* half their range back: none of ours */
		ack.ts_ecr = dsl_this()->ts_seen + (UINT32_MAX / 2 + 1);
	dsl_in(file, line, &ack);
	EVENT(opened);
	STATE(ESTABLISHED);
}

static void
reach_from_established(enum state state)
{
	switch (state) {
	case STATE_FIN_WAIT_1:
		SHUTDOWN();
		OUT(FIN | ACK);
		break;
	case STATE_FIN_WAIT_2:
		reach_from_established(STATE_FIN_WAIT_1);
		IN(ACK);
		break;
	case STATE_CLOSE_WAIT:
		IN(FIN | ACK);
		OUT(ACK);
		EVENT(peer_closed);
		break;
	case STATE_CLOSING:
		reach_from_established(STATE_FIN_WAIT_1);
		IN(FIN | ACK, .ack = (int32_t)(dsl_this()->rcv_nxt - dsl_this()->iss) - 1);
		OUT(ACK);
		EVENT(peer_closed);
		break;
	case STATE_LAST_ACK:
		reach_from_established(STATE_CLOSE_WAIT);
		SHUTDOWN();
		OUT(FIN | ACK);
		break;
	case STATE_TIME_WAIT:
		reach_from_established(STATE_FIN_WAIT_2);
		IN(FIN | ACK);
		OUT(ACK);
		EVENT(peer_closed);
		EVENT(closed, TCT_CLOSED);
		break;
	default:
		break;
	}
}

/* With timestamps when the case set dsl.peers[].ts_in before. SYN_RCVD is the passive one, unless
 * dsl.active is set. */
void
dsl_burst(const char *file, int line, unsigned n)
{
	struct segment o = {SEGMENT_DEFAULTS, .flags = ACK, .len = MSS};

	dsl_send(file, line, NULL, n * MSS, 0);
	for (unsigned i = 1; i < n; i++)
		dsl_out(file, line, &o);
	o.flags |= PSH;
	dsl_out(file, line, &o);
}

void
dsl_measure(const char *file, int line)
{
	dsl_burst(file, line, 1);
	dsl_run(100000);
	dsl_in(file, line, &(struct segment){SEGMENT_DEFAULTS, .flags = ACK});
}

void
dsl_reach(const char *file, int line, enum state state)
{
	struct segment syn = {SEGMENT_DEFAULTS, .flags = SYN, .seq = 100, .mss = 1460};

	begin(file, line);
	syn.ts = dsl_this()->ts_in ? 1 : UNSAID;
	switch (state) {
	case STATE_CLOSED:
		break;
	case STATE_LISTEN:
		LISTEN();
		break;
	case STATE_SYN_SENT:
		CONNECT();
		OUT(SYN);
		break;
	case STATE_SYN_RCVD:
		if (dsl.active) {
			CONNECT();
			OUT(SYN);
		} else {
			LISTEN();
		}
		dsl_in(file, line, &syn);
		OUT(SYN | ACK, .seq = 0);
		break;
	default:
		syn.flags = 0;
		dsl_establish(file, line, &syn);
		reach_from_established(state);
	}
}

/* ---- running -------------------------------------------------------------------------------- */

static void
prepare(bool ip4, bool unexpected_in)
{
	rig_reset();
	rig.unexpected = unexpected_in;
	memset(&dsl, 0, sizeof(dsl));
	dsl.ip4 = ip4;
	for (unsigned i = 0; i < PEERS_MAX; i++)
		dsl.peers[i] = (struct peer){.port = (uint16_t)(40000 + i), .local_port = 80};
	sent_head = sent_tail = told_head = told_tail = 0;
}

static bool
run(const struct dsl_case *c, bool ip4, bool unexpected_in)
{
	running = c;
	prepare(ip4, unexpected_in);
	if (setjmp(failure))
		return false; /* what is left of the rig is given up */
	c->run();
	if (!rig.stack)
		return true;
	failure_file = c->file;
	failure_line = 0;
	unexpected(c->file, 0);
	if (!dsl.quiet)
		dsl_event(c->file, 0, EVENT_NONE, "none", NULL, 0);
	dsl.quiet = true;
	rig_stop();
	return true;
}

static bool
wanted(const struct dsl_case *c, int argc, char **argv)
{
	const char *base = strrchr(c->file, '/');
	size_t len;

	base = base ? base + 1 : c->file;
	len = strcspn(base, ".");
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], c->name) ||
		    (strlen(argv[i]) == len && !strncmp(argv[i], base, len)))
			return true;
	return argc == 1;
}

/* segment [-x] [FILE|CASE]...: runs them, or all; -x: until one fails. */
int
main(int argc, char **argv)
{
	bool first_only = argc > 1 && !strcmp(argv[1], "-x");
	unsigned count = 0, failed = 0;

	argc -= first_only;
	argv += first_only;
	setvbuf(stdout, NULL, _IOLBF, 0);
	sent = calloc(SENT_MAX, sizeof(*sent));
	/* All cases one way first: most of what is wrong shows there, and -x ends sooner. */
	for (int way = 0; way < 3; way++) {
		for (struct dsl_case *c = cases; c && !(failed && first_only); c = c->next) {
			if (c->failed || !wanted(c, argc, argv))
				continue;
			c->failed = !run(c, way != 1, way == 2);
			count++;
			failed += c->failed;
			if (c->failed) /* The next case needs all buffers back: a new process would
					* be cleaner, and this is enough. */
				rig_abandon();
		}
	}
	printf("%u cases run, %u failed\n", count, failed);
	free(sent);
	return failed || !count;
}
