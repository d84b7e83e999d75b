"""Segments by hand: a station on the client's link with addresses that the kernel does not own.

The kernel answers nothing for it, so that every segment which tercet gets or sends is the test's.
"""

import collections
import os
import random
import re
import select
import socket
import struct
import time

import lab

STATION4, STATION6 = "10.0.0.77", "2001:db8::77"
MAC = bytes.fromhex("02746374000" + "1")
FLAGS = "FSRPAUEC"
SO_TIMESTAMPNS = 35
ETH_ALL, IP4, IP6, ARP = 3, 0x0800, 0x86DD, 0x0806

Segment = collections.namedtuple("Segment", "sport dport seq ack flags wnd options payload at")


def flags_to_bits(text):
    return sum(1 << FLAGS.index(letter) for letter in text)


def bits_to_flags(bits):
    """In the order in which they are spoken of: SA, FA, RA, A."""
    return "".join(letter for i, letter in enumerate(FLAGS) if bits >> i & 1)


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def packed(address):
    return socket.inet_pton(family(address), address)


def ip_packet(source, target, protocol, payload):
    if ":" in source:
        return struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64) + packed(source) + packed(target) + payload
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol, 0) + packed(source) + packed(target)
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def pseudo(source, target, protocol, length):
    if ":" in source:
        return packed(source) + packed(target) + struct.pack("!II", length, protocol)
    return packed(source) + packed(target) + struct.pack("!HH", protocol, length)


def tcp_segment(source, target, sport, dport, seq, ack, flags, wnd=65535, options=b"", payload=b""):
    options += b"\0" * (-len(options) % 4)
    length = 20 + len(options)
    head = struct.pack("!HHIIBBHHH", sport, dport, seq % 2**32, ack % 2**32, length // 4 << 4, flags_to_bits(flags), wnd, 0, 0)
    data = head + options + payload
    total = checksum(pseudo(source, target, 6, len(data)) + data)
    return data[:16] + struct.pack("!H", total) + data[18:]


class Station:
    """An AF_PACKET socket on the client's link."""

    def __init__(self, net):
        with net.client.inside():
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_ALL))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.bind((net.link, ETH_ALL))
        self.server_mac = bytes.fromhex(
            re.search(r"lladdr (\S+)", net.client.ip("neighbour", "show", lab.SERVER4))[1].replace(":", "")
        )
        self.waiting = collections.defaultdict(collections.deque)
        self.bad = 0  # segments with a wrong checksum

    def send_frame(self, target, ether, payload):
        self.socket.send(target + MAC + struct.pack("!H", ether) + payload)

    def send_ip(self, source, target, protocol, payload):
        self.send_frame(self.server_mac, IP6 if ":" in source else IP4, ip_packet(source, target, protocol, payload))

    def pump(self, seconds):
        """Takes one frame, or lets the time pass."""
        if not select.select([self.socket], [], [], max(0, seconds))[0]:
            return
        frame, extra, _, sender = self.socket.recvmsg(65536, 64)
        seconds, nanoseconds = struct.unpack("qq", extra[0][2])
        at = seconds + nanoseconds / 1e9  # when the kernel had it: this process may come to it much later
        if sender[2] == socket.PACKET_OUTGOING:
            return
        ether = struct.unpack("!H", frame[12:14])[0]
        if ether == ARP:
            self.arp(frame[14:])
        elif ether == IP4:
            length = struct.unpack("!H", frame[16:18])[0]
            if frame[23] == 6:
                self.tcp(socket.inet_ntop(socket.AF_INET, frame[26:30]), socket.inet_ntop(socket.AF_INET, frame[30:34]), frame[34 : 14 + length], at)
        elif ether == IP6:
            length = struct.unpack("!H", frame[18:20])[0]
            source, target = (socket.inet_ntop(socket.AF_INET6, frame[i : i + 16]) for i in (22, 38))
            if frame[20] == 6:
                self.tcp(source, target, frame[54 : 54 + length], at)
            elif frame[20] == 58 and frame[54] == 135 and frame[62:78] == packed(STATION6):
                self.advertise(source)

    def arp(self, packet):
        kind, target = struct.unpack("!H", packet[6:8])[0], packet[24:28]
        if kind == 1 and target == packed(STATION4):
            reply = packet[:6] + struct.pack("!H", 2) + MAC + target + packet[8:18]
            self.send_frame(packet[8:14], ARP, reply)

    def advertise(self, asker):
        message = struct.pack("!BBHI", 136, 0, 0, 0x60000000) + packed(STATION6) + b"\x02\x01" + MAC
        total = checksum(pseudo(STATION6, asker, 58, len(message)) + message)
        message = message[:2] + struct.pack("!H", total) + message[4:]
        packet = bytearray(ip_packet(STATION6, asker, 58, message))
        packet[7] = 255
        self.send_frame(self.server_mac, IP6, bytes(packet))

    def tcp(self, source, target, data, at):
        if target not in (STATION4, STATION6):
            return
        if checksum(pseudo(source, target, 6, len(data)) + data):
            self.bad += 1
        sport, dport, seq, ack, offset, bits, wnd = struct.unpack("!HHIIBBH", data[:16])
        head = (offset >> 4) * 4
        self.waiting[dport].append(
            Segment(sport, dport, seq, ack, bits_to_flags(bits & 0xFF), wnd, data[20:head], data[head:], at)
        )

    def receive(self, port, seconds=1.0):
        """The next segment to a port of ours, or None."""
        end = time.monotonic() + seconds
        while not self.waiting[port]:
            if time.monotonic() >= end:
                return None
            self.pump(end - time.monotonic())
        return self.waiting[port].popleft()


