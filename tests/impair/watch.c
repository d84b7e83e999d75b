/* SPDX-License-Identifier: BSD-3-Clause */
#include "watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "impair.h"
#include "wire/options.h"

#define L2_LEN 14

enum {
	SENT = 1,     /* this byte was put on the wire */
	CARRIED = 2,  /* and was not harmed */
	REPORTED = 4, /* its receiver said so in a SACK block */
};

struct half {
	bool known; /* iss is */
	uint32_t iss;
	uint32_t acked; /* bytes of it, at most */
	uint8_t *bytes; /* what became of each */
};

struct watch {
	struct watch_way ways[2];
	uint16_t first_port;
	uint32_t conns;
	uint64_t bytes; /* of each half */
	bool trace;
	struct half *halves; /* two for each connection: of the server, of the client */
};

struct segment {
	uint32_t conn;
	bool to_server;
	uint8_t flags, tos;
	uint32_t seq, ack, wnd, len;
	struct tcp_options opt;
};

struct watch *
watch_make(uint16_t first_port, uint32_t conns, uint64_t bytes, bool trace)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (!w || !(w->halves = calloc(2ull * conns, sizeof(*w->halves))))
		abort();
	w->first_port = first_port;
	w->conns = conns;
	w->bytes = bytes;
	w->trace = trace;
	for (uint32_t i = 0; i < 2 * conns; i++)
		if (!(w->halves[i].bytes = calloc(1, bytes + 1)))
			abort();
	return w;
}

void
watch_free(struct watch *w)
{
	for (uint32_t i = 0; i < 2 * w->conns; i++)
		free(w->halves[i].bytes);
	free(w->halves);
	free(w);
}

const struct watch_way *
watch_way(const struct watch *w, bool to_server)
{
	return &w->ways[to_server];
}

/* ---- reading a frame ------------------------------------------------------------------------ */

static uint16_t
get16(const uint8_t *b)
{
	return (uint16_t)(b[0] << 8 | b[1]);
}

static uint32_t
get32(const uint8_t *b)
{
	return (uint32_t)get16(b) << 16 | get16(b + 2);
}

/* Frames come from a stack: they are in order. False for what is not TCP. */
static bool
parse(struct segment *s, const struct watch *w, const uint8_t *frame, uint32_t len)
{
	const uint8_t *ip = frame + L2_LEN, *tcp;
	bool ip4 = ip[0] >> 4 == 4;
	unsigned header;
	uint32_t total;

	if (len < L2_LEN + 40u || (ip4 ? ip[9] : ip[6]) != 6)
		return false;
	tcp = ip + (ip4 ? 4u * (ip[0] & 15) : 40u);
	total = ip4 ? get16(ip + 2) - 4u * (ip[0] & 15) : get16(ip + 4);
	header = 4u * (tcp[12] >> 4);
	s->tos = ip4 ? ip[1] : (uint8_t)(get16(ip) >> 4);
	s->conn = (uint32_t)(get16(tcp + (s->to_server ? 0 : 2)) - w->first_port);
	s->flags = tcp[13];
	s->seq = get32(tcp + 4);
	s->ack = get32(tcp + 8);
	s->wnd = get16(tcp + 14);
	s->len = total - header;
	tcp_options_parse(&s->opt, tcp + 20, header - 20, s->flags & 2);
	return s->conn < w->conns;
}

/* ---- tracing -------------------------------------------------------------------------------- */

static void
print_flags(uint8_t flags)
{
	static const char letters[] = "FSRP.UEW";
	char text[9];
	unsigned n = 0;

	for (unsigned i = 0; i < 8; i++)
		if (flags >> i & 1)
			text[n++] = letters[i];
	text[n] = '\0';
	printf(" %-4s", text);
}

static void
print_options(const struct segment *s, uint32_t base)
{
	if (s->opt.mss)
		printf(" mss %u", s->opt.mss);
	if (s->opt.has_wscale)
		printf(" wscale %u", s->opt.wscale);
	if (s->opt.sack_permitted)
		printf(" sackOK");
	if (s->opt.has_ts)
		printf(" ts %u/%u", s->opt.ts_val, s->opt.ts_ecr);
	for (unsigned i = 0; i < s->opt.sack_blocks; i++)
		printf(" sack %u-%u", s->opt.sack[i].left - base, s->opt.sack[i].right - base);
	if (s->tos & 3)
		printf(" ect %u", s->tos & 3);
}

