//! Storms from a generator: the fast form of what the fuzzer does.

use crate::storm::storm;
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_storm_breaks_a_node_or_gets_it_stuck(program in vec(any::<u8>(), 0..600)) {
        storm(&program);
    }
}

#[test]
fn the_seeds_of_the_fuzzer_are_weathered() {
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/seeds");
    let seeds = std::fs::read_dir(seeds).expect("the seeds are there");
    for seed in seeds.flatten() {
        storm(&std::fs::read(seed.path()).expect("a seed can be read"));
    }
}
