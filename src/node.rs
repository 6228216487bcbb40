//! The machine's place in the network: one iroh endpoint and two gossip instances on it.
//!
//! The lobby's instance takes connections from everybody who knows the address. The pairs' instance, with an ALPN of its
//! own, takes them from the roster's members alone: earlier connections are held until the roster is known, since a
//! refused peer's gossip gets stuck (iroh-gossip#155). So nobody in the lobby can stall the data.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use iroh::{
    Endpoint, EndpointAddr, EndpointId, RelayMode, RelayUrl, SecretKey, Watcher,
    address_lookup::memory::MemoryLookup,
    endpoint::{Connection, VarInt, presets},
    protocol::{AcceptError, ProtocolHandler, Router},
};
use iroh_gossip::{
    api::{GossipTopic, JoinOptions},
    net::Gossip,
    proto::{HyparviewConfig, PlumtreeConfig},
};
use iroh_mdns_address_lookup::MdnsAddressLookup;
use tokio::{
    sync::{Semaphore, mpsc, watch},
    time::timeout,
};

use crate::{
    error::Error,
    program::MAX_PARTIES,
    proto::{
        link::wire::{CARRY_BYTES_MAX, HEADER_BYTES_MAX},
        seal,
        wire::{Digest, MAX_LOBBY_BYTES},
    },
    transfer::{self, Desk},
};

pub mod quic;

/// The lobby's protocol name. It ends in the version of our protocol.
const LOBBY_ALPN: &[u8] = b"iroh-mpc/lobby/1";
/// The pairs' protocol name.
const PAIR_ALPN: &[u8] = b"iroh-mpc/pair/1";

/// The protocol name of pairs without gossip.
pub(crate) const DIRECT_ALPN: &[u8] = b"iroh-mpc/direct/1";

/// What gossip adds to a message, generously: one that is too long fails the peer's connection, not the call.
const GOSSIP_HEAD: usize = 512;

/// The longest message between two parties: a sealed packet of a link that carries one of another link.
pub const MAX_PAIR_BYTES: usize = CARRY_BYTES_MAX + HEADER_BYTES_MAX + seal::OVERHEAD + GOSSIP_HEAD;

/// Gossip keeps every broadcast for so long, for those who missed it: a round trip and more. Whatever matters is repeated as
/// often, and somebody who floods the lobby fills our memory for no longer.
const MESSAGE_RETENTION: Duration = Duration::from_millis(500);
/// How often gossip drops what it need not keep any more: a fast flood fills much memory meanwhile.
const EVICTION: Duration = Duration::from_millis(100);
/// Gossip knows a broadcast again for so long. One that comes later is passed on once more; our counters still know it.
const ID_RETENTION: Duration = Duration::from_secs(10);

/// How long a new endpoint may take to find a relay before we go on without. iroh looks at the network first: where nothing
/// answers by UDP its probes take 3 s, all together up to 5 s, and only then it connects.
const RELAY_WAIT: Duration = Duration::from_secs(8);
/// Likewise to find its own addresses.
const ADDRESS_WAIT: Duration = Duration::from_secs(3);

/// One attempt to connect. The next attempt begins with what was learnt of addresses meanwhile.
const DIAL_TIMEOUT: Duration = Duration::from_secs(10);

/// Connections on the pairs' ALPN that may be held until the roster is known.
const MAX_HELD: usize = 4 * MAX_PARTIES;

/// Connections to a peer that wait for their line; more come only from one that dials without end.
const MAX_WAITING: usize = 4;

/// How others can reach us when there is no direct way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Relay {
    /// n0's public relays, and its lookup of addresses.
    Default,
    /// None: direct addresses and the local network only.
    Disabled,
    /// A relay of one's own.
    Url(RelayUrl),
}

/// How to bind an endpoint.
#[derive(Debug, Clone)]
pub struct NodeConfig {
    /// The endpoint's identity.
    pub secret_key: SecretKey,
    /// Relays.
    pub relay: Relay,
    /// The sockets to bind; any if there are none.
    pub bind: Vec<SocketAddr>,
}

