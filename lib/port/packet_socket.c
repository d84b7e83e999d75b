/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Receiving: a ring of frames that the kernel fills and we give back (TPACKET_V2: each frame is
 * there as soon as it is written; V3's blocks wait for a timer). What is larger than a frame comes
 * through the socket itself, in order, and its frame says so (PACKET_COPY_THRESH).
 *
 * Sending: sendmmsg(2), from where the packets lie.
 */
#include "packet_socket.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <rte_errno.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include "../wire/build.h"
#include "log.h"

#define PREFIX	     "packet:"
#define RING_BYTES   (8u << 20)
#define BLOCK_BYTES  (64u << 10)
#define FRAME_MORE   256 /* of a frame, besides the packet: its header, and where it begins */
#define SOCKET_BYTES (16 << 20) /* each way: what is larger than a frame; what is not sent yet */
#define BURST	     32u	/* that are sent at a time */
#define PIECES	     (1 + LENT_TSO_BUFFERS_MAX) /* of a packet: its virtio-net header, its buffers */
#define LARGEST	     (65535 + L2_LEN_MAX)
#define TCP_CHECKSUM 16 /* where it is in the header */

struct packet_socket {
	int fd;
	unsigned ifindex;
	struct rte_ether_addr mac;
	uint8_t *ring;
	uint32_t frame_bytes;
	uint32_t frames;	  /* a power of two */
	uint32_t next;		  /* frame to be filled */
	uint64_t lost;		  /* by the kernel, as far as it was asked; control's */
	_Atomic uint64_t dropped; /* there was no room for it; worker rw, control ro */
	struct rte_ring *carrier; /* what the ethdev is made of */
	char interface[IF_NAMESIZE];
};

bool
packet_socket_is(const char *device)
{
	return strncmp(device, PREFIX, strlen(PREFIX)) == 0;
}

/* ---- receiving ------------------------------------------------------------------------------ */

static struct tpacket2_hdr *
frame_at(const struct packet_socket *s, uint32_t i)
{
	return (struct tpacket2_hdr *)(s->ring + (size_t)i * s->frame_bytes);
}

static void
set_flags(struct rte_mbuf *m, const struct tpacket2_hdr *frame, const struct virtio_net_hdr *h)
{
	if (h->flags & (VIRTIO_NET_HDR_F_NEEDS_CSUM | VIRTIO_NET_HDR_F_DATA_VALID))
		m->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	if (frame->tp_status & TP_STATUS_VLAN_VALID) {
		m->vlan_tci = frame->tp_vlan_tci;
		m->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
	}
}

/* Buffers for so many bytes, in a chain; their lengths are those that they will have. */
static struct rte_mbuf *
alloc_chain(struct rte_mempool *pool, uint32_t bytes)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool), *last = m;
	uint32_t left = bytes, room;

	if (m == NULL)
		return NULL;
	for (;;) {
		room = rte_pktmbuf_tailroom(last);
		last->data_len = (uint16_t)RTE_MIN(left, room);
		left -= last->data_len;
		if (left == 0)
			break;
		last->next = rte_pktmbuf_alloc(pool);
		if (last->next == NULL) {
			rte_pktmbuf_free(m);
			return NULL;
		}
		last = last->next;
		m->nb_segs++;
	}
	m->pkt_len = bytes;
	return m;
}

/* A frame holds more than a buffer. */
static struct rte_mbuf *
copy_frame(struct rte_mempool *pool, const struct tpacket2_hdr *frame)
{
	const uint8_t *data = (const uint8_t *)frame + frame->tp_mac;
	struct rte_mbuf *m = alloc_chain(pool, frame->tp_snaplen);
	struct virtio_net_hdr header;

	if (m == NULL)
		return NULL;
	memcpy(&header, data - sizeof(header), sizeof(header));
	for (struct rte_mbuf *at = m; at != NULL; at = at->next) {
		memcpy(rte_pktmbuf_mtod(at, void *), data, at->data_len);
		data += at->data_len;
	}
	set_flags(m, frame, &header);
	return m;
}

/* How many there are. */
static size_t
gather(struct iovec pieces[], struct virtio_net_hdr *header, struct rte_mbuf *m)
{
	size_t n = 0;

	pieces[n++] = (struct iovec){header, sizeof(*header)};
	for (; m != NULL; m = m->next)
		pieces[n++] = (struct iovec){rte_pktmbuf_mtod(m, void *), m->data_len};
	return n;
}

/* An error that the interface left behind, such as that it was down, comes before the packet, which
 * stays: asked once more, for each frame has to have its own. */
