// Can the one be a parent of the other, by sixteen genetic markers?
//
// Seats: two people, each with the genotype of sixteen agreed markers: `AA`, `AB` or `BB`.
// Computes: at how many markers the one is `AA` and the other `BB`, which a parent and a child never are but by mutation or
//   error; more than one such marker excludes it.
// Reveals: `Excluded` or `Possible` to every output party; no marker, and not at how many of them they differ.
// Does not protect: against a made-up genome: whoever gives `AA` everywhere learns whether the other has two `BB`, and with
//   more runs which. Sixteen markers are an example; a finding that is relied on needs many more.
//
// vector: [G::AA, G::AB, G::BB, G::AB, G::AA, G::AA, G::BB, G::AB, G::AB, G::BB, G::AA, G::AB, G::BB, G::BB, G::AA, G::AB] | [G::AB, G::AB, G::BB, G::AA, G::AA, G::AB, G::AB, G::BB, G::AB, G::BB, G::BB, G::AA, G::BB, G::AB, G::AA, G::AB] -> Parent::Possible
// vector: [G::AA, G::AA, G::AA, G::AA, G::AA, G::AA, G::AA, G::AA, G::AA, G::AA, G::AA, G::AA, G::AA, G::AA, G::AA, G::AA] | [G::AB, G::AB, G::BB, G::AA, G::AA, G::AB, G::AB, G::BB, G::AB, G::AA, G::AA, G::AA, G::AA, G::AB, G::AA, G::AB] -> Parent::Excluded
// vector: [G::BB, G::AB, G::AB, G::AB, G::AB, G::AB, G::AB, G::AB, G::AB, G::AB, G::AB, G::AB, G::AB, G::AB, G::AB, G::AA] | [G::AA, G::AB, G::AB, G::AB, G::AB, G::AB, G::AB, G::AB, G::AB, G::AB, G::AB, G::AB, G::AB, G::AB, G::AB, G::BB] -> Parent::Excluded
// vector: [G::BB, G::BB, G::BB, G::BB, G::BB, G::BB, G::BB, G::BB, G::BB, G::BB, G::BB, G::BB, G::BB, G::BB, G::BB, G::BB] | [G::BB, G::BB, G::BB, G::BB, G::BB, G::BB, G::BB, G::BB, G::BB, G::BB, G::BB, G::BB, G::BB, G::BB, G::BB, G::AA] -> Parent::Possible

enum G {
    AA,
    AB,
    BB,
}

enum Parent {
    Excluded,
    Possible,
}

pub fn main(one: [G; 16], other: [G; 16]) -> Parent {
    // Two flags hold none, one, and more than one; a count would need more gates.
    let mut some = false;
    let mut several = false;
    for marker in 0usize..16usize {
        let (a, b) = (one[marker], other[marker]);
        let opposite = ((a == G::AA) & (b == G::BB)) | ((a == G::BB) & (b == G::AA));
        several = several | (some & opposite);
        some = some | opposite;
    }
    if several {
        Parent::Excluded
    } else {
        Parent::Possible
    }
}