/// Bound and ready to find others. See the [module](self).
#[derive(Debug, Clone)]
pub struct Node {
    endpoint: Endpoint,
    lobby: Gossip,
    pairs: Gossip,
    arrivals: Arrivals,
    direct: Direct,
    router: Router,
    addresses: MemoryLookup,
    members: watch::Sender<Option<Arc<BTreeSet<EndpointId>>>>,
    desk: Desk,
    relayed: bool,
}

impl Node {
    /// Binds an endpoint and begins to accept connections.
    pub async fn bind(config: NodeConfig) -> Result<Self, Error> {
        let addresses = MemoryLookup::new();
        let builder = match &config.relay {
            Relay::Default => Endpoint::builder(presets::N0),
            Relay::Disabled => Endpoint::builder(presets::Minimal).relay_mode(RelayMode::Disabled),
            Relay::Url(url) => {
                Endpoint::builder(presets::Minimal).relay_mode(RelayMode::custom([url.clone()]))
            }
        };
        let mut builder = builder
            .secret_key(config.secret_key)
            .transport_config(quic::cautious())
            .hooks(quic::TrustDialed)
            .address_lookup(addresses.clone());
        if !config.bind.is_empty() {
            builder = builder.clear_ip_transports();
        }
        for bind in &config.bind {
            builder = (builder.bind_addr(*bind))
                .map_err(|e| Error::Usage(format!("cannot bind {bind}: {e}")))?;
        }
        let endpoint = builder.bind().await.map_err(|e| match &config.bind[..] {
            [] => Error::Local(format!("cannot open a network socket: {e}")),
            bind => Error::Local(format!("cannot bind {}: {e}", list(bind))),
        })?;
        let local = |bind: &SocketAddr| bind.ip().is_loopback();
        if config.bind.is_empty() || !config.bind.iter().all(local) {
            find_on_local_network(&endpoint);
        }
        Ok(Self::start(
            endpoint,
            addresses,
            config.relay != Relay::Disabled,
        ))
    }

    fn start(endpoint: Endpoint, addresses: MemoryLookup, relayed: bool) -> Self {
        // A mesh among all parties: everyone is everyone's neighbour, and broadcasts take one hop.
        let membership = || HyparviewConfig {
            active_view_capacity: MAX_PARTIES,
            passive_view_capacity: MAX_PARTIES,
            ..HyparviewConfig::default()
        };
        let broadcast = || PlumtreeConfig {
            message_cache_retention: MESSAGE_RETENTION,
            message_id_retention: ID_RETENTION,
            cache_evict_interval: EVICTION,
            ..PlumtreeConfig::default()
        };
        let lobby = Gossip::builder()
            .alpn(LOBBY_ALPN)
            .max_message_size(MAX_LOBBY_BYTES + GOSSIP_HEAD)
            .membership_config(membership())
            .broadcast_config(broadcast())
            .spawn(endpoint.clone());
        let pairs = Gossip::builder()
            .alpn(PAIR_ALPN)
            .max_message_size(MAX_PAIR_BYTES)
            .membership_config(membership())
            .broadcast_config(broadcast())
            .spawn(endpoint.clone());
        let members = watch::Sender::new(None);
        let (arrivals, direct) = (Arrivals::default(), Direct::default());
        let doorman = |room| Doorman {
            room,
            members: members.clone(),
            held: Arc::new(Semaphore::new(MAX_HELD)),
        };
        let desk = Desk::default();
        let router = Router::builder(endpoint.clone())
            .accept(LOBBY_ALPN, lobby.clone())
            .accept(
                PAIR_ALPN,
                doorman(Room::Pairs(pairs.clone(), arrivals.clone())),
            )
            .accept(DIRECT_ALPN, doorman(Room::Direct(direct.clone())))
            .accept(transfer::ALPN, desk.clone())
            .spawn();
        Self {
            endpoint,
            lobby,
            pairs,
            arrivals,
            direct,
            router,
            addresses,
            members,
            desk,
            relayed,
        }
    }

    /// Where joiners ask for the program.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Our identity.
    pub fn id(&self) -> EndpointId {
        self.endpoint.id()
    }

