"""Two network namespaces, tercet in one and the kernel in the other; and how a test reports.

A test is a file that says `lab.main(test_one, test_two, ...)`; each is called in turn and fails by an
exception. Everything that is made here is taken away again at exit, whatever happened.
"""

import atexit
import contextlib
import ctypes
import fcntl
import itertools
import json
import os
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

TERCET = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else "tercet"
CLIENT4, SERVER4, UNUSED4 = "10.0.0.1", "10.0.0.2", "10.0.0.3"
CLIENT6, SERVER6 = "2001:db8::1", "2001:db8::2"
# Behind a gateway: the client's kernel has them on its loopback device.
FAR4, FAR6 = "10.9.0.1", "2001:db8:9::1"
BOTH = (SERVER4, SERVER6)
CLONE_NEWNET = 0x40000000

SERVICES = """\
listen:
  - {port: 7, service: echo}
  - {port: 9, service: discard}
  - {port: 13, service: daytime}
  - {port: 19, service: chargen}
  - {port: 80, service: http, response-size: 1k}
  - {port: 7001, service: stall}
  - {port: 7002, service: unread}
"""
# Small, so that a test starts fast and leaves memory to its neighbours.
MEMORY = "memory: {connections: 8192, half-open: 4096, time-wait: 65536, mbufs: 8192}\n"


def skip(reason):
    print(f"SKIP: {reason}")
    sys.exit(77)


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            skip(f"{program} is not installed")


def need_namespaces():
    if os.geteuid() != 0:
        skip("network namespaces need root")
    if run("ip", "netns", "add", f"tct-{os.getpid()}-try").returncode:
        skip("no network namespace can be made here")
    run("ip", "netns", "del", f"tct-{os.getpid()}-try")


def url(address, rest="/"):
    return f"http://[{address}]{rest}" if ":" in address else f"http://{address}{rest}"


def run(*command, timeout=30, **options):
    """A command's CompletedProcess, its output as text."""
    return subprocess.run(
        [str(word) for word in command],
        timeout=timeout,
        **{"capture_output": True, "text": True, **options},
    )


def must(*command, **options):
    """The output of a command that must end with 0."""
    result = run(*command, **options)
    if result.returncode:
        raise AssertionError(
            f"{shlex.join(str(word) for word in command)}: exit {result.returncode}\n"
            f"{result.stdout}{result.stderr}"
        )
    return result.stdout


def until(true, seconds, what):
    """Waits until true() is, and returns what it gave. What, or what() gives then, is what was waited for."""
    end = time.monotonic() + seconds
    while True:
        value = true()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what() if callable(what) else what}: not within {seconds} s")
        time.sleep(0.05)


def equal(got, wanted, what=""):
    if got != wanted:
        raise AssertionError(f"{what}: {got!r}, wanted {wanted!r}")


