"""The wire of a small internet: moves IP packets between hosts, late and not all of them.

Runs in a process of its own and reads one command a line from a pipe: `delay 50` (ms, one way), `loss 0.01`, `rate 10`
(Mbit/s of every host's uplink), `uplink 1 0.8` (of one host), `cut 1-2`, `join 1-2`, `down 1`, `up 1`, `clear`. One is a
question, which another pipe answers by a line: `passed 1-2`, how many packets two hosts have had from each other.
"""

import heapq
import os
import random
import select
import time
from collections import Counter

from .nat import Nat

# A packet may wait so long for a limited uplink; then the queue is full.
QUEUE_SECONDS = 0.2

# Every host has its address in the first; some have another one in the second.
NETWORKS = (bytes((10, 99, 0)), bytes((10, 99, 1)))

# Packets read from one host before the others have their turn.
BATCH = 64


class Switch:
    """Host i is 10.99.0.(i+1). A host in `behind` has a private address, and a NAT that owns the public one."""

    def __init__(self, devices, behind, seed):
        self.devices = devices
        self.nats = {host: Nat(public(host)) for host in behind}
        self.random = random.Random(seed)
        self.pending = []
        self.count = 0
        self.free_at = [0.0] * len(devices)
        self.passed = Counter()
        self.clear()

    def clear(self):
        """The network as it is without faults: no delay, no loss, no limit."""
        self.delay = self.loss = 0.0
        self.rates = [0.0] * len(self.devices)
        self.cuts, self.down = set(), set()

    def command(self, line, answers):
        word, *rest = line.split()
        if word == "passed":
            os.write(answers, f"{self.passed[pair_of(rest[0])]}\n".encode())
        elif word in ("cut", "join"):
            pair = pair_of(rest[0])
            (self.cuts.add if word == "cut" else self.cuts.discard)(pair)
        elif word in ("down", "up"):
            (self.down.add if word == "down" else self.down.discard)(int(rest[0]))
        elif word == "delay":
            self.delay = float(rest[0]) / 1000
        elif word == "loss":
            self.loss = float(rest[0])
        elif word == "rate":
            self.rates = [float(rest[0]) * 125_000] * len(self.devices)
        elif word == "uplink":
            self.rates[int(rest[0])] = float(rest[1]) * 125_000
        elif word == "clear":
            self.clear()
        else:
            raise ValueError(f"unknown command: {line}")

    def run(self, commands, answers):
        """Until the pipe of commands is closed."""
        poll, buffer = select.poll(), b""
        index = {device: host for host, device in enumerate(self.devices)}
        for device in (*self.devices, commands):
            poll.register(device, select.POLLIN)
        while True:
            self.deliver(time.monotonic())
            for ready, _ in poll.poll(self.wait()):
                if ready == commands:
                    read = os.read(commands, 4096)
                    if not read:
                        return
                    *lines, buffer = (buffer + read).split(b"\n")
                    for line in lines:
                        self.command(line.decode(), answers)
                else:
                    self.take(index[ready], ready)

    def wait(self):
        if not self.pending:
            return 50
        return max(0.0, min(50.0, (self.pending[0][0] - time.monotonic()) * 1000))

    def take(self, host, device):
        for _ in range(BATCH):
            try:
                packet = os.read(device, 65535)
            except BlockingIOError:
                return
            self.accept(host, packet, time.monotonic())

    def accept(self, source, packet, now):
        if len(packet) < 28 or packet[0] >> 4 != 4 or packet[16:19] not in NETWORKS:
            return
        target = packet[19] - 1
        if not 0 <= target < len(self.devices) or target == source:
            return
        if source in self.nats:
            packet = self.nats[source].outward(packet)
        lost = frozenset((source, target)) in self.cuts or source in self.down or target in self.down
        if packet is None or lost or self.random.random() < self.loss:
            return
        start = max(now, self.free_at[source])
        if start - now > QUEUE_SECONDS:
            return
        if self.rates[source]:
            start += len(packet) / self.rates[source]
            self.free_at[source] = start
        self.count += 1
        heapq.heappush(self.pending, (start + self.delay, self.count, source, target, packet))

    def deliver(self, now):
        while self.pending and self.pending[0][0] <= now:
            _, _, source, target, packet = heapq.heappop(self.pending)
            if target in self.nats:
                packet = self.nats[target].inward(packet)
            if packet is None or target in self.down:
                continue
            try:
                os.write(self.devices[target], packet)
            except OSError:
                # The host's own queue is full, or the host is gone.
                continue
            self.passed[frozenset((source, target))] += 1


def pair_of(text):
    return frozenset(int(host) for host in text.split("-"))


def public(host):
    return bytes((10, 99, 0, host + 1))


def private(host):
    return bytes((192, 168, host + 1, 2))