    /// Our address, as soon as it is worth giving away: with a relay if one answers within a few seconds.
    pub async fn addr(&self) -> EndpointAddr {
        if self.relayed && timeout(RELAY_WAIT, self.endpoint.online()).await.is_err() {
            tracing::warn!("no relay answers");
        }
        let mut watcher = self.endpoint.watch_addr();
        let found = async {
            while watcher.get().is_empty() {
                if watcher.updated().await.is_err() {
                    return;
                }
            }
        };
        // Without any address, those on the local network still find us by name.
        timeout(ADDRESS_WAIT, found).await.ok();
        local_addr(&self.endpoint)
    }

    /// Whether a relay was wanted but none answers.
    pub fn is_without_relay(&self) -> bool {
        self.relayed && self.endpoint.addr().relay_urls().next().is_none()
    }

    /// Remembers where a party said it is.
    pub fn learn(&self, addr: &EndpointAddr) {
        self.addresses.add_endpoint_info(addr.clone());
    }

    /// Joins the lobby's topic.
    pub async fn subscribe_lobby(&self, topic: Digest) -> Result<GossipTopic, Error> {
        subscribe(&self.lobby, topic).await
    }

    /// Joins a pair's topic. Do this before [`admit`](Self::admit), or the peer's first word is lost.
    pub async fn subscribe_pair(&self, topic: Digest) -> Result<GossipTopic, Error> {
        subscribe(&self.pairs, topic).await
    }

    /// Expects connections with a peer without gossip, whoever dials. Do this before [`admit`](Self::admit).
    pub fn expect_direct(&self, peer: EndpointId) -> mpsc::Receiver<Connection> {
        let (line, connections) = mpsc::channel(MAX_WAITING);
        self.direct.lock().insert(peer, line);
        connections
    }

    /// Changes whenever a peer has made a connection for pair topics: gossip sends on the newest, whose queue is empty.
    pub fn expect_pair(&self, peer: EndpointId) -> watch::Receiver<()> {
        self.arrivals.expect(peer)
    }

    /// Lets these endpoints, and no others, connect for pair topics and without gossip.
    pub fn admit(&self, members: impl IntoIterator<Item = EndpointId>) {
        self.members
            .send_replace(Some(Arc::new(members.into_iter().collect())));
    }

    /// Connects to a peer for the lobby. One attempt; gossip itself never tries twice.
    pub async fn dial_lobby(&self, peer: EndpointAddr) -> Result<(), String> {
        self.dial(peer, LOBBY_ALPN, &self.lobby).await
    }

    /// Connects to a peer for the pair's topic. One attempt.
    pub async fn dial_pair(&self, peer: EndpointAddr) -> Result<(), String> {
        self.dial(peer, PAIR_ALPN, &self.pairs).await
    }

    /// Connects to a peer without gossip; whoever [expects](Self::expect_direct) it has the connection. One attempt.
    pub async fn dial_direct(&self, peer: EndpointAddr) -> Result<(), String> {
        let connection = self.connect(peer, DIRECT_ALPN).await?;
        self.direct.take(connection).await;
        Ok(())
    }

    async fn dial(&self, peer: EndpointAddr, alpn: &[u8], gossip: &Gossip) -> Result<(), String> {
        let connection = self.connect(peer, alpn).await?;
        let handled = gossip.handle_connection(connection).await;
        handled.map_err(|e| e.to_string())
    }

    /// Connects to a peer. One attempt.
    pub(crate) async fn connect(
        &self,
        peer: EndpointAddr,
        alpn: &[u8],
    ) -> Result<Connection, String> {
        timeout(DIAL_TIMEOUT, self.endpoint.connect(peer, alpn))
            .await
            .map_err(|_| "no answer".to_string())?
            .map_err(|e| e.to_string())
    }

    /// Leaves all topics and closes all connections.
    pub async fn shutdown(&self) {
        if let Err(e) = self.router.shutdown().await {
            tracing::debug!("the router did not shut down well: {e}");
        }
    }
}

fn list(sockets: &[SocketAddr]) -> String {
    let sockets: Vec<String> = sockets.iter().map(SocketAddr::to_string).collect();
    sockets.join(", ")
}

