#!/usr/bin/env python3
"""Sessions over networks as they are: slow, lossy, narrow, behind NATs, cut in two. Each must end with the right result for
everybody, and in time. Ends with status 1 if one does not.

    scripts/networks.py [--jobs N] [--only WORD]... [--write]

--only runs those whose name has the words. --write puts the table into docs/reliability.md. Needs root for network namespaces,
but for IPv6. IROH_MPC=path takes another binary than the release build, and RELAY=path another relay than scripts/lab/relay: a
program that is given the address to serve and says a line once it does.
"""

import argparse
import itertools
import os
import subprocess
import sys
import tempfile
import time

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from lab import network, pool, table
from lab.faults import reached
from lab.session import Session, binary

ROUND_TRIPS_MS, LOSSES, RATES_MBIT = [20, 100, 300], [0, 0.01, 0.05, 0.2], [1, 10, 100]

# One-way delays in sequence of a small program, and what each party sends to each other, measured.
FLIGHTS, PAIR_BITS = 80, 140_000 * 8

# What a busy machine needs besides.
SLACK_SECONDS = 25

# Two seats take so many numbers each: the computation takes several seconds on any machine.
LENGTH = 20


class Outcome:
    def __init__(self, took, wrong):
        self.took, self.wrong = took, wrong

    def __str__(self):
        return f"{self.took:.1f} s" + "".join(f"\n    WRONG: {why}" for why in self.wrong)


class Case:
    """A session in which everybody gets the right result within the bound. Runs in a network of so many hosts."""

    hosts, behind, bound, bind = 3, (), 60, "127.0.0.1:0"

    def __init__(self, name):
        self.name = name

    def __str__(self):
        return f"{self.name} (at most {self.bound:.0f} s)"

    def prepare(self, lab):
        """The network at the beginning; gives the relay."""
        return "disabled"

    def meanwhile(self, session, lab):
        """What happens once the parties have been started."""

    def flaws(self, lab):
        """What was wrong with the network in the end."""
        return []

    def program(self, folder):
        path, parties = f"{folder}/sum.garble.rs", self.parties()
        names = "abcde"[:parties]
        with open(path, "w") as file:
            parameters = ", ".join(f"{name}: u32" for name in names)
            file.write(f"pub fn main({parameters}) -> u32 {{ {' + '.join(names)} }}\n")
        return path, [str(seat + 1) for seat in range(parties)], str(sum(range(parties + 1)))

    def parties(self):
        return self.hosts

    def terms(self):
        return []

    def run(self, binary, folder):
        if not self.hosts:
            return self.play(binary, folder, None)
        with network.Network(self.hosts, self.behind, seed=1) as lab:
            return self.play(binary, folder, lab)

    def play(self, binary, folder, lab):
        relay = self.prepare(lab)
        with tempfile.TemporaryDirectory(dir=folder) as own:
            program, inputs, expected = self.program(own)
            with Session(binary, program, inputs, [], lab, relay, self.bind) as session:
                begun = time.monotonic()
                session.open(*self.terms())
                for seat in range(1, len(inputs)):
                    session.join(seat)
                self.meanwhile(session, lab)
                left = begun + self.bound - time.monotonic()
                session.until(lambda: all(party.code is not None for party in session.parties), left)
                return Outcome(time.monotonic() - begun, [*flaws(session, expected), *self.flaws(lab)])


def flaws(session, expected):
    for party in session.parties:
        if party.code is None:
            yield f"party {party.seat} does not end; its phases end with {party.phases()[-3:]}"
        elif (party.code, party.value()) != (0, expected):
            yield f"party {party.seat}: exit {party.code}, {party.value()} for {expected}: {party.error()}"


class Plain(Case):
    """A cell of the table: so many hosts with a round trip, a loss, and a limit of every uplink."""

    def __init__(self, hosts, round_trip, loss, rate):
        super().__init__(f"{hosts} hosts, {round_trip} ms, {loss:.0%} loss, {rate} Mbit/s")
        self.hosts, self.round_trip, self.loss, self.rate = hosts, round_trip, loss, rate
        flights = FLIGHTS * round_trip / 2000
        # A lost packet costs its flight about two round trips more, and most flights lose one at a fifth.
        lossy = 1 + 4 * min(1, 5 * loss) * (hosts - 1)
        self.bound = SLACK_SECONDS + flights * lossy + PAIR_BITS * (hosts - 1) / (rate * 1e6) * (1 + 5 * loss) * 2

    def prepare(self, lab):
        for command in (f"delay {self.round_trip / 2}", f"loss {self.loss}", f"rate {self.rate}"):
            lab.tell(command)
        return "disabled"


