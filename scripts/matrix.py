#!/usr/bin/env python3
"""Every fault at every stage to every party: 3 hosts of a small internet, one session per cell, judged by what
docs/reliability.md promises. Ends with status 1 if any cell is wrong, stuck, unnamed or late.

    scripts/matrix.py [--jobs N] [--stage S]... [--fault F]... [--party P]... [--write]

--write puts the table into docs/reliability.md. Needs root for network namespaces. IROH_MPC=path takes another binary than
the release build.
"""

import argparse
import os
import sys

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from lab import network, pool, table
from lab.faults import FAULTS, STAGES
from lab.session import binary
from lab.trial import Trial

INPUTS, SUM = ["40", "50", "60"], "150"

# The evaluator is not the host, so that each party has a part of its own: 0 opens, 1 evaluates, 2 does neither.
TERMS = ["--evaluator", "1"]

# One way: long enough to tell the phases apart.
DELAY_MS = 15

# The timeouts, in seconds, for a fault that lasts and for one that passes.
SHORT, LONG = 4, 14


class Cell:
    def __init__(self, stage, fault, victim):
        self.stage, self.fault, self.victim = stage, fault, victim

    def __str__(self):
        return f"{self.stage} / {self.fault.name} / party {self.victim}"

    def run(self, program, lab):
        lab.tell("clear")
        lab.tell(f"delay {DELAY_MS}")
        timeout = LONG if self.fault.passes else SHORT
        trial = Trial("programs/add.garble.rs", INPUTS, SUM, self.stage, self.fault, self.victim, TERMS, timeout)
        return trial.run(program, lab)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2 * os.cpu_count())
    parser.add_argument("--stage", action="append", choices=STAGES)
    parser.add_argument("--fault", action="append", choices=[fault.name for fault in FAULTS])
    parser.add_argument("--party", action="append", type=int, choices=[0, 1, 2])
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    if why := network.missing():
        print(f"matrix: SKIPPED: {why}")
        return 0
    program = binary()
    cells = [
        Cell(stage, fault, seat)
        for stage in args.stage or STAGES
        for fault in FAULTS
        if not args.fault or fault.name in args.fault
        for seat in args.party or (0, 1, 2)
    ]
    outcomes = pool.run(args.jobs, cells, len(INPUTS), lambda cell, lab: cell.run(program, lab))
    wrong = [(cell, why) for cell, outcome in zip(cells, outcomes) for why in outcome.wrong]
    for cell, why in wrong:
        print(f"WRONG: {cell}: {why}")
    print(f"matrix: {len(cells)} cells, {len({str(cell) for cell, _ in wrong})} wrong")
    if args.write and not (args.stage or args.fault or args.party):
        table.write("matrix", table.matrix(cells, outcomes))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
