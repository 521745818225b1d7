//! Meters, as the API shows them.

use crate::campus::{Flow, Place};
use crate::controller::{Meter, Source};
use crate::ledger::{Account, Incident, Quality};
use crate::node::{Node, is_fresh};
use crate::{Controller, MeterIx, NodeIx, Timestamp};
use wire::{Quantity, Value};

/// A meter, now.
#[derive(Clone, Debug)]
pub struct MeterView<'a> {
    /// Which.
    pub ix: MeterIx,
    /// Name in the ledger: its identifier, or `node/channel`.
    pub name: String,
    /// Name for people; empty where none was given.
    pub label: &'a str,
    /// Node that reports it; `None` for one that is polled.
    pub node: Option<NodeIx>,
    /// Channel of that node; `main` for the one without a name, empty when polled.
    pub channel: &'a str,
    /// Where it belongs; `None` is an orphan.
    pub place: Option<Place>,
    /// The meter that counts what this one counts too.
    pub parent: Option<MeterIx>,
    /// Which way energy flows.
    pub flow: Flow,
    /// Register at the first reading ever, Wh; 0 before it.
    pub first_register_wh: i64,
    /// Register at the last reading that was believed, Wh; 0 before the first.
    pub last_register_wh: i64,
    /// When that was; `None` before the first reading.
    pub last_read: Option<Timestamp>,
    /// Power now, W, when that is known and fresh.
    pub power_w: Option<Value>,
    /// A register that is not believed yet.
    pub doubt: Option<DoubtView>,
    /// What happened last to its register.
    pub incident: Option<Incident>,
    /// Times the register was reset or replaced without anybody saying so.
    pub resets: u32,
    /// Energy of all closed slots, Wh.
    pub posted_wh: i64,
    /// Energy of the open slot so far, Wh.
    pub open_wh: i64,
    /// Start of the open slot.
    pub open_slot: Timestamp,
    /// How well its share is known.
    pub open_quality: Quality,
    /// What the registers say was used, segment by segment, Wh.
    pub register_difference_wh: i64,
    /// Energy since local midnight, Wh.
    pub today_wh: i64,
}

/// A register that says what it cannot have done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoubtView {
    /// Since when.
    pub since: Timestamp,
    /// What it said last, Wh.
    pub register_wh: i64,
    /// How often it has said so.
    pub readings: u32,
}

/// The name of the channel without a name.
pub(crate) const MAIN: &str = "main";

impl MeterView<'_> {
    /// Whether postings and registers agree, to the watt-hour.
    pub const fn adds_up(&self) -> bool {
        self.posted_wh + self.open_wh == self.register_difference_wh
    }
}

impl Controller {
    /// The meter of this name: what it was configured as, or `node/channel`.
    pub fn find_meter(&self, name: &str) -> Option<MeterIx> {
        if let Some(at) = self.campus.meters.iter().position(|config| config.name == name) {
            return Some(MeterIx(at as u32));
        }
        let (node, channel) = name.split_once('/')?;
        let node = &self.nodes[self.find_node(node)?.at()];
        let named = |symbol: u8| channel_name(node, symbol) == channel;
        node.meters.iter().find(|known| named(known.symbol)).map(|known| known.meter)
    }

    /// Its name in the ledger: as configured, else `node/channel`.
    pub fn meter_name(&self, ix: MeterIx) -> String {
        if let Some(config) = self.meter_config(ix) {
            return config.name.clone();
        }
        match self.meters[ix.at()].source {
            // Polled ones are configured.
            Source::Polled => String::new(),
            Source::Node { node, symbol } => {
                let channel = channel_name(&self.nodes[node.at()], symbol);
                format!("{}/{channel}", self.campus.nodes[node.at()].id)
            }
        }
    }

    /// A meter, now.
    pub fn meter(&self, ix: MeterIx) -> MeterView<'_> {
        let meter = &self.meters[ix.at()];
        let account = meter.account.as_ref();
        let (node, channel) = match meter.source {
            Source::Polled => (None, ""),
            Source::Node { node, symbol } => {
                (Some(node), channel_name(&self.nodes[node.at()], symbol))
            }
        };
        let wh = |of: fn(&Account) -> i64| account.map_or(0, of);
        MeterView {
            ix,
            name: self.meter_name(ix),
            label: self.meter_config(ix).map_or("", |config| &config.label),
            node,
            channel,
            place: self.meter_place(ix),
            parent: self.parent(ix),
            flow: self.flow(ix),
            first_register_wh: wh(|account| account.first_wh),
            last_register_wh: wh(|account| account.last_wh),
            last_read: account.map(|account| account.last_read),
            power_w: self.meter_power_w(meter),
            doubt: account.and_then(Account::doubt).map(|doubt| DoubtView {
                since: doubt.first().at,
                register_wh: doubt.last().register_wh,
                readings: doubt.count,
            }),
            incident: account.and_then(Account::incident),
            resets: account.map_or(0, |account| account.resets),
            posted_wh: wh(|account| account.posted_wh),
            open_wh: wh(|account| account.open.energy_wh),
            open_slot: account.map_or(Timestamp(0), |account| account.open.slot),
            open_quality: account.map_or(Quality::Measured, |account| account.open.quality),
            register_difference_wh: wh(Account::register_difference_wh),
            today_wh: wh(|account| account.today_wh),
        }
    }

    /// What the node says of the channel, or what the meter says of itself.
    fn meter_power_w(&self, meter: &Meter) -> Option<Value> {
        let stale_ms = self.campus.settings.silent_ms;
        match meter.source {
            Source::Node { node, symbol } => {
                let held = self.nodes[node.at()].held(Quantity::PowerW, symbol)?;
                held.sample.value().filter(|_| is_fresh(held.measured, stale_ms, self.now))
            }
            Source::Polled => {
                let account = meter.account.as_ref()?;
                let fresh = is_fresh(account.last_read, stale_ms, self.now);
                account.power_mw().filter(|_| fresh).map(Value::from_milli)
            }
        }
    }

    /// All meters: configured, or heard of so far.
    pub fn meters(&self) -> impl Iterator<Item = MeterView<'_>> {
        (0..self.meters.len() as u32).map(|ix| self.meter(MeterIx(ix)))
    }
}

/// The name of a meter's channel.
fn channel_name(node: &Node, symbol: u8) -> &str {
    match node.channel(symbol) {
        "" => MAIN,
        channel => channel,
    }
}
