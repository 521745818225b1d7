//! The task of one data centre that speaks the building-energy protocol: a report per slot, live ones
//! first, what is left over as `continuous`.
//!
//! What is said of a slot are the registers at its end, read from the ledger when it goes: a row of the
//! outbox that is about one of the centre's meters asks for its slot to be sent, whatever it says itself.
//! So a later revision sends the slot again, under the same key, with what is true then.

mod pending;
mod rows;

use super::source::{Source, SourceFault};
use super::state::{Place, Standing};
use super::{Said, http};
use crate::config::MohurdLink;
use crate::limits;
use crate::store::outbox::Lives;
use controller::ledger::Quality;
use controller::outbox::{LIVE_MS, Run};
use mohurd::{Action, Collector, Function, GOOD, Input, Meter, Note, Offer, Report, Stamp, Value};
use pending::Pending;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

/// The number of every meter's only function: its register.
const FUNCTION: &str = "1";

/// The kind of meter in the samples that were seen: electricity.
const METER_KIND: &str = "06";

/// OPC "uncertain": an estimate. Centres throw it away and take the difference over the gap.
const UNCERTAIN: u16 = 64;

/// A line in one of two forms.
trait Line: AsyncRead + AsyncWrite + Send + Sync + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Line for T {}

/// The task of one data centre.
pub struct Mohurd {
    source: Source,
    link: MohurdLink,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    place: Place,
    nudges: mpsc::Receiver<()>,
    collector: Collector,
    line: Option<Box<dyn Line>>,
    begun: Instant,
    /// Streams that ask for their slot to be sent.
    streams: HashMap<String, usize>,
    /// Every incarnation and what the centre has of it, as the hub counts.
    lives: Vec<(Lives, Vec<Run>)>,
    pending: Pending,
    /// Slots that were kept and of which the database does not know yet.
    unsaid: usize,
    /// Rows that were looked at, as the outbox counts.
    seen: Vec<Run>,
    /// What somebody asked for once more and is missing since, until the database knows.
    taken: BTreeSet<i64>,
    /// The clocks differed by more than a minute when they were last compared.
    is_skewed: bool,
}

impl Mohurd {
    /// Nothing is connected yet.
    ///
    /// # Errors
    /// A sentence, when a certificate cannot be used.
    pub(super) fn new(
        source: Source,
        link: &MohurdLink,
        place: Place,
        nudges: mpsc::Receiver<()>,
    ) -> Result<Self, String> {
        let tls = match link.tls {
            false => None,
            true => {
                let config = http::tls_config(link.ca_file.as_deref(), None)?;
                let name = ServerName::try_from(link.host.clone())
                    .map_err(|_| format!("`{}` is no name that a certificate has", link.host))?;
                Some((TlsConnector::from(Arc::new(config)), name))
            }
        };
        let seed = crc32fast::hash(format!("{} {}", link.building_id, source.hub()).as_bytes());
        let (building_id, gateway_id) = (link.building_id.clone(), link.gateway_id.clone());
        let collector =
            Collector::new(link.codec.clone(), building_id, gateway_id, u64::from(seed));
        let stream = |(at, meter): (usize, &crate::config::MohurdMeter)| {
            (format!("meter/{}", meter.name), at)
        };
        let streams = link.meters.iter().enumerate().map(stream).collect();
        let (link, begun) = (link.clone(), Instant::now());
        Ok(Self {
            source,
            link,
            tls,
            place,
            nudges,
            collector,
            line: None,
            begun,
            streams,
            lives: Vec::new(),
            pending: Pending::default(),
            unsaid: 0,
            seen: Vec::new(),
            taken: BTreeSet::new(),
            is_skewed: false,
        })
    }

    /// Until the agent stops.
    pub async fn run(mut self) {
        // Whoever stops the agent ends the channel.
        let Err(_) = self.serve().await else { return };
    }

