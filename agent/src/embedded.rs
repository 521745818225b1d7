//! The broker inside the agent: `campus demo` and a small campus need no installed one.
//!
//! Terms:
//! - *account*: who a client is — the agent, one node, or an anonymous reader. `access` decides, per
//!   account, which topics it may publish to and subscribe to.
//! - *owner* of a client id: the account whose session bears it. Nobody takes a session over from a
//!   stronger account.
//!
//! `rmqtt` does the MQTT (`docs/adr/0003-embedded-broker.md` says why). It runs on threads of its
//! own: stopping them stops everything it ever started. It keeps nothing over a restart; the agent
//! publishes its retained state again on every connect, and nodes re-send until `down/ack`.

mod access;
mod hooks;
#[cfg(test)]
mod tests;

use access::Access;
use hooks::{Fitters, Hooks, Retained};
use rmqtt::context::ServerContext;
use rmqtt::hook::Type;
use rmqtt::net::{Builder, Listener};
use rmqtt::server::MqttServer;
use rmqtt::shared::DefaultShared;
use std::io;
use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::runtime::{self, Runtime};
use wire::Id;

/// Longest MQTT packet in bytes, headers included: above [`wire::PAYLOAD_BYTES_MAX`] plus the
/// longest topic (32-byte names, about 150 bytes), below the limit of the agent's MQTT client.
pub const PACKET_BYTES_MAX: u32 = 4096;

/// Messages that wait for the agent, which may stop reading while its store is away: 1,000 nodes
/// at a frame per 10 s fill this in 8 minutes. After that the oldest are dropped and counted; nodes
/// hold them until `down/ack`, so they come again. `hooks` has the smaller limits of everybody else.
const AGENT_QUEUE_MESSAGES_MAX: usize = 50_000;

/// Messages under way to one subscriber before it must acknowledge: far above a commit batch, or a
/// batch would never fill (`docs/adr/0003`).
const INFLIGHT_MAX: NonZeroU16 = NonZeroU16::new(4096).unwrap();

/// How long a session of MQTT 3.1.1 without `clean session` is kept after its client went: a night.
const SESSION_KEPT: Duration = Duration::from_secs(12 * 3600);

/// Two threads carry 48,000 messages/s (`docs/adr/0003`), 480 times what 1,000 nodes at a frame per
/// 10 s send.
const THREADS: usize = 2;

/// How long [`Broker::stop`] waits for its threads. They only ever wait for sockets, so it takes
/// milliseconds.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// Where to listen, and who may connect.
#[derive(Clone)]
pub struct Settings {
    /// Address and port; port 0 takes any free one.
    pub listen: SocketAddr,
    /// The campus whose topics are served.
    pub campus: Id,
    /// Password of the account `agent`, which may do everything.
    pub agent_password: String,
    /// Password that all nodes share. `None`: nodes need none, and the broker listens on the
    /// loopback only.
    pub node_password: Option<String>,
    /// Whether clients without a user name may read the campus and ask for overrides.
    pub anonymous_read: bool,
}

/// A running broker. Dropping it stops it too, without waiting.
pub struct Broker {
    address: SocketAddr,
    dropped: Arc<AtomicU64>,
    context: ServerContext,
    /// `None` only after `stop` took it.
    runtime: Option<Runtime>,
}

