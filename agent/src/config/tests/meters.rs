//! Buses, meters and gateways that are read, and what is left out of them.

use super::*;
use crate::bus::plan::{Address, Link, Parity, StopBits};
use controller::{Flow, MeterIx, MeterSource, Place, Plate};
use device_profiles::{Measure, Order};
use wire::Id;

fn id(text: &str) -> Id {
    Id::new(text).unwrap()
}

#[test]
fn what_is_commented_out_in_the_example_works_too() {
    let config = accepted(&whole_example());
    config.campus.check().unwrap();
    let names: Vec<_> = config.campus.meters.iter().map(|meter| meter.name.as_str()).collect();
    assert_eq!(names, ["sci-lights", "gym-mains", "sci-mains/main"]);
    assert_eq!(config.campus.meters[1].plate.power_max_w, 150_000);
    assert_eq!(config.polled.len(), 2);
    assert_eq!(config.gateways[0].channels, [(id("1"), 0)]);
    assert_eq!(config.campus.nodes.len(), 4);
    assert_eq!(config.campus.energy.tariffs[0].bands.len(), 3);
    assert_eq!(config.campus.energy.co2[0].mg_per_kwh, 536_600);
    assert_eq!(config.warnings, Vec::<String>::new());
}

#[test]
fn a_meter_with_nothing_but_what_must_be_has_its_defaults() {
    let config = accepted(&format!(
        "{HEAD}{}",
        r#"[[bus]]
id = "b"
link = "/dev/ttyUSB0"
[[meter]]
id = "m"
bus = "b"
address = 1
profile = "eastron-sdm120"
"#
    ));
    let bus = &config.buses[0];
    let link = Link::Serial {
        path: "/dev/ttyUSB0".into(),
        baud: 2_400,
        parity: Parity::None,
        stop_bits: StopBits::One,
    };
    assert_eq!((bus.link.clone(), bus.timeout_ms, bus.gap_ms, bus.share_pct), (link, 500, 0, 80));
    let polled = &config.polled[0];
    assert_eq!((polled.meter, polled.bus, polled.address), (MeterIx(0), 0, Address::Unit(1)));
    assert_eq!((polled.register, polled.every_ms), (Measure::EnergyImport, 60_000));
    assert_eq!((polled.ct_milli, polled.vt_milli, polled.order), (None, None, None));
    let meter = &config.campus.meters[0];
    assert_eq!((meter.name.as_str(), meter.label.as_str()), ("m", "m"));
    assert_eq!((meter.source, meter.flow), (MeterSource::Polled, Flow::Import));
    assert_eq!((meter.place, &meter.parent), (None, &None), "an orphan is allowed");
    // A float of 1,000,000 kWh moves in steps of 0.0625 kWh.
    assert_eq!((meter.plate.power_max_w, meter.plate.quantum_wh), (1_000_000, 63));
    assert_eq!(config.campus.settings.slot_ms, 900_000);
}

#[test]
fn what_is_written_about_a_meter_is_read() {
    let config = accepted(&format!(
        "{HEAD}{}",
        r#"[[bus]]
id = "lan"
link = "tcp://[fe80::1]:1502/"
timeout_ms = 800
gap_ms = 15
share_pct = 50
[[bus]]
id = "line"
link = "rtu+tcp://serial.school.cn:4196"
[[room]]
id = "gym/hall"
[[node]]
id = "mains"
building = "gym"
[[meter]]
node = "mains"
channel = "heating"
name = "供暖 Heating"
parent = "mains/main"
power_max_kw = 40.5
modulus_kwh = "100000"
[[meter]]
id = "pv"
bus = "lan"
address = 0
profile = "eastron-sdm630"
name = "Roof"
room = "gym/hall"
flow = "export"
every_s = 5
order = "CDAB"
[[meter]]
id = "hall"
bus = "line"
address = "247"
profile = "acrel-adl400"
building = "gym"
parent = "mains/heating"
ct = 40.5
vt = "1.1"
modulus_kwh = 1_000
"#
    ));
    let lan = &config.buses[0];
    assert_eq!(lan.link, Link::Tcp { host: "fe80::1".into(), port: 1502 });
    assert_eq!((lan.timeout_ms, lan.gap_ms, lan.share_pct), (800, 15, 50));
    let line = Link::RtuOverTcp { host: "serial.school.cn".into(), port: 4196 };
    assert_eq!(config.buses[1].link, line);
    let [heating, pv, hall] = &config.campus.meters[..] else { panic!("three") };
    let source = MeterSource::Node { node: id("mains"), channel: Some(id("heating")) };
    assert_eq!((heating.name.as_str(), heating.source), ("mains/heating", source));
    assert_eq!(heating.label, "供暖 Heating");
    assert_eq!(heating.place, Some(Place::Building(id("gym"))), "it hangs where the node does");
    assert_eq!(heating.parent.as_deref(), Some("mains/main"), "a node's own needs no section");
    let plate = Plate { modulus_wh: Some(100_000_000), power_max_w: 40_500, ..Plate::default() };
    assert_eq!(heating.plate, plate);
    assert_eq!((pv.flow, pv.label.as_str()), (Flow::Export, "Roof"));
    let place = Place::Room { building: id("gym"), room: id("hall") };
    assert_eq!(pv.place, Some(place));
    let polled = &config.polled[0];
    assert_eq!((polled.meter, polled.address), (MeterIx(1), Address::Unit(0)));
    assert_eq!((polled.register, polled.every_ms), (Measure::EnergyExport, 5_000));
    assert_eq!(polled.order, Some(Order::Cdab));
    let polled = &config.polled[1];
    assert_eq!((polled.meter, polled.bus, polled.address), (MeterIx(2), 1, Address::Unit(247)));
    assert_eq!((polled.ct_milli, polled.vt_milli), (Some(40_500), Some(1_100)));
    assert_eq!(hall.parent.as_deref(), Some("mains/heating"));
    // 1,000 kWh before transformers of 40.5 × 1.1; and 3 × 1.5 kW × 40.5 × 1.1 on the other side.
    assert_eq!(hall.plate.modulus_wh, Some(44_550_000));
    assert_eq!(hall.plate.power_max_w, 200_475);
}

