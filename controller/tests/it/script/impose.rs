//! Lines about what is imposed on lamps.

use super::Run;
use controller::{By, DemandOrder, Extent, Input, LockOrder, Timestamp};

fn minutes(word: &str) -> i64 {
    word.trim_end_matches('m').parse::<i64>().expect("minutes") * 60_000
}

fn extent(word: &str) -> Extent {
    use crate::campus::id;
    match word.split_once('/') {
        _ if word == "all" => Extent::Campus,
        None => Extent::Building(id(word)),
        Some((building, room)) => Extent::Room { building: id(building), room: id(room) },
    }
}

impl Run {
    pub(super) fn impose(&mut self, words: &[&str], at: Timestamp) {
        let who = "w";
        let room = |run: &Self, name: &str| run.controller.find_room(name).expect("a room");
        let demand = |pct: &str, from: Timestamp, time: &str| {
            let shed_pct = pct.parse().expect("a share");
            let until = from.plus(minutes(time));
            Input::Demand(DemandOrder { id: "d", shed_pct, from, until, who, why: "peak" })
        };
        let lock = |run: &Self, place: &str, zone: Option<&str>, set: Option<(&str, &str)>| {
            let order = set.map(|(level, time)| LockOrder {
                level_pct: level.parse().expect("a level"),
                until: at.plus(minutes(time)),
                who,
                why: "ballast",
            });
            Input::Lock { room: room(run, place), zone: zone.map(crate::campus::id), order }
        };
        let input = match *words {
            ["fire", on, place, "for", why] => Input::Fire {
                extent: extent(place),
                on: on == "on",
                who,
                why: Box::leak(why.into()),
            },
            ["lock", place, level, "for", time] => lock(self, place, None, Some((level, time))),
            ["lock", place, zone, level, "for", time] => {
                lock(self, place, Some(zone), Some((level, time)))
            }
            ["unlock", place] => lock(self, place, None, None),
            ["unlock", place, zone] => lock(self, place, Some(zone), None),
            ["shed", pct, "for", time] => demand(pct, at, time),
            ["shed", pct, "in", ahead, "for", time] => demand(pct, at.plus(minutes(ahead)), time),
            ["unshed"] => Input::EndDemand { id: "d", who },
            ["scene", place, scene, "for", time] => Input::Scene {
                room: room(self, place),
                scene: (scene != "auto").then(|| crate::campus::id(scene)),
                until: at.plus(minutes(time)),
                by: By::Cli,
            },
            _ => panic!("no such line: {words:?}"),
        };
        self.handle(input, at);
    }
}
