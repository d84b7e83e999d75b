/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The numbers and flags of struct tct_config, one row each: their defaults (tct_config_init),
 * ranges (tct_config_check), and the keys of the program's YAML file with their documentation are
 * made of it, so that the four agree.
 *
 * X(member, "key", unit, zero, min, max, default, "help"). unit: FLAG, COUNT, BYTES, MS, RATE (per
 * second). zero: what 0 means where it lies outside the range, NULL where it is no value.
 */
#ifndef TCT_BASE_CONFIG_LIST_H
#define TCT_BASE_CONFIG_LIST_H

/* clang-format off */
#define CONFIG_TCP_LIST(X) \
	X(time_wait_ms, "time-wait", MS, "twice msl", 1, 3600000, 0, \
		"length of TIME_WAIT (RFC 9293 3.4.2: twice the MSL)") \
	X(msl_ms, "msl", MS, NULL, 1, 600000, 30000, \
		"maximum segment lifetime; RFC 9293 3.4.1 has 2 min, Linux in effect 30 s") \
	X(mss, "mss", BYTES, "what the port's MTU allows", 64, 8960, 0, \
		"largest segment to announce (RFC 9293 3.7.1)") \
	X(sack, "sack", FLAG, NULL, 0, 1, 1, \
		"offer selective acknowledgments (RFC 2018)") \
	X(timestamps, "timestamps", FLAG, NULL, 0, 1, 1, \
		"offer timestamps (RFC 7323)") \
	X(ecn, "ecn", FLAG, NULL, 0, 1, 1, \
		"accept explicit congestion notification when a peer asks for it (RFC 3168)") \
	X(ecn_request, "ecn-request", FLAG, NULL, 0, 1, 0, \
		"ask for explicit congestion notification when opening a connection (RFC 3168 6.1.1); not again if the SYN was lost") \
	X(tso, "tso", FLAG, NULL, 0, 1, 1, \
		"leave cutting data into segments to the ports that can (TSO)") \
	X(window_scale, "window-scale", COUNT, NULL, 0, 14, 14, \
		"largest window shift to offer (RFC 7323 2.2); receive-window says which is needed, 0: none") \
	X(receive_window, "receive-window", BYTES, NULL, 1024, 1073725440, 6291456, \
		"largest window to announce; it begins with 256k, and grows with what a service takes in a round trip") \
	X(send_buffer, "send-buffer", BYTES, NULL, 1024, 1073741824, 4194304, \
		"most that one connection may queue; it begins with 256k, and grows with twice the congestion window") \
	X(delayed_ack_ms, "delayed-ack", MS, "every segment is acknowledged at once", 1, 499, 40, \
		"longest wait for company of an ACK (RFC 9293 3.8.6.3: under 0.5 s); Linux has 40 ms") \
	X(initial_rto_ms, "initial-rto", MS, NULL, 1, 60000, 1000, \
		"first retransmission timeout (RFC 6298 2.1)") \
	X(min_rto_ms, "min-rto", MS, NULL, 1, 60000, 200, \
		"smallest retransmission timeout; RFC 6298 2.4 says 1 s, Linux has 200 ms") \
	X(max_rto_ms, "max-rto", MS, NULL, 1000, 600000, 60000, \
		"largest retransmission timeout (RFC 6298 2.5)") \
	X(user_timeout_ms, "user-timeout", MS, "for ever", 1, 86400000, 120000, \
		"how long data may stay unacknowledged (R2 of RFC 9293 3.8.3: at least 100 s)") \
	X(syn_timeout_ms, "syn-timeout", MS, NULL, 1, 86400000, 180000, \
		"how long a SYN is repeated (R2 of RFC 9293 3.8.3: at least 3 min)") \
	X(syn_ack_retries, "syn-ack-retries", COUNT, NULL, 0, 15, 5, \
		"repetitions of a SYN-ACK before the half-open record is given up; Linux has 5") \
	X(fin_wait_2_timeout_ms, "fin-wait-2-timeout", MS, "for ever", 1, 86400000, 60000, \
		"how long an orphan waits for the peer's FIN; Linux has 60 s") \
	X(keepalive_ms, "keepalive", MS, "no probes", 1000, 86400000, 0, \
		"idle time before keepalive probes (RFC 9293 3.8.4: off unless asked for)") \
	X(keepalive_interval_ms, "keepalive-interval", MS, NULL, 1000, 86400000, 75000, \
		"time between keepalive probes; Linux has 75 s") \
	X(keepalive_probes, "keepalive-probes", COUNT, NULL, 1, 255, 9, \
		"unanswered keepalive probes before giving up; Linux has 9") \
	X(ttl, "ttl", COUNT, NULL, 1, 255, 64, \
		"IPv4 time to live and IPv6 hop limit (RFC 9293 3.9.1.2: configurable; 64 by RFC 1700)") \
	X(challenge_acks_per_s, "challenge-ack-rate", RATE, NULL, 1, 1000000, 10, \
		"challenge ACKs of one connection (RFC 5961 7)") \
	X(resets_per_s, "reset-rate", RATE, NULL, 1, 100000000, 1000000, \
		"RSTs of one worker to closed ports")

#define CONFIG_MEMORY_LIST(X) \
	X(connections, "connections", COUNT, NULL, 1, 268435456, 262144, \
		"connections per worker") \
	X(half_open, "half-open", COUNT, NULL, 1, 268435456, 65536, \
		"half-open records per worker; beyond them see tcp.syn-cookies") \
	X(time_wait, "time-wait", COUNT, NULL, 1, 268435456, 1048576, \
		"time-waits per worker; beyond them the oldest is recycled, and counted") \
	X(flights, "flights", COUNT, NULL, 16, 268435456, 65536, \
		"connections per worker with more than one segment in flight; beyond them one segment at a time, counted") \
	X(out_of_order, "out-of-order", COUNT, "a quarter of mbufs", 1, 16777216, 0, \
		"connections per worker that may have a hole in what they received; 1 KiB each") \
	X(mbufs, "mbufs", COUNT, NULL, 1024, 16777216, 16384, \
		"packet buffers per port and worker that polls it") \
	X(fragments, "fragments", COUNT, "fragments are dropped", 1, 65536, 1024, \
		"datagrams under reassembly at a time") \
	X(neighbours, "neighbours", COUNT, NULL, 8, 4000, 1024, \
		"ARP and ND entries per port") \
	X(prefault, "prefault", FLAG, NULL, 0, 1, 1, \
		"touch all tables at start: it takes longer, and no page fault comes later")
/* clang-format on */

#endif
