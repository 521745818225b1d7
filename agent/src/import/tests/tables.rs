//! Tables from spreadsheets, and the file that is written.

use super::*;

#[test]
fn a_table_has_headings_in_either_language() {
    let check = |text: &str, expected: &Expect| {
        expected.assert_eq(&shown(&csv(text.as_bytes(), &places())));
    };
    check(
        "room,weekday,from,to,name,weeks\nscience/101,mon,8:00,08:45,\"Physics, 1\",odd\n\
         Chemistry,Tuesday,14:00,15:30,,\"1-8,10\"\n\nscience/101,7,09:00:00,10:00:00,Sunday,\n",
        &expect![[r#"

            [[lesson]]
            room = "science/101"
            name = "Physics, 1"
            time = "08:00-08:45"
            days = ["mon"]
            weeks = "odd"

            [[lesson]]
            room = "science/101"
            name = "Sunday"
            time = "09:00-10:00"
            days = ["sun"]

            [[lesson]]
            room = "science/102"
            time = "14:00-15:30"
            days = ["tue"]
            weeks = "1-8,10"
        "#]],
    );
    check(
        "\u{feff}教室;星期;开始时间;结束时间;课程;周次;类别\r\nscience/102;周三;08：00;08:45;化学;1-16周(单);\r\n\
         science/102;星期天;19:00;20:30;;双周;晚自习\r\n",
        &expect![[r#"

            [[lesson]]
            room = "science/102"
            name = "化学"
            time = "08:00-08:45"
            days = ["wed"]
            weeks = "1,3,5,7,9,11,13,15"

            [[lesson]]
            room = "science/102"
            time = "19:00-20:30"
            kind = "self_study"
            days = ["sun"]
            weeks = "even"
        "#]],
    );
    check(
        "教室\t日期\t开始\t结束\nscience/101\t2026/10/10\t8:00\t9:40\n",
        &expect![[r#"

        [[lesson]]
        room = "science/101"
        time = "08:00-09:40"
        dates = ["2026-10-10"]
    "#]],
    );
}

#[test]
fn a_table_is_refused_line_by_line() {
    let check = |text: &[u8], expected: &Expect| {
        expected.assert_eq(&shown(&csv(text, &places())));
    };
    check(
        "room,weekday,from,to,weeks,kind\nscience/103,mon,8:00,8:45,,\nscience/101,someday,8:00,8:45,,\n\
         science/101,mon,25:00,8:45,,\nscience/101,mon,9:00,8:45,,\nscience/101,mon,8:00,8:45,0-3,\n\
         science/101,mon,8:00,8:45,,party\n,mon,8:00,8:45,,\n"
            .as_bytes(),
        &expect![[r#"
            refused 2: no room is called `science/103` | did you mean `science/101`? `--map "science/103=building/room"` says which room it is, `--map "science/103="` leaves it out
            refused 3: `someday` is no weekday | write `mon` to `sun`, `1` to `7`, or `周一` to `周日`
            refused 4: `25:00` to `8:45` is no time | times look like `08:00`
            refused 5: ends at `8:45`, before it begins | is the afternoon meant?
            refused 6: `0-3` are no weeks | write `odd`, `even`, `1-8,10`, or `1-16周(单)`
            refused 7: `party` is no kind | it is lesson, self_study, exam or open
            refused 8: no place is named | say which room it is with `--room building/room`
        "#]],
    );
    check(
        b"room,teacher,from\n",
        &expect![[r#"
        refused 1: no column is called `teacher` | columns are room or place or 教室 or 地点, weekday or day or 星期 or 周几, date or 日期, from or start or 开始 or 开始时间 or 上课时间, to or end or 结束 or 结束时间 or 下课时间, name or lesson or course or 课程 or 课程名称, weeks or 周次, kind or 类别; take out what is none
        refused 1: no column `to`, `weekday` | the first line has the headings: room, weekday, from, to, name, weeks
    "#]],
    );
    check(
        b"room,weekday,from,to\n",
        &expect![[r#"
        refused 1: no lesson in it | one line per lesson, below the headings
    "#]],
    );
    check(
        b"\xbd\xcc\xca\xd2,from\n",
        &expect![[r#"
        refused 1: this line is not UTF-8 | save it as “CSV UTF-8”; the plain CSV of a Chinese Excel is GBK
    "#]],
    );
}

#[test]
fn what_is_written_reads_as_it_was_meant() {
    let text =
        "room,weekday,from,to,name,weeks\nscience/101,mon,8:00,8:45,\"say \"\"hi\"\" \\ back\",\n";
    let found = csv(text.as_bytes(), &places());
    let file = write(&found.lessons, "plan\n.csv");
    assert!(is_ours(&file));
    let campus = "[campus]\nid = \"demo\"\ntime_zone = \"Asia/Shanghai\"\n[broker]\nurl = \"embedded\"\n\
                  [timetable]\nopen = \"07:00-18:00\"\n[[room]]\nid = \"science/101\"\n";
    let config = crate::config::Config::parse(campus, "campus.toml").expect("a good configuration");
    let checked = config.check_timetable("lessons.toml", &file).expect("a good timetable");
    assert_eq!(checked, (1, vec![]));
    expect![[r##"
        # Written by `campus timetable import` from plan.csv; the next import replaces it.

        [[lesson]]
        room = "science/101"
        name = "say \"hi\" \\ back"
        time = "08:00-08:45"
        days = ["mon"]
    "##]]
    .assert_eq(&file);
}
