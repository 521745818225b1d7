//! What a node last said: which boots, which frames, which readings, and whether it is there.

mod told;

pub(crate) use told::Told;

use crate::action::{Action, LossCause};
use crate::life::Life;
use crate::limits::{
    AHEAD_MS_MAX, BACK_MS_MAX, BOOTS_MAX, BOOTS_QUIET_MAX, CHANNELS_MAX, QUIET_FRAMES, READINGS_MAX,
};
use crate::occupancy::air::Air;
use crate::view::NodeState;
use crate::window::{Arrival, Run, Window};
use crate::{MeterIx, NodeIx, RoomIx, Timestamp, ZoneIx};
use lighting::Presence;
use wire::{Ack, Condition, Frame, Hello, Id, Loss, NoReading, Quantity, Reading, Sample};

/// A channel of a node as a small number: 0 is the empty one.
pub(crate) type Symbol = u8;

/// The last reading of one quantity on one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub measured: Timestamp,
    pub seq: u32,
    pub quantity: Quantity,
    pub symbol: Symbol,
    pub sample: Sample,
}

/// A register that waits for the row below it to become whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub seq: u32,
    pub symbol: Symbol,
    pub measured: Timestamp,
    pub register_wh: i64,
}

/// A register of a node, and how far it is booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Registered {
    pub symbol: Symbol,
    pub meter: MeterIx,
    /// Boot and number of the last frame of which it is booked; what lies before comes too late.
    pub booked: (u32, u32),
}

/// How often what happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Counts {
    pub frames: u64,
    pub duplicates: u64,
    pub lost: u64,
    pub refused: u64,
}

/// A node.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Room it hangs in.
    pub room: Option<RoomIx>,
    /// Zones whose lamps it drives; the n-th has symbol n + 1.
    pub zones: Box<[ZoneIx]>,
    /// Every room that what it says may concern.
    pub rooms: Box<[RoomIx]>,
    /// Newest boot first; the first is the current one.
    pub windows: Vec<Window>,
    /// The newest boot whose window was given up: what of it, or of older ones, was seen is not known
    /// any more.
    pub forgotten: Option<u32>,
    /// Frames of the current boot since the last one of an older.
    pub quiet: u32,
    /// Names of symbols 1, 2, 3 …
    pub channels: Vec<Id>,
    /// Private, so that nobody adds one that `on_channels` does not know.
    readings: Vec<Held>,
    /// A bit for each quantity that is held of any channel but the empty one.
    on_channels: u64,
    pub meters: Vec<Registered>,
    pub waiting: Vec<Waiting>,
    pub told: Option<Box<Told>>,
    pub life: Option<Box<Life>>,
    pub presence: Presence,
    /// Where it measures CO₂ in its room.
    pub air: Option<Box<Air>>,
    /// When it last sent something new of the current boot.
    pub heard: Option<Timestamp>,
    pub state: NodeState,
    pub state_since: Option<Timestamp>,
    pub conflict: Option<Timestamp>,
    pub counts: Counts,
    /// Of its desired state.
    pub version: u64,
    /// The levels of its lamps were taken over; before that nobody may tell it anything.
    pub settled: bool,
    /// Its desired state must be told anew.
    pub undesired: bool,
    /// Earliest entry in the queue.
    pub queued: Option<Timestamp>,
}

/// What became of a frame at the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Admission {
    pub arrival: Arrival,
    /// It is of the boot that the node runs now.
    pub current: bool,
    /// That boot begins with it.
    pub begins: bool,
    /// It says that frames are gone of which nobody knew.
    pub gave_up: bool,
    /// What to acknowledge.
    pub ack: Option<Ack>,
}

/// What a frame's readings changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Moved {
    /// Any value.
    pub any: bool,
    /// Movement or presence was heard, changed or not.
    pub presence: bool,
    /// CO₂ was heard.
    pub air: bool,
    /// Illuminance was heard.
    pub light: bool,
    /// A fire input was heard.
    pub fire: bool,
}

impl Node {
    pub fn new(
        room: Option<RoomIx>,
        zones: Box<[ZoneIx]>,
        rooms: Box<[RoomIx]>,
        channels: Vec<Id>,
        version: u64,
    ) -> Self {
        Self {
            room,
            zones,
            rooms,
            windows: Vec::new(),
            forgotten: None,
            quiet: 0,
            channels,
            readings: Vec::new(),
            on_channels: 0,
            meters: Vec::new(),
            waiting: Vec::new(),
            told: None,
            life: None,
            presence: Presence::new(),
            air: None,
            heard: None,
            state: NodeState::Never,
            state_since: None,
            conflict: None,
            counts: Counts::default(),
            version,
            settled: false,
            undesired: false,
            queued: None,
        }
    }

