//! The collector's end of a session: log in, keep alive, hand over one thing at a time.
//!
//! Nothing is sent before the last thing was acknowledged: some centres acknowledge without saying what,
//! and then order is all there is. For the same reason an acknowledgement that does not come ends the
//! connection; a late one could be taken for the next. What was not acknowledged is offered again, so a
//! centre may see it twice, under the same key (building, meter, function, time).

use crate::codec::{Codec, EncodeFault, Fault};
use crate::frame::Framer;
use crate::ids::{BuildingId, GatewayId};
use crate::limits::{ANSWER_MS, CONNECT_MS, MESSAGE_FAULTS_MAX, PAUSE_MS};
use crate::message::{Ack, Body, Message, Progress, Readings, Report, Why};
use crate::stamp::Stamp;

/// One collector, one centre.
#[derive(Clone, Debug)]
pub struct Collector {
    codec: Codec,
    building_id: BuildingId,
    gateway_id: GatewayId,
    state: State,
    framer: Framer,
    /// Counts frames.
    command: u32,
    /// Counts data.
    sequence: u32,
    /// What a query is answered with.
    latest: Option<Report>,
    /// Connections in a row without a login.
    failures: u32,
    /// Refusals in a row.
    refusals: u32,
    /// Messages of this connection that were not understood.
    faults: u32,
    dice: u64,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Input<'a> {
    /// The connection that was asked for stands.
    Connected,
    /// It does not, or no longer.
    Closed,
    /// Something was received.
    Bytes(&'a [u8]),
    /// The answer to [`Action::Next`].
    Offer(Offer),
    /// The answer to [`Action::Next`] when there is nothing.
    Nothing,
    /// There is something again.
    More,
    /// Time has passed.
    Time,
}

/// Something to hand over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Comes back when it was kept or refused.
    pub id: u64,
    /// What it is.
    pub report: Report,
    /// Its place among what is left over; nothing for what is live.
    pub left_over: Option<Progress>,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Connect, and say [`Input::Connected`] or [`Input::Closed`].
    Connect,
    /// Send these bytes.
    Send(Vec<u8>),
    /// Close the connection; what was offered and not kept is to be offered again.
    Close,
    /// Offer something: what is live first.
    Next,
    /// The centre has kept it.
    Kept {
        /// Of the offer.
        id: u64,
    },
    /// The centre has it and will not keep it, or it cannot be said.
    Refused {
        /// Of the offer.
        id: u64,
        /// Why, if it never got that far.
        fault: Option<EncodeFault>,
    },
    /// The centre's clock shows this. It is not obeyed: time is the campus's.
    Clock(Stamp),
    /// Something that a person may want to know.
    Note(Note),
}

