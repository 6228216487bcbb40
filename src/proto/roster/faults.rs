//! Who is lost, who leaves, and who has heard of it.

use std::time::Instant;

use iroh::EndpointId;

use super::{Event, Lobby, Stage, printable};
use crate::{
    error::{Fault, FaultKind},
    proto::wire::Holder,
};

impl Lobby {
    pub(super) fn handle_abort(
        &mut self,
        from: EndpointId,
        kind: FaultKind,
        party: Option<usize>,
        phase: &str,
    ) {
        let seats = (self.terms.as_ref()).map_or(0, |terms| terms.parties.into());
        let party = party.filter(|seat| *seat < seats);
        // Who was interrupted, failed or refused speaks for itself, unless the host passes it on.
        let accused = |seat: Option<usize>| match kind {
            FaultKind::Interrupted | FaultKind::Failed | FaultKind::Refused
                if party.is_none() || party == seat =>
            {
                (seat, None)
            }
            _ => (party, seat),
        };
        match &self.stage {
            Stage::Gathering if self.is_host() => {
                if let Some(seat) = self.held_seat(&from) {
                    if let Some(holder) = self.seats[seat] {
                        self.remember(from, holder.instance, u64::MAX);
                    }
                    self.free(seat);
                }
            }
            Stage::Gathering if self.host() != Some(from) => {}
            Stage::Gathering | Stage::Fixed | Stage::Started => {
                let seat = self.roster.as_ref().and_then(|roster| roster.seat(&from));
                let (party, reported_by) = accused(seat.or_else(|| self.held_seat(&from)));
                let fault = self.fault_of(kind, party, &printable(phase), reported_by);
                if self.is_host() {
                    // Not everybody may have the roster yet, and so know who speaks; all of them know us.
                    self.abort(&fault);
                } else {
                    self.stage = Stage::Over;
                }
                self.event(Event::Fault(fault));
            }
            Stage::Leaving(..) => self.gone(&from),
            Stage::Over => {}
        }
    }

    pub(super) fn find_lost(&mut self, now: Instant) {
        let timeout = self.config.peer_timeout;
        let me = self.me();
        let silent = |id: &EndpointId| {
            *id != me && (self.heard.get(id)).is_some_and(|seen| now > seen.at + timeout)
        };
        match (&self.stage, &self.roster) {
            (Stage::Gathering, _) if self.is_host() => {
                let lost = |holder: &Option<Holder>| holder.is_some_and(|h| silent(&h.id));
                if let Some(seat) = self.seats.iter().position(lost) {
                    self.free(seat);
                }
            }
            (Stage::Gathering, _) => {
                // A host that was never heard is the driver's to judge: it knows about the connection.
                if let Some(host) = self.host()
                    && self.terms.is_some()
                    && silent(&host)
                {
                    let seat = self.held_seat(&host);
                    self.fault(FaultKind::Lost, seat, "lobby");
                }
            }
            (Stage::Fixed, Some(roster)) => {
                if let Some(seat) = roster.parties.iter().position(|p| silent(&p.id)) {
                    self.fault(FaultKind::Lost, Some(seat), "ready");
                } else if let Some(seat) = self.find_stalled(now) {
                    self.fault(FaultKind::Stalled, Some(seat), "ready");
                }
            }
            _ => {}
        }
    }

    /// A party that speaks, but whose machine never comes to say what we wait for. Somebody who reads is no stall: the time
    /// counts from when it last said that it waits for its user.
    fn find_stalled(&self, now: Instant) -> Option<usize> {
        let over = |since: Instant| now > since + self.config.stall_timeout;
        (0..self.ready.len()).find(|&seat| {
            let since = match (self.nonces[seat], self.ready[seat]) {
                (None, _) => self.fixed_at,
                (_, None) => (self.ready_at).map(|at| self.asked[seat].map_or(at, |it| it.max(at))),
                _ => None,
            };
            since.is_some_and(over)
        })
    }

    pub(super) fn host_broke_protocol(&mut self) {
        let seat = self.host().and_then(|host| {
            // What its board says of the host itself may be anything.
            let fixed = self.roster.as_ref().and_then(|roster| roster.seat(&host));
            fixed.or_else(|| self.held_seat(&host))
        });
        self.fault(FaultKind::BrokeProtocol, seat, "roster");
    }

    /// We saw a fault ourselves; the others may not have.
    pub(super) fn fault(&mut self, kind: FaultKind, party: Option<usize>, phase: &str) {
        let fault = self.fault_of(kind, party, phase, None);
        self.abort(&fault);
        self.event(Event::Fault(fault));
    }

    pub(super) fn fault_of(
        &self,
        kind: FaultKind,
        party: Option<usize>,
        phase: &str,
        reported_by: Option<usize>,
    ) -> Fault {
        Fault {
            kind,
            party,
            phase: phase.to_string(),
            started: self.stage == Stage::Started,
            reported_by,
        }
    }

    pub(super) fn check_heard(&mut self) {
        if matches!(&self.stage, Stage::Leaving(_, waiting) if waiting.is_empty()) {
            self.stage = Stage::Over;
            self.event(Event::Heard);
        }
    }
}