    /// The highest frame of the current boot of which a register is booked.
    pub fn booked(&self) -> u32 {
        let current = self.meters.iter().filter(|known| Some(known.booked.0) == self.boot());
        current.map(|known| known.booked.1).max().unwrap_or(0)
    }

    /// The boot it runs now.
    pub fn boot(&self) -> Option<u32> {
        self.windows.first().map(|window| window.boot)
    }

    /// Lets a frame in, once. What its `oldest` gives up is said in `out`, also when the frame itself is
    /// known: of an older boot no newer one may come to say it.
    pub fn admit(&mut self, ix: NodeIx, frame: &Frame<'_>, out: &mut Vec<Action>) -> Admission {
        let before = self.boot();
        let Some(at) = self.window_of(ix, frame, out) else {
            self.counts.refused += 1;
            self.quiet = 0;
            let arrival = Arrival::Refused;
            return Admission { arrival, current: false, begins: false, gave_up: false, ack: None };
        };
        let begins = self.boot() != before;
        let window = &mut self.windows[at];
        window.read_from(frame.lost.map_or(frame.oldest, |loss| loss.from.min(frame.oldest)));
        let lost_before = self.counts.lost;
        let lost = &mut self.counts.lost;
        window.give_up_below(frame.oldest, |run| {
            *lost += run.count();
            report(ix, frame.boot, run, frame.lost, out);
        });
        let gave_up = self.counts.lost != lost_before;
        let arrival = window.arrive(frame.seq);
        let ack = (window.base > 0).then_some(Ack { boot: frame.boot, seq: window.base });
        match arrival {
            Arrival::New => self.counts.frames += 1,
            Arrival::Recovered => {
                self.counts.frames += 1;
                self.counts.lost = self.counts.lost.saturating_sub(1);
                out.push(Action::Recovered { node: ix, boot: frame.boot, seq: frame.seq });
            }
            Arrival::Duplicate => self.counts.duplicates += 1,
            Arrival::Refused => self.counts.refused += 1,
        }
        let current = at == 0;
        self.note_quiet(ix, current, arrival, out);
        let ack = ack.filter(|_| arrival != Arrival::Refused);
        Admission { arrival, current, begins, gave_up, ack }
    }

    /// When it has sent nothing but its present for long, its past is told.
    fn note_quiet(&mut self, ix: NodeIx, current: bool, arrival: Arrival, out: &mut Vec<Action>) {
        match (current, arrival) {
            (false, _) => self.quiet = 0,
            (true, Arrival::New) => self.quiet = self.quiet.saturating_add(1),
            (true, _) => {}
        }
        if self.quiet >= QUIET_FRAMES {
            self.forget_boots(ix, BOOTS_QUIET_MAX, out);
        }
    }

    /// The window of the frame's boot, made when it is not there yet.
    fn window_of(&mut self, ix: NodeIx, frame: &Frame<'_>, out: &mut Vec<Action>) -> Option<usize> {
        if let Some(at) = self.windows.iter().position(|window| window.boot == frame.boot) {
            return Some(at);
        }
        let begun = self.boot().is_some_and(|current| frame.boot > current);
        let window = if begun { Window::begun(frame.boot) } else { Window::found(frame.boot) };
        self.open_window(ix, window, out)
    }

    fn open_window(&mut self, ix: NodeIx, new: Window, out: &mut Vec<Action>) -> Option<usize> {
        let at = self.windows.partition_point(|window| window.boot > new.boot);
        let forgotten = self.forgotten.is_some_and(|boot| new.boot <= boot);
        if forgotten || at >= BOOTS_MAX {
            return None;
        }
        self.windows.insert(at, new);
        self.forget_boots(ix, BOOTS_MAX, out);
        Some(at)
    }

    /// Gives the oldest boots up: of what is missing in their rows nothing is expected any more.
    fn forget_boots(&mut self, ix: NodeIx, keep: usize, out: &mut Vec<Action>) {
        while self.windows.len() > keep {
            let Some(mut window) = self.windows.pop() else { return };
            self.forgotten = self.forgotten.max(Some(window.boot));
            let (lost, boot) = (&mut self.counts.lost, window.boot);
            window.give_up_below(window.newest(), |run| {
                *lost += run.count();
                report(ix, boot, run, None, out);
            });
        }
    }