#[test]
fn meters_of_dl_t_645_have_long_addresses_and_even_parity() {
    let config = accepted(&format!(
        "{HEAD}{}",
        r#"[[bus]]
id = "a"
link = "/dev/ttyUSB0"
[[meter]]
id = "m1"
bus = "a"
address = "000102030425"
profile = "dlt645-2007-single-phase"
[[bus]]
id = "b"
link = "/dev/ttyUSB1"
baud = 9600
parity = "even"
[[meter]]
id = "m2"
bus = "b"
address = "any"
profile = "dlt645-2007-three-phase"
"#
    ));
    let printed: Address = "000102030425".parse().unwrap();
    assert!(matches!(printed, Address::Dlt645(_)));
    assert_eq!(config.polled[0].address, printed);
    assert_eq!(config.polled[1].address, Address::Dlt645Any);
    let serial = |at: usize| match config.buses[at].link {
        Link::Serial { baud, parity, .. } => (baud, parity),
        _ => panic!("serial"),
    };
    assert_eq!((serial(0), serial(1)), ((2_400, Parity::Even), (9_600, Parity::Even)));
    assert_eq!(config.campus.meters[0].plate.modulus_wh, Some(1_000_000_000));
}

#[test]
fn one_device_may_count_two_ways_and_a_gateway_may_stand_twice() {
    let config = accepted(&format!(
        "{HEAD}{}",
        r#"[[bus]]
id = "b"
link = "tcp://10.0.0.7"
[[meter]]
id = "bought"
bus = "b"
address = 3
profile = "eastron-sdm630"
[[meter]]
id = "sold"
bus = "b"
address = 3
profile = "eastron-sdm630"
flow = "export"
[[gateway]]
id = "east"
bus = "b"
address = 9
profile = "waveshare-relay-8"
building = "a"
[[gateway]]
id = "west"
bus = "b"
address = 9
profile = "waveshare-relay-8"
room = "a/1"
every_s = 30
[[room]]
id = "a/1"
[[room.zone]]
id = "8"
[[room.zone]]
id = "z"
gateway = "east"
channel = "2"
"#
    ));
    config.campus.check().unwrap();
    assert_eq!(config.polled[0].register, Measure::EnergyImport);
    assert_eq!(config.polled[1].register, Measure::EnergyExport);
    let [east, west] = &config.gateways[..] else { panic!("two") };
    assert_eq!((east.unit, east.every_ms, &east.channels[..]), (9, 5_000, &[(id("2"), 1)][..]));
    assert_eq!((west.unit, west.every_ms, &west.channels[..]), (9, 30_000, &[(id("8"), 7)][..]));
    let zones = &config.campus.rooms[0].zones;
    assert_eq!((zones[0].node, zones[1].node), (id("west"), id("east")), "the room's only node");
    assert_eq!(config.campus.nodes[1].id, id("west"));
}

#[test]
fn a_profile_of_ones_own_lies_beside_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let (_, sdm120) = device_profiles::texts()
        .iter()
        .find(|(file, _)| file.ends_with("eastron-sdm120.toml"))
        .unwrap();
    let path = folder.path().join("campus.toml");
    let text = format!(
        "{HEAD}{}",
        r#"[[bus]]
id = "b"
link = "tcp://10.0.0.7"
[[meter]]
id = "m"
bus = "b"
address = 1
profile = "ours.toml"
"#
    );
    let with = |profile: &str| {
        fs::write(folder.path().join("ours.toml"), profile).unwrap();
        fs::write(&path, &text).unwrap();
        Config::load(&path)
    };
    let ours = sdm120.replace("\"eastron-sdm120\"", "\"ours\"");
    assert_eq!(with(&ours).unwrap().polled[0].profile.id, "ours");
    let warned = with(&ours.replace("\"manual\"", "\"unverified\"")).unwrap().warnings;
    let says =
        "campus.toml:15: profile `ours` is second-hand: compare what it reads with the display";
    assert!(warned.len() == 1 && warned[0].ends_with(says), "{warned:?}");
    for (profile, title, label) in [
        (
            ours.replace("registers_max", "register_max"),
            "the profile `ours.toml` is wrong",
            "ours.toml:",
        ),
        (
            ours.replacen("reads = \"", "reads = \"1", 1),
            "an example of the profile `ours.toml` does not come out",
            ", not ",
        ),
    ] {
        match with(&profile) {
            Err(ConfigError::Faulty { faults, .. }) => {
                assert_eq!(faults[0].title, title);
                assert!(faults[0].label.contains(label), "{}", faults[0].label);
            }
            other => panic!("{title}: {other:?}"),
        }
    }
    fs::remove_file(folder.path().join("ours.toml")).unwrap();
    let shown = Config::load(&path).expect_err("refused").to_string();
    assert!(shown.contains("ours.toml`: No such file or directory (os error 2)"), "{shown}");
}
