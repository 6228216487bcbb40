"""What can happen to a party, and when: the faults and the stages of the matrix."""

import signal

# The engine's phases in the order of their first time. Phases of one row share a stage: the parties of a pair take turns.
PHASES = [
    ("RNG comm",),
    ("RNG ver",),
    ("CO_OT_s", "CO_OT_r", "CO_OT_c0c1"),
    ("ALSZ_OT_setup",),
    ("KOS_OT_corr", "KOS_OT_x_t0_t1"),
    ("fabitn",),
    ("fashare comm",),
    ("fashare ver",),
    ("fashare di_bi",),
    ("haand",),
    ("flaand",),
    ("flaand comm",),
    ("flaand hash",),
    ("dvalue",),
    ("faand",),
    ("preprocessed gates",),
    ("wire shares",),
    ("masked inputs",),
    ("labels",),
    ("output wire shares",),
    ("lambda",),
]

LOBBY = ["before lobby", "lobby"]
STAGES = [*LOBBY, "roster", "ready", *(phases[0] for phases in PHASES), "FIN"]


def rank(phase):
    """How far a party is that tells this phase; -1 if it is none of the engine's."""
    name = phase.removeprefix("broadcast ")
    return next((row for row, phases in enumerate(PHASES) if name in phases), -1)


def reached(party, stage):
    """Whether a party is in this stage, or beyond it: the short phases are not all told."""
    if stage == "before lobby":
        return True
    if stage == "lobby":
        return party.event("seated")
    if stage == "FIN":
        return party.event("result")
    if stage in ("roster", "ready"):
        return f"phase: {stage}" in party.stderr() or party.event("started")
    phases = party.phases()
    wanted = rank(stage)
    return any(rank(phase) >= wanted for phase in phases) or party.event("result")


class Fault:
    """`passes`: everybody gets the right result all the same. `kills`: the victim has no say in how it ends."""

    def __init__(self, name, begin, end=None, passes=False, kills=False, network=False):
        self.name, self.begin, self.end = name, begin, end
        self.passes, self.kills, self.network = passes, kills, network


def send(name):
    return lambda session, victim: victim.signal(name)


def tell(command):
    """A command to the network about the victim's host and the next one."""

    def act(session, victim):
        host, next_host = victim.host, (victim.host + 1) % len(session.inputs)
        session.network.tell(command.format(host=host, next=next_host))

    return act


def second_joiner(session, victim):
    session.join(victim.seat, host=(victim.seat + 1) % len(session.inputs)).is_second = True


FAULTS = [
    Fault("killed", send(signal.SIGKILL), kills=True),
    Fault("interrupted", send(signal.SIGINT)),
    Fault("frozen", send(signal.SIGSTOP)),
    Fault("frozen 5 s", send(signal.SIGSTOP), send(signal.SIGCONT), passes=True),
    Fault("stalled", lambda session, victim: victim.stall(), kills=True),
    Fault("cut from one", tell("cut {host}-{next}"), network=True),
    Fault("cut from one 5 s", tell("cut {host}-{next}"), tell("join {host}-{next}"), passes=True, network=True),
    Fault("cut from all", tell("down {host}"), network=True),
    Fault("cut from all 5 s", tell("down {host}"), tell("up {host}"), passes=True, network=True),
    Fault("second joiner", second_joiner, passes=True),
    Fault("100 kB/s", tell("uplink {host} 0.8"), passes=True, network=True),
]
