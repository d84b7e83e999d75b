/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libtercet: a TCP endpoint on DPDK ports.
 *
 * An endpoint has workers, one lcore each. A connection lives on one worker from its first segment
 * to its last; every callback for it runs there, and only there may its functions be called.
 * Callbacks must not block: a worker that waits receives nothing.
 *
 * Threads: functions marked [control] are called from the thread that created the endpoint;
 * functions marked [worker] only from a callback on the worker that owns the connection. Nothing
 * here is thread-safe beyond that.
 *
 * Errors: functions return 0 or a negative errno value. What a value means for a function is said
 * there.
 *
 * For people who know sockets:
 *
 *   socket + bind + listen    tct_listen()
 *   accept                    struct tct_service, opened
 *   connect                   tct_connect(); opened or closed tells how it went
 *   read                      struct tct_service, data
 *   write                     tct_send(), tct_send_text(), tct_send_data(); writable after
 *                             -ENOBUFS
 *   shutdown(SHUT_WR)         tct_shutdown()
 *   close                     tct_close()
 *   SO_LINGER 0 + close       tct_abort()
 *   TCP_USER_TIMEOUT          tct_set_user_timeout()
 *   TCP_NODELAY               tct_set_nodelay()
 *   SO_KEEPALIVE              tct_set_keepalive()
 *   IP_TOS                    tct_set_dscp()
 *   getpeername, getsockname  tct_info()
 *   epoll user data           tct_set_user(), tct_user()
 */
#ifndef TERCET_H
#define TERCET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tct_endpoint;
struct tct_worker;
struct tct_conn;

/* The library's version, "0.1.0". Any thread. */
const char *tct_version(void);

/* ---- addresses ------------------------------------------------------------------------------ */

/* An IPv6 address, or an IPv4 address in its IPv4-mapped form (::ffff:a.b.c.d); network order. */
struct tct_address {
	uint8_t bytes[16];
};

/* Reads "192.0.2.1" or "2001:db8::1". 0 or -EINVAL. Any thread. */
int tct_address_parse(const char *text, struct tct_address *address);

/* Writes address to text, at most TCT_ADDRESS_TEXT bytes with the NUL; returns text. Any thread. */
#define TCT_ADDRESS_TEXT 46
const char *tct_address_format(const struct tct_address *address, char text[TCT_ADDRESS_TEXT]);

/* ---- configuration -------------------------------------------------------------------------- */

/* Consecutive addresses that this endpoint owns and the prefix that is on the link with them. */
struct tct_local {
	struct tct_address first;
	uint32_t count;	    /* >= 1 consecutive addresses from first on */
	uint8_t prefix_len; /* on-link prefix: 0 to 32 for IPv4, 0 to 128 for IPv6 */
};

#define TCT_MAX_PORTS	 16
#define TCT_MAX_WORKERS	 128
#define TCT_MAX_LOCALS	 8
#define TCT_DEVICE_CHARS 128

struct tct_port_config {
	char device[TCT_DEVICE_CHARS]; /* ethdev name ("net_tap0", "0000:03:00.0") as EAL knows it,
					* or device arguments ("net_tap0,iface=tap0") of one to be
					* plugged, or a kernel interface ("packet:veth0"), by a
					* packet socket: needs CAP_NET_RAW */
	struct tct_local locals[TCT_MAX_LOCALS];
	unsigned local_count;
	struct tct_address gateway4, gateway6; /* all zero: none */
	uint16_t vlan;			       /* 802.1Q VLAN id 1 to 4094; 0: untagged */
	uint16_t mtu;			       /* bytes of IP packet, 1280 to 9000; 0: 1500 */
	uint16_t queues; /* queue pairs; 0: as many as workers, or as the device has */
	bool all_macs;	 /* take frames for any MAC address: in-memory ports. Default off */
};

enum tct_syn_cookies {
	TCT_SYN_COOKIES_AUTO,	/* when half-open records run short */
	TCT_SYN_COOKIES_ALWAYS, /* never a half-open record */
	TCT_SYN_COOKIES_NEVER,
};

