/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A kernel interface as a port, by a packet socket (packet(7)): device "packet:INTERFACE".
 *
 * As net_af_packet it receives what the kernel receives, too, from a ring that both have mapped.
 * Unlike it, packets have a virtio-net header in front of them (PACKET_VNET_HDR), by which either
 * side leaves to the other what a NIC would do. The kernel writes the checksums and cuts packets
 * into TCP segments (TSO), which takes 44 of them down to the device, and through a veth pair and
 * the peer's TCP behind it, in one go; and what it has not cut or summed itself, because the
 * interface's peer is on this machine, is received as it is, up to 64 KB in a chain of buffers.
 *
 * DPDK lets no driver be built outside of it. So the ethdev is a net_ring that nothing goes
 * through, and bursts come here: burst.h. One queue, whose worker is the only one to receive and to
 * send.
 */
#ifndef TCT_PORT_PACKET_SOCKET_H
#define TCT_PORT_PACKET_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>
#include <rte_mempool.h>

struct rte_mbuf;
struct packet_socket;

/* Whether the device's name is of this kind. */
bool packet_socket_is(const char *device);

struct packet_socket_request {
	const char *device;
	uint16_t mtu;  /* that of the interface, or less */
	bool all_macs; /* frames to other stations are received, too */
};

/* Sets *socket, and *id to its ethdev, which has to be taken away before the socket is closed. 0,
 * -ENODEV, -EINVAL or -ENOMEM, logged. [control] */
int packet_socket_open(struct packet_socket **socket, uint16_t *id,
		       const struct packet_socket_request *request);
void packet_socket_close(struct packet_socket *s); /* NULL: nothing */

/* [control] */
struct rte_ether_addr packet_socket_mac(const struct packet_socket *s);
bool packet_socket_link_up(const struct packet_socket *s);
uint64_t packet_socket_lost(struct packet_socket *s);

/* Bursts as ethdev has them. [worker] */
uint16_t packet_socket_receive(struct packet_socket *s, struct rte_mempool *pool,
			       struct rte_mbuf *m[], uint16_t n);
uint16_t packet_socket_send(const struct packet_socket *s, struct rte_mbuf *m[], uint16_t n);

#endif
