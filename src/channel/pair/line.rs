//! A line once sealed packets flow: its link, its seal, and the way they go.

use std::{ops::ControlFlow, time::Instant};

use bytes::{Bytes, BytesMut};
use tokio::{
    sync::{mpsc, watch},
    time::sleep_until,
};

use super::{
    Outgoing, Pair, PairState,
    connection::{self, Arrival, Connection},
};
use crate::{
    channel::{
        carrier::{Event, Receiver},
        progress::{Relay, Report},
        switchboard::{Detoured, Reach},
    },
    error::FaultKind,
    proto::{
        link::{Link, Message, Status},
        route::{Route, Way},
        seal::Seal,
    },
};

/// The link takes no further message from the engine while it holds so many bytes that are not acknowledged. One message
/// is always taken, however long.
const SEND_BUFFER: usize = 4 << 20;

/// Packets taken off the topic before acknowledgements are considered.
const BATCH: usize = 32;

/// See the [module](self).
pub(super) struct Line<'a> {
    pub pair: &'a Pair,
    pub link: Link,
    pub seal: Seal,
    pub connection: Connection,
    pub route: Route,
    pub reach: watch::Receiver<Reach>,
    pub outgoing: mpsc::Receiver<Outgoing>,
    pub incoming: mpsc::Sender<Message>,
    pub detoured: mpsc::Receiver<Detoured>,
    /// When something of the peer's last came straight.
    pub heard_straight: Instant,
    /// The way as last seen, and the detour by which the peer was last heard if it is one.
    pub way: Option<Way>,
    pub via: Option<usize>,
    /// What was last told to the peer, and the last probe that it sent.
    pub told: Relay,
    pub probe: Option<u32>,
}