enum tct_congestion {
	TCT_CUBIC,   /* RFC 9438 */
	TCT_NEWRENO, /* RFC 5681, RFC 6582 */
};

struct tct_tcp_config {
	enum tct_syn_cookies syn_cookies; /* default AUTO */
	uint8_t cookie_secret[32]; /* shared by machines behind one address; all zero: random */
	uint32_t time_wait_ms;	   /* length of TIME_WAIT; 0: 2 * msl_ms */
	uint32_t msl_ms; /* maximum segment lifetime, default 30000 (RFC 9293 has 120000) */
	uint16_t mss;	 /* largest MSS to announce; 0: from the port's MTU */
	enum tct_congestion congestion; /* default CUBIC */
	bool sack;			/* offer SACK-permitted, default on */
	bool timestamps;		/* offer timestamps (RFC 7323), default on */
	bool ecn;			/* agree to ECN (RFC 3168) in passive opens, default on */
	bool ecn_request;		/* ask for it in active opens, default off */
	bool tso;			/* ports that can cut up the data do (TSO), default on */
	uint8_t window_scale;		/* largest shift to offer, 0 to 14, default 14; 0: none */
	uint32_t receive_window;	/* largest, bytes, default 6 MiB; 256 KiB to begin with */
	uint32_t send_buffer;		/* most that a connection may queue, bytes, default 4 MiB;
					 * 256 KiB to begin with */
	uint32_t delayed_ack_ms;	/* 0 to 499, default 40; 0: every segment at once */
	uint32_t initial_rto_ms;	/* default 1000 (RFC 6298 2.1) */
	uint32_t min_rto_ms;		/* default 200, as Linux (RFC 6298 2.4 says 1000) */
	uint32_t max_rto_ms;		/* default 60000 (RFC 6298 2.5) */
	uint32_t
		user_timeout_ms; /* R2 for data: default 120000, at least 100 s by RFC 9293 3.8.3 */
	uint32_t syn_timeout_ms; /* R2 for SYN: default 180000 (RFC 9293 3.8.3) */
	uint32_t syn_ack_retries; /* SYN-ACK retransmissions of a half-open record, default 5 */
	uint32_t fin_wait_2_timeout_ms; /* orphans in FIN_WAIT_2, default 60000; 0: for ever */
	uint32_t keepalive_ms; /* idle time before probes; 0: off, the default; else >= 1000 */
	uint32_t keepalive_interval_ms; /* between probes, default 75000 */
	uint32_t keepalive_probes;	/* unanswered probes before giving up, default 9 */
	uint8_t ttl;			/* IPv4 TTL and IPv6 hop limit, default 64 */
	uint32_t challenge_acks_per_s;	/* per connection, default 10 (RFC 5961 7) */
	uint32_t resets_per_s;		/* RSTs to closed ports, per worker, default 1000000 */
};

/* Records per worker, allocated when the endpoint is created; memory is touched as it is used. */
struct tct_memory_config {
	uint32_t connections; /* default 262144 */
	uint32_t half_open;   /* default 65536 */
	uint32_t time_wait; /* default 1048576; when all are used the oldest is recycled, counted */
	uint32_t flights;   /* connections with more than one segment in flight at a time, default
			     * 65536; the others wait for each ACK, counted */
	uint32_t out_of_order; /* connections with a hole in what they received; default 0: a
				* quarter of mbufs */
	uint32_t mbufs;	       /* packet buffers per port and worker that polls it, default 16384 */
	uint32_t fragments; /* datagrams under reassembly, default 1024; 0: fragments are dropped */
	uint32_t neighbours; /* ARP and ND entries per port, default 1024 */
	bool prefault; /* touch all tables at creation: slower start, no page faults later. Default
			  on */
};

/* How a packet finds the worker that owns its connection, where workers share a port. */
enum tct_steering {
	TCT_STEERING_AUTO,     /* by the device, if it does what it was told; else by software */
	TCT_STEERING_RSS,      /* by the device, whatever it does */
	TCT_STEERING_SOFTWARE, /* by the worker that receives it */
};

