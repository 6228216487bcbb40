// What is the sum of our three numbers?
//
// Seats: three equal parties, each with a whole number below 2^32.
// Computes: a + b + c. A sum above 4294967295 ends the program with an overflow.
// Reveals: the sum to every output party. If it overflows, that it does, and at which of the two additions.
// Does not protect: what follows from the sum. Each output party learns what the other two have together, and two
//   parties who compare notes know the third number. Nobody is kept from giving a false number.
//
// vector: 2 | 2 | 2 -> 6
// vector: 0 | 0 | 0 -> 0
// vector: 1000000 | 20000 | 300 -> 1020300
// vector: 4294967295 | 0 | 0 -> 4294967295
// vector: 4294967295 | 1 | 0 -> panic Overflow
// vector: 2147483648 | 2147483647 | 1 -> panic Overflow

pub fn main(a: u32, b: u32, c: u32) -> u32 {
    a + b + c
}
