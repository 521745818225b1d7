//! What a node measures: the current sample of every quantity and channel, and what of it is news.
//!
//! - Fire, movement, presence, presses, lamp faults and levels are reported at once.
//! - Other quantities are reported when they moved by more than their deadband, not too often.
//! - Everything is reported once per interval.
//!
//! Movement is level-held: a frame says 1 as long as the sensor does, and also when the sensor
//! saw somebody between two frames and is quiet again. Quiet is said with the next frame.

use crate::Millis;
use crate::limits::{NAMES_MAX, SLOTS_MAX};
use heapless::Vec;
use wire::id::ID_BYTES_MAX;
use wire::{Id, NoReading, Quantity, Sample, Value};

/// Everything that is measured.
pub(crate) struct Slots {
    slots: Vec<Slot, SLOTS_MAX>,
    names: Vec<Id, NAMES_MAX>,
}

struct Slot {
    quantity: Quantity,
    /// Index into the names; [`NAMELESS`] where a node has only one.
    name: u8,
    sample: Sample,
    reported: Option<Sample>,
    heard: Millis,
    /// A sensor or a meter speaks; otherwise the node counts itself.
    theirs: bool,
    /// Movement since the last frame, although the sensor is quiet again.
    moved: bool,
    /// A fire input's last word.
    burns: bool,
    /// It shows lamps that have moved since: not to be told until the sensor looks again.
    outdated: bool,
    /// Looks at lamps that have just moved which are told even where they show nothing new.
    confirms: u8,
    news: News,
}

/// How urgently a slot is to be reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum News {
    /// With the next full report.
    #[default]
    None,
    /// With the next frame, whatever that is about.
    Along,
    /// With the next report of changes.
    Soon,
    /// Now.
    AtOnce,
}

const NAMELESS: u8 = u8::MAX;

/// Looks that are told after lamps have moved: the noise of one look (2 %) is as wide as the band of the loop,
/// that of three is not.
const LOOKS_AFTER_MOVEMENT: u8 = 3;

impl Slots {
    pub const fn new() -> Self {
        Self { slots: Vec::new(), names: Vec::new() }
    }

    /// A sensor or a meter spoke. False when there is no room for one more quantity or channel, or the channel
    /// is no identifier.
    pub fn set(&mut self, quantity: Quantity, channel: &str, sample: Sample, now: Millis) -> bool {
        let Some(slot) = self.slot(quantity, channel) else { return false };
        slot.theirs = true;
        slot.set(sample.checked(quantity), now);
        true
    }

    /// The node counted something itself. A meter that counts it too is believed instead.
    pub fn set_own(&mut self, quantity: Quantity, channel: &str, sample: Sample, now: Millis) {
        if let Some(slot) = self.slot(quantity, channel).filter(|slot| !slot.theirs) {
            slot.set(sample.checked(quantity), now);
        }
    }

    /// The same, with the channel of another slot.
    pub fn set_own_beside(&mut self, quantity: Quantity, beside: u8, sample: Sample, now: Millis) {
        if let Some((_, channel)) = self.name(beside)
            && let Ok(channel) = heapless::String::<ID_BYTES_MAX>::try_from(channel)
        {
            self.set_own(quantity, &channel, sample, now);
        }
    }

    /// Every slot of a quantity.
    pub fn all(&self, quantity: Quantity) -> Vec<u8, SLOTS_MAX> {
        let slots = self.slots.iter().enumerate();
        let of_it = slots.filter(|(_, slot)| slot.quantity == quantity);
        of_it.map(|(index, _)| index as u8).collect()
    }

    /// The quantity and channel of a slot.
    pub fn name(&self, slot: u8) -> Option<(Quantity, &str)> {
        let slot = self.slots.get(usize::from(slot))?;
        let channel = self.names.get(usize::from(slot.name)).map_or("", Id::as_str);
        Some((slot.quantity, channel))
    }

    /// Every slot as it stands.
    pub fn readings(&self) -> impl Iterator<Item = (Quantity, &str, Sample)> {
        self.slots.iter().map(|slot| {
            let channel = self.names.get(usize::from(slot.name)).map_or("", Id::as_str);
            (slot.quantity, channel, slot.sample)
        })
    }

    /// The most urgent news.
    pub fn news(&self) -> News {
        self.slots.iter().map(|slot| slot.news).max().unwrap_or_default()
    }

    /// Whether any sensor says now that somebody is there; `None` when none can say anything.
    pub fn movement(&self) -> Option<bool> {
        let sensors = self.slots.iter().filter(|slot| slot.is_movement());
        sensors.filter_map(|slot| slot.sample.value()).map(|value| value.milli() != 0).max()
    }