    /// How it fares, to be changed.
    pub fn life_mut(&mut self) -> &mut Life {
        self.life.get_or_insert_default()
    }

    /// Whether a hello would change anything.
    pub fn would_learn(&self, hello: &Hello<'_>, condition: &Condition<'_>) -> bool {
        let Some(boot) = self.boot() else { return true };
        match (hello.boot.cmp(&boot), hello.online) {
            (std::cmp::Ordering::Less, online) => online && self.conflict.is_none(),
            (std::cmp::Ordering::Equal, false) => self.state != NodeState::Offline,
            (std::cmp::Ordering::Equal, true) => {
                self.state == NodeState::Offline
                    || self.life.as_ref().is_none_or(|life| life.boot != Some(hello.boot))
                    || !self.told.as_ref().is_some_and(|told| told.is(hello, condition))
            }
            (std::cmp::Ordering::Greater, _) => true,
        }
    }

    /// A hello, or will, of a boot that we have not heard of yet: whether the node now runs it.
    pub fn begin(&mut self, ix: NodeIx, boot: u32, out: &mut Vec<Action>) -> bool {
        let window = match self.boot() {
            None => Window::found(boot),
            Some(current) if boot > current => Window::begun(boot),
            Some(_) => return false,
        };
        self.open_window(ix, window, out).is_some()
    }

    /// Takes the readings of a frame that was measured at `measured`. Each is kept if it is newer
    /// than what is known of that quantity and channel.
    pub fn take(&mut self, frame: &Frame<'_>, measured: Timestamp) -> Moved {
        let mut moved = Moved::default();
        let mut last = ("", Some(0));
        for (nth, reading) in frame.readings.iter().enumerate() {
            // Readings of one channel follow each other, in the log with the very same text.
            if !std::ptr::eq(reading.channel, last.0) {
                let usual = self.usual(nth, reading);
                last = (reading.channel, usual.or_else(|| self.symbol_or_new(reading.channel)));
            }
            let Some(symbol) = last.1 else { continue };
            let new = Held {
                measured,
                seq: frame.seq,
                quantity: reading.quantity,
                symbol,
                sample: reading.sample,
            };
            let Some(changed) = self.hold(nth, new) else { continue };
            moved.any |= changed;
            match reading.quantity {
                Quantity::Motion | Quantity::Presence => {
                    moved.presence |= matches!(reading.sample, Sample::Is(_));
                }
                Quantity::Co2Ppm => moved.air |= matches!(reading.sample, Sample::Is(_)),
                Quantity::IlluminanceLx => moved.light = true,
                Quantity::Fire => moved.fire = true,
                _ => {}
            }
        }
        moved
    }

    /// The channel of a reading that is where it usually is: frames of a node look alike.
    fn usual(&self, nth: usize, reading: &Reading<'_>) -> Option<Symbol> {
        let held = self.readings.get(nth).filter(|held| held.quantity == reading.quantity)?;
        let same = match usize::from(held.symbol).checked_sub(1) {
            None => reading.channel.is_empty(),
            Some(at) => self.channels.get(at).is_some_and(|known| *known == *reading.channel),
        };
        same.then_some(held.symbol)
    }

    /// Keeps a reading if it is newer; says whether the value changed. `nth` is where it probably is.
    fn hold(&mut self, nth: usize, new: Held) -> Option<bool> {
        let same = |held: &Held| held.quantity == new.quantity && held.symbol == new.symbol;
        let at = match self.readings.get(nth) {
            Some(held) if same(held) => Some(nth),
            _ => self.readings.iter().position(same),
        };
        let Some(at) = at else {
            if self.readings.len() >= READINGS_MAX {
                return None;
            }
            self.on_channels |= bit_of(new.quantity, new.symbol);
            self.readings.push(new);
            return Some(true);
        };
        let held = &mut self.readings[at];
        if (new.measured, new.seq) <= (held.measured, held.seq) {
            return None;
        }
        let changed = held.sample != new.sample;
        *held = new;
        Some(changed)
    }

    /// Whether any of its sensors sees somebody, by readings not older than `stale_ms`.
    pub fn sees_somebody(&self, stale_ms: u32, at: Timestamp) -> bool {
        self.readings.iter().any(|held| {
            matches!(held.quantity, Quantity::Motion | Quantity::Presence)
                && matches!(held.sample, Sample::Is(value) if value.milli() > 0)
                && is_fresh(held.measured, stale_ms, at)
        })
    }