/// Our own address. Bound to a wildcard address, an endpoint lists its interfaces' addresses by itself.
fn local_addr(endpoint: &Endpoint) -> EndpointAddr {
    let mut addr = endpoint.addr();
    if addr.is_empty() {
        let bound = endpoint.bound_sockets();
        let usable = |socket: &SocketAddr| match socket.ip() {
            IpAddr::V4(ip) => !ip.is_unspecified(),
            IpAddr::V6(ip) => !ip.is_unspecified(),
        };
        for socket in bound.into_iter().filter(usable) {
            addr = addr.with_ip_addr(socket);
        }
    }
    addr
}

/// Announces us on the local network and finds others there, so that a ticket works although an address in it went stale.
fn find_on_local_network(endpoint: &Endpoint) {
    let mdns = MdnsAddressLookup::builder().build(endpoint.id());
    match (mdns, endpoint.address_lookup()) {
        (Ok(mdns), Ok(lookup)) => lookup.add(mdns),
        (Err(e), _) => tracing::debug!("no discovery on the local network: {e}"),
        (_, Err(e)) => tracing::debug!("no discovery on the local network: {e}"),
    }
}

async fn subscribe(gossip: &Gossip, topic: Digest) -> Result<GossipTopic, Error> {
    let options = JoinOptions::with_bootstrap([]);
    (gossip.subscribe_with_opts(topic.into(), options).await)
        .map_err(|e| Error::Local(format!("cannot join a topic: {e}")))
}

/// Tells of connections that peers make for pair topics. Gossip takes them and says nothing.
#[derive(Debug, Clone, Default)]
struct Arrivals(Arc<Mutex<BTreeMap<EndpointId, watch::Sender<()>>>>);

impl Arrivals {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<EndpointId, watch::Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn expect(&self, peer: EndpointId) -> watch::Receiver<()> {
        self.lock().entry(peer).or_default().subscribe()
    }

    fn tell(&self, peer: EndpointId) {
        if let Some(arrived) = self.lock().get(&peer) {
            arrived.send_replace(());
        }
    }
}

/// Hands connections without gossip to those who expect them.
#[derive(Debug, Clone, Default)]
struct Direct(Arc<Mutex<BTreeMap<EndpointId, mpsc::Sender<Connection>>>>);

impl Direct {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<EndpointId, mpsc::Sender<Connection>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops, and so closes, a connection that nobody expects.
    async fn take(&self, connection: Connection) {
        let line = self.lock().get(&connection.remote_id()).cloned();
        if let Some(line) = line {
            line.send(connection).await.ok();
        }
    }
}

/// Where the doorman leads to.
#[derive(Debug, Clone)]
enum Room {
    Pairs(Gossip, Arrivals),
    Direct(Direct),
}

/// Stands at the door of what is for members alone. See the [module](self).
#[derive(Debug, Clone)]
struct Doorman {
    room: Room,
    members: watch::Sender<Option<Arc<BTreeSet<EndpointId>>>>,
    held: Arc<Semaphore>,
}

impl ProtocolHandler for Doorman {
    async fn accept(&self, connection: Connection) -> Result<(), AcceptError> {
        // Not trusted yet: nobody reads what comes while it is held.
        let Ok(_place) = self.held.try_acquire() else {
            connection.close(VarInt::from_u32(1), b"too many connections");
            return Ok(());
        };
        let mut members = self.members.subscribe();
        let known = tokio::select! {
            known = members.wait_for(Option::is_some) => known.ok().and_then(|known| known.clone()),
            _ = connection.closed() => None,
        };
        if known.is_some_and(|members| members.contains(&connection.remote_id())) {
            quic::trust(&connection);
            match &self.room {
                Room::Pairs(pairs, arrivals) => {
                    let peer = connection.remote_id();
                    pairs.accept(connection).await?;
                    arrivals.tell(peer);
                }
                Room::Direct(direct) => direct.take(connection).await,
            }
            Ok(())
        } else {
            connection.close(VarInt::from_u32(2), b"not a member of the session");
            Ok(())
        }
    }

    async fn shutdown(&self) {
        if let Room::Pairs(pairs, _) = &self.room {
            ProtocolHandler::shutdown(pairs).await;
        }
    }
}
