//! The line to one peer: its carrier, its [`Link`], and its seal.

use std::{
    future::Future,
    ops::ControlFlow,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use futures::future;
use iroh::EndpointAddr;
use tokio::{
    sync::{mpsc, watch},
    time::sleep_until,
};

use super::{
    Config,
    carrier::{Event, Receiver, Sender},
    progress::{Progress, Report},
};
use crate::{
    end::SessionEnd,
    error::{Fault, FaultKind},
    node::Node,
    proto::{
        link::{self, Link, Message, Status},
        seal::{PairSecret, Seal},
        wire::Digest,
    },
};

/// The link takes no further message from the engine while it holds so many bytes that are not acknowledged. One message
/// is always taken, however long.
const SEND_BUFFER: usize = 4 << 20;

/// A ping goes out when nothing else did for so long.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// Packets that came before we were ready are kept, as many as a peer may have under way.
const EARLY_PACKETS: usize = link::MAX_OUTSTANDING;

/// Packets taken off the topic before acknowledgements are considered.
const BATCH: usize = 32;

/// The party of the lower seat dials only when the other has not come for so long: two that dial at once end up with two
/// connections.
const SECOND_DIAL: Duration = Duration::from_secs(3);

/// Waits between attempts to connect.
const REDIAL: Duration = Duration::from_millis(500);

/// A neighbour that is silent for so long is dialed again: the connection may be dead on one side alone.
const SILENCE: Duration = Duration::from_secs(5);

/// What the session hands to a line.
#[derive(Debug)]
pub(super) enum Outgoing {
    /// A message of the engine.
    Message(Bytes),
    /// Our engine has succeeded and nothing more follows.
    Finish,
}

/// What a line shows to the session.
#[derive(Debug, Clone, Default)]
pub(super) struct PairState {
    pub neighbor: bool,
    pub heard: bool,
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
    ) {
        let mut carrier = Carrier::new(&self, sender);
        let mut early = Vec::new();
        let seed = loop {
            carrier.keep(Instant::now(), None);
            tokio::select! {
                event = receiver.next() => match event {
                    Some(event) => {
                        if let Some(packet) = carrier.handle(event)
                            && early.len() < EARLY_PACKETS
                        {
                            early.push(packet);
                        }
                    }
                    None => return,
                },
                dialed = dialed(&mut carrier.dial) => carrier.handle_dialed(dialed),
                () = sleep_until(carrier.next_try.into()) => {}
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
        let line = Line {
            seal: self.secret.seal(&seed, self.config.party, self.seat),
            link: Link::new(limits, Instant::now()),
            pair: &self,
            carrier,
            outgoing,
            incoming,
        };
        line.run(receiver, early).await;
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

/// The line once sealed packets flow.
struct Line<'a> {
    pair: &'a Pair,
    link: Link,
    seal: Seal,
    carrier: Carrier,
    outgoing: mpsc::Receiver<Outgoing>,
    incoming: mpsc::Sender<Message>,
}

impl Line<'_> {
    async fn run(mut self, mut receiver: Receiver, early: Vec<Bytes>) {
        let mut flow = early.into_iter().try_for_each(|packet| self.take(packet));
        // Ends with the session, whoever ends it; a fault that we found is in the session's end by then.
        while flow.is_continue() {
            flow = self.step(&mut receiver).await;
        }
    }

    async fn step(&mut self, receiver: &mut Receiver) -> ControlFlow<()> {
        self.transmit().await?;
        self.show();
        let now = Instant::now();
        self.carrier.keep(now, Some(self.link.last_heard()));
        let lost_at = self.link.last_heard() + self.pair.config.peer_timeout;
        // One that has finished may leave: it needs nothing more of us, and we nothing of it.
        if now > lost_at && !self.link.peer_finished() {
            return self.fail(FaultKind::Lost);
        }
        let timeout = self.link.poll_timeout();
        let wake = timeout
            .map_or(lost_at, |t| t.min(lost_at))
            .min(self.carrier.next_try);
        tokio::select! {
            event = receiver.next() => {
                self.handle_event(event)?;
                self.drain(receiver)?;
            }
            place = self.incoming.clone().reserve_owned(), if self.link.has_message() => {
                if let (Ok(place), Some(message)) = (place, self.link.recv()) {
                    place.send(message);
                } else {
                    // The engine listens no more; its last words have been said.
                    self.link.recv();
                }
            }
            message = self.outgoing.recv(), if self.link.queued_bytes() < SEND_BUFFER => {
                match message {
                    Some(Outgoing::Message(message)) => self.link.send(message),
                    Some(Outgoing::Finish) => self.link.finish(),
                    None => return ControlFlow::Break(()),
                }
            }
            dialed = dialed(&mut self.carrier.dial) => self.carrier.handle_dialed(dialed),
            () = sleep_until(wake.into()) => self.link.handle_timeout(Instant::now()),
            _ = self.pair.end.ended() => return ControlFlow::Break(()),
        }
        ControlFlow::Continue(())
    }

    /// Takes what else has come, so that one acknowledgement serves for all of it.
    fn drain(&mut self, receiver: &mut Receiver) -> ControlFlow<()> {
        for _ in 0..BATCH {
            match receiver.try_next() {
                Some(event) => self.handle_event(Some(event))?,
                None => break,
            }
        }
        ControlFlow::Continue(())
    }

    fn handle_event(&mut self, event: Option<Event>) -> ControlFlow<()> {
        let Some(event) = event else {
            return self.fail(FaultKind::Lost);
        };
        if matches!(event, Event::Up) {
            self.link.restart_transmission(Instant::now());
        }
        match self.carrier.handle(event) {
            Some(packet) => self.take(packet),
            None => ControlFlow::Continue(()),
        }
    }

    /// Opens a packet. One that the peer has not sealed is ignored: it is not the peer's doing.
    fn take(&mut self, packet: Bytes) -> ControlFlow<()> {
        let packet = packet
            .try_into_mut()
            .unwrap_or_else(|p| BytesMut::from(&p[..]));
        let Some((number, plain)) = self.seal.open(packet) else {
            tracing::debug!(
                party = self.pair.seat,
                "ignored a packet that does not open"
            );
            return ControlFlow::Continue(());
        };
        match self.link.handle(number, &plain, Instant::now()) {
            Ok(()) => ControlFlow::Continue(()),
            Err(violation) => {
                tracing::debug!(party = self.pair.seat, %violation, "protocol broken");
                self.fail(FaultKind::BrokeProtocol)
            }
        }
    }

    async fn transmit(&mut self) -> ControlFlow<()> {
        if !self.carrier.neighbor {
            return ControlFlow::Continue(());
        }
        let report = self.pair.progress.report().encode();
        self.link
            .set_status(Status::new(report.into()).unwrap_or_default());
        while let Some(packet) = self.link.poll_transmit(Instant::now()) {
            let Some(sealed) = self.seal.seal(packet.number, &packet.header, &packet.body) else {
                return self.fail(FaultKind::Failed);
            };
            // The carrier takes this at once; should it ever be stuck, the peer is as good as lost.
            let sent = self.carrier.sender.send(sealed.into());
            tokio::select! {
                sent = tokio::time::timeout(self.pair.config.peer_timeout, sent) => {
                    if !matches!(sent, Ok(Ok(()))) {
                        return self.fail(FaultKind::Lost);
                    }
                }
                _ = self.pair.end.ended() => return ControlFlow::Break(()),
            }
        }
        ControlFlow::Continue(())
    }

    fn show(&self) {
        let shown = PairState {
            neighbor: self.carrier.neighbor,
            heard: self.link.heard(),
            peer_finished: self.link.peer_finished(),
            finish_acked: self.link.finish_acked(),
            last_progress: Some(self.link.last_progress()),
            report: None,
        };
        self.pair.state.send_modify(|state| {
            let report = self
                .link
                .peer_status()
                .and_then(|bytes| Report::decode(bytes));
            *state = PairState { report, ..shown };
        });
    }

    fn fail(&self, kind: FaultKind) -> ControlFlow<()> {
        self.pair.end.fail(self.pair.fault(kind));
        ControlFlow::Break(())
    }
}

type Dial = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// The carrier under a line: keeps the peer connected.
struct Carrier {
    node: Node,
    addr: EndpointAddr,
    sender: Sender,
    neighbor: bool,
    dial: Option<Dial>,
    /// When to look again whether we should dial.
    next_try: Instant,
}

impl Carrier {
    fn new(pair: &Pair, sender: Sender) -> Self {
        // One side dials, so that there is one connection; the other helps out later.
        let dials = pair.config.party > pair.seat;
        let wait = if dials { Duration::ZERO } else { SECOND_DIAL };
        Self {
            node: pair.node.clone(),
            addr: pair.addr.clone(),
            sender,
            neighbor: false,
            dial: None,
            next_try: Instant::now() + wait,
        }
    }

    /// Dials if the peer is not our neighbour, or is but has not been heard for long.
    fn keep(&mut self, now: Instant, last_heard: Option<Instant>) {
        if now < self.next_try {
            return;
        }
        let silent = last_heard.is_some_and(|heard| now > heard + SILENCE);
        self.next_try = now + if self.neighbor { SILENCE } else { REDIAL };
        if self.dial.is_none() && (silent || !self.neighbor) {
            let dial = self.sender.dial(&self.node, self.addr.clone());
            self.dial = Some(Box::pin(dial));
        }
    }

    fn handle_dialed(&mut self, dialed: Result<(), String>) {
        self.dial = None;
        // `Up` follows, unless the peer's word gets lost; then we dial again.
        self.next_try = Instant::now() + SECOND_DIAL;
        if let Err(why) = dialed {
            tracing::debug!(peer = %self.addr.id.fmt_short(), why, "cannot reach a party");
            self.next_try = Instant::now() + REDIAL;
        }
    }

    /// Follows the connection; gives the bytes that the peer sent.
    fn handle(&mut self, event: Event) -> Option<Bytes> {
        match event {
            Event::Packet(packet) => return Some(packet),
            Event::Up => self.neighbor = true,
            Event::Down => {
                self.neighbor = false;
                self.next_try = Instant::now();
            }
        }
        None
    }
}

/// The session's seed, once it is known. `None` if the session ends before.
async fn known(seed: &mut watch::Receiver<Option<Digest>>) -> Option<Digest> {
    seed.wait_for(Option::is_some)
        .await
        .ok()
        .and_then(|seed| *seed)
}

/// The result of the dial that is under way; pending if there is none.
async fn dialed(dial: &mut Option<Dial>) -> Result<(), String> {
    match dial {
        Some(dial) => dial.await,
        None => future::pending().await,
    }
}