struct tct_config {
	struct tct_port_config ports[TCT_MAX_PORTS];
	unsigned port_count;
	unsigned workers; /* 0: one. Up to port_count: port i is polled by worker i % workers; more:
			   * all poll every port, each a queue of its own if there are enough */
	enum tct_steering steering;
	bool symmetric_rss; /* both directions of a connection have one hash. Default off */
	bool reflect; /* send frames of EtherType 0x88b5 (IEEE 802: local experiments) back, for
		       * whoever measures what the ports allow. Not where two such endpoints share
		       * a link with somebody who forges addresses. Default off */
	uint32_t cycles_every; /* of so many bursts one is timed segment by segment, to tell what
				* TCP's cycles are for; 0: none, 1: all. Default 61 */
	struct tct_tcp_config tcp;
	struct tct_memory_config memory;
};

/* Fills in every default named above. Any thread. */
void tct_config_init(struct tct_config *config);

/* How many workers poll each port: one, or all. Any thread. */
unsigned tct_workers_per_port(const struct tct_config *config);

/* Checks all ranges. 0, or -EINVAL with what is wrong, where and what is wanted in error (NUL
 * terminated). Any thread. */
int tct_config_check(const struct tct_config *config, char *error, size_t error_size);

/* ---- endpoint ------------------------------------------------------------------------------- */

/*
 * [control] Builds an endpoint: tables, pools, ports. EAL must be initialised; worker i runs on the
 * i-th worker lcore. -EINVAL: configuration, see tct_config_check(); -ENOMEM; -ENODEV: a device is
 * missing or refused its set-up; -E2BIG: more workers than lcores. The cause is logged once
 * (RTE_LOG).
 */
int tct_endpoint_create(const struct tct_config *config, struct tct_endpoint **endpoint);

/* [control] Starts ports and workers. */
int tct_endpoint_start(struct tct_endpoint *endpoint);

/* [control] Stops opening, aborts nothing: closes what is open in order, waits at most grace_ms for
 * it, then aborts the rest, in a second and one more for a million of them at most, and ends the
 * workers. Returns the number of connections that had to be aborted. */
int tct_endpoint_stop(struct tct_endpoint *endpoint, unsigned grace_ms);

/* [control] Whether large pieces sent with TCT_SEND_STATIC are read by the ports of a worker from
 * where they lie, if that is memory of EAL's (rte_malloc(), a memzone): those of 4096 bytes and
 * more, where a port cuts up what is sent (TSO) or has such an MTU. What lies elsewhere is copied
 * into packet buffers, and so is all where a device takes no chains of buffers. */
bool tct_endpoint_lends(const struct tct_endpoint *endpoint);

/* [control] Frees everything. */
void tct_endpoint_destroy(struct tct_endpoint *endpoint);

/* ---- services ------------------------------------------------------------------------------- */

/* Why a connection ended. */
enum tct_reason {
	TCT_CLOSED,	      /* both sides closed in order */
	TCT_RESET,	      /* the peer sent RST (RFC 9293 "connection reset") */
	TCT_REFUSED,	      /* RST in answer to our SYN */
	TCT_TIMED_OUT,	      /* R2 or the user timeout passed without an acknowledgment */
	TCT_UNREACHABLE,      /* an ICMP error ended the attempt to connect */
	TCT_ABORTED,	      /* tct_abort() */
	TCT_ORPHAN_TIMED_OUT, /* closed by us, and the peer did not close in time */
	TCT_DATA_AFTER_CLOSE, /* data came after tct_close(): the peer was told by a RST */
	TCT_STOPPED,	      /* the endpoint was stopped */
	TCT_REASON_MAX
};

/* The reason in words ("reset by peer"). Any thread. */
const char *tct_reason_text(enum tct_reason reason);

/* Bytes received in order. Valid during the callback only; tct_send_data() keeps them longer. */
struct tct_data {
	const void *bytes;
	uint32_t len;
	void *owner; /* the packet buffer behind it */
};

/*
 * What runs on a connection: a table of callbacks, any of which may be NULL. Order: opened (once),
 * then data, writable, peer_closed (at most once, after the last data), error in any order, then
 * closed (once, last; also when opened never came, for an active open). The connection's memory is
 * gone after closed.
 */
