//! Names with small numbers: a row of the log says `17`, not `science-101`, and `3`, not
//! `motion illuminance_lx power_w.window energy_wh.window`.
//!
//! Nodes, meters and rooms are those of the configuration; shapes are bounded by `limits::SHAPES_MAX`.
//! Numbers are given by the async side, which packs rows; the writer keeps a copy of all names, so
//! that it can begin a new database at any moment.

use rusqlite::Connection;
use std::collections::HashMap;

/// Numbers from 1; 0 is "no name".
#[derive(Clone, Debug, Default)]
pub(super) struct Dictionary {
    numbers: HashMap<Box<str>, u32>,
    names: Vec<Box<str>>,
}

/// Which dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Node,
    Shape,
    Meter,
    Room,
}

/// A name that the database does not hold yet.
#[derive(Clone, Debug)]
pub(super) struct NewName {
    pub kind: Kind,
    pub number: u32,
    pub name: Box<str>,
}

/// All dictionaries.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub nodes: Dictionary,
    pub shapes: Dictionary,
    pub meters: Dictionary,
    pub rooms: Dictionary,
}

impl Dictionary {
    /// The number of a known name.
    pub fn number(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// The name of a number; `None` for 0, for gaps and beyond the end.
    pub fn name(&self, number: u32) -> Option<&str> {
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        self.names.get(at).map(AsRef::as_ref).filter(|name| !name.is_empty())
    }

    /// The name of every number from 0 on; `None` for 0 and for gaps.
    pub fn all(&self) -> impl Iterator<Item = Option<&str>> {
        let names =
            self.names.iter().map(|name| Some(name.as_ref()).filter(|name| !name.is_empty()));
        std::iter::once(None).chain(names)
    }

    /// How many numbers are taken.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Gives the next number to a new name.
    pub fn add(&mut self, name: &str) -> u32 {
        let number = self.names.len() as u32 + 1;
        self.put(number, name);
        number
    }

    fn put(&mut self, number: u32, name: &str) {
        let at = number as usize;
        if self.names.len() < at {
            // A gap can only come from a damaged file; its numbers stay without a name.
            self.names.resize(at, "".into());
        }
        self.names[at - 1] = name.into();
        self.numbers.insert(name.into(), number);
    }
}

impl Kind {
    const ALL: [Self; 4] = [Self::Node, Self::Shape, Self::Meter, Self::Room];

    /// The statement that adds a name; adding it again changes nothing.
    pub const fn insert(self) -> &'static str {
        match self {
            Self::Node => "INSERT OR IGNORE INTO node (id, name) VALUES (?1, ?2)",
            Self::Shape => "INSERT OR IGNORE INTO shape (id, name) VALUES (?1, ?2)",
            Self::Meter => "INSERT OR IGNORE INTO meter (id, name) VALUES (?1, ?2)",
            Self::Room => "INSERT OR IGNORE INTO room (id, name) VALUES (?1, ?2)",
        }
    }

    const fn select(self) -> &'static str {
        match self {
            Self::Node => "SELECT id, name FROM node ORDER BY id",
            Self::Shape => "SELECT id, name FROM shape ORDER BY id",
            Self::Meter => "SELECT id, name FROM meter ORDER BY id",
            Self::Room => "SELECT id, name FROM room ORDER BY id",
        }
    }
}

impl Names {
    /// Reads all names of a database.
    pub fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let mut names = Self::default();
        for kind in Kind::ALL {
            let mut statement = connection.prepare(kind.select())?;
            let mut rows = statement.query(())?;
            while let Some(row) = rows.next()? {
                let number: u32 = row.get(0)?;
                // Far more names than any campus has: a number beyond is a damaged one.
                if (1..=NUMBER_MAX).contains(&number) {
                    names.of(kind).put(number, row.get_ref(1)?.as_str()?);
                }
            }
        }
        Ok(names)
    }

    /// Takes note of names that were added elsewhere.
    pub fn learn(&mut self, new: &[NewName]) {
        for NewName { kind, number, name } in new {
            self.of(*kind).put(*number, name);
        }
    }

    /// Writes all names into a new database.
    pub fn save(&self, connection: &Connection) -> rusqlite::Result<()> {
        for (kind, dictionary) in Kind::ALL.into_iter().zip(self.all()) {
            let mut statement = connection.prepare_cached(kind.insert())?;
            for (at, name) in dictionary.names.iter().enumerate() {
                if !name.is_empty() {
                    statement.execute((at as u32 + 1, name.as_ref()))?;
                }
            }
        }
        Ok(())
    }

    pub fn of(&mut self, kind: Kind) -> &mut Dictionary {
        match kind {
            Kind::Node => &mut self.nodes,
            Kind::Shape => &mut self.shapes,
            Kind::Meter => &mut self.meters,
            Kind::Room => &mut self.rooms,
        }
    }

    fn all(&self) -> [&Dictionary; 4] {
        [&self.nodes, &self.shapes, &self.meters, &self.rooms]
    }
}

/// Guards the memory against a damaged number.
const NUMBER_MAX: u32 = 10_000_000;
