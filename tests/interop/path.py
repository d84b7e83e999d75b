"""Two ends and a bad path between them: namespaces client - middle - server, tests/impair/forwarder in
the middle one. What stands on the server's side, tercet or the kernel, is the caller's choice.
"""

import json
import os
import signal
import struct
import subprocess

import lab

# No run of a test is longer: a forwarder that nobody ends, ends.
LONGEST = 3600


class Way:
    """A namespace's device, at the other end of which a forwarder sends and receives."""

    def __init__(self, forwarder, client, server, tag=""):
        self.forwarder = forwarder
        self.client, self.server = client, server
        self.middle = lab.Namespace("middle")
        self.left, self.right = f"ml{tag}", f"mr{tag}"
        self.client_link, self.server_link = f"vc{tag}", f"vs{tag}"
        self.pair(client, self.client_link, self.left)
        self.pair(server, self.server_link, self.right)
        self.process = None
        self.impair()

    def pair(self, end, link, middle_link):
        end.ip("link", "add", link, "type", "veth", "peer", "name", middle_link, "netns", self.middle.name)
        self.middle.must("sysctl", "-qw", f"net.ipv6.conf.{middle_link}.disable_ipv6=1")
        # The path carries packets as they would be on a wire: whole checksums, no more than an MTU.
        for namespace, name in ((end, link), (self.middle, middle_link)):
            namespace.must("ethtool", "-K", name, "tx", "off", "gro", "off")
            namespace.ip("link", "set", name, "up")

    def impair(self, *options):
        """The path is as the options say from now on; it had none for a moment."""
        result = self.stop()
        self.process = self.middle.start(
            self.forwarder, "--seconds", LONGEST, *options, self.left, self.right, stdout=subprocess.PIPE
        )
        lab.equal(self.process.stdout.readline(), "ready\n", f"forwarder {options}")
        return result

    def stop(self):
        """What the forwarder counted; a path on which frames went missing unasked shows nothing."""
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        output = self.process.communicate(timeout=10)[0]
        lab.equal(self.process.returncode, 0, "the forwarder's exit code")
        self.process = None
        result = json.loads(output)
        lab.equal(result["too_long"], 0, "frames longer than a packet: is an offload on?")
        return result


class Path(lab.Lab):
    """tercet as the server, the client's kernel at the other end of a bad path."""

    def __init__(self, forwarder, device="", **more):
        self.forwarder = os.path.abspath(forwarder)
        self.device_arguments = device
        super().__init__(**more)

    def make_veth(self):
        lab.need("ethtool")
        self.server.must("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")
        self.way = Way(self.forwarder, self.client, self.server)
        self.address("vc")

    def start(self):
        self.device += self.device_arguments
        super().start()


def bytes_acked(s):
    """TCP_INFO's tcpi_bytes_acked (RFC 4898 tcpEStatsAppHCThruOctetsAcked)."""
    return struct.unpack_from("Q", s.getsockopt(6, 11, 256), 120)[0]