static ssize_t
read_pieces(const struct packet_socket *s, const struct iovec pieces[], size_t n)
{
	ssize_t got = readv(s->fd, pieces, (int)n);

	return got < 0 && errno != EAGAIN ? readv(s->fd, pieces, (int)n) : got;
}

/* What waits in the socket, whether or not there are buffers: its header takes all of it out. */
static struct rte_mbuf *
read_large(const struct packet_socket *s, struct rte_mempool *pool,
	   const struct tpacket2_hdr *frame)
{
	struct rte_mbuf *m = frame->tp_len <= LARGEST ? alloc_chain(pool, frame->tp_len) : NULL;
	struct iovec pieces[2 + LARGEST / 2048];
	struct virtio_net_hdr header;
	ssize_t got;

	if (m == NULL || m->nb_segs >= RTE_DIM(pieces)) {
		read_pieces(s, &(struct iovec){&header, sizeof(header)}, 1);
		rte_pktmbuf_free(m);
		return NULL;
	}
	got = read_pieces(s, pieces, gather(pieces, &header, m));
	if (got != (ssize_t)(sizeof(header) + frame->tp_len)) {
		rte_pktmbuf_free(m);
		return NULL;
	}
	set_flags(m, frame, &header);
	return m;
}

/* NULL: there was no buffer for it, or no room in the socket. */
static struct rte_mbuf *
take_frame(const struct packet_socket *s, struct rte_mempool *pool,
	   const struct tpacket2_hdr *frame)
{
	if (unlikely(frame->tp_status & TP_STATUS_COPY))
		return read_large(s, pool, frame);
	if (unlikely(frame->tp_len != frame->tp_snaplen))
		return NULL;
	return copy_frame(pool, frame);
}

static void
count_drop(struct packet_socket *s)
{
	uint64_t dropped = atomic_load_explicit(&s->dropped, memory_order_relaxed);

	atomic_store_explicit(&s->dropped, dropped + 1, memory_order_relaxed);
}

