//! `cargo xtask <verb>`: the only automation there is.

fn main() {}
