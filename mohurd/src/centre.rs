//! The centre's end of a session: challenge, check, keep, acknowledge; and what a collector does wrong.
//!
//! It is the reference that collectors are tested against. It acknowledges what whoever runs it has
//! kept, never before.

use crate::cipher::{is_answer, is_answer_in_other_order};
use crate::codec::{Codec, Fault};
use crate::frame::Framer;
use crate::ids::{BuildingId, GatewayId, ItemCode};
use crate::items::Items;
use crate::limits::{BEATS_MISSED, MESSAGE_FAULTS_MAX};
use crate::message::{Ack, Body, GOOD, Message, Progress, Readings, Report, Why};
use crate::stamp::Stamp;

/// One connection of a collector.
#[derive(Clone, Debug)]
pub struct Centre {
    codec: Codec,
    items: Items,
    challenge: String,
    framer: Framer,
    /// Whose it is, from the first message on.
    whose: Option<(BuildingId, GatewayId)>,
    asked: bool,
    open: bool,
    closed: bool,
    command: u32,
    faults: u32,
    /// Data that is being kept.
    keeping: Option<Readings>,
    heard_at: u64,
    sequence: Option<u32>,
    progress: Option<Progress>,
}

/// What happened.
#[derive(Clone, Copy, Debug)]
pub enum CentreInput<'a> {
    /// Something was received.
    Bytes(&'a [u8]),
    /// What was to be kept is, or could not be.
    Kept(bool),
    /// Ask for a reply.
    Query,
    /// Ask for reports at this distance, min.
    Period(u32),
    /// Time has passed.
    Time,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CentreAction {
    /// Send these bytes.
    Send(Vec<u8>),
    /// Close the connection.
    Close,
    /// Keep this under (building, meter, function, time), and say [`CentreInput::Kept`].
    Keep {
        /// What was said.
        report: Report,
        /// Why.
        why: Why,
    },
    /// A collector has logged in.
    LoggedIn(BuildingId, GatewayId),
    /// Something that a collector should not do.
    Found(Finding),
}

/// Something that a collector should not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Something that is no message.
    Fault(Fault),
    /// Anything but logging in before it is logged in.
    NotLoggedIn,
    /// An answer that does not fit.
    WrongAnswer {
        /// It would fit with key and challenge the other way round.
        other_order: bool,
    },
    /// Another building or gateway than at the beginning.
    Changed,
    /// A sequence that is not higher than the one before.
    Sequence {
        /// Before.
        last: u32,
        /// Now.
        now: u32,
    },
    /// Left-over messages that do not count up to their total.
    Progress(Progress),
    /// A time that is not the start of a period.
    Time(Stamp),
    /// A time that has not come yet.
    Future(Stamp),
    /// A code that the dictionary does not have.
    Item(ItemCode),
    /// A good value that counts for no item.
    NoItem {
        /// Of the meter.
        meter: String,
    },
    /// A value that says it is good and is not there, or the reverse.
    Value {
        /// Of the meter.
        meter: String,
    },
    /// One meter twice in one message.
    MeterTwice {
        /// Of the meter.
        meter: String,
    },
    /// A message that a collector does not send, or not now.
    Unexpected(&'static str),
    /// Nothing for too long.
    Silent,
}

impl Centre {
    /// For a connection that was accepted at `now`. A challenge has to be one that nobody can foresee:
    /// 8 digits in every implementation that was read.
    pub fn new(codec: Codec, items: Items, challenge: &str, now: u64) -> Self {
        let framer = Framer::new(codec.dialect().frame.clone());
        Self {
            codec,
            items,
            challenge: challenge.to_owned(),
            framer,
            whose: None,
            asked: false,
            open: false,
            closed: false,
            command: 0,
            faults: 0,
            keeping: None,
            heard_at: now,
            sequence: None,
            progress: None,
        }
    }

    /// What to do about `input` at `now` (ms of any clock that only goes forward), when the centre's own
    /// clock shows `clock`.
    pub fn handle(
        &mut self,
        input: CentreInput<'_>,
        now: u64,
        clock: Stamp,
        out: &mut Vec<CentreAction>,
    ) {
        match input {
            CentreInput::Bytes(bytes) => {
                self.heard_at = now;
                self.framer.push(bytes);
            }
            CentreInput::Kept(pass) => self.kept(pass, out),
            CentreInput::Query if self.open => self.send(Body::Query, out),
            CentreInput::Period(minutes) if self.open => self.send(Body::Period(minutes), out),
            CentreInput::Query | CentreInput::Period(_) => {}
            CentreInput::Time if self.deadline().is_some_and(|at| now >= at) => {
                out.push(CentreAction::Found(Finding::Silent));
                self.close(out);
            }
            CentreInput::Time => {}
        }
        self.listen(clock, out);
    }

    /// When [`CentreInput::Time`] is due.
    pub fn deadline(&self) -> Option<u64> {
        let beat = u64::from(self.codec.dialect().cadence.heartbeat_s) * 1000;
        (!self.closed).then_some(self.heard_at + BEATS_MISSED * beat)
    }

    /// Whether a collector is logged in.
    pub const fn is_open(&self) -> bool {
        self.open
    }

    /// Takes messages in their order; while one is being kept, the next waits.
    fn listen(&mut self, clock: Stamp, out: &mut Vec<CentreAction>) {
        while self.keeping.is_none() && !self.closed {
            let Some(frame) = self.framer.take() else { return };
            let message = frame.map_err(Fault::from).and_then(|frame| self.codec.decode(&frame));
            match message {
                Ok(message) => self.message(message, clock, out),
                Err(fault) => self.found(Finding::Fault(fault), out),
            }
            if self.framer.given_up() || self.faults > MESSAGE_FAULTS_MAX {
                self.close(out);
            }
        }
    }

    fn message(&mut self, message: Message, clock: Stamp, out: &mut Vec<CentreAction>) {
        let whose = (message.building_id, message.gateway_id);
        if self.whose.get_or_insert_with(|| whose.clone()) != &whose {
            return self.found(Finding::Changed, out);
        }
        match message.body {
            Body::Request => {
                self.asked = true;
                self.open = false;
                self.send(Body::Sequence(self.challenge.clone()), out);
            }
            Body::Md5(answer) => self.answered(&answer, clock, out),
            _ if !self.open => self.found(Finding::NotLoggedIn, out),
            Body::Notify => self.send(Body::Time(clock), out),
            Body::Data(readings) => self.data(readings, clock, out),
            Body::PeriodAck { .. } => {}
            Body::Device(_) => self.send(Body::DeviceAck { pass: true }, out),
            Body::Other { .. } => {
                self.found(Finding::Unexpected("a message that nobody knows"), out)
            }
            _ => self.found(Finding::Unexpected("a message that a centre sends"), out),
        }
    }

    fn answered(&mut self, answer: &str, clock: Stamp, out: &mut Vec<CentreAction>) {
        let (crypto, keys) = (&self.codec.dialect().crypto, self.codec.keys());
        // A challenge is good for one answer.
        let asked = std::mem::take(&mut self.asked);
        let pass = asked && is_answer(crypto, keys, &self.challenge, answer);
        if !pass {
            let other_order =
                asked && is_answer_in_other_order(crypto, keys, &self.challenge, answer);
            self.found(Finding::WrongAnswer { other_order }, out);
        }
        self.open = pass;
        self.send(Body::Result { pass, time: pass.then_some(clock) }, out);
        match self.whose.clone().filter(|_| pass) {
            Some((building, gateway)) => out.push(CentreAction::LoggedIn(building, gateway)),
            None => self.close(out),
        }
    }

    fn data(&mut self, readings: Readings, clock: Stamp, out: &mut Vec<CentreAction>) {
        self.judge(&readings, clock, out);
        let Some((building_id, gateway_id)) = self.whose.clone() else { return };
        let report = Report {
            building_id,
            gateway_id,
            time: readings.time,
            meters: readings.meters.clone(),
        };
        out.push(CentreAction::Keep { report, why: readings.why });
        self.keeping = Some(readings);
    }

    fn kept(&mut self, pass: bool, out: &mut Vec<CentreAction>) {
        let Some(readings) = self.keeping.take() else { return };
        if readings.why != Why::Reply {
            let Readings { why: of, sequence, time, .. } = readings;
            let ack = Ack { of, pass, sequence: Some(sequence), time: Some(time) };
            self.send(Body::Ack(ack), out);
        }
    }

    /// What is wrong with data that is kept all the same.
    fn judge(&mut self, readings: &Readings, clock: Stamp, out: &mut Vec<CentreAction>) {
        let mut found = |finding| out.push(CentreAction::Found(finding));
        if let Some(last) = self.sequence.replace(readings.sequence)
            && readings.sequence <= last
        {
            found(Finding::Sequence { last, now: readings.sequence });
        }
        match (readings.why, readings.progress) {
            (Why::Continuous, Some(progress)) => {
                let follows = |before: Progress| {
                    progress.current == before.current.wrapping_add(1) || progress.current == 1
                };
                let counts = (1..=progress.total).contains(&progress.current);
                if !counts || !self.progress.is_none_or(follows) {
                    found(Finding::Progress(progress));
                }
                self.progress = Some(progress);
            }
            (Why::Continuous, None) => found(Finding::Progress(Progress { total: 0, current: 0 })),
            (Why::Report | Why::Reply, _) => {}
        }
        if readings.time > clock {
            found(Finding::Future(readings.time));
        }
        let dialect = self.codec.dialect();
        let period_ms = i64::from(dialect.cadence.report_min) * 60_000;
        // Periods begin at midnight of the centre's clock.
        let aligned = readings.time.to_utc_ms(0).is_some_and(|ms| ms.rem_euclid(period_ms) == 0);
        if !aligned {
            found(Finding::Time(readings.time));
        }
        for item in readings.items.iter().filter(|item| self.items.get(item.code).is_none()) {
            found(Finding::Item(item.code));
        }
        for (at, meter) in readings.meters.iter().enumerate() {
            if readings.meters[..at].iter().any(|before| before.id == meter.id) {
                found(Finding::MeterTwice { meter: meter.id.clone() });
            }
            for function in &meter.functions {
                let good = function.error == Some(GOOD);
                if good != function.value.is_some() {
                    found(Finding::Value { meter: meter.id.clone() });
                }
                match function.coding {
                    Some(code) if self.items.get(code).is_none() => found(Finding::Item(code)),
                    None if good => found(Finding::NoItem { meter: meter.id.clone() }),
                    _ => {}
                }
            }
        }
    }

    fn found(&mut self, finding: Finding, out: &mut Vec<CentreAction>) {
        self.faults += 1;
        out.push(CentreAction::Found(finding));
    }

    fn close(&mut self, out: &mut Vec<CentreAction>) {
        if !self.closed {
            (self.closed, self.open) = (true, false);
            out.push(CentreAction::Close);
        }
    }

    fn send(&mut self, body: Body, out: &mut Vec<CentreAction>) {
        let Some((building_id, gateway_id)) = self.whose.clone() else { return };
        self.command = self.command.wrapping_add(1);
        let message = Message { building_id, gateway_id, body };
        match self.codec.encode(&message, self.command) {
            Ok(bytes) => out.push(CentreAction::Send(bytes)),
            // What a centre says is always short and sayable; a dialect file could still be odd.
            Err(_) => self.close(out),
        }
    }
}
