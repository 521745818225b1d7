//! `[[meter]]`: meters that the agent asks, and what is to be known about those behind nodes.

mod parents;
mod plate;

use super::buses::{Buses, Member};
use super::fault::{Faults, Span};
use super::places::{Nodes, Placed, Rooms, refuse_many, unique};
use super::profiles::Profiles;
use super::table::{At, Table};
use crate::bus::plan::PolledMeter;
use controller::{Flow, MeterConfig, MeterIx, MeterSource, Place, Plate};
use device_profiles::{Kind, Measure, Order, Profile, Protocol};
use parents::Wish;
use plate::Given;
use std::collections::BTreeMap;
use std::sync::Arc;
use wire::Id;

/// Most meters that are configured: ten times those of a large school.
const METERS_MAX: usize = 2_000;

/// Time between two readings, s, as long as nobody says otherwise: fifteen in a slot.
const EVERY_S: u32 = 60;

/// Keys that mean nothing for a meter behind a node.
const POLLED_ONLY: [&str; 11] = [
    "id", "bus", "address", "profile", "room", "building", "register", "ct", "vt", "order",
    "every_s",
];

/// Registers that may go into a ledger.
const REGISTERS: [Measure; 3] =
    [Measure::EnergyImport, Measure::EnergyExport, Measure::EnergyTotal];

/// The meters of a campus, each at its place in the file.
#[derive(Default)]
pub struct Meters {
    pub configs: Vec<MeterConfig>,
    pub polled: Vec<PolledMeter>,
}

/// What meters are compared with.
pub struct Reader<'r, 'f> {
    pub rooms: &'r Rooms,
    pub nodes: &'r Nodes,
    pub buses: &'r mut Buses,
    pub profiles: &'r mut Profiles<'f>,
}

/// What a meter of either kind has.
struct Common {
    label: Option<String>,
    flow: Flow,
    /// kW and kWh in millionths.
    power_max_micro: Option<i64>,
    modulus_micro: Option<i64>,
}

/// One meter that could be read.
struct Found {
    name: At<String>,
    source: MeterSource,
    place: Option<Place>,
    plate: Plate,
    common: Common,
    asked: Option<Asked>,
}

/// How a polled one is asked.
struct Asked {
    bus: usize,
    member: Member,
    register: Measure,
    given: Given,
    order: Option<Order>,
    every_ms: u32,
}

impl Reader<'_, '_> {
    /// Reads the sections; what is faulty is left out and noted.
    pub fn read(mut self, file: &Table<'_>, faults: &mut Faults) -> Meters {
        let tables = file.sections("meter", faults);
        refuse_many("meters", &tables, METERS_MAX, faults);
        let mut meters = Meters::default();
        let mut names: BTreeMap<String, Span> = BTreeMap::new();
        let mut wishes: Vec<Wish<'_>> = Vec::new();
        for table in &tables {
            let parent = table.text("parent", faults);
            let found = match (table.has("node"), table.has("bus")) {
                (true, _) => self.behind_a_node(table, faults),
                (false, true) => self.polled(table, faults),
                (false, false) => {
                    faults
                        .add(&table.at, "a meter that nobody reads")
                        .help("set `bus`, `address` and `profile`, or `node` if a node reports it");
                    None
                }
            };
            let Some(found) = found else { continue };
            unique(&mut names, &found.name, |name| format!("meter `{name}`"), faults);
            let same = Id::new(&found.name.is).ok().and_then(|id| self.nodes.by_id.get(&id));
            if let Some(node) = same {
                let title = format!("meter `{}` is named like a node", found.name.is);
                faults
                    .add(&found.name.at, title)
                    .also(&node.at, "the node, whose own register has that name on MQTT");
            }
            wishes.push((found.name.is.clone(), parent));
            meters.add(found, &wishes, &mut *self.buses);
        }
        let readable = meters.configs.len() == tables.len();
        parents::check(&wishes, self.nodes, readable, faults);
        meters
    }

    fn behind_a_node(&mut self, table: &Table<'_>, faults: &mut Faults) -> Option<Found> {
        for name in POLLED_ONLY.into_iter().filter(|name| table.has(name)) {
            faults
                .add(&table.place(name), format!("`{name}` is for a meter on a bus only"))
                .also(&table.place("node"), "this one is behind a node");
        }
        let node = self.nodes.named(table, "node", faults);
        let channel = table.id("channel", faults);
        let common = Common::read(table, faults);
        if table.has("channel") && channel.is_none() {
            return None;
        }
        let (At { is: node, at }, found) = node?;
        let channel = channel.map(|channel| channel.is);
        // The controller calls the register without a channel so.
        let shown = channel.map_or("main".into(), |channel| channel.to_string());
        Some(Found {
            name: At { is: format!("{node}/{shown}"), at },
            source: MeterSource::Node { node, channel },
            place: found.and_then(|found| found.place),
            plate: plate::behind_a_node(common.power_max_micro, common.modulus_micro),
            common,
            asked: None,
        })
    }