/// Something that a person may want to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// The centre let us in.
    LoggedIn,
    /// The centre does not take our answer: another key, or the other order of key and challenge.
    Denied,
    /// No answer in time; what was waited for.
    Silent(&'static str),
    /// Something that is no message.
    Fault(Fault),
    /// A message that does not belong here.
    Unexpected(&'static str),
    /// The centre wants reports at another distance than the campus has.
    Period {
        /// What it wants, min.
        wanted_min: u32,
    },
}

#[derive(Clone, Debug)]
enum State {
    /// No connection, and none until then.
    Down { until: u64 },
    /// Asked for one.
    Connecting { until: u64 },
    /// Asked for a challenge.
    Asked { until: u64 },
    /// Answered it.
    Answered { until: u64 },
    /// Logged in.
    Open(Open),
}

#[derive(Clone, Debug)]
struct Open {
    /// When the next heartbeat is due.
    beat_at: u64,
    /// When the answer to the last one is late.
    beat_until: Option<u64>,
    /// What waits for its acknowledgement.
    flight: Option<Flight>,
    /// Nothing to offer.
    idle: bool,
    /// Nothing is asked for before this, after a refusal.
    pause_until: Option<u64>,
}

#[derive(Clone, Debug)]
struct Flight {
    id: u64,
    sequence: u32,
    time: Stamp,
    until: u64,
}

impl Collector {
    /// Connects at once. `seed` makes its pauses differ from those of other campuses.
    pub fn new(codec: Codec, building_id: BuildingId, gateway_id: GatewayId, seed: u64) -> Self {
        let framer = Framer::new(codec.dialect().frame.clone());
        Self {
            codec,
            building_id,
            gateway_id,
            state: State::Down { until: 0 },
            framer,
            command: 0,
            sequence: 0,
            latest: None,
            failures: 0,
            refusals: 0,
            faults: 0,
            dice: seed | 1,
        }
    }

    /// What to do about `input` at `now`, ms of any clock that only goes forward.
    pub fn handle(&mut self, input: Input<'_>, now: u64, out: &mut Vec<Action>) {
        match input {
            Input::Connected => self.connected(now, out),
            Input::Closed => self.closed(now),
            Input::Bytes(bytes) => self.bytes(bytes, now, out),
            Input::Offer(offer) => self.offer(offer, now, out),
            Input::Nothing => self.idle(true),
            Input::More => {
                self.idle(false);
                self.ask(now, out);
            }
            Input::Time => {}
        }
        self.time(now, out);
    }

    /// When [`Input::Time`] is due.
    pub fn deadline(&self) -> Option<u64> {
        match &self.state {
            State::Down { until }
            | State::Connecting { until }
            | State::Asked { until }
            | State::Answered { until } => Some(*until),
            State::Open(open) => {
                let flight = open.flight.as_ref().map(|flight| flight.until);
                // With everything acknowledged and nothing to say, a pause ends by itself.
                let pause = open.pause_until.filter(|_| open.flight.is_none() && !open.idle);
                [Some(open.beat_at), open.beat_until, flight, pause].into_iter().flatten().min()
            }
        }
    }

    /// Whether the centre let us in.
    pub const fn is_open(&self) -> bool {
        matches!(self.state, State::Open(_))
    }

    fn connected(&mut self, now: u64, out: &mut Vec<Action>) {
        if !matches!(self.state, State::Connecting { .. }) {
            return;
        }
        self.framer = Framer::new(self.codec.dialect().frame.clone());
        self.faults = 0;
        self.state = State::Asked { until: now + ANSWER_MS };
        self.send(Body::Request, out);
    }

    fn closed(&mut self, now: u64) {
        if !matches!(self.state, State::Down { .. }) {
            self.state = State::Down { until: now + self.pause() };
        }
    }

    fn bytes(&mut self, bytes: &[u8], now: u64, out: &mut Vec<Action>) {
        self.framer.push(bytes);
        while let Some(frame) = self.framer.take() {
            if matches!(self.state, State::Down { .. } | State::Connecting { .. }) {
                return;
            }
            let message = frame.map_err(Fault::from).and_then(|frame| self.codec.decode(&frame));
            match message {
                Ok(message) => self.message(message, now, out),
                Err(fault) => {
                    self.faults += 1;
                    out.push(Action::Note(Note::Fault(fault)));
                }
            }
            if self.framer.given_up() || self.faults > MESSAGE_FAULTS_MAX {
                return self.lose(now, out);
            }
        }
    }

    fn message(&mut self, message: Message, now: u64, out: &mut Vec<Action>) {
        if (&message.building_id, &message.gateway_id) != (&self.building_id, &self.gateway_id) {
            self.faults += 1;
            out.push(Action::Note(Note::Unexpected("a message for another building or gateway")));
            return;
        }
        match (message.body, &self.state) {
            (Body::Sequence(challenge), State::Asked { .. }) => {
                let md5 = self.codec.answer(&challenge);
                self.state = State::Answered { until: now + ANSWER_MS };
                self.send(Body::Md5(md5), out);
            }
            (Body::Result { pass, time }, State::Answered { .. }) => {
                self.result(pass, time, now, out)
            }
            (Body::Time(time), State::Open(_)) => {
                if let State::Open(open) = &mut self.state {
                    open.beat_until = None;
                }
                out.push(Action::Clock(time));
            }
            (Body::Ack(ack), State::Open(_)) => self.acknowledged(ack, now, out),
            (Body::Query, State::Open(_)) => self.queried(out),
            (Body::Period(minutes), State::Open(_)) => self.period(minutes, out),
            (Body::DeviceAck { .. }, State::Open(_)) => {}
            _ => {
                self.faults += 1;
                out.push(Action::Note(Note::Unexpected("a message that does not belong here")));
            }
        }
    }

    fn result(&mut self, pass: bool, time: Option<Stamp>, now: u64, out: &mut Vec<Action>) {
        if !pass {
            out.push(Action::Note(Note::Denied));
            // Trying again soon changes nothing, and looks like an attack.
            self.failures = u32::MAX;
            return self.lose(now, out);
        }
        self.failures = 0;
        out.push(Action::Note(Note::LoggedIn));
        out.extend(time.map(Action::Clock));
        let pause_until = None;
        self.state = State::Open(Open {
            beat_at: now,
            beat_until: None,
            flight: None,
            idle: false,
            pause_until,
        });
        self.ask(now, out);
    }

    fn acknowledged(&mut self, ack: Ack, now: u64, out: &mut Vec<Action>) {
        let State::Open(open) = &mut self.state else { return };
        let fits = |flight: &mut Flight| {
            ack.sequence.is_none_or(|sequence| sequence == flight.sequence)
                && ack.time.is_none_or(|time| time == flight.time)
        };
        let Some(flight) = open.flight.take_if(|flight| fits(flight)) else {
            out.push(Action::Note(Note::Unexpected("an acknowledgement of something else")));
            return;
        };
        let id = flight.id;
        if ack.pass {
            self.refusals = 0;
            out.push(Action::Kept { id });
        } else {
            // A centre in trouble refuses everything: slower and slower, and never given up here.
            self.refusals = self.refusals.saturating_add(1);
            let pause = doubled(self.refusals);
            open.pause_until = Some(now + pause);
            out.push(Action::Refused { id, fault: None });
        }
        self.ask(now, out);
    }

    fn queried(&mut self, out: &mut Vec<Action>) {
        match self.latest.clone() {
            Some(report) => {
                self.sequence = self.sequence.wrapping_add(1);
                let flavour = self.codec.dialect().xml.flavour;
                let readings = report.readings(flavour, Why::Reply, self.sequence, None);
                self.send(Body::Data(readings), out);
            }
            None => out.push(Action::Note(Note::Unexpected("a query before the first report"))),
        }
    }

    /// How long a slot is, the campus decides: the centre is told whether that is what it wants.
    fn period(&mut self, minutes: u32, out: &mut Vec<Action>) {
        let pass = minutes == self.codec.dialect().cadence.report_min;
        if !pass {
            out.push(Action::Note(Note::Period { wanted_min: minutes }));
        }
        self.send(Body::PeriodAck { pass }, out);
    }

    fn offer(&mut self, offer: Offer, now: u64, out: &mut Vec<Action>) {
        let State::Open(Open { flight: None, .. }) = self.state else { return };
        let why = if offer.left_over.is_some() { Why::Continuous } else { Why::Report };
        self.sequence = self.sequence.wrapping_add(1);
        let flavour = self.codec.dialect().xml.flavour;
        let readings = offer.report.readings(flavour, why, self.sequence, offer.left_over);
        let Readings { sequence, time, .. } = readings;
        match self.encode(Body::Data(readings)) {
            Ok(bytes) => {
                out.push(Action::Send(bytes));
                if why == Why::Report {
                    self.latest = Some(offer.report);
                }
                let flight = Flight { id: offer.id, sequence, time, until: now + ANSWER_MS };
                if let State::Open(open) = &mut self.state {
                    open.flight = Some(flight);
                }
            }
            Err(fault) => {
                out.push(Action::Refused { id: offer.id, fault: Some(fault) });
                self.ask(now, out);
            }
        }
    }

    fn idle(&mut self, is: bool) {
        if let State::Open(open) = &mut self.state {
            open.idle = is;
        }
    }

    /// Asks for the next thing, if it could be sent.
    fn ask(&mut self, now: u64, out: &mut Vec<Action>) {
        let State::Open(open) = &mut self.state else { return };
        let free = open.flight.is_none()
            && !open.idle
            && open.pause_until.is_none_or(|until| now >= until);
        if free {
            open.pause_until = None;
            out.push(Action::Next);
        }
    }

    fn time(&mut self, now: u64, out: &mut Vec<Action>) {
        match &mut self.state {
            State::Down { until } if now >= *until => {
                self.state = State::Connecting { until: now + CONNECT_MS };
                out.push(Action::Connect);
            }
            State::Connecting { until } if now >= *until => self.silent("a connection", now, out),
            State::Asked { until } if now >= *until => self.silent("a challenge", now, out),
            State::Answered { until } if now >= *until => {
                self.silent("the result of the login", now, out)
            }
            State::Open(open) => {
                let late = |until: Option<u64>| until.is_some_and(|until| now >= until);
                if late(open.flight.as_ref().map(|flight| flight.until)) {
                    return self.silent("an acknowledgement", now, out);
                }
                if late(open.beat_until) {
                    return self.silent("the answer to a heartbeat", now, out);
                }
                if now >= open.beat_at {
                    open.beat_at = now + u64::from(self.codec.dialect().cadence.heartbeat_s) * 1000;
                    open.beat_until = open.beat_until.or(Some(now + ANSWER_MS));
                    self.send(Body::Notify, out);
                }
                if let State::Open(Open { pause_until: Some(until), .. }) = &self.state
                    && now >= *until
                {
                    self.ask(now, out);
                }
            }
            _ => {}
        }
    }

    fn silent(&mut self, missing: &'static str, now: u64, out: &mut Vec<Action>) {
        out.push(Action::Note(Note::Silent(missing)));
        self.lose(now, out);
    }

    fn lose(&mut self, now: u64, out: &mut Vec<Action>) {
        out.push(Action::Close);
        self.closed(now);
    }

    /// The next pause, ms: between half and all of a time that doubles.
    fn pause(&mut self) -> u64 {
        self.failures = self.failures.saturating_add(1);
        let longest = doubled(self.failures);
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        longest / 2 + self.dice % (longest / 2 + 1)
    }

    fn send(&mut self, body: Body, out: &mut Vec<Action>) {
        match self.encode(body) {
            Ok(bytes) => out.push(Action::Send(bytes)),
            // Only data can be too long, and that is offered, not sent from here: a reply to a query.
            Err(_) => out.push(Action::Note(Note::Unexpected("an answer that cannot be written"))),
        }
    }

    fn encode(&mut self, body: Body) -> Result<Vec<u8>, EncodeFault> {
        self.command = self.command.wrapping_add(1);
        let (building_id, gateway_id) = (self.building_id.clone(), self.gateway_id.clone());
        self.codec.encode(&Message { building_id, gateway_id, body }, self.command)
    }
}

/// The first pause, doubled with every failure after the first, ms.
fn doubled(failures: u32) -> u64 {
    let (first, longest) = PAUSE_MS;
    first.checked_shl(failures.saturating_sub(1).min(32)).unwrap_or(longest).min(longest)
}
