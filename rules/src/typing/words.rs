//! Texts that are times and durations.

use crate::fault::Faults;
use crate::parse::{Form, Node};

/// Longest duration in a condition, ms: a day.
const DURATION_MS_MAX: u64 = 86_400_000;

/// Shortest, ms: sensors are polled every 10 s, and nothing is known in between.
const DURATION_MS_MIN: u64 = 10_000;

/// `"hh:mm"` as minutes after midnight, `"24:00"` included.
pub(super) fn clock(node: &Node<'_>, faults: &mut Faults) -> Option<u16> {
    let minutes = match node.form {
        Form::Text(text) => text.split_once(':').and_then(|(hours, minutes)| {
            let digits = |it: &str| it.len() == 2 && it.bytes().all(|byte| byte.is_ascii_digit());
            let parse = |it: &str| it.parse::<u16>().ok().filter(|_| digits(it));
            let (hours, minutes) = (parse(hours)?, parse(minutes)?);
            (minutes < 60).then_some(hours * 60 + minutes).filter(|all| *all <= 1440)
        }),
        _ => None,
    };
    if minutes.is_none() {
        let help = "hours and minutes in quotes, from \"00:00\" to \"24:00\"";
        faults.add(&node.at, "this is no time of the day").help(help);
    }
    minutes
}

/// `"90s"`, `"5m"`, `"2h"` in ms.
pub(super) fn duration_ms(node: &Node<'_>, faults: &mut Faults) -> Option<u64> {
    let ms = match node.form {
        Form::Text(text) => {
            let last = text.char_indices().next_back().map_or(0, |(at, _)| at);
            let (number, unit) = text.split_at(last);
            let factor = [("s", 1_000), ("m", 60_000), ("h", 3_600_000)];
            let factor = factor.into_iter().find(|(name, _)| *name == unit);
            let number = number.parse::<u64>().ok().filter(|it| *it <= DURATION_MS_MAX / 1000);
            number.zip(factor).map(|(number, (_, factor))| number * factor)
        }
        _ => None,
    };
    let fits = ms.filter(|ms| (DURATION_MS_MIN..=DURATION_MS_MAX).contains(ms));
    if fits.is_none() {
        let help = "a number with s, m or h in quotes, from \"10s\" to \"24h\": \"5m\"";
        faults.add(&node.at, "this is no duration that a condition takes").help(help);
    }
    fits
}

/// A plain number of minutes, in ms.
pub(super) fn in_minutes(node: &Node<'_>, faults: &mut Faults) -> Option<u64> {
    let ms = match node.form {
        Form::Number(milli) => u64::try_from(milli).ok().map(|milli| milli * 60),
        _ => None,
    };
    let fits = ms.filter(|ms| *ms <= DURATION_MS_MAX);
    if fits.is_none() {
        let help = "minutes as a number without quotes, at most 1440: `vacant_for_min >= 15`";
        faults.add(&node.at, "this is no number of minutes").help(help);
    }
    fits
}
