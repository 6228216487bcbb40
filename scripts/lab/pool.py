"""Many sessions at once, each worker with a network of its own."""

import multiprocessing
import os
import signal

from .network import Network


def run(jobs, cases, hosts, play, behind=(), show=print):
    """Plays each case in a network of so many hosts (none if 0); gives the outcomes in the order of the cases."""
    todo, done = multiprocessing.Queue(), multiprocessing.Queue()
    for index in range(len(cases)):
        todo.put(index)
    workers = [
        multiprocessing.Process(target=work, args=(todo, done, cases, hosts, play, behind), daemon=True)
        for _ in range(min(jobs, len(cases)))
    ]
    for worker in workers:
        todo.put(None)
        worker.start()
    outcomes = {}
    while len(outcomes) < len(cases):
        index, outcome = done.get()
        outcomes[index] = outcome
        show(f"{len(outcomes)}/{len(cases)} {cases[index]}: {outcome}", flush=True)
    for worker in workers:
        worker.join()
    return [outcomes[index] for index in range(len(cases))]


def work(todo, done, cases, hosts, play, behind):
    # A shell's background jobs ignore interrupts, and so would each party until it listens for them.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if not hosts:
        return each(todo, done, cases, play, None)
    with Network(hosts, behind, seed=os.getpid()) as lab:
        each(todo, done, cases, play, lab)


def each(todo, done, cases, play, lab):
    while (index := todo.get()) is not None:
        try:
            outcome = play(cases[index], lab)
        except Exception as error:  # A case must not be lost, whatever happens.
            outcome = Broken(repr(error))
        done.put((index, outcome))


class Broken:
    """The test itself failed."""

    def __init__(self, why):
        self.wrong = [why]
        self.words = []

    def __str__(self):
        return f"broken: {self.wrong[0]}"