    /// Whether any fire input says that it burns. One that says nothing any more has said nothing new: the
    /// last that it said holds.
    pub fn fire(&self) -> bool {
        self.slots.iter().any(|slot| slot.quantity == Quantity::Fire && slot.burns)
    }

    /// Polled sensors that said nothing for too long are silent: no old value passes for a new one.
    pub fn silence(&mut self, silent_after_ms: u32, now: Millis) {
        for slot in self.slots.iter_mut().filter(|slot| slot.is_polled()) {
            let old = now >= slot.heard + Millis::from(silent_after_ms);
            if old && slot.sample.value().is_some() {
                slot.set(Sample::No(NoReading::Silent), slot.heard);
            }
        }
    }

    /// When the next polled sensor falls silent.
    pub fn silent_at(&self, silent_after_ms: u32) -> Option<Millis> {
        let talking = |slot: &&Slot| slot.is_polled() && slot.sample.value().is_some();
        let heard = self.slots.iter().filter(talking).map(|slot| slot.heard).min()?;
        Some(heard + Millis::from(silent_after_ms))
    }

    /// What is to be reported, with everything else too when `full`, and marks it as reported.
    pub fn report(&mut self, full: bool) -> impl Iterator<Item = (u8, Sample)> {
        let slots = self.slots.iter_mut().enumerate();
        let wanted = slots.filter(move |(_, slot)| full || slot.news != News::None);
        let wanted = wanted.filter(|(_, slot)| !slot.outdated);
        wanted.map(|(index, slot)| (index as u8, slot.report()))
    }

    /// The lamps move: what light sensors saw is not told any more.
    pub fn outdate_light(&mut self) {
        let seeing = |slot: &&mut Slot| {
            slot.quantity == Quantity::IlluminanceLx && slot.sample.value().is_some()
        };
        for slot in self.slots.iter_mut().filter(seeing) {
            slot.outdated = true;
            slot.news = News::None;
        }
    }

    /// A light sensor looked at lamps that stand still; whoever waits for that hears of it soon.
    pub fn see_light(&mut self, channel: &str) {
        if let Some(slot) = self.slot(Quantity::IlluminanceLx, channel) {
            if core::mem::take(&mut slot.outdated) {
                slot.confirms = LOOKS_AFTER_MOVEMENT;
            }
            if slot.confirms > 0 {
                slot.news = slot.news.max(News::Soon);
            }
        }
    }

    /// Illuminance, lx: the darkest sensor is believed, which errs towards light.
    pub fn illuminance_lx(&self) -> Option<u32> {
        let sensors = self.slots.iter().filter(|slot| slot.quantity == Quantity::IlluminanceLx);
        let whole = sensors.filter_map(|slot| slot.sample.value()).map(Value::whole);
        whole.min().and_then(|lx| u32::try_from(lx).ok())
    }

    /// The slot of a quantity and channel, made when there is room.
    fn slot(&mut self, quantity: Quantity, channel: &str) -> Option<&mut Slot> {
        let name = self.intern(channel)?;
        let same = |slot: &Slot| slot.quantity == quantity && slot.name == name;
        if let Some(at) = self.slots.iter().position(same) {
            return self.slots.get_mut(at);
        }
        self.slots.push(Slot::new(quantity, name)).ok()?;
        self.slots.last_mut()
    }

    fn intern(&mut self, channel: &str) -> Option<u8> {
        if channel.is_empty() {
            return Some(NAMELESS);
        }
        if let Some(at) = self.names.iter().position(|name| name.as_str() == channel) {
            return Some(at as u8);
        }
        self.names.push(Id::new(channel).ok()?).ok()?;
        Some(self.names.len() as u8 - 1)
    }
}

impl Slot {
    const fn new(quantity: Quantity, name: u8) -> Self {
        Self {
            quantity,
            name,
            sample: Sample::No(NoReading::NotFitted),
            reported: None,
            heard: 0,
            theirs: false,
            moved: false,
            burns: false,
            outdated: false,
            confirms: 0,
            news: News::None,
        }
    }

    fn set(&mut self, sample: Sample, now: Millis) {
        let was = core::mem::replace(&mut self.sample, sample);
        self.heard = now;
        if self.quantity == Quantity::Fire && sample.value().is_some() {
            self.burns = is_on(sample);
        }
        self.outdated &= sample.value().is_some();
        self.moved |= self.is_movement() && is_on(sample) && !is_on(was);
        self.news = match self.reported {
            _ if self.outdated => News::None,
            None => first_news(self.quantity, was, sample),
            Some(reported) => news(self.quantity, reported, sample),
        };
    }

