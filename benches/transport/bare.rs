//! The floor of any transport over iroh: the engines' messages as they are on one QUIC stream for each ordered pair, with no
//! link, no seal and no guard. What this costs above memory is QUIC's own.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use anyhow::{Context, Result, ensure};
use futures::future;
use iroh::{
    Endpoint, RelayMode,
    endpoint::{RecvStream, SendStream, presets},
};
use iroh_mpc::{
    engine::{self, Job},
    node::quic,
    program::{Compiled, Input, Outcome},
    simulate::Simulated,
};
use polytune::channel::Channel;
use tokio::sync::{Mutex, mpsc};

const ALPN: &[u8] = b"iroh-mpc/bench/bare";

/// Runs all parties; all learn the result, and party 0 evaluates.
pub async fn run(compiled: &Arc<Compiled>, inputs: Vec<Input>) -> Result<Simulated> {
    let parties = inputs.len();
    let endpoints = future::try_join_all((0..parties).map(|_| endpoint())).await?;
    let bytes_sent = Arc::new(AtomicU64::new(0));
    let channels = connect(&endpoints, &bytes_sent).await?;
    let started = Instant::now();
    let engines =
        (inputs.into_iter().zip(channels).enumerate()).map(|(party, (input, channel))| {
            let job = Job {
                compiled: compiled.clone(),
                input,
                party,
                evaluator: 0,
                output_parties: (0..parties).collect(),
                spill: None,
            };
            engine::run(job, channel)
        });
    let outputs = future::try_join_all(engines).await?;
    let computing = started.elapsed();
    let mut values = Vec::new();
    for bits in outputs {
        match compiled.decode(&bits) {
            Some(Outcome::Value(value)) => values.push(value),
            other => anyhow::bail!("no value: {other:?}"),
        }
    }
    let value = values.pop().context("a party")?;
    ensure!(values.iter().all(|it| *it == value), "results that differ");
    for endpoint in &endpoints {
        endpoint.close().await;
    }
    Ok(Simulated {
        value,
        computing,
        bytes_sent: bytes_sent.load(Ordering::Relaxed),
    })
}

async fn endpoint() -> Result<Endpoint> {
    let endpoint = Endpoint::builder(presets::Minimal)
        .relay_mode(RelayMode::Disabled)
        .transport_config(quic::transport())
        .alpns(vec![ALPN.to_vec()])
        .clear_ip_transports()
        .bind_addr((Ipv4Addr::LOCALHOST, 0))?
        .bind()
        .await?;
    Ok(endpoint)
}

/// One connection for each pair, one stream for each direction.
async fn connect(endpoints: &[Endpoint], bytes_sent: &Arc<AtomicU64>) -> Result<Vec<Streams>> {
    let mut peers: Vec<Vec<Option<Peer>>> = endpoints
        .iter()
        .map(|_| endpoints.iter().map(|_| None).collect())
        .collect();
    for a in 0..endpoints.len() {
        for b in a + 1..endpoints.len() {
            let accept = async {
                let incoming = endpoints[b].accept().await.context("a connection")?;
                anyhow::Ok(incoming.await?)
            };
            let dial = async { anyhow::Ok(endpoints[a].connect(endpoints[b].addr(), ALPN).await?) };
            let (accepted, dialed) = future::try_join(accept, dial).await?;
            let (mut ours, mut theirs) = (dialed.open_uni().await?, accepted.open_uni().await?);
            // A stream is there for the other side once something has been written.
            ours.write_all(&[0]).await?;
            theirs.write_all(&[0]).await?;
            let (to_b, to_a) = (accepted.accept_uni().await?, dialed.accept_uni().await?);
            peers[a][b] = Some(Peer::new(ours, to_a).await?);
            peers[b][a] = Some(Peer::new(theirs, to_b).await?);
        }
    }
    let streams = peers.into_iter().map(|peers| Streams {
        peers,
        bytes_sent: bytes_sent.clone(),
    });
    Ok(streams.collect())
}

struct Peer {
    outgoing: mpsc::UnboundedSender<Vec<u8>>,
    /// What came, and last of all why no more will come.
    incoming: Mutex<mpsc::UnboundedReceiver<Result<Vec<u8>>>>,
}

impl Peer {
    /// Tasks write and read whatever the engine does.
    async fn new(mut send: SendStream, mut receive: RecvStream) -> Result<Self> {
        receive.read_exact(&mut [0]).await?;
        let (outgoing, mut messages) = mpsc::unbounded_channel::<Vec<u8>>();
        let (received, incoming) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Some(message) = messages.recv().await {
                send.write_all(&(message.len() as u64).to_le_bytes())
                    .await?;
                send.write_chunk(message.into()).await?;
            }
            anyhow::Ok(())
        });
        tokio::spawn(async move {
            loop {
                let message = message(&mut receive).await;
                let last = message.is_err();
                // Nobody listens once the run is over.
                if received.send(message).is_err() || last {
                    break;
                }
            }
        });
        Ok(Self {
            outgoing,
            incoming: Mutex::new(incoming),
        })
    }
}

async fn message(stream: &mut RecvStream) -> Result<Vec<u8>> {
    let mut length = [0; 8];
    stream.read_exact(&mut length).await?;
    let mut message = vec![0; u64::from_le_bytes(length) as usize];
    stream.read_exact(&mut message).await?;
    Ok(message)
}

/// The engine's channel.
struct Streams {
    peers: Vec<Option<Peer>>,
    bytes_sent: Arc<AtomicU64>,
}

impl Streams {
    fn peer(&self, party: usize) -> Result<&Peer> {
        let peer = self.peers.get(party).and_then(Option::as_ref);
        peer.context("there is no such party")
    }
}

impl Channel for Streams {
    type SendError = anyhow::Error;
    type RecvError = anyhow::Error;

    async fn send_bytes_to(&self, party: usize, data: Vec<u8>, _phase: &str) -> Result<()> {
        self.bytes_sent
            .fetch_add(data.len() as u64, Ordering::Relaxed);
        Ok(self.peer(party)?.outgoing.send(data)?)
    }

    async fn recv_bytes_from(&self, party: usize, _phase: &str) -> Result<Vec<u8>> {
        let mut incoming = self.peer(party)?.incoming.lock().await;
        incoming.recv().await.context("the stream has ended")?
    }
}
