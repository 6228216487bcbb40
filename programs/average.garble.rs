// What is the average of our five numbers, such as salaries?
//
// Seats: five equal parties, each with a whole number below 2^32 in an agreed unit.
// Computes: the mean of one number from each of five parties, rounded down. The sum is taken in 64 bits, so no inputs can
//   overflow it.
// Reveals: the rounded mean to every output party, and with it the sum up to a difference of 4.
// Does not protect: a number from four parties who compare notes: they know the fifth within 4. One made-up number moves
//   the mean as far as its owner likes. A second session with one party exchanged shows the difference of the two.
//
// vector: 1 | 2 | 3 | 4 | 5 -> 3
// vector: 3100 | 2950 | 4200 | 3600 | 5100 -> 3790
// vector: 0 | 0 | 0 | 0 | 4 -> 0
// vector: 0 | 0 | 0 | 0 | 5 -> 1
// vector: 4294967295 | 4294967295 | 4294967295 | 4294967295 | 4294967295 -> 4294967295
// vector: 4294967295 | 4294967295 | 4294967295 | 4294967295 | 4294967294 -> 4294967294

const PARTIES: usize = 5usize;

pub fn main(numbers: [u32; PARTIES]) -> u32 {
    let mut sum = 0u64;
    for number in numbers {
        sum = sum + number as u64;
    }
    (sum / PARTIES as u64) as u32
}
