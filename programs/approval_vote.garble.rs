// Which of four options do most of us approve of?
//
// Seats: five voters, each with four times yes or no: one for each option, as many yes as they like.
// Computes: the option with the most approvals. Among equals the one listed first wins.
// Reveals: the number of the winning option, from 0, to every output party; no counts.
// Does not protect: what follows from the winner. If nobody who compares notes approved of it, all the others did.
//
// vector: [true, false, true, false] | [false, false, true, true] | [true, true, true, false] | [false, true, false, false] | [false, false, true, false] -> 2
// vector: [false, false, false, false] | [false, false, false, false] | [false, false, false, false] | [false, false, false, false] | [false, false, false, false] -> 0
// vector: [false, false, false, true] | [false, true, false, true] | [false, true, false, false] | [false, false, false, false] | [false, false, false, false] -> 1
// vector: [true, true, true, true] | [true, true, true, true] | [true, true, true, true] | [true, true, true, true] | [false, false, false, true] -> 3

const OPTIONS: usize = 4usize;

pub fn main(ballots: [[bool; OPTIONS]; 5]) -> u8 {
    let mut winner = 0u8;
    let mut most = 0u8;
    for option in 0usize..4usize {
        // Sums of three bits and of two cost fewer gates than one bit after the other.
        let approvals = (ballots[0][option] as u8 + ballots[1][option] as u8 + ballots[2][option] as u8)
            + (ballots[3][option] as u8 + ballots[4][option] as u8);
        if approvals > most {
            most = approvals;
            winner = option as u8;
        }
    }
    winner
}
