//! The cost estimator against the engine itself, in memory: bytes per party and largest message exactly, flights on a
//! virtual clock where every message takes one second and computing takes none.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::future::try_join_all;
use iroh_mpc::{
    estimate::Cost,
    program::{Backend, Compiled, Program, Source},
};
use polytune::channel::Channel;
use tokio::{
    sync::{
        Mutex as AsyncMutex,
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    },
    time::{Instant, sleep_until},
};

const FLIGHT: Duration = Duration::from_secs(1);

/// How far an estimate may be off, in parts of a hundred.
const TOLERANCE: usize = 15;

type Delayed = (Instant, Vec<u8>);

/// What is seen of one party.
#[derive(Default)]
struct Seen {
    sent: AtomicU64,
    received: AtomicU64,
    largest: AtomicU64,
}

/// A channel whose messages arrive one second after they were sent.
struct Slow {
    to: Vec<UnboundedSender<Delayed>>,
    from: Vec<AsyncMutex<UnboundedReceiver<Delayed>>>,
    seen: Arc<Seen>,
}

impl Channel for Slow {
    type SendError = &'static str;
    type RecvError = &'static str;

    async fn send_bytes_to(
        &self,
        party: usize,
        data: Vec<u8>,
        _: &str,
    ) -> Result<(), &'static str> {
        let bytes = data.len() as u64;
        self.seen.sent.fetch_add(bytes, Ordering::Relaxed);
        self.seen.largest.fetch_max(bytes, Ordering::Relaxed);
        let arrives = Instant::now() + FLIGHT;
        self.to[party].send((arrives, data)).map_err(|_| "closed")
    }

    async fn recv_bytes_from(&self, party: usize, _: &str) -> Result<Vec<u8>, &'static str> {
        let (arrives, data) = self.from[party].lock().await.recv().await.ok_or("closed")?;
        sleep_until(arrives).await;
        let bytes = data.len() as u64;
        self.seen.received.fetch_add(bytes, Ordering::Relaxed);
        Ok(data)
    }
}

fn channels(parties: usize) -> Vec<Slow> {
    let mut receivers: Vec<Vec<_>> = (0..parties).map(|_| vec![]).collect();
    let mut channels = vec![];
    for _ in 0..parties {
        let mut to = vec![];
        for queue in &mut receivers {
            let (sender, receiver) = unbounded_channel();
            to.push(sender);
            queue.push(AsyncMutex::new(receiver));
        }
        channels.push(to);
    }
    (channels.into_iter().zip(receivers))
        .map(|(to, from)| Slow {
            to,
            from,
            seen: Arc::default(),
        })
        .collect()
}

/// A program of so many parties whose circuit has `rounds` products.
fn products(parties: usize, rounds: usize) -> Compiled {
    let source = format!(
        "pub fn main(xs: [u16; {parties}]) -> u16 {{
            let mut result = 1u16;
            for i in 0..{rounds} {{
                for x in xs {{ result = ((result as u32 * x as u32) % 65521u32) as u16 ^ x; }}
            }}
            result
        }}"
    );
    compile(&source)
}

fn compile(source: &str) -> Compiled {
    let program = Program::check(Source::new("test.garble.rs", source));
    program.unwrap().compile(Backend::Lowered).unwrap()
}

async fn compare(compiled: &Compiled, evaluator: usize, outputs: &[usize]) {
    let circuit = compiled.circuit();
    let parties = circuit.input_regs.len();
    let channels = channels(parties);
    let start = Instant::now();
    let ends = Mutex::new(vec![]);
    let engines = channels.iter().enumerate().map(|(party, channel)| {
        let ends = &ends;
        let bits = vec![true; circuit.input_regs[party]];
        async move {
            polytune::mpc(channel, circuit, &bits, evaluator, party, outputs, None).await?;
            ends.lock().unwrap().push(start.elapsed());
            Ok::<_, polytune::Error>(())
        }
    });
    try_join_all(engines).await.unwrap();
    let took = ends.into_inner().unwrap().into_iter().max().unwrap();
    let flights = (took.as_millis() / FLIGHT.as_millis()) as usize;

    let cost = Cost::new(circuit, evaluator, outputs, false);
    let case = format!(
        "{parties} parties, {} AND gates, evaluator {evaluator}, outputs {outputs:?}",
        compiled.and_gates()
    );
    let of = |what: fn(&Seen) -> &AtomicU64| -> Vec<u64> {
        let seen = channels.iter().map(|it| what(&it.seen));
        seen.map(|it| it.load(Ordering::Relaxed)).collect()
    };
    assert_eq!(cost.sent, of(|seen| &seen.sent), "bytes sent: {case}");
    assert_eq!(
        cost.received,
        of(|seen| &seen.received),
        "bytes received: {case}"
    );
    let largest = of(|seen| &seen.largest).into_iter().max().unwrap();
    assert_eq!(cost.largest_message, largest, "largest message: {case}");
    assert!(
        cost.flights().abs_diff(flights) * 100 <= flights * TOLERANCE,
        "{} flights estimated, {flights} seen: {case}",
        cost.flights()
    );
}

#[tokio::test(start_paused = true)]
async fn a_circuit_without_and_gates() {
    compare(
        &compile("pub fn main(a: u8, b: u8) -> u8 { a ^ b }"),
        0,
        &[0, 1],
    )
    .await;
    compare(
        &compile("pub fn main(a: bool, b: u64, c: u8) -> (bool, u64) { (a, b) }"),
        2,
        &[1],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn tiny_circuits_between_two_to_five() {
    for parties in 2..=5 {
        let all: Vec<usize> = (0..parties).collect();
        let sum = format!(
            "pub fn main(xs: [u32; {parties}]) -> u32 {{ let mut s = 0u32; for x in xs {{ s = s + x; }} s }}"
        );
        compare(&compile(&sum), parties - 1, &all).await;
    }
}

#[tokio::test(start_paused = true)]
async fn some_thousand_gates_between_two_to_five() {
    for parties in 2..=5 {
        compare(&products(parties, 2), 0, &[0, parties - 1]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn twenty_thousand_gates_between_two_and_three() {
    compare(&products(2, 30), 1, &[0]).await;
    compare(&products(3, 20), 0, &[0, 1, 2]).await;
}
