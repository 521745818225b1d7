//! What is read from a table, and what a node is told.

use super::*;
use crate::words::Lang;

fn table(text: &str) -> Result<Vec<Job>, String> {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), text).expect("written");
    read(file.path()).map_err(|error| {
        error.render(&Words::new(Lang::En), false).replace(&*file.path().to_string_lossy(), "FILE")
    })
}

#[test]
fn a_table_names_ports_and_rooms() {
    let jobs = table(
        "port, room, node, fitted, replace, why\n\
         /dev/ttyACM0, science/101, , pir;dali, ,\n\
         /dev/ttyACM1, , sci-102, , yes,\"water, from above\"\n",
    );
    let first = Job {
        port: "/dev/ttyACM0".into(),
        room: Some("science/101".into()),
        fitted: Some("pir,dali".into()),
        ..Job::default()
    };
    let second = Job {
        port: "/dev/ttyACM1".into(),
        node: Some("sci-102".into()),
        replace: true,
        why: Some("water, from above".into()),
        ..Job::default()
    };
    assert_eq!(jobs, Ok(vec![first, second]));
}

#[test]
fn a_table_that_cannot_be_used_says_where() {
    let faults = [
        "port,rooom\n/dev/ttyACM0,science/101\n",
        "port,room\n,science/101\n",
        "port,room\n/dev/ttyACM0,\n",
        "port,room\n/dev/ttyACM0,science/101\n/dev/ttyACM0,science/102\n",
        "port,node\n/dev/ttyACM0,sci-101\n/dev/ttyACM1,sci-101\n",
    ];
    let said: Vec<String> =
        faults.iter().map(|text| table(text).expect_err("it cannot be used")).collect();
    insta::assert_snapshot!(said.join("\n"));
}

fn told() -> Provisioned {
    Provisioned {
        node: "sci-101".into(),
        campus: "north".into(),
        broker: "10.0.0.5:8883".into(),
        server: "broker.north".into(),
        ca: Some("MAEA".into()),
        password: "ab".repeat(32),
        unlock: "cd".repeat(32),
        profile: "classroom".into(),
        lamps: vec!["window".into(), "board".into()],
    }
}

#[test]
fn a_node_is_told_who_it_is_and_keeps_what_is_wired_to_it() {
    let identity = [("fitted".to_owned(), "pir,dali".to_owned())].into();
    let node = Node { identity, ..Node::default() };
    let kept = page(&told(), &node, &Wish::default(), None);
    assert_eq!(
        kept,
        format!(
            "campus=north\nnode=sci-101\nbroker=10.0.0.5:8883\npassword={}\nprofile=classroom\nlamps=window,board\n\
             fitted=pir,dali\nserver=broker.north\nca=MAEA\nunlock={}\n",
            "ab".repeat(32),
            "cd".repeat(32)
        )
    );
    let wish = Wish { broker: Some("10.0.2.2:1234"), fitted: Some("pwm") };
    let said = page(&told(), &node, &wish, Some(41));
    for line in ["broker=10.0.2.2:1234\n", "fitted=pwm\n", "boot=42\n"] {
        assert!(said.contains(line), "{said}");
    }
}

#[test]
fn what_was_done_is_said_in_both_languages_without_secrets() {
    let done = Done {
        node: "sci-101".into(),
        place: "science/101".into(),
        campus: "north".into(),
        serial: "525400aabb01".into(),
        board: "qemu-mps2-an386".into(),
        steps: vec![("cable", 12), ("credential", 140), ("write", 31), ("heard", 4_210)],
        already: false,
        unheard: None,
    };
    let unheard = Done {
        unheard: Some("the broker's certificate is not the campus's".into()),
        ..done.clone()
    };
    let already = Done { already: true, steps: Vec::new(), ..done.clone() };
    let mut said = String::new();
    for lang in [Lang::En, Lang::Zh] {
        let words = Words::new(lang);
        said += &render::bench::done(&done, &words);
        said += &render::bench::row(&unheard, 60_000, &words);
        said += &render::bench::row(&already, 20, &words);
        said += &render::bench::failed(
            Path::new("/dev/ttyACM3"),
            "error: no node answers\n\nhint: power\n",
        );
        said += &render::bench::total(4, 2, &[4_393], &words);
    }
    insta::assert_snapshot!(said);
}