/// Why the broker does not start.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// Somebody else listens there.
    #[error(
        "{0} is in use: another broker, or another `campus`, listens there. Stop it, or choose \
         another port at `listen` under `[broker]`, or use that broker: `url = \"mqtt://{0}\"`"
    )]
    InUse(SocketAddr),
    /// The address cannot be listened on.
    #[error(
        "cannot listen on {0}: {1}. Choose an address of this computer at `listen` under `[broker]`"
    )]
    Listen(SocketAddr, String),
    /// Nodes without a password are for the loopback only.
    #[error(
        "{0} can be reached from the network, but nodes need no password. Set one at \
         `node_password_file` under `[broker]`, or listen on 127.0.0.1"
    )]
    Open(SocketAddr),
    /// An empty password would let everybody be the agent.
    #[error("the password of the account `{0}` is empty")]
    EmptyPassword(&'static str),
    /// The operating system gives no threads.
    #[error("cannot start the threads of the broker: {0}")]
    Threads(#[from] io::Error),
}

impl Broker {
    /// Binds the address and serves it until [`Broker::stop`].
    ///
    /// # Errors
    /// A [`BrokerError`]; when it returns `Ok`, clients can connect.
    pub async fn start(settings: Settings) -> Result<Self, BrokerError> {
        check(&settings)?;
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("broker")
            .enable_all()
            .build()?;
        let mut broker = Guard(Some(runtime));
        let dropped = Arc::new(AtomicU64::new(0));
        let listening = broker.spawn(listen(settings, dropped.clone())).await;
        let (address, context, server) = match listening {
            Ok(result) => result?,
            Err(ended) => return Err(BrokerError::Threads(io::Error::other(ended))),
        };
        broker.spawn(server.run());
        Ok(Self { address, dropped, context, runtime: broker.0.take() })
    }

    /// Where it listens; the port is the one that was found when 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Messages that were dropped because a subscriber's queue or window was full, since the start.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Ends every connection and frees the port; both have happened when this returns.
    pub async fn stop(mut self) {
        let Some(runtime) = self.runtime.take() else { return };
        // A runtime may not be waited for on an asynchronous thread.
        let ended = tokio::task::spawn_blocking(move || runtime.shutdown_timeout(STOP_LIMIT)).await;
        debug_assert!(ended.is_ok(), "shutdown does not panic");
        // The context and what it shares point at each other; this cuts the circle and frees both.
        *self.context.extends.shared_mut().await = Box::new(DefaultShared::new(None));
        *self.context.extends.router_mut().await =
            Box::new(rmqtt::router::DefaultRouter::new(None));
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Ends the threads when the start fails: a runtime may not simply be dropped on an asynchronous
/// thread.
struct Guard(Option<Runtime>);

impl Guard {
    fn spawn<F>(&mut self, future: F) -> tokio::task::JoinHandle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        match &self.0 {
            Some(runtime) => runtime.spawn(future),
            None => unreachable!("the threads are taken only at the end of the start"),
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

fn check(settings: &Settings) -> Result<(), BrokerError> {
    if settings.agent_password.is_empty() {
        return Err(BrokerError::EmptyPassword("agent"));
    }
    match &settings.node_password {
        Some(password) if password.is_empty() => Err(BrokerError::EmptyPassword("node")),
        None if !settings.listen.ip().is_loopback() => Err(BrokerError::Open(settings.listen)),
        _ => Ok(()),
    }
}

/// Binds the socket and prepares the server; runs on the broker's own threads.
async fn listen(
    settings: Settings,
    dropped: Arc<AtomicU64>,
) -> Result<(SocketAddr, ServerContext, MqttServer), BrokerError> {
    let listener = bind(settings.listen)?;
    let address = listener
        .local_addr()
        .map_err(|error| BrokerError::Listen(settings.listen, error.to_string()))?;
    // The busy check refuses connections by the load of the whole computer; nodes would only come
    // back harder.
    let context = ServerContext::new().busy_check_enable(false).build().await;
    *context.extends.retain_mut().await = Box::new(Retained::default());
    *context.extends.fitter_mgr_mut().await = Box::new(Fitters);
    let access = Arc::new(Access::new(settings));
    let register = context.extends.hook_mgr().register();
    for point in [
        Type::ClientAuthenticate,
        Type::ClientSubscribeCheckAcl,
        Type::MessagePublishCheckAcl,
        Type::MessageDropped,
    ] {
        let hooks = Hooks::new(access.clone(), context.clone(), dropped.clone());
        register.add(point, Box::new(hooks)).await;
    }
    register.start().await;
    let server = MqttServer::new(context.clone()).listener_by_id(listener, 1).build();
    Ok((address, context, server))
}

fn bind(address: SocketAddr) -> Result<Listener, BrokerError> {
    Builder::new()
        .name("campus")
        .laddr(address)
        // A restart may follow at once; a live listener still keeps its port on Linux.
        .reuseaddr(Some(true))
        .nodelay(true)
        // Everybody, also a client without a user name, is asked about in `hooks`.
        .allow_anonymous(false)
        .max_packet_size(PACKET_BYTES_MAX)
        .max_inflight(INFLIGHT_MAX)
        .max_mqueue_len(AGENT_QUEUE_MESSAGES_MAX)
        .max_clientid_len(128)
        .session_expiry_interval(SESSION_KEPT)
        .max_session_expiry_interval(SESSION_KEPT)
        // Zero means never: a retained `down/desired` has no end.
        .message_expiry_interval(Duration::ZERO)
        .bind()
        .and_then(Listener::tcp)
        .map_err(|error| match error.downcast_ref::<io::Error>().map(io::Error::kind) {
            Some(io::ErrorKind::AddrInUse) => BrokerError::InUse(address),
            _ => BrokerError::Listen(address, error.to_string()),
        })
}
