"""How each party of a session with a fault ended, and whether that is what is promised (docs/reliability.md)."""

RIGHT, ERROR, OWN = "right", "error", "own"

# After the peer timeout, everybody has this long to end.
GRACE = 5


class Verdict:
    """What a party came to: `word` for the table, and `wrong`, empty if all is well."""

    def __init__(self, word, wrong=""):
        self.word, self.wrong = word, wrong


def judge(party, expected, fault_at, bound, names):
    """A party that the fault did not end: the right result, or a named error in time."""
    if party.code is None:
        return Verdict("stuck", f"party {party.seat} does not end")
    value = party.value()
    if value is not None and value != expected:
        return Verdict("wrong", f"party {party.seat} has {value} for {expected}")
    if party.code == 0:
        if value is None:
            return Verdict("wrong", f"party {party.seat} ends well without a result")
        return Verdict(RIGHT)
    return judge_error(party, fault_at, bound, names)


def judge_error(party, fault_at, bound, names):
    code, message = party.code, party.error()
    word, took = f"exit {code}", party.ended_at - fault_at
    who = f"party {party.seat}: exit {code} after {took:.1f} s: {message or party.stderr()}"
    started = party.event("started") is not None
    if code != (5 if started else 4):
        return Verdict(word, who)
    if party.value() is not None:
        return Verdict(word, f"an error after the result, {who}")
    if not any(name in message for name in names) or (started and "(phase: " not in message):
        return Verdict(word, f"unnamed, {who}")
    if took > bound:
        return Verdict(word, f"late, {who}")
    return Verdict(word)