uint16_t
packet_socket_receive(struct packet_socket *s, struct rte_mempool *pool, struct rte_mbuf *m[],
		      uint16_t n)
{
	uint16_t count = 0;

	for (uint16_t i = 0; i < n; i++) {
		struct tpacket2_hdr *frame = frame_at(s, s->next);

		if (!(__atomic_load_n(&frame->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
			break;
		m[count] = take_frame(s, pool, frame);
		if (likely(m[count] != NULL))
			count++;
		else
			count_drop(s);
		__atomic_store_n(&frame->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		s->next = (s->next + 1) & (s->frames - 1);
	}
	return count;
}

/* ---- sending -------------------------------------------------------------------------------- */

/* A NIC writes the IPv4 header's checksum, too, virtio-net's device does not; and of a packet that
 * is to be cut virtio-net wants the whole length in the pseudo-header's sum, a NIC none. */
static void
finish_checksums(struct rte_mbuf *m, bool ip4)
{
	void *ip = rte_pktmbuf_mtod_offset(m, void *, m->l2_len);
	uint16_t sum;

	if (ip4) {
		struct rte_ipv4_hdr *header = ip;

		header->hdr_checksum = 0;
		header->hdr_checksum = rte_ipv4_cksum(header);
	}
	if (!(m->ol_flags & RTE_MBUF_F_TX_TCP_SEG))
		return;
	sum = ip4 ? rte_ipv4_phdr_cksum(ip, 0) : rte_ipv6_phdr_cksum(ip, 0);
	memcpy((uint8_t *)ip + m->l3_len + TCP_CHECKSUM, &sum, sizeof(sum));
}

static struct virtio_net_hdr
header_of(struct rte_mbuf *m)
{
	bool ip4 = m->ol_flags & RTE_MBUF_F_TX_IPV4;
	struct virtio_net_hdr h = {0};

	if (!(m->ol_flags & RTE_MBUF_F_TX_TCP_CKSUM))
		return h;
	finish_checksums(m, ip4);
	h.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	h.csum_start = (uint16_t)(m->l2_len + m->l3_len);
	h.csum_offset = TCP_CHECKSUM;
	if (m->ol_flags & RTE_MBUF_F_TX_TCP_SEG) {
		h.gso_type = ip4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
		h.gso_size = m->tso_segsz;
		h.hdr_len = (uint16_t)(h.csum_start + m->l4_len);
	}
	return h;
}

/* The first packet is gone, as on a link that loses it: larger than the interface's MTU is now, or
 * dropped by a rule, a queue or the peer, which the kernel tells as ENOBUFS or ENOMEM. It must not
 * stay in the way of all others. */
static bool
is_gone(int err)
{
	return err != EAGAIN && err != EINTR && err != ENETDOWN && err != ENXIO && err != ENODEV;
}

uint16_t
packet_socket_send(const struct packet_socket *s, struct rte_mbuf *m[], uint16_t n)
{
	struct virtio_net_hdr headers[BURST];
	struct iovec pieces[BURST][PIECES];
	struct mmsghdr messages[BURST];
	unsigned count = RTE_MIN(n, BURST);
	int sent;

	for (unsigned i = 0; i < count; i++) {
		headers[i] = header_of(m[i]);
		messages[i].msg_hdr = (struct msghdr){
			.msg_iov = pieces[i],
			.msg_iovlen = gather(pieces[i], &headers[i], m[i]),
		};
	}
	sent = sendmmsg(s->fd, messages, count, MSG_DONTWAIT);
	if (unlikely(sent < 0))
		sent = is_gone(errno) ? 1 : 0;
	rte_pktmbuf_free_bulk(m, (unsigned)sent);
	return (uint16_t)sent;
}

/* ---- the socket ----------------------------------------------------------------------------- */

static int
refuse(const struct packet_socket *s, const char *what)
{
	int err = errno;

	PORT_LOG(ERR, PREFIX "%s: %s: %s%s\n", s->interface, what, strerror(err),
		 err == EPERM ? ": a packet socket needs CAP_NET_RAW, or root" : "");
	return err == ENOMEM ? -ENOMEM : -ENODEV;
}

static int
set_option(const struct packet_socket *s, int option, int value)
{
	return setsockopt(s->fd, SOL_PACKET, option, &value, sizeof(value));
}

/* As much as is wanted is for CAP_NET_ADMIN to have. */
static void
set_buffer(const struct packet_socket *s, int forced, int asked)
{
	const int bytes = SOCKET_BYTES;

	if (setsockopt(s->fd, SOL_SOCKET, forced, &bytes, sizeof(bytes)) < 0)
		setsockopt(s->fd, SOL_SOCKET, asked, &bytes, sizeof(bytes));
}

static int
ask_interface(const struct packet_socket *s, unsigned long what, struct ifreq *r)
{
	*r = (struct ifreq){0};
	memcpy(r->ifr_name, s->interface, sizeof(s->interface));
	return ioctl(s->fd, what, r);
}

static int
join(const struct packet_socket *s, unsigned short what)
{
	struct packet_mreq r = {.mr_ifindex = (int)s->ifindex, .mr_type = what};

	return setsockopt(s->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &r, sizeof(r));
}

/*
 * What is no TCP or ICMP is nobody's here; and of UDP and SCTP the kernel must not even try to
 * tell: a large packet that virtio-net has no name for keeps its frame of the ring for ever
 * (Linux 6.18), and all that comes after it is lost.
 */
static int
attach_filter(const struct packet_socket *s)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct ethhdr, h_proto)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 0, 5),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ETH_HLEN + 6), /* IPv6's next header */
		BPF_STMT(BPF_JMP | BPF_JA, 1),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ETH_HLEN + 9), /* IPv4's protocol */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_SCTP, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = {RTE_DIM(code), code};

	return setsockopt(s->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

/* The order is packet(7)'s: what a frame is made of, then the ring, then its size for what is
 * beyond. */
static int
make_ring(struct packet_socket *s, uint16_t mtu)
{
	struct tpacket_req request;

	s->frame_bytes = rte_align32pow2(mtu + L2_LEN_MAX + FRAME_MORE);
	s->frames = RING_BYTES / s->frame_bytes;
	request = (struct tpacket_req){
		.tp_block_size = BLOCK_BYTES,
		.tp_block_nr = RING_BYTES / BLOCK_BYTES,
		.tp_frame_size = s->frame_bytes,
		.tp_frame_nr = s->frames,
	};
	if (setsockopt(s->fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof(request)) < 0)
		return refuse(s, "no ring of frames");
	s->ring =
		mmap(NULL, RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, s->fd, 0);
	if (s->ring == MAP_FAILED) {
		s->ring = NULL;
		return refuse(s, "no ring of frames");
	}
	return 0;
}

static int
read_mac(struct packet_socket *s)
{
	struct ifreq r;

	if (ask_interface(s, SIOCGIFHWADDR, &r) < 0)
		return refuse(s, "no address");
	if (r.ifr_hwaddr.sa_family != ARPHRD_ETHER) {
		PORT_LOG(ERR, PREFIX "%s: not an Ethernet interface, which is wanted\n",
			 s->interface);
		return -EINVAL;
	}
	memcpy(s->mac.addr_bytes, r.ifr_hwaddr.sa_data, sizeof(s->mac.addr_bytes));
	return 0;
}

static int
check_mtu(const struct packet_socket *s, uint16_t mtu)
{
	struct ifreq r;

	if (ask_interface(s, SIOCGIFMTU, &r) < 0)
		return refuse(s, "no MTU");
	if (r.ifr_mtu >= mtu)
		return 0;
	PORT_LOG(ERR,
		 PREFIX "%s: mtu %u, the interface has %d: ip link set %s mtu %u, or a lower mtu\n",
		 s->interface, mtu, r.ifr_mtu, s->interface, mtu);
	return -EINVAL;
}

/* Bound last: before, packets of all interfaces would come, or those without a header. */
static int
open_socket(struct packet_socket *s, const struct packet_socket_request *request)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET};
	int err;

	s->ifindex = if_nametoindex(s->interface);
	if (s->ifindex == 0)
		return refuse(s, "no such interface");
	s->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return refuse(s, "no socket");
	err = read_mac(s);
	if (err == 0)
		err = check_mtu(s, request->mtu);
	if (err != 0)
		return err;
	if (attach_filter(s) < 0)
		return refuse(s, "no filter");
	if (set_option(s, PACKET_VERSION, TPACKET_V2) < 0 ||
	    set_option(s, PACKET_VNET_HDR, 1) < 0 || set_option(s, PACKET_IGNORE_OUTGOING, 1) < 0 ||
	    set_option(s, PACKET_COPY_THRESH, 1) < 0)
		return refuse(s, "the kernel's packet sockets are older than 4.20");
	set_buffer(s, SO_RCVBUFFORCE, SO_RCVBUF);
	set_buffer(s, SO_SNDBUFFORCE, SO_SNDBUF);
	err = make_ring(s, request->mtu);
	if (err != 0)
		return err;
	address.sll_ifindex = (int)s->ifindex;
	address.sll_protocol = rte_cpu_to_be_16(ETH_P_ALL);
	if (bind(s->fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    join(s, request->all_macs ? PACKET_MR_PROMISC : PACKET_MR_ALLMULTI) < 0)
		return refuse(s, "not to be had");
	return 0;
}

