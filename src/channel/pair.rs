//! The line to one peer: its carrier, its [`Link`], its seal, and the way that packets go.

mod connection;
mod line;

use std::{
    ops::ControlFlow,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use iroh::EndpointAddr;
use tokio::{
    sync::{mpsc, watch},
    time::{sleep_until, timeout},
};

use self::{
    connection::{Arrival, Connection},
    line::Line,
};
use super::{
    Config,
    carrier::{Receiver, Sender},
    progress::{Progress, Relay, Report},
    switchboard::{Detoured, Switchboard},
};
use crate::{
    end::SessionEnd,
    error::{Fault, FaultKind},
    node::Node,
    proto::{
        link::{self, Link, Message},
        route::Route,
        seal::PairSecret,
        wire::Digest,
    },
};

/// A ping goes out when nothing else did for so long.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// Packets that came before we were ready are kept, as many as a peer may have under way.
const EARLY_PACKETS: usize = link::MAX_OUTSTANDING;

/// What the session hands to a line.
#[derive(Debug)]
pub(super) enum Outgoing {
    /// A message of the engine, or of the session before and after it.
    Message(Bytes),
    /// We have what we need, and nothing more follows.
    Finish,
}

/// What a line shows to the session.
#[derive(Debug, Clone, Default)]
pub(super) struct PairState {
    /// There is no way to the peer at all, or it has finished and is not heard any more.
    pub gone: bool,
    /// The party that passes on what we say to each other.
    pub via: Option<usize>,
    pub heard: bool,
    /// Nothing more comes from the peer than what its queue holds.
    pub peer_finished: bool,
    pub finish_acked: bool,
    /// When data last came from the peer, or was acknowledged by it.
    pub last_progress: Option<Instant>,
    pub report: Option<Report>,
}

/// The line's task, before it begins.
pub(super) struct Pair {
    pub seat: usize,
    pub addr: EndpointAddr,
    pub secret: Arc<PairSecret>,
    pub config: Config,
    pub node: Node,
    pub end: SessionEnd,
    pub progress: Arc<Progress>,
    pub switchboard: Arc<Switchboard>,
    pub state: watch::Sender<PairState>,
}

impl Pair {
    /// Connects, waits for the seed, and carries messages until the session's end.
    pub async fn run(
        self,
        (sender, mut receiver): (Sender, Receiver),
        mut seed: watch::Receiver<Option<Digest>>,
        outgoing: mpsc::Receiver<Outgoing>,
        incoming: mpsc::Sender<Message>,
        detoured: mpsc::Receiver<Detoured>,
    ) {
        let mut connection = Connection::new(&self, sender);
        let mut early = Vec::new();
        let seed = loop {
            connection.keep(Instant::now(), None);
            let next_try = connection.next_try;
            tokio::select! {
                event = receiver.next() => match event {
                    Some(event) => {
                        if let Arrival::Packet(packet) = connection.handle(event)
                            && early.len() < EARLY_PACKETS
                        {
                            early.push(packet);
                        }
                    }
                    None => return,
                },
                dialed = connection.dialed() => {
                    connection.handle_dialed(dialed);
                }
                () = sleep_until(next_try.into()) => {}
                seed = known(&mut seed) => match seed {
                    Some(seed) => break seed,
                    None => return,
                },
                _ = self.end.ended() => return,
            }
        };
        let limits = link::Config {
            max_message: self.config.max_message,
            heartbeat: HEARTBEAT,
        };
        let now = Instant::now();
        let mut route = Route::new(self.config.peer_timeout, now);
        if connection.neighbor() {
            route.up(now);
        }
        let line = Line {
            seal: self.secret.seal(&seed, self.config.party, self.seat),
            link: Link::new(limits, now),
            pair: &self,
            connection,
            route,
            reach: self.switchboard.reach(),
            outgoing,
            incoming,
            detoured,
            heard_straight: now,
            way: None,
            via: None,
            told: Relay::default(),
            probe: None,
        };
        line.run(receiver, early).await;
    }

    /// The carrier takes what we hand it at once; should it ever be stuck, the peer is as good as lost.
    async fn hand_over(&self, sender: &Sender, bytes: Bytes) -> ControlFlow<()> {
        let sending = sender.send(bytes);
        tokio::select! {
            sent = timeout(self.config.peer_timeout, sending) => match sent {
                Ok(Ok(())) => ControlFlow::Continue(()),
                _ => self.fail(FaultKind::Lost),
            },
            _ = self.end.ended() => ControlFlow::Break(()),
        }
    }

    fn fail(&self, kind: FaultKind) -> ControlFlow<()> {
        self.end.fail(self.fault(kind));
        ControlFlow::Break(())
    }

    fn fault(&self, kind: FaultKind) -> Fault {
        Fault {
            kind,
            party: Some(self.seat),
            phase: self.progress.phase(),
            started: true,
            reported_by: None,
        }
    }
}

/// The session's seed, once it is known. `None` if the session ends before.
async fn known(seed: &mut watch::Receiver<Option<Digest>>) -> Option<Digest> {
    seed.wait_for(Option::is_some)
        .await
        .ok()
        .and_then(|seed| *seed)
}