    /// Whether it has a sensor that could see somebody, whether or not it speaks now.
    pub fn watches(&self) -> bool {
        self.readings.iter().any(|held| {
            matches!(held.quantity, Quantity::Motion | Quantity::Presence)
                && held.sample != Sample::No(NoReading::NotFitted)
        })
    }

    /// What it last said of everything.
    pub fn readings(&self) -> &[Held] {
        &self.readings
    }

    /// Takes back what a checkpoint has kept of them.
    pub fn remember(&mut self, readings: Vec<Held>) {
        let bits = readings.iter().map(|held| bit_of(held.quantity, held.symbol));
        self.on_channels = bits.fold(0, |all, bit| all | bit);
        self.readings = readings;
    }

    /// The last reading of a quantity on a channel.
    pub fn held(&self, quantity: Quantity, symbol: Symbol) -> Option<&Held> {
        // Few lamps have a sensor of their own, and every look asks for it.
        if symbol > 0 && self.on_channels & bit_of(quantity, symbol) == 0 {
            return None;
        }
        self.readings.iter().find(|held| held.quantity == quantity && held.symbol == symbol)
    }

    /// The number of a channel that is known.
    pub fn symbol(&self, channel: &str) -> Option<Symbol> {
        if channel.is_empty() {
            return Some(0);
        }
        let at = self.channels.iter().position(|known| *known == *channel)?;
        // At most `CHANNELS_MAX`.
        Some(at as Symbol + 1)
    }

    /// The number of a channel, given now if need be.
    pub fn symbol_or_new(&mut self, channel: &str) -> Option<Symbol> {
        if let Some(symbol) = self.symbol(channel) {
            return Some(symbol);
        }
        if self.channels.len() >= CHANNELS_MAX {
            return None;
        }
        // The wire has checked it.
        self.channels.push(Id::new(channel).ok()?);
        Some(self.channels.len() as Symbol)
    }

    /// The name of a channel; empty for 0.
    pub fn channel(&self, symbol: Symbol) -> &str {
        match usize::from(symbol).checked_sub(1).and_then(|at| self.channels.get(at)) {
            Some(id) => id.as_str(),
            None => "",
        }
    }

    /// The clock was set back: nothing may seem newer than now.
    pub fn not_after(&mut self, now: Timestamp) {
        for held in &mut self.readings {
            held.measured = held.measured.min(now);
        }
        for time in [&mut self.heard, &mut self.state_since, &mut self.conflict] {
            *time = time.map(|at| at.min(now));
        }
        if let Some(life) = &mut self.life {
            life.not_after(now);
        }
    }
}

/// The bit of a quantity that is held of a channel; none of the empty one.
const fn bit_of(quantity: Quantity, symbol: Symbol) -> u64 {
    if symbol == 0 { 0 } else { 1 << (quantity as u8 % 64) }
}

/// Whether a frame says when it was measured, and that can be.
pub(crate) fn is_dated(frame: &Frame<'_>, now: Timestamp) -> bool {
    frame.t.is_some_and(|t| t >= now.0 - BACK_MS_MAX && t <= now.0 + AHEAD_MS_MAX)
}

/// When a frame was measured: what it says if that is plausible, else how long ago it says it was.
pub(crate) fn measured(frame: &Frame<'_>, now: Timestamp) -> Timestamp {
    let told = frame.t.map(Timestamp).filter(|_| is_dated(frame, now));
    let ago = i64::try_from(frame.sent.saturating_sub(frame.up)).unwrap_or(0);
    told.unwrap_or(Timestamp(now.0.saturating_sub(ago))).min(now)
}

pub(crate) const fn is_fresh(measured: Timestamp, stale_ms: u32, now: Timestamp) -> bool {
    now.0 - measured.0 < stale_ms as i64
}

/// Says which frames are gone: those that the node declared, and those that it did not.
fn report(node: NodeIx, boot: u32, run: Run, declared: Option<Loss>, out: &mut Vec<Action>) {
    let mut say = |from: u32, to: u32, cause| {
        if from <= to {
            out.push(Action::Lost { node, boot, from, to, cause });
        }
    };
    match declared.filter(|loss| loss.from <= run.to && run.from <= loss.to) {
        None => say(run.from, run.to, LossCause::Unexplained),
        Some(loss) => {
            let (from, to) = (loss.from.max(run.from), loss.to.min(run.to));
            say(run.from, from - 1, LossCause::Unexplained);
            say(from, to, LossCause::Declared);
            say(to + 1, run.to, LossCause::Unexplained);
        }
    }
}
