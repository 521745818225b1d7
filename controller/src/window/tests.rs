//! Frames in any order. `+3` arrives, `<5` says that nothing below 5 comes again.

use super::*;

/// Runs a script and compares: per arrival N(ew), R(ecovered), D(uplicate) or X (refused); what was
/// given up; and the end of the unbroken row.
fn check(script: &str, arrivals: &str, lost: &str, base: u32) {
    let mut window = Window::begun(1);
    let (mut seen, mut gone) = (String::new(), Vec::new());
    for word in script.split_whitespace() {
        let number: u32 = word[1..].parse().expect("a number");
        if word.starts_with('<') {
            window.give_up_below(number, |run| gone.push(format!("{}-{}", run.from, run.to)));
            continue;
        }
        let known = window.knows(number);
        let arrival = window.arrive(number);
        assert_eq!(known, arrival == Arrival::Duplicate, "what is known is a duplicate: {word}");
        seen.push(match arrival {
            Arrival::New => 'N',
            Arrival::Recovered => 'R',
            Arrival::Duplicate => 'D',
            Arrival::Refused => 'X',
        });
    }
    assert_eq!((seen.as_str(), gone.join(" ").as_str(), window.base), (arrivals, lost, base));
}

#[test]
fn a_row_grows_and_out_of_order_frames_wait_for_it() {
    check("+1 +2 +3", "NNN", "", 3);
    check("+1 +3 +2 +2 +3", "NNNDD", "", 3);
    check("+1 +5 +3 +4 +2", "NNNNN", "", 5);
    check("+3 +5 +4 +5 +1", "NNNDN", "", 1);
}

#[test]
fn what_never_comes_is_given_up_once_and_may_still_surprise() {
    check("+1 <4 +4", "NN", "2-3", 4);
    check("+1 +6 <5 +5", "NNN", "2-4", 6);
    check("+1 +3 +4 <8 +8", "NNNN", "2-2 5-7", 8);
    check("+1 <5 +3 +3 +2 +4 +4", "NRDRRD", "2-4", 4);
    check("+1 <3 <3 <2", "N", "2-2", 2);
    check("+1 +4 <4", "NN", "2-3", 4);
}

#[test]
fn the_end_of_numbers_is_no_trap() {
    let mut window = Window::begun(1);
    window.give_up_below(u32::MAX, |_| {});
    assert_eq!(window.arrive(u32::MAX), Arrival::New);
    assert_eq!(window.arrive(u32::MAX), Arrival::Duplicate);
    assert_eq!(window.base, u32::MAX);
}

#[test]
fn an_order_that_cannot_be_remembered_is_refused_and_costs_nothing_else() {
    let mut window = Window::begun(1);
    for nth in 1..=RUNS_MAX as u32 {
        assert_eq!(window.arrive(nth * 2 + 1), Arrival::New);
    }
    assert_eq!(window.arrive(10_000), Arrival::Refused);
    assert_eq!(window.arrive(10_000), Arrival::Refused, "it may come again");
    for seq in 1..=RUNS_MAX as u32 * 2 {
        window.arrive(seq);
    }
    assert_eq!(window.base, RUNS_MAX as u32 * 2 + 1);
    assert_eq!(window.arrive(10_000), Arrival::New);
}
