//! What a register can do: where it rolls over, how fast it may move, how finely it counts.

use crate::config::fault::Faults;
use crate::config::table::{At, Table};
use controller::Plate;
use device_profiles::ratio::RatioSource;
use device_profiles::{Measure, Profile, Ratio, Register};
use std::sync::Arc;
use wire::Value;

/// Ratios that the configuration gives, in thousandths.
pub struct Given {
    pub ct_milli: Option<u64>,
    pub vt_milli: Option<u64>,
}

/// What a directly connected meter carries at most, W: 100 A on three phases of 250 V, and a third
/// more. No meter behind transformers is held to less.
const DIRECT_W: i64 = 100_000;

/// A transformer's secondary side gives at most 6 A (5 A and a fifth more) at 250 V, W per phase.
const SECONDARY_W: i64 = 1_500;

/// The register at which the smallest step is looked at, Wh: floats are coarser there than any
/// school's meter will be in its life.
const LATE_WH: i64 = 1_000_000_000;

/// Reads `ct` and `vt`; one that the model does not use, or that cannot be, is a fault.
pub fn given(table: &Table<'_>, profile: Option<&At<Arc<Profile>>>, faults: &mut Faults) -> Given {
    let mut one = |name: &str, source: fn(&Profile) -> Option<RatioSource>| {
        let ratio = table.decimal(name, faults)?;
        let profile = profile?;
        // The range of the key begins above 0, and thousandths are its finest.
        let milli = (ratio.is / 1_000) as u64;
        match source(&profile.is) {
            None => {
                faults
                    .add(&ratio.at, format!("`{}` has no use for `{name}`", profile.is.id))
                    .help("this model counts the primary side by itself: leave it out");
                None
            }
            Some(RatioSource::Given { min_milli, max_milli, .. })
                if !(min_milli..=max_milli).contains(&milli) =>
            {
                let shown =
                    |milli: u64| Value::from_milli(i64::try_from(milli).unwrap_or(i64::MAX));
                faults
                    .add(&ratio.at, format!("`{name}` is out of range"))
                    .label(format!("{} to {}", shown(min_milli), shown(max_milli)))
                    .help(format!("that is what `{}` can be set to", profile.is.id));
                None
            }
            Some(_) => Some(milli),
        }
    };
    Given { ct_milli: one("ct", |it| it.ratio.ct), vt_milli: one("vt", |it| it.ratio.vt) }
}

/// The plate of a polled meter.
pub fn of(
    profile: &Profile,
    register: Measure,
    given: &Given,
    power_max_micro: Option<i64>,
    modulus_micro: Option<i64>,
) -> Plate {
    let usual = Plate::default();
    let Some(register) = profile.register(register) else { return usual };
    let ratio = known(profile, register, given);
    let modulus_wh = ratio.and_then(|ratio| match modulus_micro {
        Some(micro) => primary(micro / 1_000, register, ratio),
        None => profile.modulus_wh(register, ratio),
    });
    let late = Value::from_milli(LATE_WH * 1_000);
    let quantum = profile.quantum(register, late, ratio.unwrap_or(Ratio::ONE));
    let quantum_wh = quantum.milli().saturating_add(999) / 1_000;
    let power_max_w = match power_max_micro {
        Some(micro) => micro / 1_000,
        None => transformed_w(profile, given).unwrap_or(usual.power_max_w),
    };
    Plate { modulus_wh, power_max_w, quantum_wh: quantum_wh.max(1) }
}

/// The plate of a meter behind a node: its registers come in Wh, and as they are.
pub fn behind_a_node(power_max_micro: Option<i64>, modulus_micro: Option<i64>) -> Plate {
    let usual = Plate::default();
    Plate {
        modulus_wh: modulus_micro.map(|micro| micro / 1_000),
        power_max_w: power_max_micro.map_or(usual.power_max_w, |micro| micro / 1_000),
        ..usual
    }
}

/// The ratio as far as it multiplies this register; `None` while only the meter knows it.
fn known(profile: &Profile, register: &Register, given: &Given) -> Option<Ratio> {
    let one = |used: bool, source: Option<RatioSource>, given: Option<u64>| match source {
        Some(RatioSource::Given { default_milli, .. }) if used => {
            Some(given.unwrap_or(default_milli))
        }
        Some(RatioSource::Register(_)) if used => given,
        _ => Some(1_000),
    };
    Some(Ratio {
        ct_milli: one(register.by_ct, profile.ratio.ct, given.ct_milli)?,
        vt_milli: one(register.by_vt, profile.ratio.vt, given.vt_milli)?,
    })
}

/// Energy of the meter's side on the transformers' other side, Wh.
fn primary(wh: i64, register: &Register, ratio: Ratio) -> Option<i64> {
    let factor = |used: bool, milli: u64| if used { i128::from(milli) } else { 1_000 };
    let (ct, vt) = (factor(register.by_ct, ratio.ct_milli), factor(register.by_vt, ratio.vt_milli));
    i64::try_from(i128::from(wh).checked_mul(ct)?.checked_mul(vt)? / 1_000_000).ok()
}

/// What the given transformers can carry, W; `None` where none are given.
fn transformed_w(profile: &Profile, given: &Given) -> Option<i64> {
    let (ct, vt) = (given.ct_milli.unwrap_or(1_000), given.vt_milli.unwrap_or(1_000));
    if ct.max(vt) <= 1_000 {
        return None;
    }
    let secondary = i128::from(SECONDARY_W) * i128::from(profile.phases.max(1));
    let carried = secondary * i128::from(ct.max(1_000)) * i128::from(vt.max(1_000)) / 1_000_000;
    Some(i64::try_from(carried).unwrap_or(i64::MAX).max(DIRECT_W))
}
