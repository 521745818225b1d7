//! `[[bus]]`: links to meters and gateways, and whether what hangs on one can share it.

mod link;
mod sharing;

use super::fault::{Faults, Span};
use super::places::{refuse_many, unique};
use super::table::{At, Table};
use crate::bus::plan::{Address, BusConfig, Link, Parity, StopBits};
use device_profiles::{Measure, Profile, Protocol};
use link::Route;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use wire::Id;

/// Most buses: each is a task and a connection; a school has one to ten.
const BUSES_MAX: usize = 64;

/// The settings of a serial port, which mean nothing elsewhere.
const SERIAL_ONLY: [&str; 3] = ["baud", "parity", "stop_bits"];

/// All buses that could be read, in the order of the file.
pub struct Buses {
    found: Vec<Bus>,
    /// Some have names that cannot be read.
    unnamed: bool,
}

/// One `[[bus]]` and what hangs on it.
struct Bus {
    id: At<Id>,
    /// `None` when it could not be read.
    route: Option<At<Route>>,
    baud: Option<At<u32>>,
    parity: Option<At<Parity>>,
    stop_bits: Option<At<u32>>,
    timeout_ms: Option<u32>,
    gap_ms: Option<u32>,
    share_pct: Option<u32>,
    members: Vec<Member>,
}

/// A device on a bus.
pub struct Member {
    /// The section, for people: "meter `gym-mains`".
    pub name: String,
    pub address: At<Address>,
    pub profile: At<Arc<Profile>>,
    /// What is read of it into the ledger; `None` for a gateway.
    pub register: Option<Measure>,
}

impl Buses {
    /// Reads the sections.
    pub fn read(file: &Table<'_>, faults: &mut Faults) -> Self {
        let tables = file.sections("bus", faults);
        refuse_many("buses", &tables, BUSES_MAX, faults);
        let (mut names, mut links) = (BTreeMap::new(), BTreeMap::new());
        let mut buses = Self { found: Vec::new(), unnamed: false };
        for table in &tables {
            let id = table.id("id", faults);
            if let Some(id) = &id {
                unique(&mut names, id, |id| format!("bus `{id}`"), faults);
            }
            let route = table.text("link", faults).and_then(|text| link::read(&text, faults));
            if let Some(route) = &route {
                refuse_second(&mut links, route, faults);
            }
            match Bus::read(table, id, route, faults) {
                Some(bus) => buses.found.push(bus),
                None => buses.unnamed = true,
            }
        }
        buses
    }

    /// The bus under the key `bus`, by its position.
    pub fn named(&self, table: &Table<'_>, faults: &mut Faults) -> Option<usize> {
        let name = table.id("bus", faults)?;
        let at = self.found.iter().position(|bus| bus.id.is == name.is);
        if at.is_none() && !self.unnamed {
            faults
                .add(&name.at, format!("there is no bus `{}`", name.is))
                .help("add a `[[bus]]` with this `id`")
                .closest(name.is.as_str(), self.found.iter().map(|bus| bus.id.is.as_str()));
        }
        at
    }

    /// Reads the key `address` of a device that speaks `protocol` on a bus; nothing is said about an
    /// address while one of them is not known.
    pub fn address(
        &self,
        table: &Table<'_>,
        bus: Option<usize>,
        protocol: Option<Protocol>,
        faults: &mut Faults,
    ) -> Option<At<Address>> {
        let word = table.word("address", faults)?;
        let (bus, protocol) = (bus?, protocol?);
        let tcp = matches!(self.found[bus].route, Some(At { is: Route::Tcp { .. }, .. }));
        let help = match (protocol, word.is.parse()) {
            (Protocol::Modbus, Ok(is @ Address::Unit(1..=247)))
            | (Protocol::Dlt645, Ok(is @ (Address::Dlt645(_) | Address::Dlt645Any))) => {
                return Some(At { is, at: word.at });
            }
            (Protocol::Modbus, Ok(is @ Address::Unit(0 | 255))) if tcp => {
                return Some(At { is, at: word.at });
            }
            (Protocol::Modbus, Ok(Address::Unit(0))) => "0 means everybody, and nobody answers",
            (Protocol::Modbus, _) => "a Modbus device has a number from 1 to 247",
            (Protocol::Dlt645, _) => {
                "DL/T 645: the 12 digits on the meter, in quotes, or `any` for the only one of a line"
            }
        };
        faults.add(&word.at, format!("`{}` is no address here", word.is)).help(help);
        None
    }