    /// The sample that a frame carries now.
    fn report(&mut self) -> Sample {
        let moved = core::mem::take(&mut self.moved);
        self.news = News::None;
        self.confirms = self.confirms.saturating_sub(1);
        let quiet = self.sample.value().is_some_and(|value| value.milli() == 0);
        let sample = if moved && quiet { Sample::Is(Value::from_whole(1)) } else { self.sample };
        self.reported = Some(sample);
        sample
    }

    const fn is_movement(&self) -> bool {
        matches!(self.quantity, Quantity::Motion | Quantity::Presence)
    }

    /// Polled sensors answer again and again; the others speak when something happens, or are the
    /// node's own counters.
    const fn is_polled(&self) -> bool {
        match self.quantity {
            _ if !self.theirs => false,
            Quantity::IlluminanceLx
            | Quantity::Co2Ppm
            | Quantity::TemperatureC
            | Quantity::HumidityPct
            | Quantity::PowerW
            | Quantity::EnergyWh
            | Quantity::VoltageV
            | Quantity::CurrentA
            | Quantity::FrequencyHz => true,
            Quantity::Motion
            | Quantity::Presence
            | Quantity::LevelPct
            | Quantity::Presses
            | Quantity::ManualPct
            | Quantity::LampFault
            | Quantity::LitS
            | Quantity::Fire => false,
        }
    }
}

fn is_on(sample: Sample) -> bool {
    sample.value().is_some_and(|value| value.milli() != 0)
}

/// The news in a sample of something that was never reported, and was `was`.
fn first_news(quantity: Quantity, was: Sample, sample: Sample) -> News {
    let at_once = match quantity {
        Quantity::Motion | Quantity::Presence | Quantity::LampFault | Quantity::Fire => {
            is_on(sample)
        }
        Quantity::ManualPct => true,
        // Where a lamp stands after the start is told by the first full report.
        Quantity::LevelPct | Quantity::Presses => was != sample && was.value().is_some(),
        _ => false,
    };
    if at_once { News::AtOnce } else { News::None }
}

/// The news in `sample` after `reported`.
fn news(quantity: Quantity, reported: Sample, sample: Sample) -> News {
    if reported == sample {
        return News::None;
    }
    let (Sample::Is(old), Sample::Is(new)) = (reported, sample) else {
        return News::Soon;
    };
    match quantity {
        // That somebody came is urgent; that it is quiet is said with the next frame.
        Quantity::Motion | Quantity::Presence if new.milli() == 0 => News::Along,
        Quantity::Motion
        | Quantity::Presence
        | Quantity::LampFault
        | Quantity::LevelPct
        | Quantity::Presses
        | Quantity::ManualPct
        | Quantity::Fire => News::AtOnce,
        // Registers are looked at per quarter of an hour: the interval is often enough.
        Quantity::EnergyWh | Quantity::LitS => News::None,
        _ => {
            let moved = old.milli().abs_diff(new.milli());
            if moved > deadband_milli(quantity, old) { News::Soon } else { News::None }
        }
    }
}

/// Up to here lamps fill daylight up, lx: twice what the board needs (GB 7793-2010).
const HELD_LX_MAX: i64 = 1_000;

/// A change up to this is no news, in thousandths.
fn deadband_milli(quantity: Quantity, old: Value) -> u64 {
    let percent = |percent: u64| old.milli().unsigned_abs() * percent / 100;
    match quantity {
        // Lamps hold light within 4 %; where no lamp has anything to add, 10 % are enough.
        Quantity::IlluminanceLx if old.milli() <= HELD_LX_MAX * 1000 => percent(3).max(5_000),
        Quantity::IlluminanceLx => percent(10),
        // Accuracy ±(40 ppm + 5 %): Sensirion SCD4x datasheet, table 1.
        Quantity::Co2Ppm => 50_000,
        // Accuracy ±0.2 °C and ±1.8 %: Sensirion SHT4x datasheet, tables 1 and 2.
        Quantity::TemperatureC => 300,
        Quantity::HumidityPct => 3_000,
        // One lamp is 9 W and more.
        Quantity::PowerW => percent(5).max(5_000),
        // EN 50160 allows ±10 %; 2 % is a change of load, not of the grid.
        Quantity::VoltageV => 5_000,
        Quantity::CurrentA => percent(5).max(50),
        Quantity::FrequencyHz => 100,
        // Not analog: any change counts where it counts at all.
        Quantity::Motion
        | Quantity::Presence
        | Quantity::EnergyWh
        | Quantity::LevelPct
        | Quantity::Presses
        | Quantity::ManualPct
        | Quantity::LampFault
        | Quantity::LitS
        | Quantity::Fire => 0,
    }
}