class Relayed(Case):
    """A relay on a third host joins two parties. NATs of their own let no direct way through; without them they find one."""

    def __init__(self, name, behind):
        super().__init__(name)
        self.behind = behind

    def parties(self):
        return 2

    def prepare(self, lab):
        address = f"{lab.address(2)}:3340"
        self.relay = subprocess.Popen(lab.on(2, [relay_binary(), address]), stdout=subprocess.PIPE)
        if not self.relay.stdout.readline():
            raise RuntimeError(f"no relay: {self.relay.args}")
        lab.tell("delay 10")
        return f"http://{address}"

    def flaws(self, lab):
        direct, relayed = lab.passed("0-1"), min(lab.passed("0-2"), lab.passed("1-2"))
        if not relayed:
            yield "nothing went through the relay"
        if bool(direct) == bool(self.behind):
            yield f"{direct} packets went straight"

    def play(self, binary, folder, lab):
        try:
            return super().play(binary, folder, lab)
        finally:
            self.relay.kill()
            self.relay.wait()
            self.relay.stdout.close()


class TwoAddresses(Case):
    """A party with two addresses loses one of them in the computation."""

    def prepare(self, lab):
        lab.tell("delay 15")
        lab.add_address(0, "10.99.1.1")
        return "disabled"

    def meanwhile(self, session, lab):
        host = session.parties[0]
        session.until(lambda: reached(host, "fabitn") or host.code is not None)
        lab.drop_address(0, "10.99.0.1")


class Ipv6(Case):
    """On loopback, without any network of ours."""

    hosts, bind = 0, "[::1]:0"

    def parties(self):
        return 3


class LargeCut(Case):
    """A large computation, every pair cut for 10 s in the middle of it."""

    bound = 240

    def program(self, folder):
        path = f"{folder}/inner.garble.rs"
        with open(path, "w") as file:
            file.write(
                f"pub fn main(a: [u32; {LENGTH}], b: [u32; {LENGTH}], c: u32) -> u32 {{\n    let mut sum = c;\n"
                f"    for i in 0..{LENGTH} {{ sum = sum + a[i] * b[i]; }}\n    sum\n}}\n"
            )
        numbers = list(range(1, LENGTH + 1))
        return path, [str(numbers), str(numbers), "3"], str(3 + sum(number * number for number in numbers))

    def terms(self):
        return ["--no-optimize"]

    def meanwhile(self, session, lab):
        host = session.parties[0]
        session.until(lambda: reached(host, "faand") or host.code is not None)
        for pair in ("0-1", "0-2", "1-2"):
            lab.tell(f"cut {pair}")
        session.until(lambda: host.code is not None, 10)
        for pair in ("0-1", "0-2", "1-2"):
            lab.tell(f"join {pair}")


class NoPath(Case):
    """Two seats that cannot reach each other, and no relay: a third carries their packets."""

    def __init__(self, name, transport):
        super().__init__(name)
        self.transport = transport

    def terms(self):
        return ["--transport", self.transport]

    def prepare(self, lab):
        lab.tell("delay 10")
        lab.tell("cut 1-2")
        return "disabled"


def build_relay():
    """The relay's program is there once this has run; whoever names another needs none."""
    if "RELAY" not in os.environ:
        subprocess.run(["cargo", "build", "--locked", "--package", "lab-relay"], check=True)


def relay_binary():
    target = os.environ.get("CARGO_TARGET_DIR", "target")
    return os.path.abspath(os.environ.get("RELAY", f"{target}/debug/lab-relay"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=max(1, os.cpu_count() - 1))
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    program = binary()
    plain = [Plain(*cell) for cell in itertools.product((3, 5), ROUND_TRIPS_MS, LOSSES, RATES_MBIT)]
    special = [
        Relayed("two NATs and a relay", behind=(0, 1)),
        Relayed("a relay and no NAT", behind=()),
        TwoAddresses("two addresses, one goes"),
        LargeCut("large, all cut for 10 s"),
        NoPath("no path between 1 and 2", "gossip"),
        NoPath("no path between 1 and 2, direct", "direct"),
        Ipv6("IPv6 on loopback"),
    ]
    cases = [case for case in special + plain if all(word in case.name for word in args.only)]
    if why := network.missing():
        print(f"networks: SKIPPED but for IPv6: {why}")
        cases = [case for case in cases if isinstance(case, Ipv6)]
    if any(isinstance(case, Relayed) for case in cases):
        build_relay()
    with tempfile.TemporaryDirectory() as folder:
        outcomes = pool.run(args.jobs, cases, 0, lambda case, _: case.run(program, folder))
    wrong = [(case, why) for case, outcome in zip(cases, outcomes) for why in outcome.wrong]
    for case, why in wrong:
        print(f"WRONG: {case}: {why}")
    print(f"networks: {len(cases)} sessions, {len({str(case) for case, _ in wrong})} wrong")
    if args.write and not args.only:
        table.write("networks", table.networks(cases, outcomes))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
