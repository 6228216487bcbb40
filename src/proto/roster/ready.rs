//! Everybody's part: from the roster to the common start.

use std::time::Instant;

use iroh::EndpointId;

use super::{
    Event, Lobby, Roster, Seen, Stage,
    fixed::{self, commitment},
};
use crate::{
    error::{FaultKind, ROSTER},
    proto::{
        signed::Signed,
        wire::{Body, Digest, Refusal},
    },
};

impl Lobby {
    pub(super) fn handle_roster(&mut self, time: u64, announcements: Vec<Signed>, now: Instant) {
        let (Some(terms), Some(seat), Some(own)) = (&self.terms, self.seat, &self.announcement)
        else {
            return;
        };
        let terms_digest = terms.digest();
        let seats = terms.parties.into();
        let session = &self.config.session;
        let checked = Roster::check(session, &terms_digest, seats, time, &announcements);
        let own_key = |signed: &Signed| {
            fixed::open(signed, &self.config.session, &terms_digest, seat)
                .map(|a| (a.key, a.instance))
        };
        let unchanged = (announcements.get(seat))
            .is_some_and(|signed| signed.from == self.me() && own_key(signed) == own_key(own));
        let Some(roster) = checked else {
            return self.host_broke_protocol();
        };
        if self.roster.is_none() && roster.seat(&self.me()).is_none() {
            // We were silent for too long, and somebody else has our seat.
            return self.handle_refusal(Refusal::Begun);
        }
        if !unchanged {
            return self.host_broke_protocol();
        }
        match &self.roster {
            Some(known) if known.digest == roster.digest => {}
            Some(_) => self.host_broke_protocol(),
            None => self.fix(roster, seat, now),
        }
    }

    pub(super) fn fix(&mut self, roster: Roster, seat: usize, now: Instant) {
        let parties = roster.parties.len();
        self.nonces = vec![None; parties];
        self.nonces[seat] = Some(self.config.nonce);
        self.ready = vec![None; parties];
        self.asked = vec![None; parties];
        self.fixed_at = Some(now);
        self.linked = vec![false; parties];
        self.linked[seat] = true;
        // A joiner has not listened to the others until now: their silence counts from here.
        let known = &mut self.heard;
        for party in &roster.parties {
            let seen = known.entry(party.id).or_insert(Seen {
                counter: 0,
                at: now,
            });
            seen.at = now;
        }
        self.roster = Some(roster.clone());
        self.stage = Stage::Fixed;
        self.event(Event::Roster(roster));
        self.say_ready();
    }

    pub(super) fn handle_reveal(
        &mut self,
        from: EndpointId,
        roster: Digest,
        nonce: [u8; 32],
        now: Instant,
    ) {
        let Some(seat) = self.same_roster(&from, &roster) else {
            return;
        };
        let committed = self.roster.as_ref().map(|r| r.parties[seat].commitment);
        if committed != Some(commitment(&nonce)) {
            return self.fault(FaultKind::BrokeProtocol, Some(seat), "roster");
        }
        if self.nonces[seat].replace(nonce).is_none() {
            self.tell_words();
        }
        self.settle(now);
    }

    /// Once, with the last nonce.
    fn tell_words(&mut self) {
        if let (Some(roster), Some(nonces)) = (&self.roster, self.opened()) {
            let words = roster.words(&nonces);
            self.event(Event::Opened { words });
        }
    }

    /// All nonces, once they are known.
    fn opened(&self) -> Option<Vec<[u8; 32]>> {
        self.nonces.iter().copied().collect()
    }

    pub(super) fn handle_asking(&mut self, from: EndpointId, roster: Digest, now: Instant) {
        if let Some(seat) = self.same_roster(&from, &roster) {
            self.asked[seat] = Some(now);
        }
    }

    pub(super) fn handle_ready(
        &mut self,
        from: EndpointId,
        roster: Digest,
        circuit: Digest,
        now: Instant,
    ) {
        if let Some(seat) = self.same_roster(&from, &roster) {
            self.ready[seat] = Some(circuit);
            self.settle(now);
        }
    }

    /// The seat of a party that speaks of a roster. Another roster than ours means that the host showed us different ones.
    pub(super) fn same_roster(&mut self, from: &EndpointId, digest: &Digest) -> Option<usize> {
        let roster = self.roster.as_ref()?;
        let seat = roster.seat(from)?;
        if roster.digest != *digest {
            self.fault(FaultKind::Differs, Some(seat), ROSTER);
            return None;
        }
        (self.stage == Stage::Fixed).then_some(seat)
    }

    /// Starts when everybody is ready; a circuit that differs from ours ends the session.
    pub(super) fn settle(&mut self, now: Instant) {
        let (Stage::Fixed, Some(own), Some(roster)) = (&self.stage, self.circuit, &self.roster)
        else {
            return;
        };
        let differs = self.ready.iter().position(|c| c.is_some_and(|c| c != own));
        if let Some(seat) = differs {
            return self.fault(FaultKind::Differs, Some(seat), "ready");
        }
        let said = self.ready.iter().zip(&self.nonces).enumerate();
        let unready: Vec<usize> = said
            .filter(|(_, (ready, nonce))| ready.is_none() || nonce.is_none())
            .map(|(seat, _)| seat)
            .collect();
        if let (Some(nonces), true) = (self.opened(), unready.is_empty()) {
            let seed = roster.seed(&nonces);
            self.stage = Stage::Started;
            self.next_tick = now;
            self.event(Event::Start { seed });
        } else if unready != self.unready {
            self.unready.clone_from(&unready);
            self.event(Event::Unready(unready));
        }
    }

    pub(super) fn say_ready(&mut self) {
        let Some(roster) = self.roster.as_ref().map(|roster| roster.digest) else {
            return;
        };
        if self.is_host() {
            self.say_roster();
        }
        let nonce = self.config.nonce;
        self.say(Body::Reveal { roster, nonce });
        match self.circuit {
            Some(circuit) => self.say(Body::Ready { roster, circuit }),
            None if self.asking => self.say(Body::Asking { roster }),
            None => {}
        }
    }
}
