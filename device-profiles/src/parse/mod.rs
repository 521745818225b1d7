//! TOML to a profile, or every fault at once with its line and column.

mod examples;
mod lighting;
mod meter;
mod ratio;
mod table;
#[cfg(test)]
mod tests;

use crate::fault::{Faults, ProfileError};
use crate::profile::{BusNeeds, Evidence, Kind, Parity, Profile, Protocol};
use table::Table;
use toml::de::DeTable;

const FILE_KEYS: &[&str] = &[
    "id", "kind", "maker", "models", "phases", "protocol", "evidence", "notes", "source", "bus",
    "ratio", "register", "output", "probe", "example",
];
const BUS_KEYS: &[&str] = &["baud", "parity", "registers_max", "gap_ms"];

/// What a technician reads before going up the ladder: a few sentences, not a manual.
const NOTES_CHARS_MAX: usize = 300;

/// Largest answer in registers: the Modbus application protocol, 6.3.
const REGISTERS_MAX: u8 = 125;

/// What every device we know answers at once (Eastron SDM630 of firmware 1.7 refuses more).
const REGISTERS_USUAL: u16 = 60;

/// Rates that a serial line has, bit/s.
const BAUDS: std::ops::RangeInclusive<u32> = 300..=921_600;

/// Pause that every device we know is content with, ms.
const GAP_MS_USUAL: u32 = 20;

/// Longest pause: with more, a bus of 32 meters is not read within a slot.
const GAP_MS_MAX: i64 = 1_000;

impl Profile {
    /// Reads a profile; `name` is the file's, for the faults.
    ///
    /// # Errors
    /// Everything that is wrong with it, ready to be printed.
    pub fn parse(text: &str, name: &str) -> Result<Self, ProfileError> {
        let mut faults = Faults::default();
        let (file, broken) = DeTable::parse_recoverable(text);
        for error in &broken {
            faults.add(&error.span().unwrap_or(0..0), error.message());
        }
        if !broken.is_empty() {
            // What stands behind broken syntax may be misread; more faults would only mislead.
            return Err(faults.into_error(name, text));
        }
        let file = Table::open(file.get_ref(), 0..0, "the profile", FILE_KEYS, &mut faults);
        let profile = read(&file, &mut faults);
        if faults.count() == 0 { Ok(profile) } else { Err(faults.into_error(name, text)) }
    }
}

/// Everything, as far as it can be read; what cannot is a fault.
fn read(file: &Table<'_>, faults: &mut Faults) -> Profile {
    for name in ["id", "kind", "maker", "models", "protocol", "evidence", "notes", "bus"] {
        file.require(name, faults);
    }
    let id = id(file, faults);
    let kind = file.word("kind", Kind::from_name, Kind::ALL.iter().map(|it| it.name()), faults);
    let maker = file.text("maker", faults);
    let wanted = "texts in quotes";
    let models = file.list("models", wanted, |it| it.as_str().map(str::to_owned), faults);
    let known = Protocol::ALL.iter().map(|it| it.name());
    let protocol = file.word("protocol", Protocol::from_name, known, faults);
    let known = Evidence::ALL.iter().map(|it| it.name());
    let evidence = file.word("evidence", Evidence::from_name, known, faults);
    let notes = notes(file, faults);
    let sources = sources(file, faults);
    let bus = bus(file, protocol.as_ref().map(|it| it.is), faults);
    let ratio = ratio::read(file, faults);

    // What is missing has its fault by now; the rest is still read, so that it is told at once.
    let kind = kind.map_or_else(|| likely_kind(file), |it| it.is);
    let protocol = protocol.map_or(Protocol::Modbus, |it| it.is);
    let mut profile = Profile {
        id: id.unwrap_or_default(),
        kind,
        maker: maker.map(|it| it.is.to_owned()).unwrap_or_default(),
        models: models.unwrap_or_default(),
        phases: 0,
        protocol,
        evidence: evidence.map_or(Evidence::Unverified, |it| it.is),
        notes: notes.unwrap_or_default(),
        sources,
        bus,
        ratio: ratio.unwrap_or_default(),
        registers: Vec::new(),
        outputs: Vec::new(),
        probes: Vec::new(),
        examples: Vec::new(),
    };
    match kind {
        Kind::Meter => {
            let measures = meter::read(file, &mut profile, faults);
            examples::of_meters(file, &mut profile, &measures, faults);
        }
        Kind::Lighting => {
            lighting::read(file, &mut profile, faults);
            examples::of_gateways(file, &mut profile, faults);
        }
    }
    profile
}

/// What a profile with a misspelt `kind` is meant to be.
fn likely_kind(file: &Table<'_>) -> Kind {
    if file.has("output") { Kind::Lighting } else { Kind::Meter }
}

fn id(file: &Table<'_>, faults: &mut Faults) -> Option<String> {
    let id = file.text("id", faults)?;
    if wire::Id::new(id.is).is_err() {
        let title = format!("`{}` is no identifier", id.is);
        faults.add(&id.at, title).help("1 to 32 of a-z, 0-9 and `-`, no `-` in front");
        return None;
    }
    Some(id.is.to_owned())
}

fn notes(file: &Table<'_>, faults: &mut Faults) -> Option<String> {
    let notes = file.text("notes", faults)?;
    let count = notes.is.chars().count();
    if count > NOTES_CHARS_MAX {
        let title = format!("`notes` has {count} characters; {NOTES_CHARS_MAX} are the most");
        faults.add(&notes.at, title).help("say what a technician needs; the rest is in the source");
    }
    Some(notes.is.to_owned())
}

fn sources(file: &Table<'_>, faults: &mut Faults) -> Vec<String> {
    let mut sources = Vec::new();
    for source in file.tables("source", &["what"], faults) {
        source.require("what", faults);
        sources.extend(source.text("what", faults).map(|it| it.is.to_owned()));
    }
    if sources.is_empty() && !file.has("source") {
        let help = "add `[[source]]` with `what = \"…\"`: the document, or the repository with path and commit";
        faults.add(&file.at, "the profile does not say where its facts come from").help(help);
    }
    sources
}

fn bus(file: &Table<'_>, protocol: Option<Protocol>, faults: &mut Faults) -> BusNeeds {
    // DL/T 645-2007, 5.2.1: even parity.
    let usual = if protocol == Some(Protocol::Dlt645) { Parity::Even } else { Parity::None };
    let mut needs = BusNeeds {
        bauds: Vec::new(),
        parity: usual,
        registers_max: REGISTERS_USUAL,
        gap_ms: GAP_MS_USUAL,
    };
    let Some(bus) = file.table("bus", BUS_KEYS, faults) else { return needs };
    bus.require("baud", faults);
    let baud = |value: &toml::de::DeValue<'_>| {
        let baud = u32::try_from(table::bits_of(value)?).ok()?;
        BAUDS.contains(&baud).then_some(baud)
    };
    let wanted = "rates in bit/s, the factory's first";
    needs.bauds = bus.list("baud", wanted, baud, faults).unwrap_or_default();
    let known = Parity::ALL.iter().map(|it| it.name());
    if let Some(parity) = bus.word("parity", Parity::from_name, known, faults) {
        needs.parity = parity.is;
    }
    if let Some(max) = bus.byte("registers_max", 1..=REGISTERS_MAX, faults) {
        needs.registers_max = max.is.into();
    }
    if let Some(gap) = bus.whole("gap_ms", 0..=GAP_MS_MAX, faults) {
        needs.gap_ms = u32::try_from(gap.is).unwrap_or(GAP_MS_USUAL);
    }
    needs
}
