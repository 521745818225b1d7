//! From a configuration to a running agent, and to its orderly end.
//!
//! database → broker (where it is our own) → connection → main loop → API → ready.
//! Everything that can fail fails before the first frame is taken, with what, where and what to do.

use crate::accounts::{Accounts, keys::Keys};
use crate::api::{Api, serve};
use crate::bus::{self, Buses};
use crate::canary;
use crate::clock::Clock;
use crate::config::{BrokerConfig, Config, Secret, zones_for_rules};
use crate::embedded;
use crate::facts::need;
use crate::findings;
use crate::hub;
use crate::main_loop::{self, Event, Io};
use crate::metrics::Metrics;
use crate::mqtt;
use crate::prepare::{self, Kept};
use crate::rulebook::Begin;
use crate::summaries::Summaries;
use crate::{limits, store};
use controller::{Campus, Timestamp};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// Why the agent does not start, or did not end well: what and where, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct StartError {
    /// What is wrong, and where.
    pub what: String,
    /// What to do about it; empty when nothing is known.
    pub hint: String,
}

impl StartError {
    fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: hint.into() }
    }

    /// From a sentence that says what is wrong, and then, after `; ` or `. `, what to do.
    fn from_sentence(text: &str) -> Self {
        let cut = [text.find("; "), text.find(". ")].into_iter().flatten().min();
        match cut {
            Some(at) => Self::new(&text[..at], text[at + 2..].trim_end_matches('.')),
            None => Self::new(text, ""),
        }
    }
}

/// A running agent.
pub struct Running {
    /// Where the API is served.
    pub socket: PathBuf,
    /// Where the broker is, for others to connect to.
    pub broker: (String, u16),
    /// Where Prometheus can read, if it can.
    pub metrics: Option<SocketAddr>,
    events: mpsc::Sender<Event>,
    main_loop: JoinHandle<()>,
    others: Vec<JoinHandle<()>>,
    embedded: Option<embedded::Broker>,
    buses: Buses,
}

/// Starts everything; returns when the agent takes frames and answers questions.
///
/// # Errors
/// [`StartError`]; whatever was started before it is stopped again.
pub async fn start(
    config: Config,
    clock: Clock,
    store_limits: store::Limits,
) -> Result<Running, StartError> {
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let socket = config.socket();
    let listener = open_socket(&socket).await?;
    let metrics_listener = match config.metrics_listen {
        Some(address) => Some(open_metrics(address).await?),
        None => None,
    };
    let now = clock.now();
    let opened = store::open(&config.store, store_limits, now.0)
        .map_err(|error| StartError::from_sentence(&error.to_string()))?;
    let store::Opened { store, events: told, checkpoints, set_aside, outbox, copied, .. } = opened;
    if let Some(why) = copied {
        let why = why.name();
        tracing::warn!(why, "this database is a copy of another; its rows get a new incarnation");
    }
    let begin = Begin::read(&store.reader(), &config, now)
        .map_err(|error| StartError::new(format!("rules: {error}"), "restore a backup"))?;
    let (ruling, ruled) = watch::channel(Arc::new(begin.current.clone()));
    let campus = Campus { rules: begin.current.set.clone(), ..config.campus.clone() };
    let accounts = Accounts::of(&config)
        .map_err(|text| StartError::new(text, "see `ca_file` of `[broker]`"))?;
    let (embedded, settings) = broker(&config).await?;
    let scheme = if settings.tls.is_some() { "mqtts" } else { "mqtt" };
    let url = format!("{scheme}://{}:{}", settings.host, settings.port);
    let broker = (settings.host.clone(), settings.port);

    let (events, queue) = mpsc::channel(limits::EVENTS_MAX);
    let (link, connection) = mqtt::start(settings, events.clone(), Event::Link);
    let metrics = Metrics::new();
    let gateways: Vec<wire::Id> = config.gateways.iter().map(|gateway| gateway.id).collect();
    let Config { buses, polled, gateways: boxes, .. } = config.clone();
    let buses = bus::start(buses, polled, boxes, clock, events.clone(), Event::Bus);
    let (hubs, forwarders) =
        hub::start(&config.hubs, config.campus.id, &store.reader(), &outbox, &events, clock)
            .map_err(|text| StartError::new(text, "see `[[hub]]` in the configuration"))?;
    let api = Api {
        events: events.clone(),
        past: store.reader(),
        metrics: metrics.rendered(),
        zone: config.campus.zone.clone(),
        clock,
        campus: Arc::new(campus),
        buses: buses.clone(),
        polled: Arc::new(config.polled.clone()),
        repairing: Arc::default(),
        source: Arc::new(config.source.clone()),
        replaying: Arc::default(),
        hubs,
        budget_bytes: config.outbox.budget_bytes,
        ruled,
        ruling: Arc::default(),
        accounts,
        technicians: config.technicians.clone().map(Arc::new),
        keys: Keys::beside(&config.store),
        provisioning: Arc::default(),
    };
    let embeds = embedded.is_some();
    let io = Io { link: link.clone(), buses: buses.clone(), clock, metrics, url, embedded: embeds };
    let mut others = vec![connection, forward_store(told, events.clone())];
    others.extend(forwarders);
    let summaries = Summaries::new(&config.hubs, config.outbox);
    check_rules(&begin, &config.campus, events.clone());
    let (source, rules) = (config.source, begin);
    let kept = Kept { store, checkpoints, set_aside, source, summaries, rules };
    let body = prepare::prepare(config.campus, io, kept, &gateways, ruling)
        .map_err(|text| StartError::new(text, "restore a backup, or move the database away"))?;
    let main_loop = tokio::spawn(main_loop::run(body, queue));
    let metrics_at = metrics_listener.as_ref().and_then(|l| l.local_addr().ok());
    if let Some(listener) = metrics_listener {
        others.push(serve::metrics_on(listener, api.clone()));
    }
    if let Some(accounts) = api.accounts.clone() {
        let campus = api.campus.id;
        others.push(tokio::spawn(canary::watch(accounts, campus, clock, api.events.clone())));
    }
    others.push(tokio::spawn(findings::watch(api.clone())));
    others.push(serve::on_socket(listener, api));
    let metrics = metrics_at;
    Ok(Running { socket, broker, metrics, events, main_loop, others, embedded, buses })
}

