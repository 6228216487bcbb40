// What are the lowest and the highest of our three numbers?
//
// Seats: three equal parties, each with a whole number below 2^32 in an agreed unit.
// Computes: the least and the greatest of the numbers.
// Reveals: (least, greatest) to every output party. Whoever holds neither knows that the other two do, but not which of
//   them holds which.
// Does not protect: the owner of the least and that of the greatest from each other: each knows that the other end is
//   with one of two. Two who compare notes know the third number if it is at an end.
//
// vector: 300 | 100 | 200 -> (100, 300)
// vector: 7 | 7 | 7 -> (7, 7)
// vector: 1 | 2 | 3 -> (1, 3)
// vector: 0 | 4294967295 | 0 -> (0, 4294967295)

pub fn main(a: u32, b: u32, c: u32) -> (u32, u32) {
    let (low, high) = if a > b { (b, a) } else { (a, b) };
    let least = if c < low { c } else { low };
    let greatest = if c > high { c } else { high };
    (least, greatest)
}
