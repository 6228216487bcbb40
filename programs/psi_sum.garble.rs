// How much did those spend who saw our advertisement?
//
// Seats: the advertiser's partner with a list of the people who saw the advertisement, and the shop with a list of people and
//   what each spent, of any length; both in ascending order of the person's number, each number once.
// Computes: how many people are on both lists, and what they spent together, if they are three at least.
// Reveals: `Spent(people, sum)`, or `FewerThanThree`, to every output party, not who they are, nor what anybody spent;
//   the lengths of both lists to all.
// Does not protect: against made-up lists: who lists three people only, or runs the same lists with one person exchanged,
//   learns about that person. Agree on how often it may be run, and on what. A list that is not sorted gives a wrong sum.
//
// vector: [2, 3, 5, 7, 11, 13, 17, 19] | [(1, 10), (3, 20), (5, 30), (7, 40), (9, 50), (11, 60), (13, 70), (15, 80)] -> Conversion::Spent(5, 220)
// vector: [1, 2, 3, 4, 5, 6, 7, 8] | [(7, 1), (8, 1), (9, 1), (10, 1), (11, 1), (12, 1), (13, 1), (14, 1)] -> Conversion::FewerThanThree
// vector: [1, 2, 3, 4, 5, 6, 7, 8] | [(6, 65535), (7, 65535), (8, 65535), (9, 1), (10, 1), (11, 1), (12, 1), (13, 1)] -> Conversion::Spent(3, 196605)
// vector: [0, 1, 2, 3, 4, 5, 6, 4294967295] | [(0, 65535), (1, 65535), (2, 65535), (3, 65535), (4, 65535), (5, 65535), (6, 65535), (4294967295, 65535)] -> Conversion::Spent(8, 524280)

const SAW: usize = PARTY_0::ROWS;
const BOUGHT: usize = PARTY_1::ROWS;
const LEAST: u32 = 3u32;

enum Conversion {
    FewerThanThree,
    Spent(u32, u64),
}

pub fn main(saw: [u32; SAW], bought: [(u32, u16); BOUGHT]) -> Conversion {
    // The rows of both sides have the same form, so that the join takes them; who saw spends nothing by that.
    let mut seen = [(0u32, 0u16); SAW];
    let mut row = 0usize;
    for person in saw {
        seen[row] = (person, 0u16);
        row = row + 1usize;
    }
    let mut people = 0u32;
    let mut sum = 0u64;
    for (_, (_, spent)) in join_iter(seen, bought) {
        people = people + 1u32;
        sum = sum + spent as u64;
    }
    if people < LEAST {
        Conversion::FewerThanThree
    } else {
        Conversion::Spent(people, sum)
    }
}
