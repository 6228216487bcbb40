#!/usr/bin/env python3
"""N sessions of real processes with random parties, programs, inputs, faults and networks, all drawn from a seed. Ends with
status 1 if one is wrong (another result or end than docs/reliability.md promises) or stuck.

    scripts/soak.py [N] [SEED] [--only INDEX] [--jobs J]     1000 sessions by default, from a seed that is printed

SEED and an index draw one session again: `scripts/soak.py N SEED --only INDEX`. Without root, all sessions are on the
loopback interface, and no fault touches the network. IROH_MPC=path takes another binary than the release build.
"""

import argparse
import collections
import os
import random
import sys
import tempfile

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from lab import network, pool
from lab.faults import FAULTS, STAGES
from lab.session import binary
from lab.trial import Trial

MAX_PARTIES = 5

# Longer than the faults that pass.
TIMEOUT_SECONDS = 12

# Of four sessions, one has no fault.
CALM = 0.25

DELAYS_MS, LOSSES, RATES_MBIT = [0, 0, 5, 15, 40], [0, 0, 0.01, 0.05], [0, 0, 10, 100]

NAMES = "abcde"


class Program:
    """A program for so many parties, and what it says of their numbers."""

    def __init__(self, name, result, body, of):
        self.name, self.result, self.body, self.of = name, result, body, of

    def source(self, parties):
        names = NAMES[:parties]
        parameters = ", ".join(f"{name}: u32" for name in names)
        return f"pub fn main({parameters}) -> {self.result} {{\n    {self.body(names)}\n}}\n"


def largest(names):
    steps = [f"if {name} > best {{ best = {name}; }}" for name in names[1:]]
    return f"let mut best = {names[0]};\n    " + "\n    ".join(steps) + "\n    best"


PROGRAMS = [
    Program("sum", "u32", " + ".join, lambda numbers: str(sum(numbers))),
    Program("largest", "u32", largest, lambda numbers: str(max(numbers))),
    Program("bits", "u32", " ^ ".join, lambda numbers: str(xor(numbers))),
    Program("ordered", "bool", lambda names: " & ".join(f"({a} < {b})" for a, b in zip(names, names[1:])),
            lambda numbers: str(all(a < b for a, b in zip(numbers, numbers[1:]))).lower()),
    Program("product", "u32", lambda names: f"({names[0]} & 4095u32) * ({names[1]} & 4095u32)",
            lambda numbers: str((numbers[0] & 4095) * (numbers[1] & 4095))),
]


def xor(numbers):
    total = 0
    for number in numbers:
        total ^= number
    return total


class Case:
    """One session, drawn from the seed and its index."""

    def __init__(self, seed, index, with_network):
        draw = random.Random(f"{seed}/{index}")
        self.index = index
        self.parties = draw.choice([2, 3, 3, 3, 4, 5])
        self.program = draw.choice(PROGRAMS)
        self.inputs = [draw.randrange(1 << 29) for _ in range(self.parties)]
        self.evaluator, self.victim = draw.randrange(self.parties), draw.randrange(self.parties)
        self.stage = draw.choice(STAGES)
        faults = [fault for fault in FAULTS if with_network or not fault.network]
        calm, fault = draw.random() < CALM, draw.choice(faults)
        self.fault = None if calm else fault
        settings = draw.choice(DELAYS_MS), draw.choice(LOSSES), draw.choice(RATES_MBIT)
        self.delay, self.loss, self.rate = settings if with_network else (0, 0, 0)

    def __str__(self):
        fault = f"{self.fault.name} at {self.stage} to party {self.victim}" if self.fault else "no fault"
        net = f"{self.delay} ms, loss {self.loss}, {self.rate or 'no limit of'} Mbit/s"
        return f"session {self.index}: {self.program.name} of {self.parties}, {fault}, {net}"

    def run(self, program, folder, lab):
        if lab:
            for command in ("clear", f"delay {self.delay}", f"loss {self.loss}", f"rate {self.rate}"):
                lab.tell(command)
        path = os.path.join(folder, f"{self.program.name}{self.parties}.garble.rs")
        inputs = [str(number) for number in self.inputs]
        terms = ["--evaluator", str(self.evaluator)]
        expected = self.program.of(self.inputs)
        trial = Trial(path, inputs, expected, self.stage, self.fault, self.victim, terms, TIMEOUT_SECONDS)
        return trial.run(program, lab)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", nargs="?", type=int, default=1000)
    parser.add_argument("seed", nargs="?", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--only", type=int)
    parser.add_argument("--jobs", type=int, default=2 * os.cpu_count())
    args = parser.parse_args()
    program = binary()
    why_loopback = network.missing()
    if why_loopback:
        print(f"soak: no networks, loopback only: {why_loopback}")
    indices = range(args.count) if args.only is None else [args.only]
    cases = [Case(args.seed, index, not why_loopback) for index in indices]
    print(f"soak: {len(cases)} sessions from seed {args.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for kind in PROGRAMS:
            for parties in range(2, MAX_PARTIES + 1):
                with open(f"{folder}/{kind.name}{parties}.garble.rs", "w") as file:
                    file.write(kind.source(parties))
        hosts = 0 if why_loopback else MAX_PARTIES
        outcomes = pool.run(args.jobs, cases, hosts, lambda case, lab: case.run(program, folder, lab))
    return report(args, cases, outcomes)


def report(args, cases, outcomes):
    words = collections.Counter(word for outcome in outcomes for word in outcome.words if word)
    stuck = [case for case, outcome in zip(cases, outcomes) if "stuck" in outcome.words]
    wrong = [case for case, outcome in zip(cases, outcomes) if outcome.wrong and "stuck" not in outcome.words]
    for case in stuck + wrong:
        print(f"again: scripts/soak.py {args.count} {args.seed} --only {case.index}")
    print("soak: parties: " + ", ".join(f"{count} {word}" for word, count in words.most_common()))
    print(f"soak: {len(cases)} sessions from seed {args.seed}: {len(wrong)} wrong, {len(stuck)} stuck")
    return 1 if wrong or stuck else 0


if __name__ == "__main__":
    sys.exit(main())
