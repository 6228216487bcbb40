// Am I underpaid? Which share of four colleagues earns less than I do?
//
// Seats: `me`, who asks, and four colleagues, each with a salary below 2^32 in an agreed unit. The host sets
//   `--output-parties 0`, so that the one who asks learns the answer alone.
// Computes: how many of the colleagues earn less, in per cent of them: 0, 25, 50, 75 or 100.
// Reveals: that share to every output party, and no salary.
// Does not protect: against asking again. Whoever may ask with made-up salaries of their own finds everybody's salary by
//   halving the range; so agree on one question, and let each of the group be `me` once.
//
// vector: 3000 | 2500 | 2900 | 3400 | 4100 -> 50
// vector: 1 | 2 | 3 | 4 | 5 -> 0
// vector: 5 | 5 | 5 | 5 | 5 -> 0
// vector: 4294967295 | 0 | 1 | 2 | 4294967294 -> 100
// vector: 10 | 9 | 10 | 11 | 12 -> 25

pub fn main(me: u32, ann: u32, ben: u32, cem: u32, dot: u32) -> u8 {
    let below = (ann < me) as u8 + (ben < me) as u8 + (cem < me) as u8 + (dot < me) as u8;
    below * 25u8
}