struct tct_service {
	const char *name;
	void (*opened)(struct tct_conn *conn);
	void (*data)(struct tct_conn *conn, const struct tct_data *data);
	void (*peer_closed)(struct tct_conn *conn); /* the peer's FIN: answer with tct_close(), at
						       once or later */
	void (*writable)(struct tct_conn *conn); /* room again after a send was refused, or the time
						    of tct_set_wake() has come */
	void (*error)(struct tct_conn *conn, int err); /* soft error: -EHOSTUNREACH, -ENETUNREACH
							  (ICMP), -ETIMEDOUT (R1 reached) */
	void (*urgent)(struct tct_conn *conn, uint32_t ahead); /* urgent data ends ahead bytes on */
	void (*closed)(struct tct_conn *conn, enum tct_reason reason);
};

struct tct_listen {
	struct tct_address address; /* all zero: every local address, both versions */
	uint16_t port;		    /* host byte order, 1 to 65535 */
	const struct tct_service *service;
	void *user;	  /* initial user pointer of each connection */
	uint32_t backlog; /* half-open records at most, per worker; 0: as many as there are */
};

/*
 * Listens on all workers. [control], or [worker] for its own worker only through a control request.
 * -EADDRINUSE: the address and port have a listener; -EADDRNOTAVAIL: not an address of this
 * endpoint; -EINVAL: port 0 or no service; -ENOSPC.
 */
int tct_listen(struct tct_endpoint *endpoint, const struct tct_listen *listen);

struct tct_connect {
	struct tct_address remote;
	uint16_t remote_port;	  /* host byte order */
	struct tct_address local; /* all zero: by route; else one of ours (RFC 9293 MUST-43) */
	uint32_t local_count; /* draw from this many consecutive addresses, from local on; 0: one */
	uint16_t local_port;  /* 0: chosen from 1024 to 65535 by RFC 6056 */
	uint16_t local_port_last; /* not 0: chosen from local_port to this one */
	bool silent; /* sends a SYN, once, and is forgotten: closed follows with TCT_ABORTED. What
		      * answers the SYN is not answered, however late it comes. For tests of
		      * listeners */
	const struct tct_service *service;
	void *user;
};

/*
 * [worker] Starts an active open; opened or closed follows, never from within this call. -EINVAL:
 * remote address that cannot be connected to (MUST-46), port 0; -EADDRNOTAVAIL: local address not
 * ours, no port free, or one given whose replies would come to another worker that shares the port;
 * -ENETUNREACH: no route; -EADDRINUSE: the tuple exists; -ENOMEM: no record free.
 */
int tct_connect(struct tct_worker *worker, const struct tct_connect *connect,
		struct tct_conn **conn);

/*
 * [worker] The same for n connections, at most TCT_CONNECT_BURST of them at a time: what they have
 * to fetch from memory is fetched for all at once, which several hundred cycles each are worth.
 * Returns how many of the first ones were opened; conns[i] is then set. When not all were, asking
 * again for the next tells why; when none was, it is the error of the first.
 */
#define TCT_CONNECT_BURST 32
int tct_connect_burst(struct tct_worker *worker, const struct tct_connect connect[], unsigned n,
		      struct tct_conn *conns[]);

/* ---- connections: all [worker] --------------------------------------------------------------- */

#define TCT_SEND_STATIC                                                                          \
	1 /* bytes stay valid until the endpoint is destroyed: nothing is copied until a segment \
	     is built, nor then what the port reads itself: tct_endpoint_lends() */

/*
 * Queues len bytes to be sent, all or none. Without TCT_SEND_STATIC they are copied. -ENOBUFS: more
 * than the send buffer holds, writable will be called; -EPIPE: this side is closed; -EINVAL: len 0.
 */
int tct_send(struct tct_conn *conn, const void *bytes, uint32_t len, unsigned flags);

/* Queues received bytes, or a part of them, without copying: the packet buffer is kept until they
 * are acknowledged. Errors as tct_send(). */
int tct_send_data(struct tct_conn *conn, const struct tct_data *data);

