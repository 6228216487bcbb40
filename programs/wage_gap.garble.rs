// Do our companies pay women and men alike, in each of three job groups?
//
// Seats: three companies. For each job group a row: how many women, what they earn together, how many men, what they earn
//   together.
// Computes: the mean pay of women and of men over all companies, rounded down, for each group and sex. Where fewer than ten
//   people stand behind a mean, or a company has none of them, it is 0 instead.
// Reveals: the means to every output party; no company's numbers, and no head counts.
// Does not protect: a company from the two others together: they know the sum of all people's pay only if they know how
//   many people the third has, but a mean of which theirs is most says much. Nor from a second run with other people in.
//
// vector: [Row {women: 10, women_pay: 30000, men: 5, men_pay: 16000}, Row {women: 4, women_pay: 16000, men: 9, men_pay: 45000}, Row {women: 0, women_pay: 0, men: 20, men_pay: 90000}] | [Row {women: 20, women_pay: 62000, men: 10, men_pay: 33000}, Row {women: 3, women_pay: 12500, men: 8, men_pay: 40500}, Row {women: 30, women_pay: 120000, men: 10, men_pay: 46000}] | [Row {women: 5, women_pay: 16000, men: 5, men_pay: 15000}, Row {women: 2, women_pay: 8000, men: 1, men_pay: 5000}, Row {women: 5, women_pay: 21000, men: 1, men_pay: 4000}] -> [Means {men: 3200, women: 3085}, Means {men: 5027, women: 0}, Means {men: 4516, women: 0}]
// vector: [Row {women: 65535, women_pay: 4294967295, men: 0, men_pay: 0}, Row {women: 4, women_pay: 400, men: 9, men_pay: 1}, Row {women: 1, women_pay: 1, men: 1, men_pay: 2}] | [Row {women: 65535, women_pay: 4294967295, men: 0, men_pay: 0}, Row {women: 3, women_pay: 300, men: 9, men_pay: 1}, Row {women: 4, women_pay: 4, men: 4, men_pay: 8}] | [Row {women: 65535, women_pay: 4294967295, men: 100, men_pay: 1}, Row {women: 3, women_pay: 300, men: 9, men_pay: 1}, Row {women: 5, women_pay: 5, men: 4, men_pay: 8}] -> [Means {men: 0, women: 65537}, Means {men: 0, women: 100}, Means {men: 0, women: 1}]
// vector: [Row {women: 1, women_pay: 7, men: 0, men_pay: 7}, Row {women: 0, women_pay: 0, men: 0, men_pay: 0}, Row {women: 8, women_pay: 800, men: 9, men_pay: 901}] | [Row {women: 1, women_pay: 7, men: 0, men_pay: 7}, Row {women: 0, women_pay: 0, men: 0, men_pay: 0}, Row {women: 1, women_pay: 100, men: 1, men_pay: 100}] | [Row {women: 7, women_pay: 7, men: 10, men_pay: 7}, Row {women: 0, women_pay: 0, men: 0, men_pay: 0}, Row {women: 1, women_pay: 100, men: 1, men_pay: 100}] -> [Means {men: 0, women: 0}, Means {men: 0, women: 0}, Means {men: 100, women: 100}]

const GROUPS: usize = 3usize;
const LEAST: u32 = 10u32;

struct Row {
    women: u16,
    women_pay: u32,
    men: u16,
    men_pay: u32,
}

struct Means {
    women: u32,
    men: u32,
}

pub fn main(north: [Row; GROUPS], south: [Row; GROUPS], west: [Row; GROUPS]) -> [Means; GROUPS] {
    let mut means = [Means { women: 0u32, men: 0u32 }; GROUPS];
    for group in 0usize..3usize {
        let a = north[group];
        let b = south[group];
        let c = west[group];
        means[group] = Means {
            women: mean((a.women, a.women_pay), (b.women, b.women_pay), (c.women, c.women_pay)),
            men: mean((a.men, a.men_pay), (b.men, b.men_pay), (c.men, c.men_pay)),
        };
    }
    means
}

// Divided in any case, as a circuit does; a group without people is divided by one.
fn mean(a: (u16, u32), b: (u16, u32), c: (u16, u32)) -> u32 {
    let people = a.0 as u32 + b.0 as u32 + c.0 as u32;
    let pay = a.1 as u64 + b.1 as u64 + c.1 as u64;
    let all_have_some = (a.0 != 0u16) & (b.0 != 0u16) & (c.0 != 0u16);
    if all_have_some & (people >= LEAST) {
        (pay / people as u64) as u32
    } else {
        0u32
    }
}
