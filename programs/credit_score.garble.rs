// Does the applicant get the loan?
//
// Seats: the applicant with income and debt in hundreds and years in the job, the credit bureau with the numbers of late
//   payments and of open loans, and the bank with a weight for each of those five and the score that is enough.
// Computes: whether the weighted sum reaches the bank's score.
// Reveals: yes or no to every output party. The applicant does not learn the bank's weights, nor the bank the applicant's
//   numbers.
// Does not protect: against false statements about oneself, nor against a bank that chooses its weights to learn one number
//   bit by bit over many applications: what a bank may ask belongs into the agreement. Nobody checks the weights for fairness.
//
// vector: Applicant {income: 420, debt: 900, years: 4} | Record {late: 1, loans: 2} | Model {income: 10, debt: -2, years: 50, late: -100, loans: -20, enough: 2000} -> true
// vector: Applicant {income: 420, debt: 900, years: 4} | Record {late: 9, loans: 2} | Model {income: 10, debt: -2, years: 50, late: -100, loans: -20, enough: 2000} -> false
// vector: Applicant {income: 65535, debt: 65535, years: 255} | Record {late: 255, loans: 255} | Model {income: -128, debt: -128, years: -128, late: -128, loans: -128, enough: -16874880} -> true
// vector: Applicant {income: 65535, debt: 65535, years: 255} | Record {late: 255, loans: 255} | Model {income: -128, debt: -128, years: -128, late: -128, loans: -128, enough: -16874879} -> false

struct Applicant {
    income: u16,
    debt: u16,
    years: u8,
}

struct Record {
    late: u8,
    loans: u8,
}

struct Model {
    income: i8,
    debt: i8,
    years: i8,
    late: i8,
    loans: i8,
    enough: i32,
}

pub fn main(applicant: Applicant, bureau: Record, bank: Model) -> bool {
    // 32 bits hold any sum; what the operands leave unused of them costs nothing.
    let score = applicant.income as i32 * bank.income as i32
        + applicant.debt as i32 * bank.debt as i32
        + applicant.years as i32 * bank.years as i32
        + bureau.late as i32 * bank.late as i32
        + bureau.loans as i32 * bank.loans as i32;
    score >= bank.enough
}
