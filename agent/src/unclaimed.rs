//! Nodes that speak and that no configuration knows: listed, never guessed into a room, never
//! promised anything.

use crate::api::types;
use crate::keep::Keeper;
use crate::{limits, store};
use controller::Timestamp;
use std::collections::BTreeMap;
use wire::Hello;

/// Who they are; the newest ones are not heard when there are too many.
#[derive(Default)]
pub struct Strangers {
    known: BTreeMap<String, types::Unclaimed>,
}

impl Strangers {
    /// Those of earlier runs. One that has been claimed since is no stranger any more.
    pub fn new(rows: Vec<store::Unclaimed>, claimed: impl Fn(&str) -> bool) -> Self {
        let strangers = rows.into_iter().filter(|row| !claimed(&row.name));
        let known = strangers.map(|row| {
            let entry = types::Unclaimed {
                id: row.name.clone(),
                first_heard_ms: row.first_ms,
                last_heard_ms: row.last_ms,
                frames: row.frames,
                board: row.board,
                firmware: row.firmware,
                last_frame: row.last_frame,
            };
            (row.name, entry)
        });
        Self { known: known.collect() }
    }

    /// A frame of one.
    pub fn frame(&mut self, name: &str, payload: &[u8], now: Timestamp, keeper: &mut Keeper) {
        let text = String::from_utf8_lossy(payload).into_owned();
        if let Some(entry) = self.entry(name, now) {
            entry.frames += 1;
            entry.last_frame.clone_from(&text);
            keeper.store.unclaimed(row(name, now, 1, "", "", text));
        }
    }

    /// A hello of one.
    pub fn hello(&mut self, name: &str, hello: &Hello<'_>, now: Timestamp, keeper: &mut Keeper) {
        let Some(entry) = self.entry(name, now) else { return };
        if hello.online {
            entry.board = hello.board.to_owned();
            entry.firmware = hello.firmware.to_owned();
            let row = row(name, now, 0, hello.board, hello.firmware, String::new());
            keeper.store.unclaimed(row);
        }
    }

    /// All, by name.
    pub fn list(&self) -> Vec<types::Unclaimed> {
        self.known.values().cloned().collect()
    }

    fn entry(&mut self, name: &str, now: Timestamp) -> Option<&mut types::Unclaimed> {
        if !self.known.contains_key(name) {
            if self.known.len() >= limits::UNCLAIMED_MAX {
                return None;
            }
            tracing::info!(
                node = name,
                "a node that no configuration knows; `campus node list --unclaimed`"
            );
            let entry = types::Unclaimed {
                id: name.to_owned(),
                first_heard_ms: now.0,
                last_heard_ms: now.0,
                frames: 0,
                board: String::new(),
                firmware: String::new(),
                last_frame: String::new(),
            };
            self.known.insert(name.to_owned(), entry);
        }
        let entry = self.known.get_mut(name)?;
        entry.last_heard_ms = now.0;
        Some(entry)
    }
}

fn row(
    name: &str,
    now: Timestamp,
    frames: u64,
    board: &str,
    firmware: &str,
    last_frame: String,
) -> store::Unclaimed {
    store::Unclaimed {
        name: name.to_owned(),
        first_ms: now.0,
        last_ms: now.0,
        frames,
        board: board.to_owned(),
        firmware: firmware.to_owned(),
        last_frame,
    }
}
