// What is the median of our five numbers, such as salaries?
//
// Seats: five equal parties, each with a whole number below 2^32 in an agreed unit.
// Computes: the third of the five numbers in order.
// Reveals: the median to every output party, and with it that two of the numbers are not above and two not below it.
// Does not protect: the party whose number it is, once another guesses whose it must be. Four parties who compare notes
//   know the fifth number if it is the median, and on which side of it it stands otherwise. Unlike the average, one
//   made-up number moves the median to the next one at most.
//
// vector: 3100 | 2950 | 4200 | 3600 | 5100 -> 3600
// vector: 1 | 2 | 3 | 4 | 5 -> 3
// vector: 5 | 4 | 3 | 2 | 1 -> 3
// vector: 7 | 7 | 1 | 7 | 9 -> 7
// vector: 0 | 4294967295 | 4294967295 | 0 | 4294967294 -> 4294967294

pub fn main(numbers: [u32; 5]) -> u32 {
    let (low0, high0) = ordered(numbers[0], numbers[1]);
    let (low1, high1) = ordered(numbers[2], numbers[3]);
    // Neither the lower of the lows nor the higher of the highs can be the third of five.
    let (_, low) = ordered(low0, low1);
    let (high, _) = ordered(high0, high1);
    let (least, most) = ordered(low, high);
    let (candidate, _) = ordered(numbers[4], most);
    let (_, median) = ordered(candidate, least);
    median
}

// The two numbers in ascending order. The halves that nobody uses cost nothing.
fn ordered(a: u32, b: u32) -> (u32, u32) {
    if a > b {
        (b, a)
    } else {
        (a, b)
    }
}
