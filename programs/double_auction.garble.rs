// At which single price do three buyers and three sellers trade?
//
// Seats: three buyers with the most that each would pay for one piece, then three sellers with the least that each would
//   take, amounts below 2^32 in an agreed unit.
// Computes: how many pieces change hands, which is as many as possible, and one price for all of them: the middle, rounded
//   down, of the range in which no further pair wants to trade. `NoTrade` if no buyer offers what some seller asks.
// Reveals: `Trade(pieces, price)` or `NoTrade` to every output party. Buyers who offer more than the price and sellers who
//   ask less trade; among those exactly at the price the lower seats come first.
// Does not protect: against false offers: who expects to be the marginal buyer or seller gains by understating, as in any
//   auction at one price. The price lies between two of the offers, which those who made them may notice.
//
// vector: 100 | 80 | 60 | 50 | 70 | 90 -> Market::Trade(2, 75)
// vector: 10 | 20 | 30 | 40 | 50 | 60 -> Market::NoTrade
// vector: 30 | 10 | 20 | 5 | 6 | 7 -> Market::Trade(3, 8)
// vector: 50 | 50 | 50 | 50 | 50 | 50 -> Market::Trade(3, 50)
// vector: 100 | 0 | 0 | 99 | 4294967295 | 4294967295 -> Market::Trade(1, 99)
// vector: 4294967295 | 4294967295 | 4294967295 | 4294967295 | 4294967295 | 0 -> Market::Trade(3, 4294967295)

enum Market {
    NoTrade,
    Trade(u8, u32),
}

pub fn main(buyer0: u32, buyer1: u32, buyer2: u32, seller0: u32, seller1: u32, seller2: u32) -> Market {
    let (low, middle, high) = sorted(buyer0, buyer1, buyer2);
    let (least, medium, most) = sorted(seller0, seller1, seller2);
    // The best buyer meets the best seller, and so on. Of each pair one belongs to the three highest of all six offers,
    // the other to the three lowest; the price lies between those halves.
    let (below0, above0, meet0) = met(high, least);
    let (below1, above1, meet1) = met(middle, medium);
    let (below2, above2, meet2) = met(low, most);
    let upper = lower_of(above0, lower_of(above1, above2));
    let lower = higher_of(below0, higher_of(below1, below2));
    let pieces = meet0 as u8 + meet1 as u8 + meet2 as u8;
    if meet0 {
        // (upper + lower) / 2 without a carry beyond 32 bits.
        Market::Trade(pieces, ((upper as u64 + lower as u64) / 2u64) as u32)
    } else {
        Market::NoTrade
    }
}

// The two offers in ascending order, and whether they meet.
fn met(bid: u32, ask: u32) -> (u32, u32, bool) {
    if bid >= ask {
        (ask, bid, true)
    } else {
        (bid, ask, false)
    }
}

fn sorted(a: u32, b: u32, c: u32) -> (u32, u32, u32) {
    let (a, b) = ordered(a, b);
    let (b, c) = ordered(b, c);
    let (a, b) = ordered(a, b);
    (a, b, c)
}

fn ordered(a: u32, b: u32) -> (u32, u32) {
    if a > b {
        (b, a)
    } else {
        (a, b)
    }
}

fn lower_of(a: u32, b: u32) -> u32 {
    if a > b { b } else { a }
}

fn higher_of(a: u32, b: u32) -> u32 {
    if a > b { a } else { b }
}
