//! `IrohChannel`: the engine's channel over gossip, one topic per pair of parties, or over QUIC streams.
//!
//! A task per peer owns that pair's carrier and its [`Link`](crate::proto::link::Link). It takes whole messages from the engine, sends them as sealed
//! packets, and puts received messages into that peer's queue. It never waits for the engine: what comes is taken off
//! the network whatever the engine does. The engine waits on a queue or on the session's end, whichever comes first.

mod carrier;
mod direct;
mod pair;
pub mod progress;
mod switchboard;

use std::{
    sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures::{
    FutureExt, StreamExt,
    future::{self, join_all},
    stream::FuturesUnordered,
};
use iroh::EndpointAddr;
use polytune::channel::Channel;
use tokio::{
    sync::{Mutex, mpsc, watch},
    task::JoinSet,
};

use self::{
    pair::{Outgoing, Pair, PairState},
    progress::Progress,
    switchboard::{Detoured, Switchboard},
};
use crate::{
    end::SessionEnd,
    error::{Error, Fault, FaultKind},
    node::Node,
    proto::{
        link::Message,
        roster::Roster,
        seal::{PairSecret, SessionKey},
        wire::{Digest, Transport},
    },
};

/// Messages that the engine may hand over before the first of them is taken by the link. The link itself takes messages
/// as long as it holds few bytes, so a message is handed over without waiting for the peer's engine.
const HANDED_OVER: usize = 2;

/// What the channel needs to know of its session.
#[derive(Debug, Clone)]
pub struct Config {
    /// Our seat.
    pub party: usize,
    /// What carries the packets.
    pub transport: Transport,
    /// The longest message that a peer's engine may send.
    pub max_message: usize,
    /// A peer that is silent for so long is lost.
    pub peer_timeout: Duration,
    /// A peer that others wait for without progress for so long is stalled.
    pub stall_timeout: Duration,
}

/// The pairs' topics, being connected while the parties get ready.
#[derive(Debug)]
pub struct Pairs {
    config: Config,
    end: SessionEnd,
    progress: Arc<Progress>,
    switchboard: Arc<Switchboard>,
    secrets: Vec<Option<Arc<PairSecret>>>,
    peers: Vec<Option<Peer>>,
    seed: watch::Sender<Option<Digest>>,
    tasks: JoinSet<()>,
}

/// By seat; `None` at our own.
type Peers = Arc<[Option<Peer>]>;

#[derive(Debug)]
struct Peer {
    outgoing: mpsc::Sender<Outgoing>,
    incoming: Mutex<mpsc::Receiver<Message>>,
    state: watch::Receiver<PairState>,
}

impl Pairs {
    /// Opens every pair's carrier and begins to connect. Nothing is sent before [`start`](Self::start).
    pub async fn connect(
        node: &Node,
        roster: &Roster,
        key: &SessionKey,
        config: Config,
        end: SessionEnd,
    ) -> Result<Self, Error> {
        let parties = roster.parties.len();
        let progress = Arc::new(Progress::new(config.party, parties));
        let (switchboard, detoured) = Switchboard::new(config.party, parties);
        let mut pairs = Self {
            end,
            progress,
            switchboard: Arc::new(switchboard),
            secrets: Vec::with_capacity(parties),
            peers: Vec::with_capacity(parties),
            seed: watch::Sender::new(None),
            tasks: JoinSet::new(),
            config,
        };
        for (seat, (party, detoured)) in roster.parties.iter().zip(detoured).enumerate() {
            if seat == pairs.config.party {
                pairs.secrets.push(None);
                pairs.peers.push(None);
                continue;
            }
            let secret = (key.agree(&party.key)).ok_or_else(|| bad_key(seat))?;
            let secret = Arc::new(secret);
            let topic = secret.topic(&roster.digest, pairs.config.party, seat);
            let carrier = carrier::open(node, pairs.config.transport, topic, party.id).await?;
            pairs.secrets.push(Some(secret.clone()));
            let peer = pairs.spawn(node, seat, party.addr.clone(), secret, carrier, detoured);
            pairs.peers.push(Some(peer));
        }
        // Only now: a peer's word on a topic that we have not joined is lost.
        node.admit(roster.parties.iter().map(|party| party.id));
        Ok(pairs)
    }

    fn spawn(
        &mut self,
        node: &Node,
        seat: usize,
        addr: EndpointAddr,
        secret: Arc<PairSecret>,
        carrier: (carrier::Sender, carrier::Receiver),
        detoured: mpsc::Receiver<Detoured>,
    ) -> Peer {
        let (outgoing, outgoing_queue) = mpsc::channel(HANDED_OVER);
        let (incoming_queue, incoming) = mpsc::channel(1);
        let (state_sender, state) = watch::channel(PairState::default());
        let pair = Pair {
            seat,
            addr,
            secret,
            config: self.config.clone(),
            node: node.clone(),
            end: self.end.clone(),
            progress: self.progress.clone(),
            switchboard: self.switchboard.clone(),
            state: state_sender,
        };
        let seed = self.seed.subscribe();
        self.tasks
            .spawn(pair.run(carrier, seed, outgoing_queue, incoming_queue, detoured));
        Peer {
            outgoing,
            incoming: Mutex::new(incoming),
            state,
        }
    }

    /// Everybody is ready: sealed packets may flow.
    pub fn start(self, seed: Digest) -> (IrohChannel, Lines) {
        self.seed.send_replace(Some(seed));
        let told = vec![None; self.peers.len()];
        let peers: Peers = self.peers.into();
        let channel = IrohChannel {
            party: self.config.party,
            peers: peers.clone(),
            end: self.end.clone(),
            progress: self.progress.clone(),
        };
        let lines = Lines {
            config: self.config,
            end: self.end,
            progress: self.progress,
            switchboard: self.switchboard,
            peers,
            told: StdMutex::new(told),
            _seed: self.seed,
            _tasks: self.tasks,
        };
        (channel, lines)
    }
}

fn bad_key(seat: usize) -> Error {
    Error::Ended(Fault {
        kind: FaultKind::BrokeProtocol,
        party: Some(seat),
        phase: "roster".into(),
        started: false,
        reported_by: None,
    })
}

/// The engine's end of the channel.
#[derive(Debug)]
pub struct IrohChannel {
    party: usize,
    peers: Peers,
    end: SessionEnd,
    progress: Arc<Progress>,
}

/// Why the channel moves no message. The cause stands in the session's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChannelError {
    /// The session has ended.
    #[error("the session has ended")]
    Ended,
    /// There is no such party, or it is ourselves.
    #[error("there is no such party")]
    NoSuchParty,
}

