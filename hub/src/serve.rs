//! Sockets, TLS, and an orderly end.

use crate::config::{Config, Listen};
use crate::limits::{CONNECTIONS_MAX, END_WITHIN, HANDSHAKE_WITHIN, HEADERS_WITHIN};
use crate::mqtt::Desk;
use crate::receive::Receiver;
use crate::store::{self, Store};
use crate::{Fault, keep, migrate, tls};
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;

/// After an error of `accept` that a pause may cure: no free descriptor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A receiver that listens, or hears a broker, or both.
pub struct Serving {
    listener: Option<Listener>,
    tls: Option<TlsAcceptor>,
    router: Router,
    desk: Option<Desk>,
    place: String,
}

enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener, PathBuf),
}

/// Says where lines go; once per process.
pub fn log(json: bool) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("CAMPUS_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    // Whoever has set one before is left alone.
    let _ = if json { lines.json().try_init() } else { lines.try_init() };
}

/// Brings the schema up to date and opens the socket.
///
/// # Errors
/// What, where, and what to do.
pub async fn open(config: &Config) -> Result<Serving, Fault> {
    let tls = config.tls.as_ref().map(tls::server).transpose()?.map(TlsAcceptor::from);
    let mut client = store::connect(&config.database).await?;
    migrate::run(&mut client).await?;
    let listener = match &config.listen {
        Some(listen) => Some(Listener::open(listen).await?),
        None => None,
    };
    let store = Store::new(&config.database)?;
    if let Some(days) = config.quarters_days {
        keep::start(store.clone(), days);
    }
    let receiver = Receiver::new(store, config.batches_per_minute);
    let desk =
        config.mqtt.as_ref().map(|broker| Desk::new(broker, receiver.clone())).transpose()?;
    let place = listener.as_ref().map(Listener::place);
    let broker = config.mqtt.as_ref().map(|broker| broker.url.clone());
    let place = place.into_iter().chain(broker).collect::<Vec<_>>().join(", ");
    Ok(Serving { listener, tls, router: receiver.router(), desk, place })
}

/// A socket left behind by a receiver that was killed is taken over; one that answers is not.
fn open_socket(path: &Path) -> Result<UnixListener, Fault> {
    let shown = path.display();
    if std::os::unix::net::UnixStream::connect(path).is_ok() {
        let what = format!("another receiver listens on `{shown}`");
        return Err(Fault::new(what, "give each receiver a socket of its own"));
    }
    let is_socket = std::fs::symlink_metadata(path)
        .is_ok_and(|about| std::os::unix::fs::FileTypeExt::is_socket(&about.file_type()));
    if is_socket {
        let _ = std::fs::remove_file(path);
    }
    UnixListener::bind(path).map_err(|error| {
        Fault::new(
            format!("cannot listen on `{shown}`: {error}"),
            "is its folder there, and writable?",
        )
    })
}

impl Listener {
    async fn open(listen: &Listen) -> Result<Self, Fault> {
        match listen {
            Listen::Address(address) => {
                let listener = TcpListener::bind(address).await.map_err(|error| {
                    let hint =
                        "another program listens there, or the address is not of this computer";
                    Fault::new(format!("cannot listen on {address}: {error}"), hint)
                })?;
                Ok(Self::Tcp(listener))
            }
            Listen::Socket(path) => Ok(Self::Unix(open_socket(path)?, path.clone())),
        }
    }

    fn place(&self) -> String {
        match self {
            Self::Tcp(listener) => {
                listener.local_addr().map_or_else(|_| String::new(), |address| address.to_string())
            }
            Self::Unix(_, path) => path.display().to_string(),
        }
    }

    async fn accept(&self) -> io::Result<Socket> {
        match self {
            Self::Tcp(listener) => {
                let (socket, _) = listener.accept().await?;
                socket.set_nodelay(true)?;
                Ok(Box::new(socket))
            }
            Self::Unix(listener, _) => Ok(Box::new(listener.accept().await?.0)),
        }
    }
}

impl Serving {
    /// Where batches come in, for people and tests: an address with its port, or a path; a broker.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Answers until `end`; requests in work are finished, for a while.
    pub async fn until(self, end: impl Future<Output = ()>) {
        let Self { listener, tls, router, desk, .. } = self;
        let (stop, stopped) = watch::channel(false);
        let desk = desk.map(|desk| tokio::spawn(desk.run(stopped)));
        let graceful = GracefulShutdown::new();
        match listener {
            Some(listener) => accept_until(end, &listener, &tls, &router, &graceful).await,
            None => end.await,
        }
        // Whoever has stopped already does not hear it.
        let _ = stop.send(true);
        let all = async {
            graceful.shutdown().await;
            if let Some(desk) = desk {
                // It only ends early by a fault of its own.
                let _ = desk.await;
            }
        };
        if tokio::time::timeout(END_WITHIN, all).await.is_err() {
            tracing::warn!("ended with requests in work; they will be sent again");
        }
    }
}

/// Takes connections until `end`.
async fn accept_until(
    end: impl Future<Output = ()>,
    listener: &Listener,
    tls: &Option<TlsAcceptor>,
    router: &Router,
    graceful: &GracefulShutdown,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    tokio::pin!(end);
    loop {
        // A place first: beyond the limit connections wait in the kernel's queue.
        let place = tokio::select! {
            place = places.clone().acquire_owned() => place,
            () = &mut end => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut end => break,
        };
        let socket = match accepted {
            Ok(socket) => socket,
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let (router, tls, watcher) = (router.clone(), tls.clone(), graceful.watcher());
        tokio::spawn(async move {
            let _place = place;
            let Some(socket) = secure(socket, tls).await else { return };
            let service = TowerToHyperService::new(router);
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADERS_WITHIN)
                .serve_connection(TokioIo::new(socket), service);
            // Cut connections are every day's business.
            let _ = watcher.watch(connection).await;
        });
    }
    if let Listener::Unix(_, path) = listener {
        let _ = std::fs::remove_file(path);
    }
}

/// Any kind of connection.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}
type Socket = Box<dyn Stream>;

async fn secure(socket: Socket, tls: Option<TlsAcceptor>) -> Option<Socket> {
    let Some(tls) = tls else { return Some(socket) };
    match tokio::time::timeout(HANDSHAKE_WITHIN, tls.accept(socket)).await {
        Ok(Ok(socket)) => Some(Box::new(socket)),
        Ok(Err(error)) => {
            tracing::debug!(%error, "TLS handshake failed");
            None
        }
        Err(_) => None,
    }
}

/// Runs a receiver until SIGINT or SIGTERM.
///
/// # Errors
/// What, where, and what to do.
pub async fn until_signal(config: &Config) -> Result<(), Fault> {
    let cannot = |error: io::Error| Fault::new(format!("signals: {error}"), "");
    let mut interrupt = signal(SignalKind::interrupt()).map_err(cannot)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(cannot)?;
    let serving = open(config).await?;
    tracing::info!(at = serving.place(), tls = config.tls.is_some(), "takes batches");
    serving
        .until(async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
        .await;
    tracing::info!("ended");
    Ok(())
}
