//! A relay for the networks of `scripts/networks.py`: plain HTTP, open to everybody, and no more than that.
//!
//! Takes the address to serve, and says on standard output where it serves once it does.

use std::net::SocketAddr;

use anyhow::Context;
use iroh_relay::server::{RelayConfig, Server, ServerConfig};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let address = std::env::args().nth(1).context("usage: relay ADDR:PORT")?;
    let address: SocketAddr = address.parse().context("not an address and a port")?;
    let mut config = ServerConfig::default();
    config.relay = Some(RelayConfig::new(address));
    let mut server = Server::spawn(config).await?;
    let served = server.http_addr().context("nothing is served")?;
    println!("http://{served}");
    server.join().await??;
    Ok(())
}
