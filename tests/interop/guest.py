"""A small machine with one NIC that is on nobody's bus but its own: Debian's kernel under QEMU's emulation.

The kernel and its modules come out of Debian's package, which is downloaded once and never installed; the
rest of the guest is busybox, tercet and the libraries it is linked to, in an initramfs. There is no disk
and no SSH: a shell reads commands from a serial port of virtio's and answers there. The NIC's other end is a
TAP device, tap0, in the network namespace that QEMU runs in. The NIC sits behind an emulated IOMMU, so
that vfio-pci takes it as it would take a real one.

KVM is not used even where there is one: a nested one does not boot everywhere, and a guest that is as
slow everywhere finds the same faults everywhere.
"""

import atexit
import base64
import collections
import contextlib
import fcntl
import json
import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import lab

QEMU = "qemu-system-x86_64"
PACKAGE = "linux-image-cloud-amd64"
# The guest's kernel drives the NIC until it is bound, where it has a driver for it.
MODULES = "vfio-pci vfio_iommu_type1 uio_pci_generic virtio_pci virtio_console virtio_net vmxnet3 tun".split()
# Of DPDK's plug-ins: the bus, the memory pools, and the NICs that QEMU emulates.
PLUGINS = "bus_pci bus_vdev mempool_ring net_e1000 net_virtio net_vmxnet3".split()
MEMORY_MB = 2048  # touched as far as it is used
BOOT_SECONDS = 180  # four, where nothing else runs

VIRTIO = "virtio-net-pci,multifunction=on,disable-legacy=on,iommu_platform=on,host_mtu=9000"

# queues: that its packets are spread over; rss: as key and RETA say.
Nic = collections.namedtuple("Nic", "name device netdev queues rss")
NICS = {
    nic.name: nic
    for nic in (
        # Without vnet_hdr the NIC itself writes and verifies checksums, and the wire shows them.
        Nic("e1000e", "e1000e", "vnet_hdr=off", 1, False),
        Nic("vmxnet3", "vmxnet3", "vnet_hdr=off", 1, False),
        # Segments from the kernel arrive without their checksums, and marked so.
        Nic("virtio", f"{VIRTIO},mq=on,rss=on,vectors=6", "queues=2", 2, True),
        # The kernel outside chooses the queue.
        Nic("virtio-mq", f"{VIRTIO},mq=on,vectors=6", "queues=2", 2, False),
        # All checksums are tercet's own work.
        Nic("virtio-plain", VIRTIO, "vnet_hdr=off", 1, False),
    )
}
# The other function of a virtio NIC: vfio gives both out, or none.
SIBLING = "0000:00:03.1"

INIT = """\
#!/bin/sh
/bin/busybox --install -s /bin
# EAL loads no plug-ins from below a folder that all may write to.
chmod 755 /
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /run /tmp /root
mount -t tmpfs tmp /tmp
ifconfig lo up
# kmod loads it after vfio-pci, busybox does not. The others drive the NIC until it is bound.
for module in vfio_iommu_type1 virtio_pci virtio_console virtio_net vmxnet3; do modprobe $module; done
export HOME=/root TERM=linux PS1='guest# '
until port=$(ls /dev/vport*p1 2>/dev/null); do sleep 0.1; done
exec 3<>$port
echo ready >&3
cat <&3 | sh >&3 2>&1 &
if grep -q tercet.shell /proc/cmdline; then
	while :; do setsid sh -c 'exec sh -i </dev/ttyS0 >/dev/ttyS0 2>&1'; done
fi
wait
"""


def need():
    """Skips unless a guest can be made here."""
    lab.need(QEMU, "busybox", "cpio", "dpkg-deb", "ldd")
    if not Path("/dev/net/tun").exists():
        lab.skip("there is no /dev/net/tun for the other end of the NIC")


# ---- the kernel -------------------------------------------------------------------------------------


def download(cache):
    """What went wrong when Debian's newest kernel package was fetched; "" when it is in the cache."""
    found = re.search(r"Depends: (linux-image-\S+)", lab.run("apt-cache", "depends", PACKAGE).stdout)
    if not found:
        return f"apt knows no {PACKAGE}"
    half = cache / "half"
    half.mkdir(exist_ok=True)
    got = lab.run("apt-get", "download", found[1], cwd=half, timeout=300)
    if got.returncode:
        return f"{found[1]}: {(got.stderr.strip() or '?').splitlines()[-1]}"
    for package in half.glob("linux-image-*.deb"):
        package.rename(cache / package.name)
    return ""


