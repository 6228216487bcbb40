//! A party that pries: its engine is honest, but in what it sends for the first oblivious transfers one row is not made with
//! the key that all rows share.

use std::sync::Mutex;

use polytune::channel::Channel;

/// The bytes of the length in front of each message.
const LENGTH: usize = 8;

/// The channel of the party that pries into party 0, whose first input bit is the circuit's first instruction.
pub struct Prying<C> {
    channel: C,
    pried: Mutex<bool>,
    /// Its own share of the mask of that bit.
    share: Mutex<Option<bool>>,
    /// That bit under its mask.
    masked: Mutex<Option<bool>>,
}

impl<C> Prying<C> {
    pub fn new(channel: C) -> Self {
        Self {
            channel,
            pried: Mutex::default(),
            share: Mutex::default(),
            masked: Mutex::default(),
        }
    }

    /// The bit. A run in which nobody notices anything tells that the other party's share of the mask is 0.
    pub fn bit(&self) -> Option<bool> {
        let masked = (*self.masked.lock().unwrap())?;
        let share = (*self.share.lock().unwrap())?;
        Some(masked ^ share)
    }
}

impl<C: Channel> Channel for Prying<C> {
    type SendError = C::SendError;
    type RecvError = C::RecvError;

    async fn send_bytes_to(
        &self,
        party: usize,
        mut data: Vec<u8>,
        phase: &str,
    ) -> Result<(), Self::SendError> {
        if party == 0
            && phase == "KOS_OT_corr"
            && !std::mem::replace(&mut *self.pried.lock().unwrap(), true)
        {
            // Only a receiver whose bit in this row is 1 makes anything of it.
            data[LENGTH] ^= 1;
        }
        if party == 0 && phase == "wire shares" {
            *self.share.lock().unwrap() = first_bit(&data);
        }
        self.channel.send_bytes_to(party, data, phase).await
    }

    async fn recv_bytes_from(&self, party: usize, phase: &str) -> Result<Vec<u8>, Self::RecvError> {
        let data = self.channel.recv_bytes_from(party, phase).await?;
        if party == 0 && phase == "masked inputs" {
            *self.masked.lock().unwrap() = first_bit(&data);
        }
        Ok(data)
    }
}

/// Of a vector of options, the first, which is there and begins with a bit.
fn first_bit(message: &[u8]) -> Option<bool> {
    match message.get(LENGTH..LENGTH + 2)? {
        [1, bit] => Some(*bit == 1),
        _ => None,
    }
}
