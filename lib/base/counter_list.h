/* SPDX-License-Identifier: BSD-3-Clause */
/* The list behind counters.h. NONE is first: it is 0 and counts nothing. */
#ifndef TCT_BASE_COUNTER_LIST_H
#define TCT_BASE_COUNTER_LIST_H

/* clang-format off */
#define COUNTER_LIST(X) \
	X(NONE, none, "none", "no complaint") \
	/* ports */ \
	X(RX_PACKETS, rx, "rx_packets", "packets received") \
	X(RX_BYTES, rx, "rx_bytes", "bytes received, Ethernet header included, FCS not") \
	X(RX_BURSTS, rx, "rx_bursts", "non-empty receive bursts") \
	X(TX_PACKETS, tx, "tx_packets", "packets handed to a port; one that it cuts up (TSO) counts once") \
	X(TX_BYTES, tx, "tx_bytes", "bytes handed to a port") \
	X(TX_REFUSED, tx, "tx_refused", "packets that a port did not take, dropped") \
	X(TX_NO_MBUF, tx, "tx_no_mbuf", "segments put off because no packet buffer was free") \
	X(TX_CONTROL_RESERVE, tx, "tx_control_reserve", "control segments built from the reserved packet buffers") \
	X(LINK_DOWN, link, "link_down", "times that a port's link went down") \
	X(LINK_UP, link, "link_up", "times that it came up again") \
	/* dropped packets, by the first reason found */ \
	X(DROP_SHORT_FRAME, drop, "short_frame", "shorter than the headers it must hold") \
	X(DROP_OTHER_MAC, drop, "other_mac", "for another station or group") \
	X(DROP_VLAN, drop, "vlan", "802.1Q tag missing, unexpected or of another VLAN") \
	X(DROP_ETHERTYPE, drop, "ethertype", "neither IPv4, IPv6 nor ARP") \
	X(DROP_IP_VERSION, drop, "ip_version", "IP version does not match the ethertype") \
	X(DROP_IP_HEADER, drop, "ip_header", "IP header length or total length impossible") \
	X(DROP_IP_CHECKSUM, drop, "ip_checksum", "IPv4 header checksum wrong") \
	X(DROP_IP_SOURCE, drop, "ip_source", "source address that no host may use") \
	X(DROP_IP_DESTINATION, drop, "ip_destination", "not addressed to this endpoint") \
	X(DROP_IP_BROADCAST, drop, "ip_broadcast", "TCP to a broadcast or multicast address, or unicast IP in a broadcast frame") \
	X(DROP_IP_PROTOCOL, drop, "ip_protocol", "neither TCP nor ICMP") \
	X(DROP_IP6_EXTENSION, drop, "ip6_extension", "IPv6 extension headers malformed, too many or unknown") \
	X(DROP_FRAGMENT, drop, "fragment", "fragment malformed, overlapping or beyond the memory for reassembly") \
	X(DROP_FRAGMENT_TIMEOUT, drop, "fragment_timeout", "fragment whose datagram was not complete in time") \
	X(DROP_TCP_HEADER, drop, "tcp_header", "TCP header shorter than 20 bytes or longer than the segment") \
	X(DROP_TCP_CHECKSUM, drop, "tcp_checksum", "TCP checksum wrong") \
	X(DROP_TCP_PORT_ZERO, drop, "tcp_port_zero", "source or destination port 0") \
	X(DROP_TCP_FLAGS, drop, "tcp_flags", "flag combination that no state accepts") \
	X(DROP_TCP_NO_LISTENER, drop, "tcp_no_listener", "no connection and no listener; answered with a RST within the limit") \
	X(DROP_TCP_RST_LIMIT, drop, "tcp_rst_limit", "no connection, and the limit of RSTs was reached: silence") \
	X(DROP_TCP_SEQUENCE, drop, "tcp_sequence", "outside the receive window") \
	X(DROP_TCP_ACK, drop, "tcp_ack", "acknowledgment outside the acceptable range (RFC 5961 5.2)") \
	X(DROP_TCP_NO_ACK, drop, "tcp_no_ack", "neither ACK nor RST nor SYN") \
	X(DROP_TCP_PAWS, drop, "tcp_paws", "timestamp older than the last (RFC 7323 5.3)") \
	X(DROP_TCP_NO_TIMESTAMP, drop, "tcp_no_timestamp", "timestamp missing though negotiated (RFC 7323 3.2)") \
	X(DROP_TCP_STATE, drop, "tcp_state", "event that the state table does not list") \
	X(DROP_TCP_OUT_OF_ORDER, drop, "tcp_out_of_order", "data beyond a hole, and no record or share of the packet buffers to keep it, or too many holes") \
	X(DROP_TCP_DUPLICATE, drop, "tcp_duplicate", "data received before") \
	X(DROP_TCP_NO_ROOM, drop, "tcp_no_room", "data beyond what the receive window had promised or the service took") \
	X(DROP_SYN_BACKLOG, drop, "syn_backlog", "SYN when half-open records, cookies or the backlog were exhausted") \
	X(DROP_CONN_FULL, drop, "conn_full", "handshake complete but no connection record free") \
	X(DROP_ARP, drop, "arp", "ARP packet malformed or not for this endpoint") \
	X(DROP_ND, drop, "nd", "neighbour discovery packet malformed, failing the checks of RFC 4861 7.1, or asking for an address that is not ours") \
	X(DROP_ICMP, drop, "icmp", "ICMP malformed or of a type that is ignored") \
	X(DROP_ICMP_UNMATCHED, drop, "icmp_unmatched", "ICMP error that no connection caused (RFC 5927 4)") \
	X(DROP_ICMP_LIMIT, drop, "icmp_limit", "ICMP answer withheld by the rate limit") \
	X(DROP_NEIGHBOUR_QUEUE, drop, "neighbour_queue", "packet waiting for a neighbour's address, pushed out or given up") \
	X(DROP_NO_ROUTE, drop, "no_route", "no route to the destination") \
	X(DROP_STEER_FULL, drop, "steer_full", "for another worker, whose ring was full") \
	/* steering */ \
	X(STEERED_OUT, steer, "steered_out", "packets handed to another worker: to their owner, to be sent, to be resolved") \
	X(STEERED_IN, steer, "steered_in", "packets taken over from other workers") \
	X(RSS_MISMATCH, steer, "rss_mismatch", "packets of a port whose device was believed to hash that came to another worker than their owner") \
	/* neighbours and ICMP */ \
	X(ARP_REQUEST_RX, arp, "arp_request_rx", "ARP requests received") \
	X(ARP_REPLY_RX, arp, "arp_reply_rx", "ARP replies received") \
	X(ARP_REQUEST_TX, arp, "arp_request_tx", "ARP requests sent, gratuitous ones included") \
	X(ARP_REPLY_TX, arp, "arp_reply_tx", "ARP replies sent") \
	X(ARP_CONFLICT, arp, "arp_conflict", "another station claims an address of this endpoint") \
	X(ND_SOLICIT_RX, nd, "nd_solicit_rx", "neighbour solicitations received") \
	X(ND_ADVERT_RX, nd, "nd_advert_rx", "neighbour advertisements received") \
	X(ND_SOLICIT_TX, nd, "nd_solicit_tx", "neighbour solicitations sent, those of DAD included") \
	X(ND_ADVERT_TX, nd, "nd_advert_tx", "neighbour advertisements sent") \
	X(ND_DAD_FAILED, nd, "nd_dad_failed", "addresses found to be in use by another station") \
	X(NEIGHBOUR_FULL, arp, "neighbour_full", "no neighbour entry free: the oldest unused was replaced") \
	X(NEIGHBOUR_FAILED, arp, "neighbour_failed", "neighbours that did not answer") \
	X(ICMP_ECHO_RX, icmp, "icmp_echo_rx", "ICMP and ICMPv6 echo requests received") \
	X(ICMP_ECHO_TX, icmp, "icmp_echo_tx", "ICMP and ICMPv6 echo replies sent") \
	X(ICMP_ERROR_RX, icmp, "icmp_error_rx", "ICMP errors that matched a connection") \
	X(ICMP_SOFT_ERROR, icmp, "icmp_soft_error", "ICMP errors reported to the service (RFC 9293 3.9.2.2)") \
	X(ICMP_HARD_ERROR, icmp, "icmp_hard_error", "ICMP errors that ended a connection being opened") \
	X(ICMP_SOURCE_QUENCH, icmp, "icmp_source_quench", "source quench, ignored (RFC 6633)") \
	X(IP_OPTIONS, ip, "ip_options", "IPv4 packets with options, which were skipped") \
	X(IP_FRAGMENTS, ip, "ip_fragments", "fragments received") \
	X(IP_REASSEMBLED, ip, "ip_reassembled", "datagrams reassembled") \
	/* TCP: connections */ \
	X(CONN_ACTIVE_OPEN, conn, "active_open", "active opens") \
	X(CONN_PASSIVE_OPEN, conn, "passive_open", "connections established from a SYN received") \
	X(CONN_ESTABLISHED, conn, "established", "connections that reached ESTABLISHED") \
	X(CONN_CLOSED, conn, "closed", "established connections that ended in order, both FINs acknowledged") \
	X(CONN_SIMULTANEOUS_OPEN, conn, "simultaneous_open", "active opens that met a SYN") \
	X(CONN_FAILED_REFUSED, conn, "failed_refused", "active opens answered with RST") \
	X(CONN_FAILED_TIMEOUT, conn, "failed_timeout", "active opens that nobody answered") \
	X(CONN_FAILED_UNREACHABLE, conn, "failed_unreachable", "active opens ended by an ICMP error") \
	X(CONN_FAILED_NO_PORT, conn, "failed_no_port", "active opens for which no local port was free") \
	X(CONN_FAILED_NO_MEMORY, conn, "failed_no_memory", "active opens for which no record was free") \
	X(CONN_RESET_RX, conn, "reset_rx", "connections ended by a RST received") \
	X(CONN_ABORTED, conn, "aborted", "connections that the service aborted") \
	X(CONN_SILENT, conn, "silent", "active opens that ended with their SYN, as asked for") \
	X(CONN_RETRANSMIT_LIMIT, conn, "retransmit_limit", "connections given up at R2, the user timeout (RFC 9293 3.8.3)") \
	X(CONN_FIN_WAIT_2_TIMEOUT, conn, "fin_wait_2_timeout", "orphans given up in FIN_WAIT_2") \
	X(CONN_KEEPALIVE_TIMEOUT, conn, "keepalive_timeout", "connections whose keepalive probes were not answered") \
	X(CONN_DATA_AFTER_CLOSE, conn, "data_after_close", "connections reset because data came after the service closed") \
	/* TCP: segments */ \
	X(TCP_RX, tcp, "tcp_rx", "valid segments received") \
	X(TCP_TX, tcp, "tcp_tx", "segments sent") \
	X(TCP_TSO, tcp, "tcp_tso", "packets of several segments, for the port to cut up") \
	X(TCP_LENT, tcp, "tcp_lent", "packets whose payload was not copied, but lent to the port") \
	X(TCP_BYTES_RX, tcp, "tcp_bytes_rx", "payload bytes delivered to services") \
	X(TCP_BYTES_TX, tcp, "tcp_bytes_tx", "payload bytes sent, retransmissions included") \
	X(TCP_RST_TX, tcp, "tcp_rst_tx", "RSTs sent") \
	X(TCP_RETRANSMIT, tcp, "tcp_retransmit", "segments retransmitted, SYN and FIN included") \
	X(TCP_RETRANSMIT_SYN, tcp, "tcp_retransmit_syn", "SYNs retransmitted") \
	X(TCP_RETRANSMIT_SYN_ACK, tcp, "tcp_retransmit_syn_ack", "SYN-ACKs retransmitted") \
	X(TCP_CHALLENGE_ACK, tcp, "tcp_challenge_ack", "challenge ACKs sent (RFC 5961)") \
	X(TCP_CHALLENGE_LIMIT, tcp, "tcp_challenge_limit", "challenge ACKs withheld by the rate limit") \
	X(TCP_SILENT, tcp, "tcp_silent", "segments that answered the SYN of a silent open, and got no answer") \
	X(TCP_BAD_OPTIONS, tcp, "tcp_bad_options", "segments whose options were malformed, the rest of which was ignored, or with a window scale above 14, which counts as 14") \
	X(TCP_DELAYED_ACK, tcp, "tcp_delayed_ack", "ACKs sent by the delayed-ACK timer") \
	X(TCP_ZERO_WINDOW_PROBE, tcp, "tcp_zero_window_probe", "zero-window probes sent") \
	X(TCP_KEEPALIVE_PROBE, tcp, "tcp_keepalive_probe", "keepalive probes sent") \
	X(TCP_URGENT_RX, tcp, "tcp_urgent_rx", "segments with urgent data") \
	X(TCP_OUT_OF_ORDER, tcp, "tcp_out_of_order_kept", "segments received beyond a hole and kept") \
	X(TCP_OVERLAP, tcp, "tcp_overlap", "segments of which a part was received before") \
	X(TCP_DSACK_TX, tcp, "tcp_dsack_tx", "duplicates reported to the peer (RFC 2883)") \
	X(TCP_TIMEOUT, tcp, "tcp_timeout", "retransmission timeouts") \
	X(TCP_ECN_CE, tcp, "tcp_ecn_ce", "segments that arrived with Congestion Experienced") \
	X(TCP_FAST_RECOVERY, tcp, "tcp_fast_recovery", "fast recoveries entered (RFC 6675, RFC 6582)") \
	X(TCP_TAIL_LOSS_PROBE, tcp, "tcp_tail_loss_probe", "tail loss probes sent (RFC 8985 7)") \
	X(TCP_TAIL_LOSS_RECOVERED, tcp, "tcp_tail_loss_recovered", "losses that a tail loss probe repaired") \
	X(TCP_SPURIOUS, tcp, "tcp_spurious", "window reductions taken back: nothing had been lost (RFC 4015, RFC 3708)") \
	X(TCP_DSACK_RX, tcp, "tcp_dsack_rx", "duplicates that peers reported (RFC 2883)") \
	X(TCP_SACK_IGNORED, tcp, "tcp_sack_ignored", "SACK blocks outside of what is in flight") \
	X(TCP_SACK_RENEGED, tcp, "tcp_sack_reneged", "timeouts at which a peer had dropped what it reported (RFC 2018 8)") \
	X(TCP_FLIGHT_FULL, tcp, "tcp_flight_full", "segments put off because memory.flights were all in use") \
	X(TCP_RANGE_FULL, tcp, "tcp_range_full", "places on the scoreboard that were wanted and not free") \
	X(TCP_PATH_TOLD, tcp, "tcp_path_told", "ICMP errors that made a connection's segments smaller (RFC 1191, RFC 8201)") \
	X(TCP_PATH_SILENT, tcp, "tcp_path_silent", "times that a segment was made smaller because it never got through (RFC 4821 7.7)") \
	X(TCP_PATH_RAISED, tcp, "tcp_path_raised", "times that a larger segment got through again") \
	/* half-open and cookies */ \
	X(SYN_RX, syn, "syn_rx", "SYNs to a listener") \
	X(SYN_ACK_TX, syn, "syn_ack_tx", "SYN-ACKs sent, retransmissions and cookies included") \
	X(HALF_OPEN_CREATED, syn, "half_open_created", "half-open records made") \
	X(HALF_OPEN_TIMEOUT, syn, "half_open_timeout", "half-open records that nobody completed") \
	X(HALF_OPEN_RESET, syn, "half_open_reset", "half-open records ended by a RST") \
	X(HALF_OPEN_BAD_ACK, syn, "half_open_bad_ack", "ACKs to a half-open record with the wrong number") \
	X(COOKIE_SENT, cookie, "cookie_sent", "SYN cookies sent") \
	X(COOKIE_ACCEPTED, cookie, "cookie_accepted", "connections made of a SYN cookie") \
	X(COOKIE_REJECTED, cookie, "cookie_rejected", "ACKs tested as a cookie and refused") \
	X(COOKIE_ENTER, cookie, "cookie_enter", "times that cookie mode was entered") \
	X(COOKIE_LEAVE, cookie, "cookie_leave", "times that cookie mode was left") \
	/* TIME_WAIT */ \
	X(TIME_WAIT_CREATED, timewait, "time_wait_created", "connections that entered TIME_WAIT") \
	X(TIME_WAIT_EXPIRED, timewait, "time_wait_expired", "time-waits that lasted their 2 MSL") \
	X(TIME_WAIT_REUSED, timewait, "time_wait_reused", "time-waits reopened by a newer SYN, or by an active open (RFC 6191)") \
	X(TIME_WAIT_RECYCLED, timewait, "time_wait_recycled", "oldest time-waits given up because no record was free") \
	X(TIME_WAIT_RST_IGNORED, timewait, "time_wait_rst_ignored", "RSTs ignored in TIME_WAIT (RFC 1337)") \
	X(TIME_WAIT_ACK, timewait, "time_wait_ack", "ACKs sent from TIME_WAIT") \
	/* timers */ \
	X(TIMER_FIRED, timer, "timer_fired", "wheel entries that fired") \
	X(TIMER_STALE, timer, "timer_stale", "wheel entries that had been superseded") \
	X(TIMER_NO_ROOM, timer, "timer_no_room", "timers that found no room in the wheel and were swept up later") \
	/* services */ \
	X(SERVICE_IDLE_TIMEOUT, service, "service_idle_timeout", "connections that a service closed because the peer was silent") \
	X(SERVICE_WRITE_TIMEOUT, service, "service_write_timeout", "connections that a service reset because the peer took nothing of what was sent") \
	X(SERVICE_EVICTED, service, "service_evicted", "slow peers that a service gave up for a younger one, for want of memory for slow peers") \
	X(SERVICE_NO_MEMORY, service, "service_no_memory", "connections that a service gave up because it had no memory for a slow peer") \
	X(HTTP_REQUESTS, service, "http_requests", "HTTP requests answered, those refused included") \
	X(HTTP_BAD_REQUESTS, service, "http_bad_requests", "HTTP requests refused with 400, 431, 501 or 505") \
	X(HTTP_HEADER_TIMEOUT, service, "http_header_timeout", "HTTP requests that did not become complete in time: 408") \
	/* control */ \
	X(CONTROL_REQUESTS, control, "control_requests", "requests answered over the worker's control ring")
/* clang-format on */

#endif
