//! Which meter is part of which, and what becomes of accounts when the configuration changes.

use crate::campus::{MONDAY, id, school};
use controller::{
    Campus, Controller, Flow, Input, MeterConfig, MeterSource, Place, Plate, Reading,
};

fn polled(name: &str, place: Option<Place>, parent: Option<&str>) -> MeterConfig {
    let (name, label, source) = (name.to_owned(), format!("The {name}"), MeterSource::Polled);
    let (parent, flow, plate) = (parent.map(str::to_owned), Flow::Import, Plate::default());
    MeterConfig { name, label, source, place, parent, flow, plate }
}

fn with_meters(meters: Vec<MeterConfig>) -> Campus {
    Campus { meters, ..school() }
}

fn read(controller: &mut Controller, name: &str, minute: i64, register_wh: i64) {
    let at = MONDAY.plus(minute * 60_000);
    let reading = Reading { at, register_wh, power_mw: Some(1_500), ratio_milli: 1_000 };
    let meter = controller.find_meter(name).expect("a meter");
    controller.handle(Input::Register { meter, reading }, at, &mut Vec::new());
}

fn parents(controller: &Controller) -> Vec<String> {
    let name = |ix| controller.meter_name(ix);
    let line = |meter: controller::MeterView<'_>| {
        let parent = meter.parent.map_or("-".to_owned(), name);
        format!("{} < {parent}", meter.name)
    };
    controller.meters().map(line).collect()
}

#[test]
fn a_meter_is_part_of_what_it_says_or_of_the_only_one_of_its_building() {
    let building = Some(Place::Building(id("science")));
    let room = Some(Place::Room { building: id("science"), room: id("101") });
    let solar = MeterConfig { flow: Flow::Export, ..polled("solar", building, None) };
    let meters = vec![
        polled("mains", building, None),
        polled("sub", building, Some("mains")),
        polled("room", room, None),
        polled("orphan", None, None),
        solar,
    ];
    let controller = Controller::new(with_meters(meters.clone()), MONDAY).expect("a good campus");
    let expected = ["mains < -", "sub < mains", "room < mains", "orphan < -", "solar < -"];
    assert_eq!(parents(&controller), expected);
    let roots: Vec<String> = controller.roots().map(|ix| controller.meter_name(ix)).collect();
    assert_eq!(roots, ["mains"], "an orphan and what is produced are in no total");
    let mut two = meters;
    two.push(polled("second", building, None));
    let controller = Controller::new(with_meters(two), MONDAY).expect("a good campus");
    assert_eq!(parents(&controller)[2], "room < -", "which of two mains it is, nobody said");
}

#[test]
fn an_account_waits_for_a_meter_that_is_gone_for_a_while() {
    let meters = || vec![polled("mains", None, None), polled("gym", None, None)];
    let mut controller = Controller::new(with_meters(meters()), MONDAY).expect("a good campus");
    for minute in 0..40 {
        read(&mut controller, "mains", minute, 1_000 + minute);
        read(&mut controller, "gym", minute, 5_000 + 2 * minute);
    }
    let sums = |controller: &Controller, name: &str| {
        let meter = controller.meter(controller.find_meter(name).expect("a meter"));
        (meter.posted_wh, meter.open_wh, meter.last_register_wh, meter.adds_up())
    };
    let (gym, mains) = (sums(&controller, "gym"), sums(&controller, "mains"));
    let without = with_meters(vec![polled("mains", None, None)]);
    let restored = Controller::restore(without, MONDAY, &controller.save()).expect("a checkpoint");
    assert_eq!(restored.find_meter("gym"), None);
    assert_eq!(sums(&restored, "mains"), mains);
    let mut reversed = meters();
    reversed.reverse();
    let again = Controller::restore(with_meters(reversed), MONDAY, &restored.save());
    let mut again = again.expect("a checkpoint");
    assert_eq!((sums(&again, "gym"), sums(&again, "mains")), (gym, mains));
    read(&mut again, "gym", 41, 5_090);
    assert_eq!(sums(&again, "gym").2, 5_090);
    let power = again.meter(again.find_meter("gym").expect("a meter")).power_w;
    assert_eq!(power.map(wire::Value::milli), Some(1_500));
}

#[test]
fn a_room_counts_its_polled_meters_once() {
    let room = Some(Place::Room { building: id("science"), room: id("101") });
    let meters = vec![polled("board", room, None), polled("sockets", room, Some("board"))];
    let mut controller = Controller::new(with_meters(meters), MONDAY).expect("a good campus");
    for minute in [0, 30] {
        read(&mut controller, "board", minute, 1_000 + minute * 25);
        read(&mut controller, "sockets", minute, 1_000 + minute * 10);
    }
    let view = controller.room(controller.find_room("science/101").expect("a room"));
    assert_eq!(view.energy_today_wh, 750, "what the sockets use is part of the board");
    assert_eq!(view.power_w.map(wire::Value::milli), Some(1_500));
}
