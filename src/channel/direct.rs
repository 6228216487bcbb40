//! QUIC streams between two parties: one stream for each direction, on the newest connection between them.
//!
//! A packet that is being written when its connection ends, or that finds none, is dropped; the line repeats it.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use iroh::endpoint::{Connection, SendStream};
use tokio::{sync::mpsc, task::JoinSet};

use super::carrier::Event;
use crate::{node::MAX_PAIR_BYTES, proto::link::MAX_OUTSTANDING};

/// Packets and events that may wait. A line never has more packets under way, so handing one over never takes long.
const QUEUE: usize = MAX_OUTSTANDING + 4;

/// Connections that are read: the newest, and the one before, where packets may still be on their way.
const MAX_READ: usize = 2;

/// Writes packets to whichever connection is the newest, and reads from the last two. Ends when the packets' sender is dropped.
pub(super) fn open(
    connections: mpsc::Receiver<Connection>,
) -> (mpsc::Sender<Bytes>, mpsc::Receiver<Event>) {
    let (packets, outgoing) = mpsc::channel(QUEUE);
    let (incoming, events) = mpsc::channel(QUEUE);
    tokio::spawn(run(connections, outgoing, incoming));
    (packets, events)
}

async fn run(
    mut connections: mpsc::Receiver<Connection>,
    mut packets: mpsc::Receiver<Bytes>,
    events: mpsc::Sender<Event>,
) {
    let mut readers = JoinSet::new();
    let mut read_from = VecDeque::new();
    let mut next = None;
    loop {
        let connection = match next.take() {
            Some(connection) => connection,
            None => tokio::select! {
                connection = connections.recv() => match connection {
                    Some(connection) => connection,
                    None => return,
                },
                packet = packets.recv() => match packet {
                    Some(_) => continue,
                    None => return,
                },
            },
        };
        while readers.try_join_next().is_some() {}
        read_from.push_back(connection.clone());
        if read_from.len() > MAX_READ
            && let Some(oldest) = read_from.pop_front()
        {
            // Its reader ends with it.
            oldest.close(0u8.into(), b"replaced by a newer connection");
        }
        readers.spawn(read(connection.clone(), events.clone()));
        if events.send(Event::Up).await.is_err() {
            return;
        }
        tokio::select! {
            newer = connections.recv() => next = newer,
            over = write(&connection, &mut packets) => match over {
                Over::Sender => return,
                Over::Connection => {}
            },
            _ = connection.closed() => {}
        }
        if next.is_none() && events.send(Event::Down).await.is_err() {
            return;
        }
    }
}

/// What a writer has come to the end of.
enum Over {
    Sender,
    Connection,
}

async fn write(connection: &Connection, packets: &mut mpsc::Receiver<Bytes>) -> Over {
    let Ok(mut stream) = connection.open_uni().await else {
        return Over::Connection;
    };
    while let Some(packet) = packets.recv().await {
        if write_packet(&mut stream, packet).await.is_err() {
            return Over::Connection;
        }
    }
    Over::Sender
}

async fn write_packet(
    stream: &mut SendStream,
    packet: Bytes,
) -> Result<(), iroh::endpoint::WriteError> {
    let length = (packet.len() as u32).to_be_bytes();
    stream.write_all(&length).await?;
    stream.write_chunk(packet).await
}

/// Reads the peer's stream until it ends or the peer breaks the framing.
async fn read(connection: Connection, events: mpsc::Sender<Event>) {
    let Ok(mut stream) = connection.accept_uni().await else {
        return;
    };
    let mut length = [0; 4];
    while stream.read_exact(&mut length).await.is_ok() {
        let length = u32::from_be_bytes(length) as usize;
        if length > MAX_PAIR_BYTES {
            return connection.close(1u8.into(), b"packet too long");
        }
        let mut packet = BytesMut::zeroed(length);
        if stream.read_exact(&mut packet).await.is_err()
            || events.send(Event::Packet(packet.freeze())).await.is_err()
        {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        net::{Ipv4Addr, SocketAddr},
        time::Duration,
    };

    use iroh::SecretKey;
    use tokio::time::timeout;

    use super::*;
    use crate::node::{DIRECT_ALPN, Node, NodeConfig, Relay};

    const BOUND: Duration = Duration::from_secs(20);

    async fn node() -> Node {
        let bound = Node::bind(NodeConfig {
            secret_key: SecretKey::generate(),
            relay: Relay::Disabled,
            bind: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))],
        });
        bound.await.expect("an endpoint")
    }

    async fn next(events: &mut mpsc::Receiver<Event>) -> Event {
        let event = timeout(BOUND, events.recv()).await.expect("in time");
        event.expect("an event")
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_newest_two_connections_are_read_and_no_other_stays() {
        let (here, there) = (node().await, node().await);
        let (_packets, mut events) = open(here.expect_direct(there.id()));
        here.admit([there.id()]);
        let mut made = Vec::new();
        for _ in 0..3 {
            let connection = there.connect(here.addr().await, DIRECT_ALPN).await;
            made.push(connection.expect("a connection"));
            assert!(matches!(next(&mut events).await, Event::Up));
        }
        timeout(BOUND, made[0].closed()).await.expect("closed");
        for connection in &made[1..] {
            let mut stream = connection.open_uni().await.expect("a stream");
            let packet = Bytes::from_static(b"still on its way");
            let written = write_packet(&mut stream, packet.clone()).await;
            written.expect("an open connection");
            assert!(matches!(next(&mut events).await, Event::Packet(it) if it == packet));
        }
        here.shutdown().await;
        there.shutdown().await;
    }
}
