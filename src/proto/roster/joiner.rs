//! The joiner's part: it asks for a seat, and checks that the host keeps its word.

use super::{Event, Lobby, Role, Stage, WrongTerms};
use crate::{
    error::FaultKind,
    proto::wire::{Body, Holder, Refusal, Terms},
};

impl Lobby {
    pub(super) fn handle_board(&mut self, terms: Terms, seats: Vec<Option<Holder>>) {
        let Role::Joiner { program, .. } = &self.role else {
            return;
        };
        if self.stage != Stage::Gathering {
            return;
        }
        let wrong = WrongTerms::find(&terms, seats.len(), program, self.terms.as_ref());
        if let Some(wrong) = wrong {
            self.event(Event::WrongTerms(wrong));
            return self.give_up();
        }
        let mine = seats.iter().position(|holder| {
            holder.is_some_and(|h| (h.id, h.instance) == (self.me(), self.config.instance))
        });
        self.terms = Some(terms.clone());
        let changed = self.seats != seats;
        self.seats = seats;
        // Once seated we keep to the seat: if the host has freed it meanwhile, `repeat` asks for it again.
        if let (None, Some(seat)) = (self.seat, mine) {
            self.seat = Some(seat);
            self.event(Event::Seated { seat, terms });
        }
        if changed {
            self.tell_board();
        }
    }

    pub(super) fn handle_refusal(&mut self, why: Refusal) {
        if self.stage == Stage::Gathering {
            self.event(Event::Refused(why));
            self.give_up();
        }
    }

    /// Leaves, and has the host free the seat that it may have given us meanwhile.
    fn give_up(&mut self) {
        let fault = self.fault_of(FaultKind::Failed, self.seat, "lobby", None);
        self.abort(&fault);
    }

    pub(super) fn ask_or_announce(&mut self) {
        let Role::Joiner { seat: wanted, .. } = self.role else {
            return;
        };
        let wanted = self.seat.map(|seat| seat as u16).or(wanted);
        let on_board = (self
            .seat
            .and_then(|seat| self.seats.get(seat).copied().flatten()))
        .is_some_and(|h| (h.id, h.instance) == (self.me(), self.config.instance));
        match self.announcement.clone() {
            Some(signed) if on_board => self.say(Body::Announce(signed)),
            _ => self.say(Body::Ask { seat: wanted }),
        }
    }
}
