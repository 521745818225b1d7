//! What is read, and the defaults of what is left out.

use super::*;
use controller::{Campus, Place, Span};

#[test]
fn the_example_is_a_good_configuration() {
    let config = accepted(example());
    config.campus.check().unwrap();
    assert_eq!(config.campus.id.as_str(), "demo");
    assert_eq!(config.campus.rooms.len(), 2);
    assert_eq!(config.campus.nodes.len(), 3);
    let [window, inner, board] = &config.campus.rooms[0].zones[..] else { panic!("three zones") };
    assert_eq!((window.lighting.target_lx, window.lighting.lamp_lx), (300, 400));
    assert_eq!((inner.node.as_str(), inner.channel.as_str()), ("sci-101", "inner"));
    assert_eq!((board.lighting.target_lx, board.lighting.floor_lx), (500, 300));
    let study = &config.campus.rooms[1];
    assert_eq!(study.zones[0].lighting.hold_ms, 900_000);
    assert_eq!(study.zones[0].channel.as_str(), "main");
    assert_eq!(config.campus.timetable.lessons.len(), 6);
}

#[test]
fn the_example_says_the_true_defaults() {
    let without: String = example()
        .lines()
        .skip_while(|line| !line.starts_with("[lighting]"))
        .skip(1)
        .take_while(|line| !line.is_empty())
        .map(|line| format!("{line}\n"))
        .collect();
    let plain = accepted(&example().replace(&without, ""));
    assert!(without.contains("floor_lx"));
    assert_eq!(format!("{plain:?}"), format!("{:?}", accepted(example())));
}

#[test]
fn what_is_left_out_has_its_default() {
    let config = accepted(HEAD);
    let BrokerConfig::Embedded { listen, password, node_password, anonymous_read } = &config.broker
    else {
        panic!("embedded")
    };
    assert_eq!(listen.to_string(), "127.0.0.1:1883");
    assert_eq!((password, node_password, *anonymous_read), (&None, &None, false));
    assert_eq!(config.campus.name, "demo");
    assert_eq!(config.campus.timetable.days.0, [true, true, true, true, true, false, false]);
    assert_eq!(config.campus.timetable.open, Span::new((7, 0), (18, 0)));
    assert_eq!(config.store, Path::new("campus.db"));
    assert_eq!((config.api_socket, config.metrics_listen), (None, None));
    assert_eq!(config.log_format, LogFormat::Text);
}

#[test]
fn what_is_written_is_read() {
    let text = r#"
        lighting = { hold_min = 12, break_hold_min = 4, stale_s = 0x12C, auto_pct = 30, floor_lx = 250, override_max_min = 60, warn_min = 3 }
        [campus]
        id = "c1"
        name = "Schule"
        time_zone = "Europe/Berlin"
        [broker]
        url = "mqtt://[fe80::1]:1884/"
        username = "edge"
        [store]
        path = "/var/lib/campus/campus.db"
        [api]
        socket = "agent.sock"
        [metrics]
        listen = "[::1]:9464"
        [log]
        format = "json"
        [timetable]
        days = ["sat"]
        open = "00:00-24:00"
        lessons = ["9:00-10:00", "08:00-09:00"]
        [[room]]
        id = "a/1"
        auto_pct = 20
        [[room.zone]]
        id = "z"
        node = "n2"
        channel = "k"
        target_lx = 200
        lamp_lx = 0
        [[room.zone]]
        id = "y"
        node = "n1"
        floor_lx = 100
        [[node]]
        id = "n1"
        room = "a/1"
        [[node]]
        id = "n2"
        building = "b"
    "#;
    let config = Config::parse(text, "/etc/campus/campus.toml").unwrap();
    let url = |username: Option<&str>, host: &str, port| BrokerConfig::Url {
        host: host.into(),
        port,
        tls: false,
        ca_file: None,
        username: username.map(Into::into),
        password: None,
    };
    assert_eq!(config.broker, url(Some("edge"), "fe80::1", 1884));
    assert_eq!(config.store, Path::new("/var/lib/campus/campus.db"));
    assert_eq!(config.socket(), Path::new("/etc/campus/agent.sock"));
    assert_eq!(config.metrics_listen.unwrap().to_string(), "[::1]:9464");
    assert_eq!(config.log_format, LogFormat::Json);
    config.campus.check().unwrap();
    let Campus { timetable, settings, rooms, nodes, .. } = config.campus;
    assert_eq!(settings.silent_ms, 300_000);
    assert_eq!(timetable.days.0, [false, false, false, false, false, true, false]);
    assert_eq!(timetable.open, Span::new((0, 0), (24, 0)));
    assert_eq!(timetable.lessons[0], Span::new((8, 0), (9, 0)));
    let lighting = |target_lx, lamp_lx, floor_lx| lighting::Settings {
        hold_ms: 720_000,
        break_hold_ms: 240_000,
        stale_ms: 300_000,
        auto_pct: 20,
        override_max_ms: 3_600_000,
        warn_ms: 180_000,
        target_lx,
        lamp_lx,
        floor_lx,
        ..Default::default()
    };
    assert_eq!(rooms[0].zones[0].lighting, lighting(200, 0, 200), "no floor above the target");
    assert_eq!(rooms[0].zones[1].lighting, lighting(300, 400, 100));
    assert_eq!(rooms[0].zones[0].channel.as_str(), "k");
    assert_eq!(nodes[1].place, Place::Building(wire::Id::new("b").unwrap()));
    let plain = HEAD.replace("embedded", "mqtt://broker.school.cn");
    assert_eq!(accepted(&plain).broker, url(None, "broker.school.cn", 1883));
}
