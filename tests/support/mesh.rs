//! Channels in memory between all parties. A send never waits; when an engine ends, its peers' receives fail.

// Not every test target uses all of it.
#![allow(dead_code)]

use polytune::channel::Channel;
use tokio::sync::{
    Mutex,
    mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

/// One party's channels.
pub struct Mesh {
    to: Vec<Option<UnboundedSender<Vec<u8>>>>,
    from: Vec<Option<Mutex<UnboundedReceiver<Vec<u8>>>>>,
}

/// The other engine has ended, or there is no such party.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone;

impl Mesh {
    /// One for each party.
    pub fn channels(parties: usize) -> Vec<Self> {
        let empty = |_| Self {
            to: (0..parties).map(|_| None).collect(),
            from: (0..parties).map(|_| None).collect(),
        };
        let mut channels: Vec<_> = (0..parties).map(empty).collect();
        for a in 0..parties {
            for b in (0..parties).filter(|b| *b != a) {
                let (sender, receiver) = unbounded_channel();
                channels[a].to[b] = Some(sender);
                channels[b].from[a] = Some(Mutex::new(receiver));
            }
        }
        channels
    }
}

impl Channel for Mesh {
    type SendError = Gone;
    type RecvError = Gone;

    async fn send_bytes_to(&self, party: usize, data: Vec<u8>, _: &str) -> Result<(), Gone> {
        let to = self.to.get(party).and_then(Option::as_ref).ok_or(Gone)?;
        // One that has ended needs nothing more; what it lacked shows at the others.
        to.send(data).ok();
        Ok(())
    }

    async fn recv_bytes_from(&self, party: usize, _: &str) -> Result<Vec<u8>, Gone> {
        let from = self.from.get(party).and_then(Option::as_ref).ok_or(Gone)?;
        from.lock().await.recv().await.ok_or(Gone)
    }
}
