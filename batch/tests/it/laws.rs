//! What always holds, for rows and cuts that nobody thought of.

use super::*;
use batch::Ranges;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn values() -> impl Strategy<Value = Values> {
    let numbers = proptest::collection::vec(proptest::option::of(any::<u64>()), QUANTITIES.len());
    let more = proptest::collection::btree_map("[yz][a-z0-9_]{0,8}", -5_i64..5, 0..3);
    (numbers, more).prop_map(|(numbers, more)| {
        let mut values = Values { more, ..Values::default() };
        for (quantity, number) in QUANTITIES.iter().zip(numbers) {
            let (low, high) = quantity.range;
            let width = (high - low) as u64 + 1;
            *(quantity.place)(&mut values) = number.map(|number| low + (number % width) as i64);
        }
        values
    })
}

fn row() -> impl Strategy<Value = Row> {
    let names = vec!["room/science/101", "room/science/102", "meter/main", "campus"];
    let loss = (any::<u32>(), 0_i64..1_000, 0_i64..1_000, "[a-z_]{1,12}").prop_map(
        |(count, from_ms, long, what)| {
            let to_ms = from_ms + long;
            Body::Loss(Loss { what, count: count.into(), from_ms, to_ms, more: [].into() })
        },
    );
    let body = prop_oneof![
        4 => values().prop_map(Body::Quarter),
        2 => values().prop_map(Body::Day),
        1 => loss,
    ];
    (proptest::sample::select(names), 0_i64..1 << 44, 1_u32..90_000, 1_u32.., body).prop_map(
        |(name, slot_ms, span_s, revision, body)| Row {
            stream: stream(name),
            slot_ms,
            span_s,
            revision,
            body,
        },
    )
}

proptest! {
    #[test]
    fn a_row_is_read_as_it_was_written(row in row()) {
        prop_assert_eq!(row.check(), Ok(()));
        prop_assert_eq!(Row::parse(&row.canonical()), Ok(row));
    }

    #[test]
    fn a_batch_arrives_whole_whatever_was_shed_and_wherever_it_was_cut(
        rows in proptest::collection::vec(row(), 1..40),
        shed in proptest::collection::btree_set(1_u64..40, 0..20),
        from in 1_u64..40,
        length in 0_u64..40,
    ) {
        let outbox = Outbox::of(rows);
        let last = outbox.entries.len() as u64;
        let span = Span { from: from.min(last), to: (from.min(last) + length).min(last) };
        let shed: Vec<u64> = shed.into_iter().collect();
        let got = opened(&outbox.draft(span, &shed));
        prop_assert_eq!(got.span, span);
        prop_assert_eq!(&got.bad, &[]);
        let kept = outbox.entries.iter().map(|(entry, _)| entry.clone());
        let expected: Vec<Entry> = kept
            .filter(|entry| (span.from..=span.to).contains(&entry.seq) && !shed.contains(&entry.seq))
            .collect();
        let gone: u64 = got.gone.iter().map(|gone| gone.to - gone.from + 1).sum();
        prop_assert_eq!(gone + expected.len() as u64, span.to - span.from + 1);
        prop_assert_eq!(got.entries, expected);
    }

    #[test]
    fn no_flipped_bit_passes_the_signature(
        body in proptest::collection::vec(any::<u8>(), 1..200),
        at in any::<prop::sample::Index>(),
        bit in 0_u8..8,
    ) {
        let key = SecretKey::from_seed([9; 32]);
        let signed = Signed::parse(&key.sign(&body)).expect("it is a header");
        prop_assert!(key.public().verifies(&body, &signed));
        let mut other = body.clone();
        other[at.index(body.len())] ^= 1 << bit;
        prop_assert!(!key.public().verifies(&other, &signed));
        let stranger = SecretKey::from_seed([8; 32]);
        prop_assert!(!stranger.public().verifies(&body, &signed));
    }

    #[test]
    fn bytes_of_chance_are_refused_and_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(open(&bytes).is_err());
        let packed = zstd::bulk::compress(&bytes, 1).expect("memory");
        prop_assert!(open(&packed).is_err());
    }

    #[test]
    fn ranges_are_the_set_of_numbers(
        spans in proptest::collection::vec((1_u64..60, 0_u64..12, any::<bool>()), 0..20),
    ) {
        let mut set = BTreeSet::new();
        let mut ranges = Ranges::new();
        for (from, length, out) in spans {
            let span = Span { from, to: from + length };
            if out {
                set.retain(|number| !(span.from..=span.to).contains(number));
                ranges.remove(span);
            } else {
                set.extend(span.from..=span.to);
                ranges.insert(span);
            }
        }
        for pair in ranges.spans().windows(2) {
            prop_assert!(pair[0].to + 1 < pair[1].from, "{ranges:?}");
        }
        for number in 0..80 {
            prop_assert_eq!(ranges.contains(number), set.contains(&number));
        }
        prop_assert_eq!(ranges.count(), set.len() as u64);
        let high = (1..80).take_while(|number| set.contains(number)).last().unwrap_or(0);
        prop_assert_eq!(ranges.watermark(), high);
        let missing: Ranges = ranges.missing(usize::MAX).into_iter().collect();
        let last = set.last().copied().unwrap_or(0);
        for number in 1..80 {
            prop_assert_eq!(missing.contains(number), number < last && !set.contains(&number));
        }
    }
}
