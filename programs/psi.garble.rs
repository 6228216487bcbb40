// Which customers do we share?
//
// Seats: two parties, each with a list of different customer numbers in ascending order, of any length.
// Computes: the numbers that both lists hold.
// Reveals: the lengths of both lists to all. To every output party as many entries as both lists have, less one: first
//   `(false, 0)`, then `(true, number)` for each shared number in ascending order. Of the others nothing is learned.
// Does not protect: against made-up lists: numbers that somebody guesses are confirmed if the other has them, so agree on what
//   a number must be. Nor from a list that is not sorted: its owner gets a wrong result, and so does the other.
//
// vector: [2, 3, 5, 7, 11, 13, 17, 19] | [1, 3, 5, 7, 9, 11, 13, 15] -> [(false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (true, 3), (true, 5), (true, 7), (true, 11), (true, 13)]
// vector: [1, 2, 3, 4, 5, 6, 7, 8] | [9, 10, 11, 12, 13, 14, 15, 4294967295] -> [(false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0)]
// vector: [0, 1, 2, 3, 4, 5, 6, 4294967295] | [0, 1, 2, 3, 4, 5, 6, 4294967295] -> [(false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (true, 0), (true, 1), (true, 2), (true, 3), (true, 4), (true, 5), (true, 6), (true, 4294967295)]

const OURS: usize = PARTY_0::ROWS;
const THEIRS: usize = PARTY_1::ROWS;

pub fn main(ours: [u32; OURS], theirs: [u32; THEIRS]) -> [(bool, u32); const { OURS + THEIRS - 1usize }] {
    join(ours, theirs)
}
