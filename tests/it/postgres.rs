//! Many campuses, several receivers, a real PostgreSQL: what the hub holds is what was sent, whatever breaks.
//!
//! `CAMPUS_HUB_ROWS=50000 cargo xtask test postgres` is the full form: a million rows of twenty campuses.

mod absence;
mod agent;
mod certified;
mod days;
mod district;
mod ends;
mod handed;
mod kept;
mod lives;
mod outage;
mod reports;
mod rules;
mod storm;
mod upstream;

use district::District;
use system_tests::sender::{Campus, Chance, Forwarder, Step};

/// Sends everything over a line that holds.
fn drain(campus: &Campus, district: &District, chance: &mut Chance) {
    let mut forwarder = Forwarder::new(district.balancer.port(), 400);
    loop {
        match forwarder.step(campus, chance) {
            Step::Done => return,
            Step::More => {}
            Step::Refused(answer) => panic!("{answer:?}"),
        }
    }
}
