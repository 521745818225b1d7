//! Words in the reader's language: English or Simplified Chinese, from `locales/`.
//!
//! Codes (reasons, occupancy, needs) come from the agent, which may be newer than this program:
//! [`Words::code`] falls back to the code itself, so that nothing is ever hidden.

use crate::when::duration;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use std::collections::BTreeMap;
use std::fmt::Display;
use unic_langid::{LanguageIdentifier, langid};

const EN: &str = concat!(
    include_str!("../locales/en.ftl"),
    include_str!("../locales/en/meters.ftl"),
    include_str!("../locales/en/ledger.ftl"),
    include_str!("../locales/en/report.ftl"),
    include_str!("../locales/en/calendar.ftl"),
    include_str!("../locales/en/events.ftl"),
    include_str!("../locales/en/rules.ftl"),
    include_str!("../locales/en/light.ftl"),
    include_str!("../locales/en/past.ftl"),
    include_str!("../locales/en/learn.ftl"),
    include_str!("../locales/en/hubs.ftl"),
    include_str!("../locales/en/hub.ftl"),
    include_str!("../locales/en/cable.ftl"),
    include_str!("../locales/en/broker.ftl"),
    include_str!("../locales/en/bench.ftl"),
);
const ZH: &str = concat!(
    include_str!("../locales/zh.ftl"),
    include_str!("../locales/zh/meters.ftl"),
    include_str!("../locales/zh/ledger.ftl"),
    include_str!("../locales/zh/report.ftl"),
    include_str!("../locales/zh/calendar.ftl"),
    include_str!("../locales/zh/events.ftl"),
    include_str!("../locales/zh/rules.ftl"),
    include_str!("../locales/zh/light.ftl"),
    include_str!("../locales/zh/past.ftl"),
    include_str!("../locales/zh/learn.ftl"),
    include_str!("../locales/zh/hubs.ftl"),
    include_str!("../locales/zh/hub.ftl"),
    include_str!("../locales/zh/cable.ftl"),
    include_str!("../locales/zh/broker.ftl"),
    include_str!("../locales/zh/bench.ftl"),
);

/// A language of the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Lang {
    /// English
    En,
    /// 简体中文
    Zh,
}

impl Lang {
    /// From the environment: the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is not empty.
    pub fn of_environment(var: impl Fn(&str) -> Option<String>) -> Self {
        let wish = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(var)
            .find(|value| !value.is_empty())
            .unwrap_or_default();
        if wish.to_ascii_lowercase().starts_with("zh") { Self::Zh } else { Self::En }
    }

    fn source(self) -> &'static str {
        match self {
            Self::En => EN,
            Self::Zh => ZH,
        }
    }

    fn identifier(self) -> LanguageIdentifier {
        match self {
            Self::En => langid!("en"),
            Self::Zh => langid!("zh-CN"),
        }
    }
}

/// Named values that a text may use.
pub type Named<'a> = [(&'a str, FluentValue<'a>)];

/// The texts of one language.
pub struct Words {
    /// Which.
    pub lang: Lang,
    bundle: FluentBundle<FluentResource>,
}

impl Words {
    /// Reads the built-in texts; the tests prove that they parse and that no key is there twice.
    pub fn new(lang: Lang) -> Self {
        let texts = match FluentResource::try_new(lang.source().to_owned()) {
            Ok(texts) | Err((texts, _)) => texts,
        };
        let mut bundle = FluentBundle::new_concurrent(vec![lang.identifier()]);
        // Isolation marks protect right-to-left names; in a terminal they only break columns.
        bundle.set_use_isolating(false);
        bundle.add_resource_overriding(texts);
        Self { lang, bundle }
    }

    /// The text of `key`. The tests find every key in the code and prove that it exists.
    pub fn say(&self, key: &str, named: &Named<'_>) -> String {
        self.find(key, named).unwrap_or_else(|| key.to_owned())
    }

    /// The text of `key` without values.
    pub fn text(&self, key: &str) -> String {
        self.say(key, &[])
    }

    /// The text of `key`, when there is one and all the values it uses are given.
    pub fn find(&self, key: &str, named: &Named<'_>) -> Option<String> {
        let pattern = self.bundle.get_message(key)?.value()?;
        let args: FluentArgs<'_> =
            named.iter().map(|(name, value)| (*name, value.clone())).collect();
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(&args), &mut errors);
        errors.is_empty().then(|| text.into_owned())
    }

    /// The text of `family-code`, or of `family-code-bare` when a value that may be absent is; the
    /// code and its values as they came when it is unknown here.
    ///
    /// A value in seconds (`for_s`) is there as a duration too (`for`).
    pub fn code<V: Display>(&self, family: &str, code: &str, args: &BTreeMap<String, V>) -> String {
        let mut named: Vec<(&str, FluentValue<'_>)> =
            args.iter().map(|(name, value)| (name.as_str(), value_of(value))).collect();
        for (name, value) in args {
            if let Some((name, s)) =
                name.strip_suffix("_s").zip(value.to_string().parse::<i64>().ok())
            {
                named.push((name, duration(self, s.saturating_mul(1000)).into()));
            }
        }
        self.find(&format!("{family}-{code}"), &named)
            .or_else(|| self.find(&format!("{family}-{code}-bare"), &named))
            .unwrap_or_else(|| {
                let args: Vec<String> =
                    args.iter().map(|(name, value)| format!("{name} {value}")).collect();
                if args.is_empty() {
                    code.to_owned()
                } else {
                    format!("{code} ({})", args.join(", "))
                }
            })
    }

    /// The text of `family-code` for a code without values.
    pub fn plain_code(&self, family: &str, code: &str) -> String {
        self.code::<String>(family, code, &BTreeMap::new())
    }
}

/// Whole numbers become numbers, so that plurals work; anything else stays text.
fn value_of<V: Display>(value: &V) -> FluentValue<'static> {
    let text = value.to_string();
    match text.parse::<i64>() {
        Ok(number) => number.into(),
        Err(_) => text.into(),
    }
}

#[cfg(test)]
mod tests;
