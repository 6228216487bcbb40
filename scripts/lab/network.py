"""A small internet on one machine: hosts are network namespaces, joined by a switch in user space. Needs root,
/dev/net/tun and `ip`; no kernel netem."""

import ctypes
import fcntl
import os
import shutil
import struct
import subprocess

from .switch import Switch, private, public

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000


def missing():
    """Why there can be no such network on this machine; None if there can."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "there is no `ip` (iproute2)"
    if not os.path.exists("/dev/net/tun"):
        return "there is no /dev/net/tun"
    probe = f"probe{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", probe], capture_output=True).returncode:
        return "network namespaces are not allowed here"
    ip("netns", "del", probe)
    return None


class Network:
    """Hosts 0, 1, ... Use as a context manager. `behind` are the hosts behind a NAT of their own."""

    def __init__(self, hosts, behind=(), seed=1):
        self.names = [f"mpc{os.getpid()}h{host}" for host in range(hosts)]
        self.behind, self.seed = set(behind), seed
        self.switch = None

    def __enter__(self):
        made = []
        try:
            devices = []
            for host, name in enumerate(self.names):
                ip("netns", "add", name)
                made.append(name)
                devices.append(self.make(host, name))
            self.start(devices)
        except BaseException:
            for name in made:
                ip("netns", "del", name)
            raise
        return self

    def __exit__(self, *_):
        os.close(self.commands)
        os.close(self.answers)
        os.waitpid(self.switch, 0)
        for name in self.names:
            ip("netns", "del", name)

    def make(self, host, name):
        """Sets up a host; gives the switch's end of its wire."""
        device = open_tun(name)
        address = private(host) if host in self.behind else public(host)
        ip("-n", name, "link", "set", "lo", "up")
        ip("-n", name, "addr", "add", dotted(address) + "/32", "dev", "wan0")
        ip("-n", name, "link", "set", "wan0", "up", "txqueuelen", "2000")
        ip("-n", name, "route", "add", "10.99.0.0/16", "dev", "wan0")
        return device

    def add_address(self, host, address):
        """Another address of a host: 10.99.1.(host+1)."""
        ip("-n", self.names[host], "addr", "add", f"{address}/32", "dev", "wan0")

    def drop_address(self, host, address):
        ip("-n", self.names[host], "addr", "del", f"{address}/32", "dev", "wan0")

    def start(self, devices):
        read, self.commands = os.pipe()
        self.answers, write = os.pipe()
        self.switch = os.fork()
        if self.switch:
            os.close(read)
            os.close(write)
            for device in devices:
                os.close(device)
            return
        try:
            os.close(self.commands)
            os.close(self.answers)
            # A signal to the terminal's group is for the one who runs the switch.
            os.setpgid(0, 0)
            Switch(devices, self.behind, self.seed).run(read, write)
        finally:
            os._exit(0)

    def tell(self, command):
        """See `switch.py` for the commands."""
        os.write(self.commands, command.encode() + b"\n")

    def passed(self, pair):
        """How many packets two hosts, such as `0-1`, have had from each other."""
        self.tell(f"passed {pair}")
        return int(os.read(self.answers, 64))

    def on(self, host, command):
        """The command line that runs a command on a host."""
        return ["ip", "netns", "exec", self.names[host], *command]

    @staticmethod
    def address(host):
        """Where the others see this host."""
        return dotted(public(host))


def ip(*args):
    subprocess.run(["ip", *args], check=True, capture_output=True)


def dotted(address):
    return ".".join(str(byte) for byte in address)


def open_tun(netns):
    """Opens a TUN device that lives in a namespace; its file descriptor stays here."""
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    away = os.open(f"/var/run/netns/{netns}", os.O_RDONLY)
    enter(away)
    try:
        device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", b"wan0", IFF_TUN | IFF_NO_PI))
    finally:
        enter(home)
        os.close(home)
        os.close(away)
    return device


def enter(namespace):
    if ctypes.CDLL(None, use_errno=True).setns(namespace, 0) != 0:
        raise OSError(ctypes.get_errno(), "cannot enter a network namespace")
