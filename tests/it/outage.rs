//! The broker is gone for half a minute and comes back without its sessions.

use crate::kill;
use crate::load::{self, Load};
use std::time::Duration;
use system_tests::campus::Agent;
use system_tests::mosquitto::Mosquitto;
use system_tests::wait;

const NODES: usize = 10;

#[test]
fn a_broker_that_forgot_everything_costs_nothing() {
    let mut broker = Mosquitto::start("outage", "max_inflight_messages 1000");
    let agent = Agent::start("outage", &broker.url(), &load::campus(NODES));
    let load = Load::start(broker.port(), NODES, Duration::from_millis(50));
    wait::until_true("the load is acknowledged", || load.acked() > 100);
    broker.kill();
    wait::until_true("the agent notices", || !agent.connected());
    // The outage itself is the thing under test: there is no event to wait for.
    std::thread::sleep(Duration::from_secs(30));
    let before = load.acked();
    broker.again();
    wait::until_true("the agent is connected again by itself", || agent.connected());
    wait::until_true("the load is acknowledged again", || load.acked() > before);
    let truth = load.finish();
    kill::check(&agent, &truth);
}
