// Who wins the sealed auction, and pays what they bid?
//
// Seats: the seller with a reserve price, and three bidders, amounts below 2^32 in an agreed unit.
// Computes: the highest bid and its bidder, if it reaches the reserve. Among equal highest bids the lowest seat wins.
// Reveals: `Sold(seat, price)` or `Unsold` to every output party. The lower bids and the reserve stay hidden.
// Does not protect: against bidders who agree beforehand, nor does it make the winner pay. Losers learn the winning bid,
//   all learn that the reserve is not above it; after `Unsold` the seller may come back with another reserve.
//
// vector: 100 | 120 | 150 | 90 -> Sale::Sold(2, 150)
// vector: 200 | 120 | 150 | 90 -> Sale::Unsold
// vector: 150 | 150 | 150 | 150 -> Sale::Sold(1, 150)
// vector: 0 | 0 | 0 | 0 -> Sale::Sold(1, 0)
// vector: 4294967295 | 1 | 4294967294 | 4294967295 -> Sale::Sold(3, 4294967295)

enum Sale {
    Unsold,
    Sold(u8, u32),
}

pub fn main(reserve: u32, ann: u32, ben: u32, cem: u32) -> Sale {
    let (first, of_two) = if ben > ann { (2u8, ben) } else { (1u8, ann) };
    let (winner, price) = if cem > of_two { (3u8, cem) } else { (first, of_two) };
    if price >= reserve {
        Sale::Sold(winner, price)
    } else {
        Sale::Unsold
    }
}