/* What the ethdev is made of: nothing goes through. */
static int
make_carrier(struct packet_socket *s, uint16_t *id)
{
	char name[RTE_RING_NAMESIZE];
	int got;

	snprintf(name, sizeof(name), "packet%u", s->ifindex); /* names do not fit, all of them */
	s->carrier = rte_ring_create(name, 2, SOCKET_ID_ANY, 0);
	got = s->carrier == NULL
		      ? -1
		      : rte_eth_from_rings(name, &s->carrier, 1, &s->carrier, 1, rte_socket_id());
	if (got < 0) {
		PORT_LOG(ERR, PREFIX "%s: no device of rings: %s. Is the net_ring driver there?\n",
			 s->interface, rte_strerror(rte_errno));
		return -ENODEV;
	}
	*id = (uint16_t)got;
	return 0;
}

int
packet_socket_open(struct packet_socket **socket, uint16_t *id,
		   const struct packet_socket_request *request)
{
	const char *interface = request->device + strlen(PREFIX);
	struct packet_socket *s;
	int err;

	if (interface[0] == '\0' || strlen(interface) >= IF_NAMESIZE) {
		PORT_LOG(ERR, "%s: the name of an interface is wanted behind " PREFIX "\n",
			 request->device);
		return -ENODEV;
	}
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return -ENOMEM;
	s->fd = -1;
	strcpy(s->interface, interface);
	err = open_socket(s, request);
	if (err == 0)
		err = make_carrier(s, id);
	if (err == 0) {
		*socket = s;
		return 0;
	}
	packet_socket_close(s);
	return err;
}

void
packet_socket_close(struct packet_socket *s)
{
	if (s == NULL)
		return;
	if (s->ring != NULL)
		munmap(s->ring, RING_BYTES);
	if (s->fd >= 0)
		close(s->fd);
	rte_ring_free(s->carrier);
	free(s);
}

/* ---- what control asks ---------------------------------------------------------------------- */

struct rte_ether_addr
packet_socket_mac(const struct packet_socket *s)
{
	return s->mac;
}

/* Another one may have the name by now. */
bool
packet_socket_link_up(const struct packet_socket *s)
{
	struct ifreq r;

	return ask_interface(s, SIOCGIFFLAGS, &r) == 0 && r.ifr_flags & IFF_RUNNING &&
	       if_nametoindex(s->interface) == s->ifindex;
}

/* The kernel begins anew with each answer. */
uint64_t
packet_socket_lost(struct packet_socket *s)
{
	struct tpacket_stats stats;
	socklen_t len = sizeof(stats);

	if (getsockopt(s->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len) == 0)
		s->lost += stats.tp_drops;
	return s->lost + atomic_load_explicit(&s->dropped, memory_order_relaxed);
}