    fn polled(&mut self, table: &Table<'_>, faults: &mut Faults) -> Option<Found> {
        for name in ["id", "address", "profile"] {
            table.require(name, faults);
        }
        if table.has("channel") {
            faults
                .add(&table.place("channel"), "`channel` is for a meter behind a node only")
                .also(&table.place("bus"), "this one is on a bus");
        }
        let id = table.id("id", faults);
        let place = match self.rooms.place(table, "meter", faults) {
            Placed::There(place) => Some(place),
            Placed::Nowhere | Placed::Faulty => None,
        };
        let common = Common::read(table, faults);
        let bus = self.buses.named(table, faults);
        let profile = self.profiles.get(table, Kind::Meter, faults);
        let protocol = profile.as_ref().map(|profile| profile.is.protocol);
        let address = self.buses.address(table, bus, protocol, faults);
        let every_s = table.whole("every_s", faults).map_or(EVERY_S, |every| every.is);
        let order = order(table, protocol, faults);
        let given = plate::given(table, profile.as_ref(), faults);
        let register = register(table, profile.as_ref(), common.flow, faults);
        let (id, bus, profile) = (id?, bus?, profile?);
        let (address, register) = (address?, register?);
        let plate =
            plate::of(&profile.is, register, &given, common.power_max_micro, common.modulus_micro);
        let name = format!("meter `{}`", id.is);
        let member = Member { name, address, profile, register: Some(register) };
        Some(Found {
            name: At { is: id.is.to_string(), at: id.at },
            source: MeterSource::Polled,
            place,
            plate,
            common,
            asked: Some(Asked { bus, member, register, given, order, every_ms: every_s * 1_000 }),
        })
    }
}

impl Common {
    fn read(table: &Table<'_>, faults: &mut Faults) -> Self {
        let flow = table.text("flow", faults).map(|text| match text.is {
            "import" => Flow::Import,
            "export" => Flow::Export,
            other => {
                faults
                    .add(&text.at, format!("energy does not flow `{other}`"))
                    .help("it is `import` (consumed) or `export` (produced)");
                Flow::Import
            }
        });
        Self {
            label: table.name("name", faults),
            flow: flow.unwrap_or_default(),
            power_max_micro: table.decimal("power_max_kw", faults).map(|it| it.is),
            modulus_micro: table.decimal("modulus_kwh", faults).map(|it| it.is),
        }
    }
}

impl Meters {
    fn add(&mut self, found: Found, wishes: &[Wish<'_>], buses: &mut Buses) {
        let Found { name, source, place, plate, common, asked } = found;
        let parent = wishes.last().and_then(|(_, parent)| parent.as_ref());
        if let Some(asked) = asked {
            // Far below the limit of `u32`: `METERS_MAX`.
            let meter = MeterIx(self.configs.len() as u32);
            let Member { address, profile, .. } = &asked.member;
            let (address, profile) = (address.is, profile.is.clone());
            let usual = PolledMeter::new(meter, name.is.clone(), asked.bus, address, profile);
            self.polled.push(PolledMeter {
                ct_milli: asked.given.ct_milli,
                vt_milli: asked.given.vt_milli,
                register: asked.register,
                order: asked.order,
                every_ms: asked.every_ms,
                ..usual
            });
            buses.join(asked.bus, asked.member);
        }
        self.configs.push(MeterConfig {
            label: common.label.unwrap_or_else(|| name.is.clone()),
            name: name.is,
            source,
            place,
            parent: parent.map(|parent| parent.is.to_owned()),
            flow: common.flow,
            plate,
        });
    }
}

/// The order of bytes and words of this very meter.
fn order(table: &Table<'_>, protocol: Option<Protocol>, faults: &mut Faults) -> Option<Order> {
    let text = table.text("order", faults)?;
    if protocol == Some(Protocol::Dlt645) {
        faults.add(&text.at, "DL/T 645 has one order only").help("leave `order` out");
        return None;
    }
    let order = Order::from_name(text.is);
    if order.is_none() {
        let names: Vec<_> = Order::ALL.iter().map(|order| format!("`{order}`")).collect();
        faults
            .add(&text.at, format!("`{}` is no order of bytes", text.is))
            .help(format!("it is one of {}", names.join(", ")));
    }
    order
}

/// The register that goes into the ledger: what is named, or what the model has for that direction.
fn register(
    table: &Table<'_>,
    profile: Option<&At<Arc<Profile>>>,
    flow: Flow,
    faults: &mut Faults,
) -> Option<Measure> {
    let text = table.text("register", faults);
    let profile = profile?;
    let has = |measure: &Measure| profile.is.register(*measure).is_some();
    let offered: Vec<_> = REGISTERS.into_iter().filter(has).map(Measure::name).collect();
    let Some(text) = text else {
        let usual = match flow {
            Flow::Import => [Measure::EnergyImport, Measure::EnergyTotal],
            Flow::Export => [Measure::EnergyExport, Measure::EnergyTotal],
        };
        let register = usual.into_iter().find(has);
        if register.is_none() {
            faults
                .add(&profile.at, "this model has no register for that direction")
                .help(format!("set `register` to one of {}", offered.join(", ")));
        }
        return register;
    };
    let named = REGISTERS.into_iter().find(|measure| measure.name() == text.is).filter(has);
    if named.is_none() {
        faults
            .add(&text.at, format!("`{}` has no register `{}`", profile.is.id, text.is))
            .help(format!("it has {}", offered.join(", ")))
            .closest(text.is, offered.iter().copied());
    }
    named
}