/*
 * Bytes that many connections send: a response that is the same for a second, say. It belongs to
 * whoever made it, and is sent by connections of one worker, on which `users` is read, too. Bytes
 * and struct stay as they are until `users` is 0, or the endpoint is destroyed: a connection that
 * is left when tct_endpoint_stop() gives up needs them until then.
 */
struct tct_text {
	const void *bytes;
	uint32_t len;
	uint32_t users; /* how often it is queued and not acknowledged; 0 at first, then the
			 * library's */
};

/* Queues a text without copying it, and without a packet buffer until a segment is built. Errors as
 * tct_send(). */
int tct_send_text(struct tct_conn *conn, struct tct_text *text);

/* Bytes that tct_send() would take now: more as the path carries more, up to send_buffer. */
uint32_t tct_send_room(const struct tct_conn *conn);

/* Bytes that were queued and are not acknowledged yet. */
uint32_t tct_send_queued(const struct tct_conn *conn);

/* Whether our FIN was sent and is not acknowledged yet. */
bool tct_fin_unacked(const struct tct_conn *conn);

/* Sends FIN after what is queued; data can still be received. 0; again: 0. */
int tct_shutdown(struct tct_conn *conn);

/* As tct_shutdown(), and data that still comes is refused with RST (RFC 9293 3.6.1). The connection
 * is an orphan from now on; closed will still be called. If received data was held back unread, RST
 * is sent at once (RFC 2525 2.17). */
void tct_close(struct tct_conn *conn);

/* Sends RST and forgets the connection; closed is called with TCT_ABORTED, after this returns. */
void tct_abort(struct tct_conn *conn);

/* Stops and resumes delivery: while paused, received data is not taken, and the window closes. */
void tct_pause(struct tct_conn *conn);
void tct_resume(struct tct_conn *conn);

void tct_set_user(struct tct_conn *conn, void *user);
void *tct_user(const struct tct_conn *conn);

/* Calls service->writable after at least ms milliseconds, once. 0 cancels. For services that wait.
 */
void tct_set_wake(struct tct_conn *conn, uint32_t ms);

void tct_set_nodelay(struct tct_conn *conn, bool on); /* Nagle (RFC 9293 A.3) off; default off */
void tct_set_user_timeout(struct tct_conn *conn, uint32_t ms);	 /* R2 (MUST-21); 0: for ever */
void tct_set_keepalive(struct tct_conn *conn, uint32_t idle_ms); /* 0: off (MUST-24) */
int tct_set_dscp(struct tct_conn *conn, uint8_t dscp);		 /* 0 to 63 (MUST-48); -EINVAL */

struct tct_info {
	struct tct_address local, remote;
	uint16_t local_port, remote_port; /* host byte order */
	const char *state;		  /* "ESTABLISHED" */
	const char *service;
	uint64_t id; /* as tercet ctl shows it */
	uint16_t mss;
	uint32_t srtt_us, rto_ms;
	uint32_t unacked;      /* bytes of data sent and not acknowledged */
	uint32_t queued;       /* bytes not sent; both are what is in the send buffer */
	bool fin_unacked;      /* our FIN was sent, and is not acknowledged */
	uint8_t dscp_received; /* of the last segment (MAY-9) */
};

void tct_info(const struct tct_conn *conn, struct tct_info *info);

/* The worker that owns the connection. */
struct tct_worker *tct_conn_worker(const struct tct_conn *conn);

/* ---- workers -------------------------------------------------------------------------------- */

/*
 * [control, before start] fn runs on worker index once every poll, for load generators and the
 * like; now_us counts from the endpoint's creation. NULL takes it away. -EINVAL: no such worker.
 */
int tct_worker_set_poll(struct tct_endpoint *endpoint, unsigned index,
			void (*fn)(struct tct_worker *worker, uint64_t now_us, void *arg),
			void *arg);

unsigned tct_worker_index(const struct tct_worker *worker);

/* Microseconds since the endpoint was created, as of this poll. [worker] */
uint64_t tct_worker_now_us(const struct tct_worker *worker);

/* The same in nanoseconds. A poll reads the clock once, when it begins: what happens within it
 * happens at that time. [worker] */
uint64_t tct_worker_now_ns(const struct tct_worker *worker);

#ifdef __cplusplus
}
#endif

#endif
