//! Drives [`proto::roster`](crate::proto::roster) over the lobby's topic: moves its messages, keeps the host connected,
//! and wakes it when it is time.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    time::{Duration, Instant},
};

use futures::{FutureExt, StreamExt};
use iroh::{EndpointAddr, EndpointId};
use iroh_gossip::api::{Event as GossipEvent, GossipReceiver, GossipSender};
use tokio::{sync::mpsc, task::JoinHandle};

use crate::{
    error::{Error, Fault},
    node::Node,
    proto::{
        roster::{Config, Event, Lobby, Output, REPEAT, Role},
        wire::Digest,
    },
};

/// Between two attempts to connect to the host. Short at first, since the host may just be starting.
const REDIAL: [Duration; 4] = [
    Duration::from_millis(100),
    Duration::from_millis(300),
    Duration::from_secs(1),
    Duration::from_secs(2),
];

/// A host that is connected but silent for so long is dialed again: its gossip may have lost us.
const SILENCE: Duration = REPEAT.saturating_mul(5);

/// What the session tells the lobby.
#[derive(Debug)]
pub enum Command {
    /// See [`Lobby::announce`].
    Announce(EndpointAddr, [u8; 32], BTreeMap<String, i128>),
    /// See [`Lobby::ask`].
    Ask,
    /// See [`Lobby::confirm`].
    Confirm(Digest),
    /// See [`Lobby::linked`].
    Linked(usize),
    /// See [`Lobby::abort`].
    Abort(Fault),
}

/// What the lobby tells the session.
#[derive(Debug)]
pub enum News {
    /// From the machine.
    Event(Event),
    /// We are connected to another party.
    Connected,
    /// One attempt to connect to the host failed, and why. There will be another.
    NoAnswer(String),
}

/// A running lobby. Dropping it ends it at once, and leaves its topic.
#[derive(Debug)]
pub struct LobbyHandle {
    commands: mpsc::UnboundedSender<Command>,
    news: mpsc::UnboundedReceiver<News>,
    task: JoinHandle<()>,
}

impl LobbyHandle {
    /// Joins the lobby's topic and starts the machine. A joiner gives the host's address.
    pub async fn open(
        node: &Node,
        config: Config,
        role: Role,
        host: Option<EndpointAddr>,
    ) -> Result<Self, Error> {
        let topic = node.subscribe_lobby(config.session).await?;
        let (sender, receiver) = topic.split();
        let (commands, command_queue) = mpsc::unbounded_channel();
        let (news_queue, news) = mpsc::unbounded_channel();
        let driver = Driver {
            machine: Lobby::new(config, role, Instant::now()),
            node: node.clone(),
            sender,
            news: news_queue,
            host: host.map(HostLink::new),
        };
        let task = tokio::spawn(driver.run(receiver, command_queue));
        Ok(Self {
            commands,
            news,
            task,
        })
    }

    /// Tells the machine something.
    pub fn tell(&self, command: Command) {
        // If the driver is gone, the session is about to find that out from `next`.
        self.commands.send(command).ok();
    }

    /// What happens next. `None` once the lobby is over.
    pub async fn next(&mut self) -> Option<News> {
        self.news.recv().await
    }
}

impl Drop for LobbyHandle {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Driver {
    machine: Lobby,
    node: Node,
    sender: GossipSender,
    news: mpsc::UnboundedSender<News>,
    host: Option<HostLink>,
}

type Dial = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// A joiner's way to the host, made again whenever it is lost.
struct HostLink {
    addr: EndpointAddr,
    neighbor: bool,
    attempts: usize,
    /// When something was last heard on the topic, or the host was last dialed.
    fresh: Instant,
    dial: Option<Dial>,
    /// Until the computation starts the host speaks twice a second; then it may be silent.
    expects_words: bool,
}

impl HostLink {
    fn new(addr: EndpointAddr) -> Self {
        Self {
            addr,
            neighbor: false,
            attempts: 0,
            fresh: Instant::now(),
            dial: None,
            expects_words: true,
        }
    }

