"""One session with one fault at one stage, and the judgement of how each party ended (docs/reliability.md)."""

import signal
import time

from .faults import LOBBY, reached
from .judge import GRACE, OWN, RIGHT, Verdict, judge
from .session import STUCK_SECONDS, Session

# A fault that passes lasts so long.
HEALED_SECONDS = 5

# A lobby that a fault has emptied is given up after so long.
WAIT_SECONDS = 15


class Outcome:
    """What the parties came to, in the order of seats; `wrong` is empty if all is as promised."""

    def __init__(self, verdicts):
        self.words = [verdict.word for verdict in verdicts]
        self.wrong = [verdict.wrong for verdict in verdicts if verdict.wrong]

    def __str__(self):
        return ", ".join(self.words) + "".join(f"\n    WRONG: {why}" for why in self.wrong)


class Trial:
    """`terms` are options of the host, `timeout` is the peer timeout and the stall timeout of all, in seconds."""

    def __init__(self, program, inputs, expected, stage, fault, victim, terms=(), timeout=4):
        self.program, self.inputs, self.expected = program, inputs, expected
        self.stage, self.fault, self.victim = stage, fault, victim
        self.terms, self.timeout = terms, timeout
        self.replacement = self.thawed_at = None

    def run(self, binary, lab):
        options = ["--peer-timeout", f"{self.timeout}s", "--stall-timeout", f"{self.timeout}s"]
        empties = self.in_lobby() and not self.passes()
        options += ["--wait", f"{WAIT_SECONDS if empties else STUCK_SECONDS}s"]
        with Session(binary, self.program, self.inputs, options, lab) as session:
            return Outcome(self.verdicts(session, self.play(session)))

    def passes(self):
        return self.fault is None or self.fault.passes

    def in_lobby(self):
        return self.stage in LOBBY

    def play(self, session):
        """Runs the session with its fault until everybody who can end has ended; gives the party at each seat."""
        parties = {0: session.open(*self.terms)}
        late = self.late()
        for seat in range(1, len(self.inputs)):
            if seat not in late:
                parties[seat] = session.join(seat)
        self.fault_at = time.monotonic()
        if self.fault:
            self.strike(session, parties[self.victim])
        for seat in late:
            parties[seat] = session.join(seat)
        if self.fault and self.fault.end:
            victim = parties[self.victim]
            session.until(lambda: victim.code is not None, HEALED_SECONDS)
            self.fault.end(session, victim)
        self.wait_for_ends(session)
        if self.is_fault("frozen"):
            self.thaw(session, parties[self.victim])
        second = next((party for party in session.parties if party not in parties.values()), None)
        if self.is_fault("second joiner") and self.stage == "before lobby" and second.code == 0:
            # Both asked at once; either may have got it.
            parties[self.victim] = second
        return parties

    def strike(self, session, victim):
        session.until(lambda: reached(victim, self.stage) or victim.code is not None)
        self.fault_at = time.monotonic()
        self.fault.begin(session, victim)

    def wait_for_ends(self, session):
        deadline = time.monotonic() + STUCK_SECONDS
        living = lambda: [party for party in session.parties if party.code is None and not self.is_held(party)]
        while living() and time.monotonic() < deadline:
            self.replace(session)
            session.until(lambda: not living() or self.must_replace(), 1)

    def late(self):
        """Who is kept out until the fault has come, so that the lobby is open until then."""
        joiners = list(range(1, len(self.inputs)))
        if self.fault is None or not self.in_lobby():
            return []
        if self.victim == 0:
            return joiners if self.stage == "before lobby" else joiners[-1:]
        return [seat for seat in joiners if seat != self.victim]

    def is_fault(self, *names):
        return self.fault is not None and self.fault.name in names

    def is_held(self, party):
        """One that we keep from ending."""
        return party.seat == self.victim and self.is_fault("frozen", "stalled") and party is not self.replacement

    def must_replace(self):
        return self.replacement is not None and self.replacement.code == 4

    def replace(self, session):
        """In the lobby another may take the seat of a joiner that is gone: it asks until the seat is free."""
        gone = self.is_fault("killed", "interrupted", "frozen", "cut from all")
        # One that stalls before it has asked has no seat to lose.
        gone = gone or (self.is_fault("stalled") and self.stage == "before lobby")
        if not gone or not self.in_lobby() or self.victim == 0:
            return
        if self.replacement is None or self.must_replace():
            if self.replacement:
                self.replacement.close()
                session.parties.remove(self.replacement)
            self.replacement = session.join(self.victim, host=self.elsewhere())

    def elsewhere(self):
        joiners = len(self.inputs) - 1
        return self.victim % joiners + 1 if joiners > 1 else 0

    def thaw(self, session, victim):
        """It finds itself alone, and ends."""
        self.thawed_at = time.monotonic()
        victim.signal(signal.SIGCONT)
        session.until(lambda: victim.code is not None, self.bound())

    def verdicts(self, session, parties):
        verdicts = [self.verdict(seat, parties[seat]) for seat in sorted(parties)]
        flaw = self.flaw_of_others(session, parties)
        if flaw:
            verdicts.append(Verdict("", flaw))
        return verdicts

    def verdict(self, seat, party):
        if seat != self.victim or self.fault is None:
            return self.strict(judge(party, self.expected, self.fault_at, self.bound(), self.names()))
        if self.fault.kills:
            return Verdict(OWN, "" if party.code in (None, -9, 0) else f"the victim: exit {party.code}")
        if self.is_fault("interrupted"):
            # Before it has begun to listen for it, the signal itself ends it.
            unheard = party.code == -signal.SIGINT and self.stage == "before lobby"
            good = unheard or party.code == 130 or (party.value() == self.expected and party.code == 0)
            return Verdict(OWN, "" if good else f"the victim: exit {party.code}: {party.error()}")
        names = ["party ", "the host", "not everybody was ready"]
        return self.strict(judge(party, self.expected, self.thawed_at or self.fault_at, self.bound(), names))

    def flaw_of_others(self, session, parties):
        """Those without a seat: who asks for a taken one is refused, who asks for a free one gets it."""
        for party in session.parties:
            if party is self.replacement:
                if party.code != 0:
                    return f"the next joiner: exit {party.code}: {party.error()}"
            elif party not in parties.values() and party.code != 4:
                return f"the second joiner: exit {party.code}: {party.error()}"
        return None

    def names(self):
        """Whom an error may name."""
        names = [f"party {self.victim}"]
        if self.in_lobby():
            # The host's --wait ends the lobby for all.
            names.append("party 0 ended the session")
        if self.victim == 0 or self.is_fault("cut from one"):
            names.append("the host")
        if self.is_fault("cut from one"):
            names.append(f"party {(self.victim + 1) % len(self.inputs)}")
        return names

    def strict(self, verdict):
        if self.passes() and verdict.word != RIGHT and not verdict.wrong:
            verdict.wrong = f"{verdict.word}, though the fault passes"
        return verdict

    def bound(self):
        return (WAIT_SECONDS if self.in_lobby() else self.timeout) + GRACE
