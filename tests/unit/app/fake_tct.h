/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One connection as a service sees it, without a stack: the functions of tercet.h that services
 * call, faked at link time. It behaves as tercet.h promises: a send is taken whole or refused,
 * writable comes after a refusal once half of the buffer is free, nothing is delivered while the
 * service pauses, the peer's FIN is told after the last byte, closed comes last.
 *
 *	fake_open(&service_echo, settings);
 *	fake_deliver("hello", 5);
 *	assert_string_equal(fake.sent, "hello");
 *	fake_end(TCT_CLOSED);
 */
#ifndef TCT_TESTS_FAKE_TCT_H
#define TCT_TESTS_FAKE_TCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/count.h"
#include "tercet.h"

struct tct_conn {
	const struct tct_service *service;
	void *user;
	/* what the service did */
	char *sent; /* all bytes of all sends, NUL after them */
	size_t sent_len, sent_room;
	unsigned sends;	   /* calls that were taken */
	unsigned copies;   /* of these, those that were neither static, nor kept the buffer, nor a
			      text */
	unsigned texts;	   /* tct_send_text() */
	bool shut, closed; /* tct_shutdown() or tct_close(); tct_close() */
	bool aborted;
	bool paused;
	bool reset_unread; /* tct_close() with data unread: RST */
	uint32_t wake_ms;  /* 0: none */
	/* what the stack would know */
	uint32_t buffer; /* size of the send buffer */
	uint32_t queued; /* sent and not acknowledged */
	bool want_room;
	bool no_buffers; /* sends are refused though there is room */
	char *held;	 /* received while paused */
	size_t held_len;
	bool fin, fin_told;
	uint64_t now_us;
	uint32_t more_ns; /* than these */
};

extern struct tct_conn fake;

/* The time of a worker without a connection, which is NULL. */
extern uint64_t fake_poll_ns;

/* What services have counted, of all connections. */
extern uint64_t fake_counts[COUNTER_MAX];

/* A fresh connection of service; room for 262144 bytes. */
void fake_open(const struct tct_service *service, void *user);

/* Bytes arrive, in a buffer of exactly that size which is gone afterwards. */
void fake_deliver(const void *bytes, size_t len);
void fake_deliver_text(const char *text);

/* The peer's FIN arrives. */
void fake_peer_fin(void);

/* The peer acknowledges n bytes. */
void fake_ack(uint32_t n);

/* Time passes; a wake that is due comes. */
void fake_pass_ms(uint32_t ms);

/* The connection is over: closed is called, and all is forgotten. */
void fake_end(enum tct_reason reason);

#endif
