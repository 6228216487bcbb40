//! How QUIC connections behave: what may be under way, and what a receiver keeps.

use std::sync::Arc;

use iroh::endpoint::{
    AfterHandshakeOutcome, Connection, EndpointHooks, QuicTransportConfig, Side, VarInt,
};
use noq_proto::congestion::CubicConfig;

/// What a stream may hold that nobody has read yet.
///
/// QUIC keeps each packet's part of a stream as it came, and gives the whole connection up at the 2,049th part that waits:
/// behind a packet that was lost, or while the reader has no time. Packets carry 1,150 bytes at least, so 2 MiB are no more
/// than 1,824 of them. A link's window may be larger; what does not fit waits at the sender.
const STREAM_WINDOW: u32 = 2 << 20;
/// Likewise for all streams of a connection.
const CONNECTION_WINDOW: u32 = 8 << 20;

/// Likewise for a connection that somebody makes to us, until it is [trusted](trust): whoever knows our address can leave so
/// much of our memory full. A few of the lobby's longest messages.
///
/// A limit that was told in the handshake never shrinks, so it has to begin small.
const STRANGER_WINDOW: u32 = 128 << 10;

/// What a connection may send before the first answer: 32 packets, as Google's servers do, instead of the ten of RFC 9002.
/// The engine sends some 20 KB and waits; a window that is never full never grows, and each such message took a round trip more.
pub const INITIAL_CONGESTION_WINDOW: u64 = 32 * 1200;

/// The settings of a connection that may hold all that we allow.
pub fn transport() -> QuicTransportConfig {
    with_window(CONNECTION_WINDOW)
}

/// The settings of all connections of an endpoint that strangers can reach.
pub fn cautious() -> QuicTransportConfig {
    with_window(STRANGER_WINDOW)
}

/// From now on a connection may hold all that we allow.
pub fn trust(connection: &Connection) {
    connection.set_receive_window(VarInt::from_u32(CONNECTION_WINDOW));
}

/// Trusts the connections that we make ourselves. Gossip dials, too, so it is the endpoint that knows of all.
#[derive(Debug)]
pub struct TrustDialed;

impl EndpointHooks for TrustDialed {
    async fn after_handshake<'a>(&'a self, connection: &'a Connection) -> AfterHandshakeOutcome {
        if connection.side() == Side::Client {
            trust(connection);
        }
        AfterHandshakeOutcome::Accept
    }
}

fn with_window(receive_window: u32) -> QuicTransportConfig {
    let mut congestion = CubicConfig::default();
    congestion.initial_window(INITIAL_CONGESTION_WINDOW);
    QuicTransportConfig::builder()
        .congestion_controller_factory(Arc::new(congestion))
        .stream_receive_window(VarInt::from_u32(STREAM_WINDOW))
        .receive_window(VarInt::from_u32(receive_window))
        // We read none, so they would only wait.
        .datagram_receive_buffer_size(None)
        .send_window(u64::from(CONNECTION_WINDOW))
        .build()
}

#[cfg(test)]
mod tests {
    use std::{net::Ipv4Addr, time::Duration};

    use iroh::{Endpoint, RelayMode, endpoint::presets};
    use tokio::time::{sleep, timeout};

    use super::*;

    const ALPN: &[u8] = b"iroh-mpc/test/quic";

    async fn endpoint(transport: QuicTransportConfig) -> Endpoint {
        let builder = Endpoint::builder(presets::Minimal)
            .relay_mode(RelayMode::Disabled)
            .transport_config(transport)
            .hooks(TrustDialed)
            .alpns(vec![ALPN.to_vec()])
            .clear_ip_transports()
            .bind_addr((Ipv4Addr::LOCALHOST, 0));
        builder
            .expect("an address")
            .bind()
            .await
            .expect("an endpoint")
    }

    /// With a window of 4 MiB, this connection ends with `too many gaps in stream buffer`.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_reader_without_time_loses_no_connection() {
        const BYTES: usize = 6 << 20;
        let (ours, theirs) = (endpoint(transport()).await, endpoint(transport()).await);
        let address = theirs.addr();
        let reader = tokio::spawn(async move {
            let incoming = theirs.accept().await.expect("a connection");
            let connection = incoming.await.expect("a handshake");
            let mut stream = connection.accept_uni().await.expect("a stream");
            // All that the window takes waits unread by then.
            sleep(Duration::from_millis(700)).await;
            let read = stream.read_to_end(BYTES).await.map(|read| read.len());
            // The other side learns that all has come.
            theirs.close().await;
            read
        });
        let connection = ours.connect(address, ALPN).await.expect("a connection");
        let mut stream = connection.open_uni().await.expect("a stream");
        let written = async {
            for _ in 0..BYTES / (64 << 10) {
                stream.write_all(&[7; 64 << 10]).await?;
            }
            anyhow::Ok(())
        };
        let bound = Duration::from_secs(30);
        (timeout(bound, written).await.expect("in time")).expect("the connection lives");
        stream.finish().expect("not finished before");
        let read = timeout(bound, reader).await.expect("in time");
        assert_eq!(read.expect("no panic").expect("all of it"), BYTES);
        ours.close().await;
    }

    /// Opens a stream that nobody reads: so much is taken of what is written to it, and no more.
    async fn takes(connection: &Connection, expected: usize) {
        const BOUND: Duration = Duration::from_secs(30);
        const QUIET: Duration = Duration::from_millis(500);
        let mut stream = connection.open_uni().await.expect("a stream");
        let mut taken = 0;
        while taken < expected {
            let written = timeout(BOUND, stream.write(&[7; 16 << 10])).await;
            taken += written.expect("in time").expect("the connection lives");
        }
        assert_eq!(taken, expected);
        let more = timeout(QUIET, stream.write(&[7])).await;
        assert!(more.is_err(), "{more:?}");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_stranger_fills_little_until_it_is_trusted() {
        let (ours, theirs) = (endpoint(cautious()).await, endpoint(cautious()).await);
        let address = theirs.addr();
        let accept = async {
            let incoming = theirs.accept().await.expect("a connection");
            incoming.await.expect("a handshake")
        };
        let (dialed, accepted) = tokio::join!(ours.connect(address, ALPN), accept);
        let dialed = dialed.expect("a connection");
        // Without a reader, a writer gets as far as the limits let it.
        let (stranger, stream) = (STRANGER_WINDOW as usize, STREAM_WINDOW as usize);
        takes(&dialed, stranger).await;
        trust(&accepted);
        for _ in 1..CONNECTION_WINDOW / STREAM_WINDOW {
            takes(&dialed, stream).await;
        }
        takes(&dialed, stream - stranger).await;
        // The one that dials trusts whom it has dialed.
        takes(&accepted, stream).await;
        ours.close().await;
        theirs.close().await;
    }
}
