//! Whether the devices of a bus can share it: one protocol, one address each, one speed, one parity.

use super::link::Route;
use super::{Bus, Member};
use crate::bus::plan::{Address, Parity};
use crate::config::fault::{Faults, Span};
use crate::config::table::At;
use device_profiles::Protocol;
use std::collections::{BTreeMap, BTreeSet};

/// A serial port without devices: the setting of most meters, so that one can be looked for.
const BAUD: u32 = 9_600;

impl Bus {
    /// Refuses what cannot be on one line.
    pub(super) fn refuse_strangers(&self, faults: &mut Faults) {
        let Some(first) = self.members.first() else { return };
        for member in &self.members[1..] {
            if member.profile.is.protocol != first.profile.is.protocol {
                faults
                    .add(&member.profile.at, "two protocols on one bus")
                    .label(format!("this speaks {}", spoken(member)))
                    .also(&first.profile.at, format!("this speaks {}", spoken(first)))
                    .help("meters of DL/T 645 and of Modbus need a bus each");
            }
        }
        self.refuse_translated_dlt(faults);
        self.refuse_same_address(faults);
        if let Some(any) = self.members.iter().find(|it| it.address.is == Address::Dlt645Any)
            && let Some(other) = self.members.iter().find(|it| it.address.is != Address::Dlt645Any)
        {
            faults
                .add(&any.address.at, "`any` means the only meter of the line")
                .also(&other.address.at, "another one")
                .help("write the 12 digits on the meter");
        }
        if let Some(bits) = self.stop_bits.as_ref().filter(|bits| bits.is == 2)
            && let Some(dlt) = self.members.iter().find(|it| speaks_dlt(it))
        {
            faults
                .add(&bits.at, "DL/T 645 has one stop bit")
                .also(&dlt.profile.at, "this speaks it");
        }
    }

    /// Modbus TCP has no room for frames of another protocol.
    fn refuse_translated_dlt(&self, faults: &mut Faults) {
        let Some(At { is: Route::Tcp { host, port }, at }) = &self.route else { return };
        if let Some(dlt) = self.members.iter().find(|it| speaks_dlt(it)) {
            faults
                .add(at, "DL/T 645 does not go over Modbus TCP")
                .also(&dlt.profile.at, "this speaks DL/T 645")
                .help(format!(
                    "let the serial server hand the bytes through: `rtu+tcp://{host}:{port}`"
                ));
        }
    }

    /// One address is one device; it may be named once for each register, or channel by channel.
    fn refuse_same_address(&self, faults: &mut Faults) {
        let mut seen: BTreeMap<Address, Vec<&Member>> = BTreeMap::new();
        for member in &self.members {
            let others = seen.entry(member.address.is).or_default();
            let address = member.address.is;
            if let Some(other) = others.iter().find(|it| it.profile.is.id != member.profile.is.id) {
                faults
                    .add(&member.address.at, format!("address {address} is two models at once"))
                    .label(&member.profile.is.id)
                    .also(&other.address.at, other.profile.is.id.clone());
            } else if let Some(other) =
                others.iter().find(|it| it.register.is_some() && it.register == member.register)
            {
                let register = member.register.map_or("", device_profiles::Measure::name);
                faults
                    .add(&member.address.at, format!("two meters with address {address}"))
                    .label("again here")
                    .also(&other.address.at, "first here")
                    .help(format!(
                        "{} and {} would both count `{register}`; set `register` if one device counts two ways",
                        other.name, member.name
                    ));
            }
            others.push(member);
        }
    }

    /// The configured rate, or the one with which all have left the factory.
    pub(super) fn settled_baud(&self, faults: &mut Faults) -> Option<u32> {
        if let Some(baud) = &self.baud {
            let knows = |it: &&Member| !it.profile.is.bus.bauds.contains(&baud.is);
            if let Some(member) = self.members.iter().find(knows) {
                let known = list(member.profile.is.bus.bauds.iter().copied());
                faults
                    .add(&baud.at, format!("{} does not know {} baud", member.name, baud.is))
                    .also(&member.profile.at, "this model")
                    .help(format!("it knows {known}"));
                return None;
            }
            return Some(baud.is);
        }
        let factory = |it: &Member| it.profile.is.bus.bauds.first().copied().unwrap_or(BAUD);
        let Some(first) = self.members.first() else { return Some(BAUD) };
        let Some(other) = self.members.iter().find(|it| factory(it) != factory(first)) else {
            return Some(factory(first));
        };
        let common: BTreeSet<_> = self
            .members
            .iter()
            .map(|it| it.profile.is.bus.bauds.iter().copied().collect::<BTreeSet<_>>())
            .reduce(|common, more| common.intersection(&more).copied().collect())
            .unwrap_or_default();
        let help = if common.is_empty() {
            "no rate is known to all of them: give one of them a bus of its own".into()
        } else {
            format!("set all to one of {}, and write it: `baud = …`", list(common))
        };
        let ours = format!("{} baud", factory(first));
        self.unsettled("at which rate is this bus?", (first, &ours), other, help, faults)
            .label(format!("{} left the factory with {} baud", other.name, factory(other)));
        None
    }

    /// The configured parity, or the one with which all have left the factory.
    pub(super) fn settled_parity(&self, faults: &mut Faults) -> Option<Parity> {
        if let Some(parity) = &self.parity {
            if parity.is != Parity::Even
                && let Some(dlt) = self.members.iter().find(|it| speaks_dlt(it))
            {
                faults
                    .add(&parity.at, "DL/T 645 has even parity")
                    .also(&dlt.profile.at, "this speaks it");
                return None;
            }
            return Some(parity.is);
        }
        let Some(first) = self.members.first() else { return Some(Parity::None) };
        let factory = |it: &Member| it.profile.is.bus.parity;
        let Some(other) = self.members.iter().find(|it| factory(it) != factory(first)) else {
            return Some(factory(first));
        };
        let help = "set all to the same, and write it: `parity = \"…\"`".into();
        let ours = format!("parity {}", factory(first));
        self.unsettled("which parity has this bus?", (first, &ours), other, help, faults)
            .label(format!("{} left the factory with parity {}", other.name, factory(other)));
        None
    }

    /// A question that the factory settings of two devices answer differently.
    fn unsettled<'f>(
        &self,
        question: &str,
        (first, ours): (&Member, &str),
        other: &Member,
        help: String,
        faults: &'f mut Faults,
    ) -> &'f mut super::super::fault::Fault {
        let there: &Span = &first.profile.at;
        faults
            .add(&other.profile.at, question)
            .also(there, format!("{} with {ours}", first.name))
            .help(help)
    }
}

fn speaks_dlt(member: &Member) -> bool {
    member.profile.is.protocol == Protocol::Dlt645
}

fn spoken(member: &Member) -> &'static str {
    if speaks_dlt(member) { "DL/T 645" } else { "Modbus" }
}

fn list(rates: impl IntoIterator<Item = u32>) -> String {
    rates.into_iter().map(|rate| rate.to_string()).collect::<Vec<_>>().join(", ")
}