class Namespace:
    serial = itertools.count()

    def __init__(self, name):
        self.name = f"tct-{os.getpid()}-{name}{next(self.serial)}"
        must("ip", "netns", "add", self.name)
        atexit.register(self.remove)
        self.ip("link", "set", "lo", "up")

    def remove(self):
        run("ip", "netns", "del", self.name)

    def command(self, *command):
        return ["ip", "netns", "exec", self.name, *map(str, command)]

    def ip(self, *arguments):
        return must("ip", "-n", self.name, *arguments)

    def run(self, *command, **options):
        return run(*self.command(*command), **options)

    def must(self, *command, **options):
        return must(*self.command(*command), **options)

    def start(self, *command, **options):
        """A Popen in the namespace; `ip netns exec` becomes the command, so its pid is the command's."""
        process = subprocess.Popen(self.command(*command), **{"text": True, **options})
        atexit.register(end, process)
        return process

    @contextlib.contextmanager
    def inside(self):
        """Sockets made in here belong to the namespace, for ever."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open("/proc/thread-self/ns/net") as home, open(f"/run/netns/{self.name}") as there:
            if libc.setns(there.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
            try:
                yield
            finally:
                libc.setns(home.fileno(), CLONE_NEWNET)


def end(process):
    if process.poll() is None:
        process.kill()
    process.wait()


class Tercet:
    """A running `tercet serve`."""

    def __init__(self, where, folder, text, *arguments):
        self.folder = folder
        self.json = folder / "result.json"
        self.log = folder / "log"
        self.socket = folder / "socket"
        self.json.unlink(missing_ok=True)
        self.socket.unlink(missing_ok=True)
        config = folder / "tercet.yaml"
        config.write_text(text)
        with open(self.log, "w") as log:
            self.process = where.start(
                TERCET, "serve", "-c", config, "-q", "--json", self.json, *arguments,
                stdout=log, stderr=subprocess.STDOUT,
            )

    def output(self):
        return self.log.read_text()

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def stop(self):
        self.interrupt()
        return self.ended()

    def ended(self, seconds=20):
        """Waits for the end, by a signal; the result, after the checks that hold for every run."""
        self.process.wait(seconds)
        equal(self.process.returncode, 0, f"exit code\n{self.output()}\n")
        result = json.loads(self.json.read_text())
        no_leaks(result)
        if "Connections " not in self.output():
            raise AssertionError(f"no summary:\n{self.output()}")
        return result

    def ctl(self, *request, code=0):
        result = run(TERCET, "ctl", self.socket, "-j", *request)
        equal(result.returncode, code, f"tercet ctl {request}: {result.stdout}{result.stderr}")
        return json.loads(result.stdout)


    def start_ctl(self, *request):
        """A request whose answer nobody waits for: a connect is answered when it is through."""
        process = subprocess.Popen(
            [TERCET, "ctl", self.socket, "-j", *map(str, request)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        atexit.register(end, process)
        return process


def no_leaks(result):
    equal(result["end"]["leaks"], {"mbufs": 0, "conns": 0, "half_open": 0, "time_wait": 0}, "leaks")


def has_ctl():
    return run(TERCET, "ctl", "--help").returncode == 0


class Tagger:
    """An 802.1Q device for a kernel that has none: a TAP device whose frames are tagged on the link."""

    TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 2, 0x1000

    def __init__(self, where, link, name, vlan):
        with where.inside():
            self.link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            self.link.bind((link, 3))
            # Without it the kernel hides received tags from the frame.
            self.link.setsockopt(263, 8, 1)  # SOL_PACKET, PACKET_AUXDATA
            self.tap = os.open("/dev/net/tun", os.O_RDWR)
            fcntl.ioctl(self.tap, self.TUNSETIFF, struct.pack("16sH22x", name.encode(), self.IFF_TAP | self.IFF_NO_PI))
        self.tag = struct.pack("!HH", 0x8100, vlan)
        self.vlan = vlan
        for step in (self.to_link, self.from_link):
            threading.Thread(target=step, daemon=True).start()

    def to_link(self):
        while True:
            try:
                frame = os.read(self.tap, 2048)
                self.link.send(frame[:12] + self.tag + frame[12:])
            except OSError:  # the link, or the device, is taken down
                return

    def from_link(self):
        while True:
            try:
                frame, extra, _, sender = self.link.recvmsg(2048, 256)
            except OSError:  # the link is taken down
                return
            if sender[2] == socket.PACKET_OUTGOING:
                continue
            if frame[12:16] == self.tag:
                frame = frame[:12] + frame[16:]
            elif not any(self.is_tagged(data) for _, _, data in extra):
                continue
            os.write(self.tap, frame)

    def is_tagged(self, auxdata):
        status, _, _, _, _, vlan, _ = struct.unpack("IIIHHHH", auxdata)
        return status & 0x10 and vlan == self.vlan


class Lab:
    """A link with tercet on one side: kind is af_packet (over veth), vlan (the same, tagged), packet, packet_vlan, af_xdp or tap.

    To a packet socket the kernel behind the veth pair leaves checksums and segmentation, unless it is told not to."""

    def __init__(self, kind="af_packet", more="", memory=MEMORY, services=SERVICES, arguments=(), mtu=1500, port="", qpairs=1):
        need_namespaces()
        self.kind = kind
        self.mtu = mtu
        self.port = port  # more lines of the port
        self.folder = Path(tempfile.mkdtemp(prefix="tercet-interop-"))
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self.client = Namespace("client")
        self.server = self.client if kind == "tap" else Namespace("server")
        self.tagged = kind.endswith("vlan")
        self.link = "tap0" if kind == "tap" else "vc.5" if self.tagged else "vc"
        self.settings = "".join((more, memory, services))
        self.arguments = arguments
        if kind != "tap":
            self.make_veth()
        devices = {"tap": "net_tap0,iface=tap0", "af_xdp": "net_af_xdp0,iface=vs", "packet": "packet:vs", "packet_vlan": "packet:vs"}
        self.device = devices.get(kind, "net_af_packet0,iface=vs")
        if qpairs > 1:
            self.device += f",qpairs={qpairs}"
        if mtu > 1500 and self.device.startswith("net_af_packet"):
            self.device += ",framesz=9216,blocksz=36864,framecnt=512"
        self.start()

    def make_veth(self):
        self.client.ip("link", "add", "vc", "type", "veth", "peer", "name", "vs", "netns", self.server.name)
        for namespace, link in ((self.client, "vc"), (self.server, "vs")):
            namespace.must("sysctl", "-qw", f"net.ipv6.conf.{link}.disable_ipv6={int(link == 'vs')}")
            namespace.ip("link", "set", link, "mtu", str(self.mtu), "up")
        # Else the kernel leaves checksums and segmentation to a NIC that is not there.
        need("ethtool")
        if not self.kind.startswith("packet"):
            self.client.must("ethtool", "-K", "vc", "tx", "off")
        if self.tagged and self.client.run(
            *"ip link add link vc name vc.5 type vlan id 5".split()
        ).returncode:
            self.server.must("ethtool", "-K", "vs", "tx", "off")  # it knows nothing of checksums
            Tagger(self.client, "vc", "vc.5", 5)
        self.address(self.link)

    def address(self, link):
        self.client.ip("link", "set", link, "up")
        self.client.ip("address", "add", f"{CLIENT4}/24", "dev", link)
        self.client.ip("address", "add", f"{CLIENT6}/64", "dev", link, "nodad")
        for far in (f"{FAR4}/32", f"{FAR6}/128"):
            self.client.ip("address", "replace", far, "dev", "lo")

    def config(self):
        return (
            f"ports:\n  - device: {self.device}\n"
            f'    addresses: [{SERVER4}/24, "{SERVER6}/64"]\n'
            f'    gateway: {CLIENT4}\n    gateway6: "{CLIENT6}"\n'
            + (f"    mtu: {self.mtu}\n" if self.mtu != 1500 else "")
            + ("    vlan: 5\n" if self.tagged else "")
            + self.port
            + self.settings
            + (f"control: {{socket: {self.folder / 'socket'}}}\n" if has_ctl() else "")
        )

    def start(self):
        self.tercet = Tercet(self.server, self.folder, self.config(), *self.arguments)
        if self.kind == "tap":
            until(lambda: self.link in self.client.run("ip", "link").stdout, 20, f"{self.link} appears")
            self.address(self.link)
        for address in BOTH:
            until(lambda: self.answers(address), 20, f"{address} answers\n{self.tercet.output()}")

    def answers(self, address):
        if self.tercet.process.poll() is not None:
            raise AssertionError(f"tercet has ended:\n{self.tercet.output()}")
        return self.client.run("ping", "-nqc1", "-W1", address).returncode == 0

    def stop(self):
        return self.tercet.stop()

    def stop_after_signal(self):
        return self.tercet.ended()


def main(*tests, vital=1):
    """Calls each test, and says how long it took; the process ends with 1 if one failed.

    Nothing works without the first vital ones: there it ends.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # meson's timeout: clean up
    failed = []
    for number, test in enumerate(tests):
        if failed and number <= vital:
            break
        start = time.monotonic()
        try:
            test()
            word = "ok"
        except Exception:  # pylint: disable=broad-except
            traceback.print_exc(file=sys.stdout)
            failed.append(test.__name__)
            word = "FAILED"
        print(f"{word:6} {time.monotonic() - start:6.1f} s  {test.__name__}", flush=True)
    if failed:
        print("failed:", *failed)
    sys.exit(1 if failed else 0)
