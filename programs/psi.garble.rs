// Which customers do we share?
//
// Seats: two parties, each with eight different customer numbers in ascending order.
// Computes: the numbers that both lists hold.
// Reveals: fifteen entries to every output party: first `(false, 0)`, then `(true, number)` for each shared number in
//   ascending order. Of the other numbers nothing is learned.
// Does not protect: against made-up lists: numbers that somebody guesses are confirmed if the other has them, so agree on what
//   a number must be. Nor from a list that is not sorted: its owner gets a wrong result, and so does the other.
//
// vector: [2, 3, 5, 7, 11, 13, 17, 19] | [1, 3, 5, 7, 9, 11, 13, 15] -> [(false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (true, 3), (true, 5), (true, 7), (true, 11), (true, 13)]
// vector: [1, 2, 3, 4, 5, 6, 7, 8] | [9, 10, 11, 12, 13, 14, 15, 4294967295] -> [(false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0)]
// vector: [0, 1, 2, 3, 4, 5, 6, 4294967295] | [0, 1, 2, 3, 4, 5, 6, 4294967295] -> [(false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (true, 0), (true, 1), (true, 2), (true, 3), (true, 4), (true, 5), (true, 6), (true, 4294967295)]

pub fn main(ours: [u32; 8], theirs: [u32; 8]) -> [(bool, u32); const { 8usize + 8usize - 1usize }] {
    join(ours, theirs)
}