def fetch(cache):
    """The newest package in the cache, where it is put if there is none."""
    lab.need("apt-get", "apt-cache")
    if not list(cache.glob("linux-image-*.deb")) and download(cache):
        lab.run("apt-get", "update", timeout=300)  # the lists of packages were old, or gone
        why = download(cache)
        if why:
            lab.skip(f"no kernel for the guest: {why}")
    return max(cache.glob("linux-image-*.deb"), key=os.path.getmtime)


def kernel(cache):
    """The folder with the package's content."""
    cache.mkdir(parents=True, exist_ok=True)
    with open(cache / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        package = fetch(cache)
        folder = cache / package.stem
        if not folder.exists():
            half = cache / "half"
            shutil.rmtree(half, ignore_errors=True)
            lab.must("dpkg-deb", "-x", package, half, timeout=120)
            half.rename(folder)
    return folder


# ---- the initramfs ----------------------------------------------------------------------------------


def copy_modules(modules, version, root):
    """Those named and what they depend on; their own notes say what that is."""
    files = {path.stem.replace("-", "_"): path for path in (modules / "kernel").rglob("*.ko")}
    todo, done = [name.replace("-", "_") for name in MODULES], set()
    target = root / "lib/modules" / version
    target.mkdir(parents=True)
    while todo:
        name = todo.pop()
        if name in done or name not in files:  # what has no file is built in
            continue
        done.add(name)
        shutil.copy(files[name], target)
        needs = re.search(rb"\0depends=([^\0]*)\0", files[name].read_bytes())
        todo += [word.replace("-", "_") for word in needs[1].decode().split(",") if word] if needs else []
    for name in ("modules.builtin", "modules.order"):
        shutil.copy(modules / name, target)
    lab.must("busybox", "depmod", "-b", root, version)


def libraries(files):
    """Name and path of each shared object that the files want."""
    found = {}
    for path in files:
        for name, there in re.findall(r"(\S+)(?: => (\S+))? \(0x", lab.must("ldd", path)):
            if there or name.startswith("/"):
                found[os.path.basename(name)] = there or name
    return found


def copy_program(root):
    """tercet, DPDK's plug-ins where DPDK looks for them, and what both are linked to."""
    wanted = libraries([lab.TERCET])
    places, plugins = [], []
    for name, path in wanted.items():
        if name.startswith("librte_eal.so"):
            places = list(Path(os.path.realpath(path)).parent.glob("dpdk/pmds-*"))
            plugins = [f"{place}/librte_{name}.so" for place in places for name in PLUGINS]
    plugins = list(filter(os.path.exists, plugins))
    home = Path("/lib/x86_64-linux-gnu")
    wanted |= libraries(plugins)
    wanted["libgcc_s.so.1"] = home / "libgcc_s.so.1"  # which libc loads when a thread is cancelled
    for folder in (home, *places):
        (root / folder.relative_to("/")).mkdir(parents=True)
    # One file under all its names: what is loaded as a plug-in and as a library is loaded once.
    for name, path in [*wanted.items(), *((plugin, plugin) for plugin in plugins)]:
        real = os.path.realpath(path)
        file, link = root / home.relative_to("/") / os.path.basename(real), root / str(home / name).lstrip("/")
        if not file.exists():
            shutil.copy(real, file)
        if link != file:
            link.symlink_to(home / file.name)
    (root / "lib64").symlink_to("lib/x86_64-linux-gnu")
    shutil.copy(lab.TERCET, root / "bin/tercet")


def initramfs(folder, package):
    root, image = folder / "root", folder / "initramfs"
    for name in ("bin", "dev", "proc", "sys", "etc", "var/run"):
        (root / name).mkdir(parents=True)
    (root / "sbin").symlink_to("bin")
    shutil.copy(shutil.which("busybox"), root / "bin/busybox")
    (root / "bin/sh").symlink_to("busybox")
    (root / "init").write_text(INIT)
    # The commands that tercet doctor gives begin with it.
    (root / "bin/sudo").write_text('#!/bin/sh\nexec "$@"\n')
    for name in ("init", "bin/sudo"):
        (root / name).chmod(0o755)
    version = next((package / "lib/modules").iterdir()).name
    copy_modules(package / "lib/modules" / version, version, root)
    copy_program(root)
    names = b"\0".join(str(path.relative_to(root)).encode() for path in sorted(root.rglob("*")))
    lab.must("cpio", "-0o", "--quiet", "-H", "newc", "-R", "0:0", "-F", image, cwd=root, input=names, text=False)
    shutil.rmtree(root)
    return next((package / "boot").glob("vmlinuz-*")), image


# ---- the machine ------------------------------------------------------------------------------------


class Guest:
    """One that is up, with its NIC's other end in a namespace."""

    def __init__(self, where, folder, cache, nic, cpus=1, iommu=True, shell=False):
        self.folder, self.nic = folder, nic
        self.console = cache / "console"
        vmlinuz, image = initramfs(folder, kernel(cache))
        # A vCPU that waits for a core of a busy host is no broken timer; and with two of them the kernel
        # would take the time from the HPET, which costs an emulated access and QEMU's lock each time.
        words = "console=ttyS0 panic=-1 quiet no_timer_check tsc=reliable" + (" intel_iommu=on iommu=pt" if iommu else "") + (" tercet.shell" if shell else "")
        console = f"stdio,id=console,mux=on,signal=off,logfile={self.console}" if shell else f"file,id=console,path={self.console}"
        command = [
            QEMU, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", cpus, "-m", MEMORY_MB,
            "-kernel", vmlinuz, "-initrd", image, "-append", words,
            *(("-device", "intel-iommu,intremap=on") if iommu else ()),
            "-netdev", f"tap,id=wire,ifname=tap0,script=no,downscript=no,{nic.netdev}",
            "-device", f"{nic.device},netdev=wire,id=nic,mac=02:74:63:74:00:02,addr=3.0",
            *(("-device", "virtio-rng-pci,addr=3.1") if "multifunction" in nic.device else ()),
            "-chardev", console, "-serial", "chardev:console", *(("-mon", "chardev=console,mode=readline") if shell else ()),
            "-chardev", f"socket,id=agent,path={folder / 'agent'},server=on,wait=off",
            "-device", "virtio-serial-pci,addr=4", "-device", "virtserialport,chardev=agent",
            "-qmp", f"unix:{folder / 'monitor'},server=on,wait=off",
        ]
        self.errors = folder / "qemu"
        with open(self.errors, "w") as log:
            streams = {} if shell else {"stdin": subprocess.DEVNULL, "stdout": log}
            self.process = where.start(*command, stderr=log, **streams)
        self.answer = b""
        self.boot()

    def boot(self):
        lab.until(lambda: self.alive() and (self.folder / "monitor").exists(), 20, "QEMU")
        self.agent = self.connected("agent")
        self.monitor_socket = self.connected("monitor").makefile("rw")
        self.monitor_socket.readline()  # its greeting
        self.monitor("qmp_capabilities")
        lab.until(lambda: b"ready\n" in self.heard(), BOOT_SECONDS, "the guest is up")

    def alive(self):
        if self.process.poll() is not None:
            raise AssertionError(f"QEMU has ended:\n{self.errors.read_text()}{self.says()}")
        return True

    def says(self):
        """The end of what the guest's console has said."""
        with contextlib.suppress(OSError):
            return "\n".join(self.console.read_text(errors="replace").splitlines()[-40:])
        return ""

    def connected(self, name):
        s = socket.socket(socket.AF_UNIX)
        s.connect(str(self.folder / name))
        return s

    def monitor(self, command, **arguments):
        """QEMU's answer to a command of QMP."""
        self.monitor_socket.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.monitor_socket.flush()
        while True:
            answer = json.loads(self.monitor_socket.readline())
            if "error" in answer:
                raise AssertionError(f"{command}: {answer['error']}")
            if "return" in answer:
                return answer["return"]

    def link(self, up):
        """Pulls the NIC's cable, and plugs it in."""
        self.monitor("set_link", name="nic", up=up)

    def heard(self):
        """What the shell has said since the last command."""
        self.alive()
        self.agent.settimeout(0.5)
        with contextlib.suppress(TimeoutError):
            self.answer += self.agent.recv(65536)
        return self.answer

    def run(self, command, timeout=120):
        """(exit code, output) of a command of the guest's shell."""
        serial = base64.b16encode(os.urandom(6)).decode()
        self.agent.sendall(f"{{\n{command}\n}} </dev/null 2>&1; echo {serial} $?\n".encode())
        end = time.monotonic() + timeout
        pattern = re.compile(rf"{serial} (\d+)\r?\n".encode())
        self.answer = b""
        while not (found := pattern.search(self.heard())):
            if time.monotonic() > end:
                raise AssertionError(f"{command}: no end within {timeout} s: {self.answer.decode()}\n{self.says()}")
        return int(found[1]), self.answer[: found.start()].decode()

    def must(self, command, **options):
        code, output = self.run(command, **options)
        lab.equal(code, 0, f"{command}\n{output}{self.says()}\nexit code")
        return output

    def write(self, path, text):
        self.must(f"cat >{path} <<'END_OF_FILE'\n{text}\nEND_OF_FILE")

    def close(self):
        with contextlib.suppress(OSError, ValueError):
            self.monitor("quit")
        with contextlib.suppress(Exception):
            self.process.wait(5)
        lab.end(self.process)
