// Which of three candidates wins if everybody ranks them (instant runoff)?
//
// Seats: five voters, each with one of the six orders of the candidates A, B and C; `Order::BCA` puts B first.
// Computes: the candidate with the fewest first places is out, among equals the later one; each of that candidate's voters
//   counts for their second choice. Whoever then has three votes wins.
// Reveals: the winner to every output party; not who went out, and no counts.
// Does not protect: what follows from the winner: if nobody who compares notes preferred the winner to the other finalist,
//   the rest did. As with every such rule, a voter may gain by ranking otherwise than they think.
//
// vector: Order::ABC | Order::ACB | Order::BCA | Order::CBA | Order::BAC -> Candidate::B
// vector: Order::ABC | Order::ABC | Order::ABC | Order::BCA | Order::CBA -> Candidate::A
// vector: Order::CAB | Order::CBA | Order::ABC | Order::BAC | Order::BCA -> Candidate::B
// vector: Order::CAB | Order::CBA | Order::ACB | Order::BCA | Order::ABC -> Candidate::C
// vector: Order::BAC | Order::BAC | Order::CAB | Order::CAB | Order::ABC -> Candidate::B

enum Order {
    ABC,
    ACB,
    BAC,
    BCA,
    CAB,
    CBA,
}

enum Candidate {
    A,
    B,
    C,
}

pub fn main(ballots: [Order; 5]) -> Candidate {
    let mut first_a = 0u8;
    let mut first_b = 0u8;
    let mut first_c = 0u8;
    let mut a_before_b = 0u8;
    let mut a_before_c = 0u8;
    let mut b_before_c = 0u8;
    for ballot in ballots {
        let (ab, ac, bc) = match ballot {
            Order::ABC => (true, true, true),
            Order::ACB => (true, true, false),
            Order::BAC => (false, true, true),
            Order::BCA => (false, false, true),
            Order::CAB => (true, false, false),
            Order::CBA => (false, false, false),
        };
        first_a = first_a + (ab & ac) as u8;
        first_b = first_b + (!ab & bc) as u8;
        first_c = first_c + (!ac & !bc) as u8;
        a_before_b = a_before_b + ab as u8;
        a_before_c = a_before_c + ac as u8;
        b_before_c = b_before_c + bc as u8;
    }
    let fewer_b = first_b <= first_a;
    if (first_c <= first_a) & (first_c <= first_b) {
        if a_before_b >= 3u8 { Candidate::A } else { Candidate::B }
    } else if fewer_b {
        if a_before_c >= 3u8 { Candidate::A } else { Candidate::C }
    } else {
        if b_before_c >= 3u8 { Candidate::B } else { Candidate::C }
    }
}
