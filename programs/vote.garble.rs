// Do we accept the motion? A secret ballot of five.
//
// Seats: five voters, each with `Ballot::Yes`, `Ballot::No` or `Ballot::Abstain`.
// Computes: whether more voted yes than no, given that three at least did not abstain.
// Reveals: accepted, rejected, or that fewer than three voted, to every output party; no counts, so that nobody can read
//   how many stood apart.
// Does not protect: a vote that follows from the outcome and the votes of those who compare notes: four of them mostly
//   know the fifth. Nobody can prove how they voted, and nobody can check that a voter voted as promised.
//
// vector: Ballot::Yes | Ballot::No | Ballot::Yes | Ballot::Abstain | Ballot::Yes -> Decision::Accepted
// vector: Ballot::Yes | Ballot::No | Ballot::Yes | Ballot::Abstain | Ballot::No -> Decision::Rejected
// vector: Ballot::Yes | Ballot::Abstain | Ballot::Yes | Ballot::Abstain | Ballot::Abstain -> Decision::TooFewVotes
// vector: Ballot::Yes | Ballot::Yes | Ballot::Yes | Ballot::Yes | Ballot::Yes -> Decision::Accepted
// vector: Ballot::No | Ballot::No | Ballot::No | Ballot::Yes | Ballot::Yes -> Decision::Rejected
// vector: Ballot::Abstain | Ballot::Abstain | Ballot::Yes | Ballot::Yes | Ballot::No -> Decision::Accepted

const QUORUM: u8 = 3u8;

enum Ballot {
    Yes,
    No,
    Abstain,
}

enum Decision {
    Accepted,
    Rejected,
    TooFewVotes,
}

pub fn main(ballots: [Ballot; 5]) -> Decision {
    let mut yes = 0u8;
    let mut no = 0u8;
    for ballot in ballots {
        yes = yes + (ballot == Ballot::Yes) as u8;
        no = no + (ballot == Ballot::No) as u8;
    }
    if yes + no < QUORUM {
        Decision::TooFewVotes
    } else if yes > no {
        Decision::Accepted
    } else {
        Decision::Rejected
    }
}
