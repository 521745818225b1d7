//! `[ratio]`: where transformer ratios come from.

use super::table::Table;
use crate::decimal::Decimal;
use crate::fault::Faults;
use crate::profile::{Order, WordType};
use crate::ratio::{RatioNeeds, RatioRegister, RatioSource};

const REGISTER_KEYS: &[&str] = &["fc", "address", "type", "order", "scale"];

pub fn read(file: &Table<'_>, faults: &mut Faults) -> Option<RatioNeeds> {
    let ratio = file.table("ratio", &["ct", "vt"], faults)?;
    Some(RatioNeeds { ct: source(&ratio, "ct", faults), vt: source(&ratio, "vt", faults) })
}

fn source(ratio: &Table<'_>, name: &str, faults: &mut Faults) -> Option<RatioSource> {
    let source = ratio.table(name, &["register", "default", "min", "max"], faults)?;
    if source.has("register") {
        let why = "the meter knows this ratio; the configuration is only compared with it";
        source.refuse(&["default", "min", "max"], why, faults);
        let register = source.table("register", REGISTER_KEYS, faults)?;
        return Some(RatioSource::Register(register_of(&register, faults)?));
    }
    let mut milli = |key: &str| {
        if !source.require(key, faults) {
            return None;
        }
        let decimal = source.decimal(key, faults)?;
        let milli = decimal.is.milli().and_then(|it| u64::try_from(it).ok()).filter(|it| *it > 0);
        if milli.is_none() {
            faults.add(&decimal.at, format!("`{key}` is above 0, with up to three places"));
        }
        milli
    };
    let (default, min, max) = (milli("default"), milli("min"), milli("max"));
    let (default_milli, min_milli, max_milli) = (default?, min?, max?);
    if !(min_milli..=max_milli).contains(&default_milli) {
        faults.add(&source.place("default"), "`default` is not between `min` and `max`");
    }
    Some(RatioSource::Given { default_milli, min_milli, max_milli })
}

fn register_of(register: &Table<'_>, faults: &mut Faults) -> Option<RatioRegister> {
    let (fc, address, kind, order) = modbus_place(register, faults)?;
    let scale = register.decimal("scale", faults);
    if let Some(scale) = scale.as_ref().filter(|scale| scale.is.digits <= 0) {
        faults.add(&scale.at, "`scale` is above 0");
    }
    let scale = scale.map_or(Decimal::ONE, |it| it.is);
    Some(RatioRegister { fc, address, kind, order, scale })
}

/// Function, address, type and order of a register that is read.
pub fn modbus_place(table: &Table<'_>, faults: &mut Faults) -> Option<(u8, u16, WordType, Order)> {
    for name in ["fc", "address", "type"] {
        table.require(name, faults);
    }
    let fc = table.byte("fc", 3..=4, faults);
    let address = table.word16("address", faults);
    let known = WordType::ALL.iter().map(|it| it.name());
    let kind = table.word("type", WordType::from_name, known, faults);
    let known = Order::ALL.iter().map(|it| it.name());
    let order = table.word("order", Order::from_name, known, faults);
    let (fc, address, kind) = (fc?.is, address?, kind?.is);
    if u32::from(address.is) + u32::from(kind.words()) > 0x1_0000 {
        faults.add(&address.at, "the value does not end before the last register, 0xFFFF");
    }
    if let Some(order) = &order
        && kind.words() == 1
        && matches!(order.is, Order::Cdab | Order::Dcba)
    {
        let title = format!("one word has no order `{}`", order.is);
        faults.add(&order.at, title).help("`ABCD`, or `BADC` for swapped bytes");
    }
    Some((fc, address.is, kind, order.map_or(Order::Abcd, |it| it.is)))
}
