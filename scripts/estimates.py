#!/usr/bin/env python3
"""Holds what `check` estimates against sessions of real processes: the peak of each party's memory on the loopback interface,
and the seconds over networks with a round trip and a bandwidth. Ends with status 1 if an estimate is off by more than 15 %.

    scripts/estimates.py [memory | time] [--write]

--write puts the tables into docs/programs.md. Times need root for network namespaces, and a machine that computes faster than
the network moves bytes. IROH_MPC=path takes another binary than the release build.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from lab import network
from lab.session import Session, binary

TOLERANCE = 0.15

# Products of so many pairs between three parties, and rounds of products between two and five. Below and above the number of
# gates from which the evaluator uses files.
INNER_PRODUCTS, PRODUCTS = [27, 60, 130, 260], [(2, 40), (5, 10)]

ROUND_TRIPS_MS, MBIT = [40, 100, 200], 10

# What is computed over the networks: hardly any bytes, and some.
OVER_NETWORKS = ["add", "linear_regression"]

BOUND_SECONDS = 600

PAGE = "docs/programs.md"


class Program:
    """A program's file, the inputs by seat as options, and what it is called."""

    def __init__(self, name, path, inputs):
        self.name, self.path, self.inputs = name, path, inputs

    def check(self, binary, *options):
        command = [binary, "check", self.path, "--json", *options]
        return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)

    def run(self, binary, lab=None, *options):
        """The parties of a session, all ended well."""
        with Session(binary, self.path, self.inputs, options, lab) as session:
            session.open()
            for seat in range(1, len(self.inputs)):
                session.join(seat)
            session.until(lambda: all(party.code is not None for party in session.parties), BOUND_SECONDS)
            for party in session.parties:
                if party.code != 0:
                    raise RuntimeError(f"{self.name}: party {party.seat}: {party.code} {party.error()}")
            return sorted(session.parties, key=lambda party: party.seat)


def inner_product(folder, length):
    source = f"""pub fn main(a: [u32; {length}], b: [u32; {length}], c: u32) -> u32 {{
    let mut sum = c;
    for i in 0..{length} {{ sum = sum + a[i] * b[i]; }}
    sum
}}
"""
    numbers = str(list(range(1, length + 1)))
    return written(folder, f"inner{length}", source, [numbers, numbers, "3"])


def products(folder, parties, rounds):
    source = f"""pub fn main(xs: [u16; {parties}]) -> u16 {{
    let mut result = 1u16;
    for i in 0..{rounds} {{
        for x in xs {{ result = ((result as u32 * x as u32) % 65521u32) as u16 ^ x; }}
    }}
    result
}}
"""
    return written(folder, f"products{parties}", source, [str(seat + 2) for seat in range(parties)])


def written(folder, name, source, inputs):
    path = f"{folder}/{name}.garble.rs"
    with open(path, "w") as file:
        file.write(source)
    return Program(name, path, inputs)


def shipped(name):
    """A program of the library with the inputs of its first vector."""
    path = f"programs/{name}.garble.rs"
    with open(path) as file:
        vector = next(line for line in file if line.startswith("// vector: "))
    inputs = vector.removeprefix("// vector: ").split("->")[0].split("|")
    return Program(name, path, [text.strip() for text in inputs])


def off(estimate, seen):
    return estimate / seen - 1


def memory(binary, folder):
    """Rows of the table, and the largest deviation."""
    programs = [inner_product(folder, length) for length in INNER_PRODUCTS]
    programs += [products(folder, parties, rounds) for parties, rounds in PRODUCTS]
    rows, worst = [], 0
    for program in programs:
        facts = program.check(binary)
        peaks = [party.peak for party in program.run(binary)]
        # The others are alike: the largest of them counts.
        for who, estimate, peak in [
            ("evaluator", facts["memory"][0], peaks[0]),
            ("others", max(facts["memory"][1:]), max(peaks[1:])),
        ]:
            deviation = off(estimate, peak)
            worst = max(worst, abs(deviation))
            parties, gates = len(peaks), facts["and_gates"]
            row = f"| {parties} | {gates} | {who} | {estimate / 1e6:.0f} | {peak / 1e6:.0f} | {deviation:+.0%} |"
            print(row, flush=True)
            rows.append(row)
    return rows, worst


def times(binary):
    """Rows of the table, and the largest deviation."""
    rows, worst = [], 0
    for program in map(shipped, OVER_NETWORKS):
        for round_trip in ROUND_TRIPS_MS:
            facts = program.check(binary, "--rtt", f"{round_trip}ms", "--bandwidth", str(MBIT))
            estimate = facts["seconds"]
            with network.Network(len(program.inputs), seed=1) as lab:
                for command in (f"delay {round_trip / 2}", f"rate {MBIT}"):
                    lab.tell(command)
                parties = program.run(binary, lab)
            seen = max(party.event("result")["seconds"] for party in parties)
            deviation = off(estimate, seen)
            worst = max(worst, abs(deviation))
            row = f"| {program.name} | {round_trip} ms | {estimate:.1f} | {seen:.1f} | {deviation:+.0%} |"
            print(row, flush=True)
            rows.append(row)
    return rows, worst


def write(name, head, rows):
    """Puts a table between its marks."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    with open(PAGE) as file:
        before, rest = file.read().split(begin)
    _, after = rest.split(end)
    with open(PAGE, "w") as file:
        file.write(before + begin + "\n".join([*head, *rows, end]) + after)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=["memory", "time"])
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    program, worst = binary(), 0
    if args.what != "time":
        head = [
            "| parties | AND gates | who | MB estimated | MB at the peak | off |",
            "|---|---|---|---|---|---|",
        ]
        with tempfile.TemporaryDirectory() as folder:
            rows, worst = memory(program, folder)
        if args.write:
            write("memory", head, rows)
    if args.what != "memory":
        if why := network.missing():
            print(f"estimates: SKIPPED: times: {why}")
        else:
            head = [
                "| program | round trip | seconds estimated | seconds | off |",
                "|---|---|---|---|---|",
            ]
            rows, more = times(program)
            worst = max(worst, more)
            if args.write:
                write("times", head, rows)
    print(f"estimates: off by {worst:.0%} at most")
    return 1 if worst > TOLERANCE else 0


if __name__ == "__main__":
    sys.exit(main())
