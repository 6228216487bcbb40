//! What `check` tells: what a program takes, gives and costs.

use std::time::Duration;

use indicatif::{HumanBytes, HumanCount};
use iroh_mpc::{
    estimate::Cost,
    program::{Compiled, Finding, Program},
};
use serde_json::{Map, Value, json};

use super::Ui;

/// A program's circuit by each way to it, and what it costs.
pub struct Price {
    pub optimized: Compiled,
    pub lowered: Compiled,
    /// It fails on some programs that we take.
    pub garble_lang: Option<Compiled>,
    pub cost: Cost,
    pub findings: Vec<Finding>,
    /// The round trip, and the bandwidth of each party in Mbit/s.
    pub network: (Duration, u32),
}

impl Price {
    fn time(&self) -> Duration {
        let (rtt, mbit) = self.network;
        self.cost.time(rtt, u64::from(mbit) * 1_000_000 / 8)
    }
}

impl Ui {
    /// Shows what a program takes, gives and costs.
    pub fn checked(&self, program: &Program, price: Option<&Price>) {
        let seats = program.seats().iter().enumerate();
        if self.json {
            let parties: Vec<Value> = seats
                .map(|(i, seat)| json!({ "seat": i, "name": seat.name, "type": seat.ty.to_string() }))
                .collect();
            let consts: Map<String, Value> = (program.consts())
                .map(|(name, value)| (name.to_string(), value.into()))
                .collect();
            let needs: Vec<Value> = (program.needs().iter())
                .map(|need| {
                    json!({
                        "party": need.party,
                        "name": need.name,
                        "type": need.ty.to_string(),
                        "inferred": need.inferred,
                    })
                })
                .collect();
            let cost = price.map(|it| &it.cost);
            let object = json!({
                "v": 1,
                "parties": parties,
                "result_type": program.result_type().to_string(),
                "consts": consts,
                "wanted_consts": needs,
                "and_gates": price.map(|it| it.optimized.and_gates()),
                "and_gates_compiled": price.map(|it| it.lowered.and_gates()),
                "and_gates_garble_lang": price.and_then(|it| it.garble_lang.as_ref().map(Compiled::and_gates)),
                "total_gates": price.map(|it| it.optimized.total_gates()),
                "bytes_per_party": cost.map(|it| it.total_bytes() / it.sent.len() as u64),
                "bytes_sent": cost.map(|it| &it.sent),
                "bytes_received": cost.map(|it| &it.received),
                "largest_message": cost.map(|it| it.largest_message),
                "flights": cost.map(|it| it.flights()),
                "memory": cost.map(|it| &it.memory),
                "findings": price.map(|it| it.findings.as_slice()).unwrap_or_default(),
                "seconds": price.map(|it| it.time().as_secs_f64()),
            });
            return self.out(&object.to_string());
        }
        for (i, seat) in seats {
            self.out(&format!("party {i}: {} ({})", seat.name, seat.ty));
        }
        for (name, value) in program.consts() {
            self.out(&format!("const {name} = {value}"));
        }
        for need in program.needs() {
            let (party, name, ty) = (need.party, &need.name, &need.ty);
            let how = if need.inferred {
                ": the length of its input"
            } else {
                ": it gives it with --const"
            };
            self.out(&format!("party {party} says {name} ({ty}){how}"));
        }
        self.out(&format!("result: {}", program.result_type()));
        let Some(price) = price else {
            return self.say(
                "The cost depends on the constants: give them as --const PARTY_0::NAME=VALUE.",
            );
        };
        let count = |gates: usize| HumanCount(gates as u64);
        let Price {
            optimized, lowered, ..
        } = price;
        let (gates, before) = (count(optimized.and_gates()), count(lowered.and_gates()));
        self.out(&format!(
            "AND gates: {gates} ({before} before optimisation)"
        ));
        if let Some(theirs) = &price.garble_lang {
            let gates = count(theirs.and_gates());
            self.out(&format!("by garble_lang's own back end: {gates}"));
        }
        self.out(&format!("all gates: {}", count(optimized.total_gates())));
        self.cost(price);
        self.findings(&price.findings);
    }

    fn cost(&self, price: &Price) {
        let cost = &price.cost;
        let most = |of: &[u64]| HumanBytes(of.iter().copied().max().unwrap_or_default());
        self.out(&format!(
            "each party sends up to {}, receives up to {}; the largest message has {}",
            most(&cost.sent),
            most(&cost.received),
            HumanBytes(cost.largest_message),
        ));
        let ((rtt, mbit), flights) = (price.network, cost.flights());
        let rtt = humantime::format_duration(rtt);
        self.out(&format!(
            "about {:.1} s at a round trip of {rtt} and {mbit} Mbit/s ({flights} messages one after another)",
            price.time().as_secs_f64(),
        ));
        self.out(&format!("memory: about {} at most", most(&cost.memory)));
    }
}
