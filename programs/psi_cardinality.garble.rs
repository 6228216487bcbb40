// How many customers do we share?
//
// Seats: two parties, each with a list of different customer numbers in ascending order, of any length.
// Computes: how many numbers both lists hold, if it is three at least.
// Reveals: `Shared(count)`, or `FewerThanThree`, to every output party, not which ones; the lengths of both lists to all.
// Does not protect: against a made-up list: two numbers that the other surely has and one that is asked about would tell
//   whether the other has that one. Agree on what the lists must hold. A list that is not sorted gives a wrong count.
//
// vector: [2, 3, 5, 7, 11, 13, 17, 19] | [1, 3, 5, 7, 9, 11, 13, 15] -> Overlap::Shared(5)
// vector: [1, 2, 3, 4, 5, 6, 7, 8] | [7, 8, 9, 10, 11, 12, 13, 14] -> Overlap::FewerThanThree
// vector: [0, 1, 2, 3, 4, 5, 6, 4294967295] | [0, 1, 2, 3, 4, 5, 6, 4294967295] -> Overlap::Shared(8)
// vector: [1, 2, 3, 4, 5, 6, 7, 8] | [6, 7, 8, 10, 11, 12, 13, 14] -> Overlap::Shared(3)

const OURS: usize = PARTY_0::ROWS;
const THEIRS: usize = PARTY_1::ROWS;
const LEAST: u32 = 3u32;

enum Overlap {
    FewerThanThree,
    Shared(u32),
}

pub fn main(ours: [u32; OURS], theirs: [u32; THEIRS]) -> Overlap {
    let mut shared = 0u32;
    for (is_shared, _) in join(ours, theirs) {
        shared = shared + is_shared as u32;
    }
    if shared < LEAST {
        Overlap::FewerThanThree
    } else {
        Overlap::Shared(shared)
    }
}