impl IrohChannel {
    fn peer(&self, party: usize) -> Result<&Peer, ChannelError> {
        let peer = self.peers.get(party).and_then(Option::as_ref);
        peer.ok_or(ChannelError::NoSuchParty)
    }
}

impl Channel for IrohChannel {
    type SendError = ChannelError;
    type RecvError = ChannelError;

    async fn send_bytes_to(
        &self,
        party: usize,
        data: Vec<u8>,
        phase: &str,
    ) -> Result<(), ChannelError> {
        let peer = self.peer(party)?;
        tracing::trace!(
            from = self.party,
            to = party,
            phase,
            bytes = data.len(),
            "send"
        );
        self.progress.enter(phase);
        self.progress.sends(data.len());
        tokio::select! {
            sent = peer.outgoing.send(Outgoing::Message(Bytes::from(data))) => {
                sent.map_err(|_| ChannelError::Ended)
            }
            _ = self.end.ended() => Err(ChannelError::Ended),
        }
    }

    async fn recv_bytes_from(&self, party: usize, phase: &str) -> Result<Vec<u8>, ChannelError> {
        let peer = self.peer(party)?;
        self.progress.enter(phase);
        let _waiting = self.progress.waits(party);
        let mut incoming = peer.incoming.lock().await;
        tokio::select! {
            received = incoming.recv() => {
                let data = received.ok_or(ChannelError::Ended)?.into_vec();
                self.progress.taken(party);
                tracing::trace!(from = party, to = self.party, phase, bytes = data.len(), "receive");
                self.progress.received();
                Ok(data)
            }
            _ = self.end.ended() => Err(ChannelError::Ended),
        }
    }
}

/// The session's end of the channel: what happens on the lines, and how to hang up. Dropping it cuts all lines.
#[derive(Debug)]
pub struct Lines {
    config: Config,
    end: SessionEnd,
    progress: Arc<Progress>,
    switchboard: Arc<Switchboard>,
    peers: Peers,
    /// By seat, the detour that people were last told of.
    told: StdMutex<Vec<Option<usize>>>,
    _seed: watch::Sender<Option<Digest>>,
    _tasks: JoinSet<()>,
}