impl Line<'_> {
    /// Carries messages until the session's end.
    pub async fn run(mut self, mut receiver: Receiver, early: Vec<Bytes>) {
        let mut flow = (early.into_iter()).try_for_each(|packet| self.take(packet, None));
        // Ends with the session, whoever ends it; a fault that we found is in the session's end by then.
        while flow.is_continue() {
            flow = self.step(&mut receiver).await;
        }
    }

    async fn step(&mut self, receiver: &mut Receiver) -> ControlFlow<()> {
        self.choose_way();
        self.transmit().await?;
        let now = Instant::now();
        self.show(now);
        self.connection.keep(now, Some(self.heard_straight));
        let lost_at = self.link.last_heard() + self.pair.config.peer_timeout;
        // One that has finished may leave.
        if now > lost_at && !self.link.peer_finished() {
            return self.fail(FaultKind::Lost);
        }
        // One that takes nothing off the network may go on talking.
        let deaf_at = (self.link.unanswered_since()).map(|at| at + self.pair.config.peer_timeout);
        let deaf_at = deaf_at.filter(|_| !self.link.peer_finished());
        if deaf_at.is_some_and(|at| now > at) {
            return self.fail(FaultKind::Deaf);
        }
        let timers = [
            deaf_at,
            self.gone_at().filter(|at| *at > now),
            self.link.poll_timeout(),
            self.route.poll_timeout(now),
        ];
        let wake = (timers.into_iter().flatten())
            .fold(lost_at.min(self.connection.next_try), Instant::min);
        tokio::select! {
            event = receiver.next() => {
                self.handle_event(event)?;
                self.drain(receiver)?;
            }
            Some(Detoured { via, packet }) = self.detoured.recv() => self.take(packet, Some(via))?,
            () = self.pair.switchboard.filled(self.pair.seat) => {}
            Ok(()) = self.reach.changed() => {}
            place = self.incoming.clone().reserve_owned(), if self.link.has_message() => {
                if let (Ok(place), Some(message)) = (place, self.link.recv()) {
                    self.pair.progress.comes(self.pair.seat);
                    place.send(message);
                } else {
                    // Nobody listens any more; the session's last words have been said.
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
            dialed = self.connection.dialed() => {
                if self.connection.handle_dialed(dialed) {
                    self.route.reconnected(Instant::now());
                }
            }
            () = sleep_until(wake.into()) => self.link.handle_timeout(Instant::now()),
            _ = self.pair.end.ended() => return ControlFlow::Break(()),
        }
        ControlFlow::Continue(())
    }

    fn choose_way(&mut self) {
        let (board, seat, now) = (&self.pair.switchboard, self.pair.seat, Instant::now());
        self.route.set_offers(board.offers(seat));
        let way = self.route.way(now);
        if way != self.way {
            tracing::debug!(party = seat, ?way, "the way to a party");
            self.way = way;
            if way != Some(Way::Straight) {
                self.link.stop_carrying();
            }
            self.link.restart_transmission(now);
        }
        board.set_reaches(seat, self.route.reaches(now));
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
        let now = Instant::now();
        match self.connection.handle(event) {
            Arrival::Packet(packet) => return self.take(packet, None),
            Arrival::Probe(number) => self.probe = Some(number),
            Arrival::Up => {
                self.route.up(now);
                self.link.restart_transmission(now);
            }
            Arrival::Down => self.route.down(),
            Arrival::Renewed => self.route.reconnected(now),
        }
        ControlFlow::Continue(())
    }

    /// Opens a packet that came straight or by way of another party. One that the peer has not sealed is ignored: it is
    /// not the peer's doing.
    fn take(&mut self, packet: Bytes, via: Option<usize>) -> ControlFlow<()> {
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
        let now = Instant::now();
        if let Err(violation) = self.link.handle(number, &plain, now) {
            tracing::debug!(party = self.pair.seat, %violation, "protocol broken");
            return self.fail(FaultKind::BrokeProtocol);
        }
        match via {
            Some(_) => self.route.heard_by_detour(now),
            None => {
                self.route.heard(now);
                self.heard_straight = now;
            }
        }
        // Each side chooses its way for itself; people are told once both agree on what it is.
        match (self.way, via) {
            (Some(Way::Via(_)), Some(via)) => self.via = Some(via),
            (Some(Way::Straight), None) => self.via = None,
            _ => {}
        }
        while let Some(carried) = self.link.recv_carried() {
            // On a detour nothing else is carried.
            if via.is_some() || !self.pair.switchboard.take(self.pair.seat, &carried) {
                tracing::debug!(party = self.pair.seat, "carries nonsense");
                return self.fail(FaultKind::BrokeProtocol);
            }
        }
        ControlFlow::Continue(())
    }

    async fn transmit(&mut self) -> ControlFlow<()> {
        let now = Instant::now();
        if let Some(number) = self.route.poll_probe(now) {
            let sender = &self.connection.sender;
            self.pair
                .hand_over(sender, connection::probe(number))
                .await?;
        }
        self.set_status();
        let (board, seat) = (&self.pair.switchboard, self.pair.seat);
        let Some(way) = self.way else {
            return ControlFlow::Continue(());
        };
        loop {
            if way == Way::Straight
                && self.link.can_carry()
                && let Some(carried) = board.next(seat)
            {
                self.link.carry(carried.encode());
            }
            let Some(packet) = self.link.poll_transmit(now) else {
                return ControlFlow::Continue(());
            };
            let Some(sealed) = self.seal.seal(packet.number, &packet.header, &packet.body) else {
                return self.fail(FaultKind::Failed);
            };
            match way {
                Way::Straight => {
                    let sender = &self.connection.sender;
                    self.pair.hand_over(sender, sealed.into()).await?;
                }
                Way::Via(via) => board.detour(via, seat, sealed.into()),
            }
        }
    }

    /// What pings say of us. What others act on goes out at once.
    fn set_status(&mut self) {
        let reach = self.reach.borrow();
        let relay = Relay {
            reaches: reach.ours,
            probe: self.probe,
            complete: reach.complete,
        };
        drop(reach);
        let report = self.pair.progress.report(relay).encode();
        self.link
            .set_status(Status::new(report.into()).unwrap_or_default());
        if relay != self.told {
            self.told = relay;
            self.link.tell_status();
        }
    }

    fn show(&mut self, now: Instant) {
        let report = (self.link.peer_status()).and_then(|bytes| Report::decode(bytes));
        if let Some(report) = &report {
            let relay = report.relay;
            self.pair
                .switchboard
                .set_told(self.pair.seat, relay.reaches);
            if let Some(probe) = relay.probe {
                self.route.answered(probe, now);
            }
        }
        self.pair.state.send_replace(PairState {
            gone: self.route.is_cut() || self.gone_at().is_some_and(|at| now >= at),
            via: self.via,
            heard: self.link.heard(),
            peer_finished: self.link.peer_finished() && !self.link.has_message(),
            finish_acked: self.link.finish_acked(),
            last_progress: Some(self.link.last_progress()),
            report,
        });
    }

    /// When a peer that has finished, and is silent, has hung up: the end of its connection is told once, and gets lost like
    /// any other packet.
    fn gone_at(&self) -> Option<Instant> {
        let patience = self.pair.config.peer_timeout / 3;
        (self.link.peer_finished()).then(|| self.link.last_heard() + patience)
    }

    fn fail(&self, kind: FaultKind) -> ControlFlow<()> {
        self.pair.fail(kind)
    }
}
