//! `campus`: the command line of facilities staff and technicians, and the agent itself.

fn main() {}