/// Looks for mistakes in the rules, beside the start: whatever they are, no room is left in the dark.
fn check_rules(begin: &Begin, campus: &Campus, events: mpsc::Sender<Event>) {
    let (number, text) = begin.current.chosen();
    let (text, zones) = (text.to_owned(), zones_for_rules(campus));
    let (accepted, since) = (begin.accepted(), Timestamp(begin.current.since_ms));
    tokio::task::spawn_blocking(move || {
        let Ok(rules) = rules::RuleSet::parse(&text) else { return };
        let mistakes = rules::check(&rules, &zones).len() as u32;
        if mistakes > accepted {
            tracing::warn!(mistakes, "rules have mistakes; `campus rule check` tells them");
            let args = [("n", mistakes.to_string())];
            let found = need("rules_findings", &number.to_string(), since, args);
            let _ = events.blocking_send(Event::Mistaken(number, found));
        }
    });
}

impl Running {
    /// Commits what is waiting, says goodbye and stops everything.
    pub async fn stop(mut self) {
        self.buses.stop().await;
        let _ = self.events.send(Event::Stop).await;
        if tokio::time::timeout(limits::DRAIN * 2, &mut self.main_loop).await.is_err() {
            tracing::error!("the last commit did not end in time; nodes will send again");
            self.main_loop.abort();
        }
        for task in &self.others {
            task.abort();
        }
        if let Some(broker) = self.embedded.take() {
            broker.stop().await;
        }
        let _ = std::fs::remove_file(&self.socket);
    }

    /// Ends when the main loop does, which it should not by itself.
    pub async fn ended(&mut self) {
        let _ = (&mut self.main_loop).await;
    }
}

/// Runs until `SIGTERM` or `SIGINT`, and tells systemd what is going on.
///
/// # Errors
/// As [`start`]; and when the main loop ends by itself.
pub async fn until_signal(config: Config, clock: Clock) -> Result<(), StartError> {
    let mut running = start(config, clock, store::Limits::default()).await?;
    tracing::info!(socket = %running.socket.display(), broker = ?running.broker, "ready");
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
    let alive = tokio::spawn(say_alive());
    let ended = tokio::select! {
        () = running.ended() => true,
        () = signal() => false,
    };
    alive.abort();
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
    tracing::info!("stopping");
    running.stop().await;
    if ended {
        return Err(StartError::new("the main loop ended by itself", "see the log above"));
    }
    Ok(())
}

async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        // Without signals only a kill ends the agent, which it survives.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

/// Feeds systemd's watchdog, where the unit has one, from the runtime that must not hang.
async fn say_alive() {
    let Some(limit) = sd_notify::watchdog_enabled() else { return };
    let mut tick = tokio::time::interval(limit / 3);
    loop {
        tick.tick().await;
        let _ = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]);
    }
}