    /// Puts a device on a bus.
    pub fn join(&mut self, bus: usize, member: Member) {
        self.found[bus].members.push(member);
    }

    /// Whether the devices of each bus can share it, and how it is set then.
    pub fn close(self, faults: &mut Faults) -> Option<Vec<BusConfig>> {
        let buses: Vec<_> = self.found.into_iter().map(|bus| bus.close(faults)).collect();
        buses.into_iter().collect()
    }
}

impl Bus {
    fn read(
        table: &Table<'_>,
        id: Option<At<Id>>,
        route: Option<At<Route>>,
        faults: &mut Faults,
    ) -> Option<Self> {
        let baud = table.whole("baud", faults);
        let parity = table.text("parity", faults).and_then(|text| {
            let parity = Parity::from_name(text.is);
            if parity.is_none() {
                faults
                    .add(&text.at, format!("`{}` is no parity", text.is))
                    .help("it is `none`, `even` or `odd`");
            }
            parity.map(|is| At { is, at: text.at })
        });
        let stop_bits = table.whole("stop_bits", faults);
        let timeout_ms = table.whole("timeout_ms", faults).map(|it| it.is);
        let gap_ms = table.whole("gap_ms", faults).map(|it| it.is);
        let share_pct = table.whole("share_pct", faults).map(|it| it.is);
        if let Some(route) = route.as_ref().filter(|it| !matches!(it.is, Route::Serial(_))) {
            for name in SERIAL_ONLY.into_iter().filter(|name| table.has(name)) {
                faults
                    .add(&table.place(name), format!("`{name}` is for a serial port only"))
                    .also(&route.at, "over the network")
                    .help("set it in the serial server");
            }
        }
        let id = id?;
        let members = Vec::new();
        Some(Self { id, route, baud, parity, stop_bits, timeout_ms, gap_ms, share_pct, members })
    }

    fn close(self, faults: &mut Faults) -> Option<BusConfig> {
        self.refuse_strangers(faults);
        let link = match &self.route.as_ref()?.is {
            Route::Tcp { host, port } => Link::Tcp { host: host.clone(), port: *port },
            Route::RtuOverTcp { host, port } => {
                Link::RtuOverTcp { host: host.clone(), port: *port }
            }
            Route::Serial(path) => self.serial(path.clone(), faults)?,
        };
        let usual = BusConfig::new(self.id.is, link);
        Some(BusConfig {
            timeout_ms: self.timeout_ms.unwrap_or(usual.timeout_ms),
            gap_ms: self.gap_ms.unwrap_or(usual.gap_ms),
            // The range of the key is 1 to 100.
            share_pct: self.share_pct.map_or(usual.share_pct, |pct| pct as u8),
            ..usual
        })
    }

    fn serial(&self, path: PathBuf, faults: &mut Faults) -> Option<Link> {
        let baud = self.settled_baud(faults);
        let parity = self.settled_parity(faults);
        let two = self.stop_bits.as_ref().is_some_and(|bits| bits.is == 2);
        let stop_bits = if two { StopBits::Two } else { StopBits::One };
        Some(Link::Serial { path, baud: baud?, parity: parity?, stop_bits })
    }
}

/// Two buses over one link would talk at the same time.
fn refuse_second(links: &mut BTreeMap<String, Span>, route: &At<Route>, faults: &mut Faults) {
    let line = route.is.line();
    if let Some(first) = links.get(&line) {
        faults
            .add(&route.at, format!("two buses over `{line}`"))
            .label("again here")
            .also(first, "first here")
            .help("one bus carries everything that is reached this way");
    } else {
        links.insert(line, route.at.clone());
    }
}