impl Lines {
    /// How far the engine is.
    pub fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }

    fn peer(&self, party: usize) -> Option<&Peer> {
        self.peers.get(party)?.as_ref()
    }

    /// How many parties take part.
    pub fn parties(&self) -> usize {
        self.peers.len()
    }

    /// Waits until a party has been heard for the first time on its line.
    pub async fn heard(&self, party: usize) {
        if let Some(peer) = self.peer(party) {
            wait_for(&peer.state, |state| state.heard).await;
        }
    }

    /// The engine has succeeded: what is still said and heard is the session's own.
    pub fn computed(&self) {
        self.progress.finish();
    }

    /// Says something to a party before or after the engine does.
    pub async fn say(&self, party: usize, message: Vec<u8>) {
        if let Some(peer) = self.peer(party) {
            peer.say(Outgoing::Message(message.into())).await;
        }
    }

    /// The next message of a party that is not for the engine. `None` once it has finished, or the session has ended.
    pub async fn hear(&self, party: usize) -> Option<Vec<u8>> {
        let peer = self.peer(party)?;
        let _waiting = self.progress.waits(party);
        let mut incoming = peer.incoming.lock().await;
        let message = tokio::select! {
            // What came before its end still counts.
            biased;
            message = incoming.recv() => message,
            () = wait_for(&peer.state, |state| state.peer_finished) => incoming.try_recv().ok(),
            _ = self.end.ended() => None,
        };
        let message = message?;
        self.progress.taken(party);
        Some(message.into_vec())
    }

    /// Tells all our last words, if there are any, and that we have what we need.
    pub async fn finish(&self, words: Option<&[u8]>) {
        let finish = async |peer: &Peer| {
            if let Some(words) = words {
                let words = Bytes::copy_from_slice(words);
                peer.say(Outgoing::Message(words)).await;
            }
            peer.say(Outgoing::Finish).await;
        };
        join_all(self.peers.iter().flatten().map(finish)).await;
    }

    /// Waits until all know that we have finished; one that has hung up knows. Those whose packets we pass on may need us
    /// for longer.
    pub async fn finish_known(&self) {
        for peer in self.peers.iter().flatten() {
            wait_for(&peer.state, |state| state.finish_acked || state.gone).await;
        }
        self.switchboard.set_complete();
        let complete = |state: &PairState| {
            let report = state.report.as_ref();
            state.gone || report.is_some_and(|report| report.relay.complete)
        };
        for party in self.switchboard.served().iter() {
            if let Some(peer) = self.peer(party) {
                wait_for(&peer.state, complete).await;
            }
        }
    }

    /// Waits until what we and a party say to each other goes another way than was told last: that party, and the one that
    /// passes it on if there is one.
    pub async fn rerouted(&self) -> (usize, Option<usize>) {
        let told = self.told().clone();
        let changes = self.peers.iter().zip(told).enumerate();
        let changes = changes.filter_map(|(party, (peer, told))| {
            let mut state = peer.as_ref()?.state.clone();
            let change = async move {
                let via = state.wait_for(|state| state.via != told).await;
                via.map(|state| (party, state.via)).ok()
            };
            Some(change.boxed())
        });
        let mut changes: FuturesUnordered<_> = changes.collect();
        // A line that has ended changes no more.
        while let Some(change) = changes.next().await {
            if let Some((party, via)) = change {
                self.told()[party] = via;
                return (party, via);
            }
        }
        future::pending().await
    }

    fn told(&self) -> MutexGuard<'_, Vec<Option<usize>>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The parties that have not said that they have finished.
    pub fn unfinished(&self) -> Vec<usize> {
        let unfinished = |peer: &Peer| !peer.state.borrow().peer_finished;
        let peers = self.peers.iter().enumerate();
        peers
            .filter(|(_, peer)| peer.as_ref().is_some_and(unfinished))
            .map(|(party, _)| party)
            .collect()
    }

    /// Watches for a stall and ends the session if there is one. Never returns otherwise.
    pub async fn watch_for_stall(&self) -> Fault {
        let check = self.config.stall_timeout.min(Duration::from_secs(10)) / 4;
        let mut ticks = tokio::time::interval(check.max(Duration::from_millis(50)));
        let mut last = self.activity();
        let mut since = tokio::time::Instant::now();
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                fault = self.end.ended() => return fault,
            }
            let activity = self.activity();
            if activity != last || self.waits_for().is_empty() {
                last = activity;
                since = tokio::time::Instant::now();
            } else if since.elapsed() >= self.config.stall_timeout {
                self.end.fail(self.stalled());
            }
        }
    }

    /// The parties without whom we get no further.
    fn waits_for(&self) -> Vec<usize> {
        if self.progress.is_finished() {
            self.unfinished()
        } else {
            self.progress.waits_for()
        }
    }

    /// Changes whenever something moves: data on a line, either way, or a step of the engine. A heartbeat is no progress.
    fn activity(&self) -> (Option<Instant>, u64) {
        let peers = self.peers.iter().flatten();
        let last = peers.filter_map(|peer| peer.state.borrow().last_progress);
        (last.max(), self.progress.steps())
    }

    fn stalled(&self) -> Fault {
        let report = |peer: &Peer| peer.state.borrow().report.clone();
        let reports: Vec<_> = (self.peers.iter())
            .map(|peer| peer.as_ref().and_then(report))
            .collect();
        let party = progress::blame(self.config.party, &self.waits_for(), &reports);
        Fault {
            kind: FaultKind::Stalled,
            party: Some(party),
            phase: self.progress.phase(),
            started: true,
            reported_by: None,
        }
    }
}

impl Peer {
    async fn say(&self, what: Outgoing) {
        // A line that takes nothing more has ended with the session.
        self.outgoing.send(what).await.ok();
    }
}

async fn wait_for(state: &watch::Receiver<PairState>, is: impl FnMut(&PairState) -> bool) {
    // The task of a pair ends only when the session does; then there is nothing to wait for.
    state.clone().wait_for(is).await.ok();
}
