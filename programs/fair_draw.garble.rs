// Who of us five is drawn?
//
// Seats: five equal parties, each with a random number below 2^32, from dice or a generator that they trust.
// Computes: a seat, from all numbers together. If one of them was chosen uniformly at random and kept secret, each seat is
//   drawn with probability 1/5, up to 2^-30, whatever the others chose.
// Reveals: the seat to every output party; about the numbers no more than that.
// Does not protect: those who all choose no random number. A party may learn the result and leave before the others have
//   it; agree beforehand that a draw that breaks off counts against the one who left.
//
// vector: 2864434397 | 287454020 | 1432778632 | 305419896 | 2596069104 -> 2
// vector: 0 | 0 | 0 | 0 | 0 -> 0
// vector: 4294967295 | 0 | 0 | 0 | 0 -> 4
// vector: 858993459 | 0 | 0 | 0 | 0 -> 0
// vector: 858993460 | 0 | 0 | 0 | 0 -> 1

pub fn main(numbers: [u32; 5]) -> u8 {
    let random = numbers[0] ^ numbers[1] ^ numbers[2] ^ numbers[3] ^ numbers[4];
    // The fraction random / 2^32 of five seats.
    ((random as u64 * 5u64) >> 32u8) as u8
}