    /// Dials if the host is not our neighbour, or has become silent.
    fn keep(&mut self, node: &Node, now: Instant) {
        let silent = self.expects_words && now > self.fresh + SILENCE;
        if self.dial.is_some() || (self.neighbor && !silent) {
            return;
        }
        self.fresh = now;
        let wait = match self.attempts {
            0 => Duration::ZERO,
            n => REDIAL[(n - 1).min(REDIAL.len() - 1)],
        };
        self.attempts += 1;
        let (node, addr) = (node.clone(), self.addr.clone());
        self.dial = Some(Box::pin(async move {
            tokio::time::sleep(wait).await;
            node.dial_lobby(addr).await
        }));
    }
}

impl Driver {
    async fn run(
        mut self,
        mut topic: GossipReceiver,
        mut commands: mpsc::UnboundedReceiver<Command>,
    ) {
        while self.flush().await.is_some() {
            if let Some(host) = &mut self.host {
                host.keep(&self.node, Instant::now());
            }
            let Some(timeout) = self.machine.poll_timeout() else {
                return;
            };
            tokio::select! {
                event = topic.next() => match event {
                    Some(Ok(event)) => self.handle_gossip(event),
                    // Gossip is shut down; nothing more can be heard or said.
                    Some(Err(_)) | None => return,
                },
                command = commands.recv() => match command {
                    Some(command) => self.handle_command(command),
                    None => return,
                },
                dialed = dial(&mut self.host) => self.handle_dialed(dialed).await,
                () = tokio::time::sleep_until(timeout.into()) => {
                    self.machine.handle_timeout(Instant::now());
                }
            }
        }
    }

    /// Does what the machine wants done. `None` when the session listens no more.
    async fn flush(&mut self) -> Option<()> {
        while let Some(output) = self.machine.poll() {
            match output {
                Output::Broadcast(message) => {
                    self.sender.broadcast(message).await.ok()?;
                }
                Output::Event(event) => {
                    self.follow(&event).await;
                    self.news.send(News::Event(event)).ok()?;
                }
            }
        }
        Some(())
    }

    /// With the roster we know where everybody is: a full mesh needs no host to pass messages on.
    async fn follow(&mut self, event: &Event) {
        match event {
            Event::Roster(roster) => {
                for party in &roster.parties {
                    self.node.learn(&party.addr);
                }
                let ids = roster.parties.iter().map(|party| party.id);
                let others = ids.filter(|id| *id != self.node.id()).collect();
                self.sender.join_peers(others).await.ok();
            }
            Event::Start { .. } => {
                if let Some(host) = &mut self.host {
                    host.expects_words = false;
                }
            }
            _ => {}
        }
    }

    fn handle_gossip(&mut self, event: GossipEvent) {
        let now = Instant::now();
        match event {
            GossipEvent::Received(message) => {
                if let Some(host) = &mut self.host {
                    host.fresh = now;
                }
                self.machine.handle(&message.content, now);
            }
            GossipEvent::NeighborUp(id) => {
                self.set_neighbor(&id, true);
                self.machine.neighbor_up();
                self.news.send(News::Connected).ok();
            }
            GossipEvent::NeighborDown(id) => {
                self.set_neighbor(&id, false);
                self.machine.gone(&id);
            }
            // Everything that matters is repeated.
            GossipEvent::Lagged => {}
        }
    }

    fn set_neighbor(&mut self, id: &EndpointId, up: bool) {
        if let Some(host) = self.host.as_mut().filter(|host| host.addr.id == *id) {
            host.neighbor = up;
            host.fresh = Instant::now();
            if up {
                host.attempts = 0;
            }
        }
    }

    fn handle_command(&mut self, command: Command) {
        match command {
            Command::Announce(addr, key, consts) => self.machine.announce(addr, key, consts),
            Command::Ask => self.machine.ask(),
            Command::Confirm(circuit) => self.machine.confirm(circuit, Instant::now()),
            Command::Linked(seat) => self.machine.linked(seat),
            Command::Abort(fault) => self.machine.abort(&fault),
        }
    }

    async fn handle_dialed(&mut self, dialed: Result<(), String>) {
        let Some(host) = &mut self.host else {
            return;
        };
        host.dial = None;
        match dialed {
            Ok(()) => {
                self.sender.join_peers(vec![host.addr.id]).await.ok();
                // If the host does not answer on the topic, the silence counts from here.
                host.fresh = Instant::now();
                host.neighbor = true;
            }
            Err(why) => {
                tracing::debug!(why, "cannot reach the host");
                self.news.send(News::NoAnswer(why)).ok();
            }
        }
    }
}

/// The result of the dial that is under way; pending if there is none.
async fn dial(host: &mut Option<HostLink>) -> Result<(), String> {
    match host.as_mut().and_then(|host| host.dial.as_mut()) {
        Some(dial) => dial.await,
        None => futures::future::pending().boxed().await,
    }
}
