//! What every program of `programs/` takes: bytes and seconds between its own seats and, the same circuit, between exactly
//! three parties, all in one process over gossip.
//!
//! `cargo bench --bench programs -- [ROUNDS] [--write]`. The first vector of each program is computed; a wrong result or other
//! bytes than estimated end the run. Seconds are medians. `--write` puts the table into docs/programs.md; run it on a machine
//! with little else to do.
#![allow(clippy::print_stdout)]

#[path = "../tests/support/three.rs"]
mod three;
#[path = "../tests/support/vectors.rs"]
mod vectors;

use std::{fs, path::Path, sync::Arc};

use anyhow::{Context, Result, ensure};
use iroh_mpc::{
    estimate::Cost,
    program::Backend,
    simulate::{Simulated, Transport},
};
use three::Three;
use tokio::runtime::Runtime;
use vectors::{Case, Expected, cases, run};

const ROUNDS: usize = 3;

const PAGE: &str = "docs/programs.md";

/// Between these two stands the table.
const BEGINS: &str = "<!-- seconds -->\n";
const ENDS: &str = "<!-- end of seconds -->";

const HEAD: &str = "\
| program | AND gates | seats | MB in all | seconds | 3 parties: MB in all | seconds |
|---|---|---|---|---|---|---|
";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rounds = arguments.iter().find_map(|it| it.parse().ok());
    let rounds = rounds.unwrap_or(ROUNDS).max(1);
    let runtime = Runtime::new()?;
    let mut table = HEAD.to_string();
    print!("{table}");
    for case in cases() {
        let row = runtime.block_on(measure(&case, rounds))?;
        print!("{row}");
        table += &row;
    }
    if arguments.iter().any(|it| it == "--write") {
        write(&table)?;
    }
    Ok(())
}

/// A program's row.
async fn measure(case: &Case, rounds: usize) -> Result<String> {
    let program = &case.program;
    let compiled = Arc::new(program.compile(Backend::Optimized)?);
    let all: Vec<usize> = (0..program.parties()).collect();
    let cost = Cost::new(compiled.circuit(), 0, &all, false);
    let three = Three::new(case);
    let vector = &case.vectors[0];
    let (mut own, mut of_three) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let inputs = case.inputs(vector);
        let simulated = run(program, &compiled, inputs, Transport::Gossip).await?;
        let result = Expected::Value(simulated.value.clone());
        own.push(checked(case, (result, simulated), &cost)?);
        let run = three.run(case, vector, Transport::Gossip).await;
        of_three.push(checked(case, run, &three.cost())?);
    }
    Ok(format!(
        "| {} | {} | {} | {:.1} | {:.1} | {:.1} | {:.1} |\n",
        case.title(),
        compiled.and_gates(),
        program.parties(),
        megabytes(&cost),
        median(own),
        megabytes(&three.cost()),
        median(of_three),
    ))
}

/// The seconds of a run with the right result and the bytes that were expected.
fn checked(case: &Case, (result, run): (Expected, Simulated), cost: &Cost) -> Result<f64> {
    let (name, expected) = (&case.name, &case.vectors[0].expected);
    ensure!(result == *expected, "{name}: a wrong result: {result:?}");
    let (bytes, estimated) = (run.bytes_sent, cost.total_bytes());
    ensure!(
        bytes == estimated,
        "{name}: {bytes} bytes for {estimated} estimated"
    );
    Ok(run.computing.as_secs_f64())
}

fn megabytes(cost: &Cost) -> f64 {
    cost.total_bytes() as f64 / 1e6
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds.get(seconds.len() / 2).copied().unwrap_or(f64::NAN)
}

fn write(table: &str) -> Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let page = fs::read_to_string(&path)?;
    let (before, rest) = page.split_once(BEGINS).context("no place for the table")?;
    let (_, after) = rest.split_once(ENDS).context("no end of the table")?;
    fs::write(&path, format!("{before}{BEGINS}{table}{ENDS}{after}"))?;
    Ok(())
}