    async fn serve(&mut self) -> Result<(), SourceFault> {
        self.lives = self.lives_or_wait().await?;
        let mut buffer = vec![0; 16 * 1024];
        loop {
            self.tell(Input::Time).await?;
            let deadline =
                self.collector.deadline().map(|ms| self.begun + Duration::from_millis(ms));
            let deadline = deadline.unwrap_or_else(|| Instant::now() + limits::HUB_COMPARE_EVERY);
            let heard = async {
                match &mut self.line {
                    Some(line) => line.read(&mut buffer).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                heard = heard => match heard {
                    Ok(0) => self.lost("the centre ended the connection".to_owned()).await?,
                    Ok(count) => {
                        let bytes = std::mem::take(&mut buffer);
                        self.tell(Input::Bytes(&bytes[..count])).await?;
                        buffer = bytes;
                    }
                    Err(error) => self.lost(format!("the connection broke: {error}")).await?,
                },
                () = tokio::time::sleep_until(deadline) => {}
                grown = self.source.grown() => {
                    grown?;
                    self.tell(Input::More).await?;
                }
                nudge = self.nudges.recv() => {
                    nudge.ok_or(SourceFault::Stopping)?;
                    self.tell(Input::More).await?;
                }
            }
        }
    }

    /// What the machine says to an input is done, and what comes of that as well.
    async fn tell(&mut self, input: Input<'_>) -> Result<(), SourceFault> {
        let mut out = Vec::new();
        self.collector.handle(input, self.now(), &mut out);
        let mut todo = VecDeque::from(out);
        while let Some(action) = todo.pop_front() {
            let answer = self.act(action).await?;
            if let Some(input) = answer {
                let mut more = Vec::new();
                self.collector.handle(input, self.now(), &mut more);
                todo.extend(more);
            }
        }
        Ok(())
    }

    async fn act(&mut self, action: Action) -> Result<Option<Input<'static>>, SourceFault> {
        match action {
            Action::Connect => return self.connect().await.map(Some),
            Action::Send(bytes) => {
                let sent = match &mut self.line {
                    Some(line) => {
                        let written = async {
                            line.write_all(&bytes).await?;
                            line.flush().await
                        };
                        let time = Duration::from_millis(mohurd::limits::ANSWER_MS);
                        tokio::time::timeout(time, written).await.is_ok_and(|sent| sent.is_ok())
                    }
                    None => false,
                };
                if !sent {
                    self.line = None;
                    return Ok(Some(Input::Closed));
                }
                self.place.update(|state| state.bytes += bytes.len() as u64);
            }
            Action::Close => self.line = None,
            Action::Next => {
                let next = self.next().await?;
                return Ok(Some(next.map_or(Input::Nothing, Input::Offer)));
            }
            Action::Kept { id } => self.kept(id as i64).await?,
            Action::Refused { id, fault } => self.refused(id as i64, fault).await?,
            Action::Clock(stamp) => self.compare_clocks(stamp),
            Action::Note(note) => self.note(note).await?,
        }
        Ok(None)
    }

