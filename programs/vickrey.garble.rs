// Who wins the sealed auction, and pays the second-highest bid (Vickrey 1961)?
//
// Seats: four bidders, amounts below 2^32 in an agreed unit.
// Computes: the seat of the highest bid and the price, which is the highest bid of all others. Among equal highest bids
//   the lowest seat wins, and the price is that same bid. A bid of 0 counts like any other.
// Reveals: (seat of the winner, price) to every output party; the winning bid stays hidden, and so does whose bid the
//   price was.
// Does not protect: against bidders who agree beforehand to bid low, nor does it make the winner pay. The winner, who
//   knows the second bid now, may guess whose it was; each loser knows that the winner's bid is at least the price.
//
// vector: 100 | 250 | 175 | 30 -> (1, 175)
// vector: 9 | 8 | 7 | 6 -> (0, 8)
// vector: 6 | 7 | 8 | 9 -> (3, 8)
// vector: 50 | 80 | 80 | 10 -> (1, 80)
// vector: 0 | 0 | 0 | 0 -> (0, 0)
// vector: 0 | 0 | 4294967295 | 0 -> (2, 0)
// vector: 5 | 4294967295 | 5 | 4294967294 -> (1, 4294967294)

pub fn main(bids: [u32; 4]) -> (u8, u32) {
    let mut winner = 0u8;
    let mut highest = 0u32;
    let mut price = 0u32;
    let mut seat = 0u8;
    for bid in bids {
        if bid > highest {
            price = highest;
            highest = bid;
            winner = seat;
        } else if bid > price {
            price = bid;
        }
        seat = seat + 1u8;
    }
    (winner, price)
}
