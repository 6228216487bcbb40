"""Tables for people, and their place in docs/reliability.md."""

DOCUMENT = "docs/reliability.md"

# How an outcome is shown in a table.
SIGNS = {"right": "✓", "own": "–"}


def matrix(cells, outcomes):
    """One row per stage, one column per fault; in each cell the outcomes of party 0, 1, 2 for each victim 0, 1, 2."""
    stages = list(dict.fromkeys(cell.stage for cell in cells))
    faults = list(dict.fromkeys(cell.fault.name for cell in cells))
    found = {}
    for cell, outcome in zip(cells, outcomes):
        signs = "".join(SIGNS.get(word, word.removeprefix("exit ")) for word in outcome.words)
        found.setdefault((cell.stage, cell.fault.name), []).append(signs)
    lines = ["| stage | " + " | ".join(faults) + " |", "|---" * (len(faults) + 1) + "|"]
    for stage in stages:
        lines.append(f"| {stage} | " + " | ".join(" ".join(found[stage, fault]) for fault in faults) + " |")
    return "\n".join(lines)


def write(name, text):
    """Puts a table between its marks in the document."""
    begin, end = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
    with open(DOCUMENT) as document:
        before, rest = document.read().split(begin)
    after = rest.split(end)[1]
    with open(DOCUMENT, "w") as document:
        document.write(before + begin + text + end + after)


def networks(cases, outcomes):
    """One row per case, with what it took and what it may take."""
    lines = ["| network | took | at most |", "|---|---|---|"]
    for case, outcome in zip(cases, outcomes):
        took = "; ".join(outcome.wrong) or f"{outcome.took:.1f} s"
        lines.append(f"| {case.name} | {took} | {case.bound:.0f} s |")
    return "\n".join(lines)
