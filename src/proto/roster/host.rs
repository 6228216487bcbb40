//! The host's part: it gives out seats, collects the announcements, and issues the roster.

use std::time::Instant;

use iroh::EndpointId;

use super::{Departed, Lobby, MAX_REFUSALS, MAX_REMEMBERED, Role, Seen, Stage, fixed};
use crate::proto::{
    signed::Signed,
    wire::{Body, Envelope, Holder, MAX_TIME, Refusal},
};

impl Lobby {
    /// A stranger may ask for a seat, and hears that its leaving is known; nothing else.
    pub(super) fn handle_stranger(
        &mut self,
        from: EndpointId,
        Envelope {
            instance,
            counter,
            body,
        }: Envelope,
        now: Instant,
    ) {
        match body {
            Body::Ask { seat } => self.handle_ask(from, seat, instance, counter, now),
            Body::Abort { .. } if self.refusals < MAX_REFUSALS => {
                self.refusals += 1;
                // Who gets no seat anyway need not be remembered.
                if self.allows(&from) {
                    self.remember(from, instance, u64::MAX);
                }
                self.say(Body::Heard { of: from });
            }
            _ => {}
        }
    }

    pub(super) fn handle_ask(
        &mut self,
        from: EndpointId,
        wanted: Option<u16>,
        instance: u64,
        counter: u64,
        now: Instant,
    ) {
        let held = (self.seats.iter().flatten()).find(|holder| holder.id == from);
        if let Some(holder) = held {
            if holder.instance != instance {
                self.refuse(from, instance, Refusal::IdentityInUse);
            }
            return;
        }
        let departed = self.departed(&from, instance);
        if departed.is_some_and(|at| counter <= self.departed[at].counter) {
            return;
        }
        let seat = match wanted.map(usize::from) {
            _ if !self.allows(&from) => Err(Refusal::NotAllowed),
            _ if self.stage != Stage::Gathering => Err(Refusal::Begun),
            Some(seat) => match self.seats.get(seat) {
                None => Err(Refusal::NoSuchSeat),
                Some(Some(_)) => Err(Refusal::Taken),
                Some(None) => Ok(seat),
            },
            None => self
                .seats
                .iter()
                .position(Option::is_none)
                .ok_or(Refusal::Full),
        };
        match seat {
            Err(why) => self.refuse(from, instance, why),
            Ok(seat) => {
                self.seats[seat] = Some(Holder {
                    id: from,
                    instance,
                    announced: false,
                });
                self.heard.insert(from, Seen { counter, at: now });
                self.board_changed();
            }
        }
    }

    fn allows(&self, id: &EndpointId) -> bool {
        match &self.role {
            Role::Host { allow, .. } => allow.as_ref().is_none_or(|allow| allow.contains(id)),
            Role::Joiner { .. } => false,
        }
    }

    /// Remembers up to which counter a process is over: an old question of it for a seat may come after that, or be said
    /// again by anybody.
    pub(super) fn remember(&mut self, id: EndpointId, instance: u64, counter: u64) {
        let known = (self.departed(&id, instance)).and_then(|at| self.departed.remove(at));
        let counter = known.map_or(counter, |it| it.counter.max(counter));
        self.departed.truncate(MAX_REMEMBERED - 1);
        self.departed.push_front(Departed {
            id,
            instance,
            counter,
        });
    }

    fn departed(&self, id: &EndpointId, instance: u64) -> Option<usize> {
        let is_it = |it: &Departed| (&it.id, it.instance) == (id, instance);
        self.departed.iter().position(is_it)
    }

    pub(super) fn refuse(&mut self, to: EndpointId, instance: u64, why: Refusal) {
        if self.refusals < MAX_REFUSALS {
            self.refusals += 1;
            self.say(Body::Refuse { to, instance, why });
        }
    }

    pub(super) fn handle_announcement(&mut self, from: EndpointId, signed: Signed, now: Instant) {
        let Some(seat) = self.held_seat(&from) else {
            return;
        };
        let (Some(terms), Stage::Gathering) = (&self.terms, &self.stage) else {
            return;
        };
        let instance = self.seats[seat].map(|holder| holder.instance);
        let announcement = fixed::open(&signed, &self.config.session, &terms.digest(), seat);
        if signed.from == from && announcement.is_some_and(|a| Some(a.instance) == instance) {
            self.put_announcement(seat, signed);
            self.issue(now);
        }
    }

    pub(super) fn put_announcement(&mut self, seat: usize, signed: Signed) {
        self.announcements[seat] = Some(signed);
        if let Some(Some(holder)) = self.seats.get_mut(seat)
            && !holder.announced
        {
            holder.announced = true;
            self.board_changed();
        }
    }

    /// Issues the roster when every seat is announced.
    pub(super) fn issue(&mut self, now: Instant) {
        let all: Option<Vec<Signed>> = self.announcements.iter().cloned().collect();
        if let Some(all) = all {
            let passed = now.saturating_duration_since(self.born).as_secs();
            let time = self.config.unix_time.saturating_add(passed).min(MAX_TIME);
            self.issued = (time, all.clone());
            self.say_roster();
            self.handle_roster(time, all, now);
        }
    }

    pub(super) fn board_changed(&mut self) {
        self.tell_board();
        self.say_board();
    }

    pub(super) fn say_board(&mut self) {
        if let Some(terms) = self.terms.clone() {
            let seats = self.seats.clone();
            self.say(Body::Board { terms, seats });
        }
    }

    /// Always the same one.
    pub(super) fn say_roster(&mut self) {
        let (time, announcements) = self.issued.clone();
        self.say(Body::Roster {
            time,
            announcements,
        });
    }

    pub(super) fn free(&mut self, seat: usize) {
        self.announcements[seat] = None;
        if let Some(holder) = self.seats[seat].take()
            && let Some(seen) = self.heard.remove(&holder.id)
        {
            self.remember(holder.id, holder.instance, seen.counter);
        }
        self.board_changed();
    }
}
