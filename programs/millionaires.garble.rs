// Who of the two of us is richer?
//
// Seats: `alice` and `bob`, each with an amount.
// Computes: which of two amounts is the larger one, or that they are equal. Amounts are whole numbers below 2^64, in a
//   unit that both have agreed on.
// Reveals: the richer one's name, or that there is no difference, to every output party; no amount, and not by how much
//   they differ.
// Does not protect: against a made-up amount, nor against asking again: who plays several rounds with amounts of their
//   own choice finds the other's amount by halving the range, so play once.
//
// vector: 1000000 | 999999 -> Richer::Alice
// vector: 5 | 18446744073709551615 -> Richer::Bob
// vector: 0 | 0 -> Richer::Neither
// vector: 9223372036854775808 | 9223372036854775807 -> Richer::Alice
// vector: 18446744073709551615 | 18446744073709551615 -> Richer::Neither

enum Richer {
    Alice,
    Bob,
    Neither,
}

pub fn main(alice: u64, bob: u64) -> Richer {
    if alice > bob {
        Richer::Alice
    } else if bob > alice {
        Richer::Bob
    } else {
        Richer::Neither
    }
}