class Peer:
    """One end of a connection, without any state machine: it sends what it is told to.

    seq is our next number, ack the peer's next as far as it was taken in by take(); at is when the last
    segment was sent or heard, in the seconds of time.time().
    """

    ports = random.sample(range(20000, 60000), 4000)

    def __init__(self, station, remote, rport, port=None):
        self.station = station
        self.source = STATION6 if ":" in remote else STATION4
        self.remote, self.rport = remote, rport
        self.port = port or Peer.ports.pop()
        self.iss = self.seq = struct.unpack("!I", os.urandom(4))[0]
        self.ack = 0
        self.wnd = 65535

    def send(self, flags, seq=None, ack=None, payload=b"", options=b"", wnd=None):
        """Sends, without moving seq."""
        seq = self.seq if seq is None else seq
        ack = (self.ack if ack is None else ack) if "A" in flags else 0
        wnd = self.wnd if wnd is None else wnd
        segment = tcp_segment(self.source, self.remote, self.port, self.rport, seq, ack, flags, wnd, options, payload)
        self.at = time.time()
        self.station.send_ip(self.source, self.remote, 6, segment)

    def say(self, flags, payload=b"", **more):
        """Sends, and moves seq behind it."""
        self.send(flags, payload=payload, **more)
        self.seq = (self.seq + len(payload) + ("S" in flags) + ("F" in flags)) % 2**32

    def hear(self, seconds=1.0):
        got = self.station.receive(self.port, seconds)
        if got is not None:
            self.at = got.at
        return got

    def expect(self, flags, seconds=1.0, **fields):
        """The next segment has these flags (PSH aside) and fields; it is taken in."""
        got = self.hear(seconds)
        if got is None:
            raise AssertionError(f"silence instead of {flags}")
        same = all(getattr(got, name) == value for name, value in fields.items())
        if set(got.flags) - {"P"} != set(flags) or not same:
            raise AssertionError(f"{got} instead of {flags} {fields}")
        return self.take(got)

    def silence(self, seconds=0.15):
        got = self.hear(seconds)
        if got is not None:
            raise AssertionError(f"{got} instead of silence")

    def take(self, got):
        self.ack = (got.seq + len(got.payload) + ("S" in got.flags) + ("F" in got.flags)) % 2**32
        return got

    def connect(self):
        self.say("S")
        got = self.expect("SA", ack=self.seq)
        self.say("A")
        return got