async fn open_socket(path: &Path) -> Result<UnixListener, StartError> {
    serve::open_socket(path).await.map_err(|error| {
        if error.kind() == std::io::ErrorKind::AddrInUse {
            return StartError::new(
                format!("another agent answers on `{}`", path.display()),
                "stop it, or give this one a socket of its own (`[api] socket`)",
            );
        }
        StartError::new(
            format!("cannot listen on `{}`: {error}", path.display()),
            "give a path that this user may write to (`[api] socket`)",
        )
    })
}

async fn open_metrics(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|error| {
        StartError::new(
            format!("cannot listen on {address} for Prometheus: {error}"),
            "choose another address (`[metrics] listen`)",
        )
    })
}

/// The broker to connect to: started here, or somewhere else.
async fn broker(config: &Config) -> Result<(Option<embedded::Broker>, mqtt::Settings), StartError> {
    let campus = config.campus.id;
    let nodes = ["node/+/up/hello", "node/+/up/frame", "node/+/up/result"];
    let filters = nodes.into_iter().chain(["room/+/+/set", "demand/set"]);
    let filters: Vec<String> =
        filters.map(|filter| format!("campus/v1/{campus}/{filter}")).collect();
    let filters_at_first = main_loop::state_filters(&campus);
    match &config.broker {
        BrokerConfig::Embedded { listen, password, node_password, anonymous_read } => {
            let secret = match password {
                Some(secret) => secret.expose().to_owned(),
                None => crate::chance::secret::<16>()
                    .map_err(|error| StartError::new(error.to_string(), ""))?,
            };
            let settings = embedded::Settings {
                listen: *listen,
                campus,
                agent_password: secret.clone(),
                node_password: node_password.as_ref().map(|s| s.expose().to_owned()),
                anonymous_read: *anonymous_read,
            };
            let broker = embedded::Broker::start(settings)
                .await
                .map_err(|error| StartError::from_sentence(&error.to_string()))?;
            let address = broker.address();
            let settings = mqtt::Settings {
                host: reachable(address),
                port: address.port(),
                tls: None,
                client_id: "agent".to_owned(),
                credentials: Some(("agent".to_owned(), secret)),
                filters,
                filters_at_first,
            };
            Ok((Some(broker), settings))
        }
        BrokerConfig::Url { host, port, tls, ca_file, username, password } => {
            let tls = match tls {
                true => Some(tls_config(ca_file.as_deref())?),
                false => None,
            };
            let user = username.clone();
            let client_id = user.clone().unwrap_or_else(|| format!("campus-agent-{campus}"));
            let secret = password.as_ref().map(Secret::expose).unwrap_or_default().to_owned();
            let credentials = user.map(|user| (user, secret));
            Ok((
                None,
                mqtt::Settings {
                    host: host.clone(),
                    port: *port,
                    tls,
                    client_id,
                    credentials,
                    filters,
                    filters_at_first,
                },
            ))
        }
    }
}

/// Whom to trust as the broker.
fn tls_config(ca_file: Option<&Path>) -> Result<Arc<rustls::ClientConfig>, StartError> {
    let config = hub::tls_config(ca_file, None);
    let config = config.map_err(|text| StartError::new(text, "see `ca_file` of `[broker]`"))?;
    Ok(Arc::new(config))
}

/// How the agent itself reaches a broker that listens everywhere.
fn reachable(address: SocketAddr) -> String {
    match address.ip() {
        ip if !ip.is_unspecified() => ip.to_string(),
        ip if ip.is_ipv6() => "::1".to_owned(),
        _ => "127.0.0.1".to_owned(),
    }
}

/// What the writer's thread says becomes an event like any other.
fn forward_store(mut from: store::Events, to: mpsc::Sender<Event>) -> JoinHandle<()> {
    tokio::spawn(async move {
        while let Some(event) = from.next().await {
            if to.send(Event::Stored(event)).await.is_err() {
                return;
            }
        }
        let _ = to.send(Event::StoreGone).await;
    })
}

/// Says what happened on stderr, as text or JSON; `RUST_LOG` chooses how much.
pub fn log(format: crate::config::LogFormat) {
    use tracing_subscriber::EnvFilter;
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,rmqtt=off"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second call in one process keeps the first: a demo has logs of its own.
    let _ = match format {
        crate::config::LogFormat::Json => lines.json().try_init(),
        crate::config::LogFormat::Text => lines.with_ansi(false).try_init(),
    };
}