    /// A line, or why there is none.
    async fn connect(&mut self) -> Result<Input<'static>, SourceFault> {
        let time = Duration::from_millis(mohurd::limits::CONNECT_MS);
        let line = tokio::time::timeout(time, self.open()).await;
        let line =
            line.unwrap_or_else(|_| Err(format!("no connection within {} s", time.as_secs())));
        match line {
            Ok(line) => {
                self.line = Some(line);
                Ok(Input::Connected)
            }
            Err(what) => {
                self.fail(what).await?;
                Ok(Input::Closed)
            }
        }
    }

    async fn open(&self) -> Result<Box<dyn Line>, String> {
        let failed = |error| format!("{}: {error}", self.link.address);
        let stream =
            TcpStream::connect((self.link.host.as_str(), self.link.port)).await.map_err(failed)?;
        // One message and its answer: nothing is gained by waiting for more.
        let _ = stream.set_nodelay(true);
        match &self.tls {
            None => Ok(Box::new(stream)),
            Some((connector, name)) => {
                let stream = connector.connect(name.clone(), stream).await;
                Ok(Box::new(stream.map_err(|error| format!("TLS: {error}"))?))
            }
        }
    }

    async fn lost(&mut self, what: String) -> Result<(), SourceFault> {
        self.line = None;
        self.remember().await?;
        self.fail(what).await?;
        self.tell(Input::Closed).await
    }

    /// The next slot with its registers.
    async fn next(&mut self) -> Result<Option<Offer>, SourceFault> {
        self.look().await?;
        let live_from = self.source.now_ms() - LIVE_MS;
        let Some(chosen) = self.pending.next(live_from, 0) else {
            self.remember().await?;
            self.stand(Standing::Idle, String::new()).await?;
            return Ok(None);
        };
        self.stand(Standing::Sending, String::new()).await?;
        let offset_s = self.link.codec.dialect().utc_offset_s();
        let end_ms = chosen.slot_ms + i64::from(chosen.span_s) * 1000;
        // A slot of the ledger is in the calendar.
        let Some(time) = Stamp::from_utc_ms(end_ms, offset_s) else { return Ok(None) };
        let names = self.link.meters.iter().map(|meter| meter.name.clone()).collect();
        let registers = match self.source.registers(names, chosen.slot_ms).await {
            Ok(registers) => registers,
            Err(SourceFault::Stopping) => return Err(SourceFault::Stopping),
            Err(SourceFault::Store(error)) => {
                // Tried again when the outbox grows.
                tracing::warn!(hub = self.source.hub(), %error, "registers cannot be read");
                return Ok(None);
            }
        };
        let meters =
            self.link.meters.iter().zip(registers).enumerate().map(|(at, (meter, register))| {
                let (value, error) = match register {
                    Some((wh, Quality::Measured)) => (Value::kwh_from_wh(wh), GOOD),
                    Some((wh, _)) => (Value::kwh_from_wh(wh), UNCERTAIN),
                    None => (None, 0),
                };
                let function = Function {
                    id: FUNCTION.to_owned(),
                    coding: Some(meter.code),
                    value,
                    error: Some(error),
                };
                Meter {
                    id: (at + 1).to_string(),
                    addr: format!("{:012}", at + 1),
                    tp: METER_KIND.to_owned(),
                    name: meter.name.clone(),
                    functions: vec![function],
                }
            });
        let report = Report {
            building_id: self.link.building_id.clone(),
            gateway_id: self.link.gateway_id.clone(),
            time,
            meters: meters.collect(),
        };
        Ok(Some(Offer { id: chosen.slot_ms as u64, report, left_over: chosen.left_over }))
    }

    async fn note(&mut self, note: Note) -> Result<(), SourceFault> {
        let hub = self.source.hub();
        match note {
            Note::LoggedIn => {
                tracing::info!(hub, "logged in");
                self.stand(Standing::Sending, String::new()).await
            }
            Note::Denied => {
                let what = "it does not take our login: another key, or another order of key and challenge";
                self.fail(what.to_owned()).await
            }
            Note::Silent(missing) => self.fail(format!("{missing} does not come")).await,
            Note::Fault(fault) => {
                tracing::warn!(hub, %fault, "something that is no message");
                Ok(())
            }
            Note::Unexpected(what) => {
                tracing::warn!(hub, what, "not understood");
                Ok(())
            }
            Note::Period { wanted_min } => {
                tracing::warn!(
                    hub,
                    wanted_min,
                    "the centre wants reports at another distance; slots are the campus's"
                );
                Ok(())
            }
        }
    }

    /// Told once when clocks drift apart, and once when they agree again; ours is never set by a centre.
    fn compare_clocks(&mut self, stamp: Stamp) {
        let theirs = stamp.to_utc_ms(self.link.codec.dialect().utc_offset_s());
        let apart_s = theirs.map_or(0, |theirs| (theirs - self.source.now_ms()) / 1000);
        let is_skewed = apart_s.abs() > 60;
        if is_skewed != std::mem::replace(&mut self.is_skewed, is_skewed) {
            tracing::warn!(hub = self.source.hub(), apart_s, is_skewed, "the centre's clock");
        }
    }

    async fn fail(&mut self, what: String) -> Result<(), SourceFault> {
        self.place.update(|state| state.failures += 1);
        self.stand(Standing::Failing, what).await
    }

    /// How it stands; told to the main loop when it begins or ends to fail.
    async fn stand(&mut self, standing: Standing, what: String) -> Result<(), SourceFault> {
        let now_ms = self.source.now_ms();
        let turned = self.place.update(|state| {
            if state.standing != standing {
                state.since_ms = now_ms;
            }
            state.standing = standing;
            state.what.clone_from(&what);
        });
        if turned {
            let hub = self.source.hub().to_owned();
            let wrong = (standing == Standing::Failing).then_some(what);
            self.source.say(Said::Standing(hub, wrong)).await?;
        }
        Ok(())
    }

    fn now(&self) -> u64 {
        self.begun.elapsed().as_millis() as u64
    }
}