/* Sequence numbers from the first byte of the stream, which is 1: the SYN is 0. */
static void
print(const struct watch *w, const struct segment *s, unsigned what, const char *note,
      const char *back, uint64_t now_us)
{
	const struct half *own = &w->halves[2 * s->conn + s->to_server];
	const struct half *other = &w->halves[2 * s->conn + !s->to_server];

	printf("%4u.%06u %u%s", (unsigned)(now_us / 1000000), (unsigned)(now_us % 1000000), s->conn,
	       s->to_server ? ">" : "<");
	print_flags(s->flags);
	printf(" seq %u", s->seq - own->iss);
	if (s->len)
		printf("-%u (%u)", s->seq + s->len - own->iss, s->len);
	if (s->flags & 0x10)
		printf(" ack %u", s->ack - other->iss);
	printf(" wnd %u", s->wnd);
	print_options(s, other->iss);
	printf("%s%s", note, back);
	for (unsigned bit = 0; bit < IMPAIR_BITS; bit++)
		if (what >> bit & 1)
			printf(" | %s", impair_name[bit]);
	printf("\n");
}

/* ---- counting ------------------------------------------------------------------------------- */

static bool
all(const uint8_t *bytes, uint32_t len, uint8_t flag)
{
	for (uint32_t i = 0; i < len; i++)
		if (!(bytes[i] & flag))
			return false;
	return true;
}

static const char *
count_data(struct watch_way *way, const struct watch *w, struct half *h, const struct segment *s,
	   unsigned what)
{
	uint32_t off = s->seq - h->iss - 1;
	bool harmed = what & (IMPAIR_DROPPED | IMPAIR_CORRUPTED);
	const char *note = "";

	way->segments++;
	way->bytes += s->len;
	way->wraps += s->seq + s->len < s->seq;
	if (!h->known || off > w->bytes || s->len > w->bytes - off)
		return " outside the stream";
	if (all(h->bytes + off, s->len, SENT)) {
		way->again++;
		note = " again";
		if (all(h->bytes + off, s->len, CARRIED)) {
			way->needless++;
			note = " again, needless";
		}
	}
	for (uint32_t i = 0; i < s->len; i++)
		h->bytes[off + i] |= harmed ? SENT : SENT | CARRIED;
	return note;
}

/* RFC 2018 8: what was reported may be thrown away, but none of ours does; so the byte that an
 * acknowledgment asks for is none of those, nor before one that another has asked for. */
static const char *
count_reports(struct watch_way *way, const struct watch *w, struct half *h, const struct segment *s)
{
	uint32_t next = s->ack - h->iss - 1;
	const char *note = "";

	if (!h->known)
		return note;
	if (s->flags & 0x10 && next <= w->bytes) {
		if (next < h->acked || (next < w->bytes && h->bytes[next] & REPORTED)) {
			way->taken_back++;
			note = " taken back";
		}
		h->acked = next > h->acked ? next : h->acked;
	}
	for (unsigned i = 0; i < s->opt.sack_blocks; i++) {
		uint32_t from = s->opt.sack[i].left - h->iss - 1;
		uint32_t to = s->opt.sack[i].right - h->iss - 1;

		for (uint32_t j = from; j < to && j < w->bytes; j++)
			h->bytes[j] |= REPORTED;
	}
	return note;
}

void
watch_frame(struct watch *w, bool to_server, const uint8_t *frame, uint32_t len, unsigned what,
	    uint64_t now_us)
{
	struct watch_way *way = &w->ways[to_server];
	struct segment s = {.to_server = to_server};
	const char *note = "", *back;
	struct half *h;

	if (!parse(&s, w, frame, len))
		return;
	h = &w->halves[2 * s.conn + to_server];
	if (s.flags & 2) {
		h->known = true;
		h->iss = s.seq;
	}
	way->sack_segments += s.opt.sack_blocks > 0;
	back = count_reports(way, w, &w->halves[2 * s.conn + !to_server], &s);
	if (s.len)
		note = count_data(way, w, h, &s, what);
	else
		way->acks++;
	if (w->trace)
		print(w, &s, what, note, back, now_us);
}
