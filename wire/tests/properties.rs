//! Whatever is emitted is parsed back as it was; whatever arrives, nothing panics.

use proptest::collection::vec;
use proptest::prelude::*;
use wire::frame::READINGS_MAX;
use wire::hello::{CHANNELS_MAX, TEXT_BYTES_MAX};
use wire::{
    Ack, Alone, Desired, Frame, Hello, LampDesired, Lease, Loss, NoReading, PAYLOAD_BYTES_MAX,
    Quantity, Reading, Reset, Sample, Topic, Value,
};

/// The largest time that the wire carries, in ms.
const TIME_MS_MAX: u64 = 9_000_000_000_000;

fn id() -> impl Strategy<Value = String> {
    "[a-z0-9][a-z0-9-]{0,31}"
}

fn text() -> impl Strategy<Value = String> {
    "[ !#-\\[\\]-~]{0,32}"
}

fn reading() -> impl Strategy<Value = (Quantity, String, Sample)> {
    let quantity = proptest::sample::select(Quantity::ALL);
    let channel = prop_oneof![Just(String::new()), id()];
    (quantity, channel).prop_flat_map(|(quantity, channel)| {
        let (min, max) = quantity.range();
        let milli = if quantity.whole() {
            (min..=max).prop_map(|units| units * 1000).boxed()
        } else {
            (min * 1000..=max * 1000).boxed()
        };
        let is = milli.prop_map(|milli| Sample::Is(Value::from_milli(milli)));
        let no = proptest::sample::select(&NoReading::ALL[..]).prop_map(Sample::No);
        (Just(quantity), Just(channel), prop_oneof![4 => is, 1 => no])
    })
}

prop_compose! {
    /// The keys of a frame, with the relations between them that a parser insists on.
    fn envelope()(
        boot: u32,
        seq in 1..=u32::MAX,
        back in 0..100u32,
        loss in proptest::option::of((1..=u32::MAX, 0..50u32)),
        t in proptest::option::of(0..=TIME_MS_MAX as i64),
        up in 0..=TIME_MS_MAX,
        late in 0..1_000_000u64,
    ) -> Frame<'static> {
        let oldest = seq.saturating_sub(back).max(1);
        let lost = loss.and_then(|(from, more)| {
            let lost = Loss { from, to: from.saturating_add(more).min(oldest - 1) };
            (lost.from <= lost.to).then_some(lost)
        });
        let sent = (up + late).min(TIME_MS_MAX);
        Frame { boot, seq, oldest, t, up, sent, lost, readings: Default::default(), unknown: 0 }
    }
}

fn with_readings<'a>(
    envelope: &Frame<'static>,
    readings: &'a [(Quantity, String, Sample)],
) -> Frame<'a> {
    let mut frame = Frame { readings: Default::default(), ..envelope.clone() };
    for (quantity, channel, sample) in readings {
        if frame.sample(*quantity, channel).is_none() {
            let reading = Reading { quantity: *quantity, channel, sample: *sample };
            frame.readings.push(reading).expect("no more than fit were generated");
        }
    }
    frame
}

fn emitted(emit: impl FnOnce(&mut [u8]) -> Result<usize, wire::Full>, room: usize) -> Vec<u8> {
    let mut out = vec![0; room];
    let len = emit(&mut out).expect("the promised room suffices");
    out.truncate(len);
    out
}

proptest! {
    #[test]
    fn a_frame_comes_back(envelope in envelope(), readings in vec(reading(), 0..=READINGS_MAX)) {
        let frame = with_readings(&envelope, &readings);
        let bytes = emitted(|out| frame.emit(out), PAYLOAD_BYTES_MAX);
        prop_assert_eq!(Frame::parse(&bytes), Ok(frame));
    }

    #[test]
    fn a_frame_damaged_anywhere_never_panics(
        envelope in envelope(),
        readings in vec(reading(), 0..6),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let frame = with_readings(&envelope, &readings);
        let mut bytes = emitted(|out| frame.emit(out), PAYLOAD_BYTES_MAX);
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        parse_as_everything(&bytes);
        parse_as_everything(&bytes[..cut.index(bytes.len())]);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..200)) {
        parse_as_everything(&bytes);
    }

    #[test]
    fn arbitrary_json_like_text_never_panics(
        text in r#"([{}\[\],:"]|"(v|boot|r|lamps|no)"|[0-9.eE+-]|true|null|\\|é){0,40}"#
    ) {
        parse_as_everything(text.as_bytes());
    }

    #[test]
    fn what_was_parsed_is_emitted_and_parsed_the_same(bytes in r#"\{"v":1,"boot":[0-9]{1,3},"seq":[1-9][0-9]{0,2},"up":[0-9]{1,9}(\.0)?,"r":\{("power_w":-?[0-9]{1,4}(\.[0-9]{1,6})?)?\}\}"#) {
        if let Ok(frame) = Frame::parse(bytes.as_bytes()) {
            let again = emitted(|out| frame.emit(out), PAYLOAD_BYTES_MAX);
            prop_assert_eq!(Frame::parse(&again), Ok(frame));
        }
    }

    #[test]
    fn a_hello_comes_back(
        boot: u32,
        texts in (text(), text(), text()),
        channels in vec(id(), 0..=CHANNELS_MAX),
        reset in proptest::sample::select(&[Reset::Unknown, Reset::PowerOn, Reset::Watchdog, Reset::Panic, Reset::Asked, Reset::Update][..]),
    ) {
        let mut hello = Hello {
            boot, online: true, firmware: &texts.0, board: &texts.1, profile: &texts.2, reset,
            channels: Default::default(),
        };
        for channel in &channels {
            if !hello.channels.contains(&channel.as_str()) {
                hello.channels.push(channel).expect("no more than fit were generated");
            }
        }
        let bytes = emitted(|out| hello.emit(out), 512);
        prop_assert_eq!(Hello::parse(&bytes), Ok(hello));
        let bytes = emitted(|out| Hello::will(boot).emit(out), 512);
        prop_assert_eq!(Hello::parse(&bytes), Ok(Hello::will(boot)));
    }

    #[test]
    fn an_ack_and_a_lease_come_back(boot: u32, seq: u32, t in 0..=TIME_MS_MAX as i64, lease_ms: u32) {
        let ack = Ack { boot, seq };
        prop_assert_eq!(Ack::parse(&emitted(|out| ack.emit(out), 64)), Ok(ack));
        let lease = Lease { t, lease_ms };
        prop_assert_eq!(Lease::parse(&emitted(|out| lease.emit(out), 96)), Ok(lease));
    }

    #[test]
    fn a_desired_state_comes_back(
        version in 0..=TIME_MS_MAX,
        boot: u32,
        lamps in vec((id(), 0..=100u8, any::<u32>(), any::<u32>()), 0..=CHANNELS_MAX),
        alone in (any::<u32>(), 0..=100u8, 0..=100u8, any::<u32>()),
    ) {
        let alone = Alone { hold_ms: alone.0, auto_pct: alone.1, full_pct: alone.2, dark_lx: alone.3 };
        let mut desired = Desired { version, boot, lamps: Default::default(), alone };
        for (channel, level_pct, fade_ms, presses) in &lamps {
            if !desired.lamps.iter().any(|lamp| lamp.channel == channel) {
                let (level_pct, fade_ms, presses) = (*level_pct, *fade_ms, *presses);
                desired.lamps.push(LampDesired { channel, level_pct, fade_ms, presses }).expect("no more than fit were generated");
            }
        }
        let bytes = emitted(|out| desired.emit(out), 1024);
        prop_assert_eq!(Desired::parse(&bytes), Ok(desired));
    }

    #[test]
    fn a_topic_comes_back(campus in id(), a in id(), b in id(), kind in 0..10usize) {
        let topic = [
            Topic::Hello(&a), Topic::Frame(&a), Topic::Ack(&a), Topic::Desired(&a), Topic::Lease(&a),
            Topic::Room(&a, &b), Topic::RoomSet(&a, &b), Topic::Building(&a), Topic::Meter(&a, &b),
            Topic::Agent,
        ][kind];
        let text = topic.of(&campus).to_string();
        prop_assert_eq!(Topic::parse(&text), Ok((campus.as_str(), topic)));
    }

    #[test]
    fn an_arbitrary_topic_never_panics(text in "(campus/v1/)?[a-z/+é]{0,40}") {
        let _ = Topic::parse(&text);
    }
}

fn parse_as_everything(bytes: &[u8]) {
    let _ = Frame::parse(bytes);
    let _ = Hello::parse(bytes);
    let _ = Ack::parse(bytes);
    let _ = Lease::parse(bytes);
    let _ = Desired::parse(bytes);
}

/// The longest names, the longest values, the longest everything.
fn largest_frame(channels: &[String]) -> Frame<'_> {
    let readings = channels
        .iter()
        .map(|channel| Reading {
            quantity: Quantity::IlluminanceLx,
            channel,
            sample: Sample::No(NoReading::OutOfRange),
        })
        .collect();
    Frame {
        boot: u32::MAX,
        seq: u32::MAX,
        oldest: u32::MAX - 1,
        t: Some(i64::MIN),
        up: u64::MAX - 1,
        sent: u64::MAX,
        lost: Some(Loss { from: 1_000_000_000, to: u32::MAX - 2 }),
        readings,
        unknown: 0,
    }
}

#[test]
fn the_largest_payload_of_every_kind_has_the_promised_size() {
    let longest_quantity = Quantity::ALL.iter().map(|quantity| quantity.name().len()).max();
    assert_eq!(longest_quantity, Some(Quantity::IlluminanceLx.name().len()));
    let channels: Vec<String> = (0..READINGS_MAX).map(|i| format!("{i:0>32}")).collect();
    let size = emitted(|out| largest_frame(&channels).emit(out), PAYLOAD_BYTES_MAX).len();
    assert_eq!(size, 1_928, "the number in the documentation of PAYLOAD_BYTES_MAX");

    let wide = "w".repeat(TEXT_BYTES_MAX);
    let hello = Hello {
        boot: u32::MAX,
        online: true,
        firmware: &wide,
        board: &wide,
        profile: &wide,
        reset: Reset::PowerOn,
        channels: channels[..CHANNELS_MAX].iter().map(String::as_str).collect(),
    };
    emitted(|out| hello.emit(out), 512);
    let lamp =
        |channel| LampDesired { channel, level_pct: 100, fade_ms: u32::MAX, presses: u32::MAX };
    let desired = Desired {
        version: u64::MAX,
        boot: u32::MAX,
        lamps: channels[..CHANNELS_MAX].iter().map(|channel| lamp(channel.as_str())).collect(),
        alone: Alone { hold_ms: u32::MAX, auto_pct: 100, full_pct: 100, dark_lx: u32::MAX },
    };
    emitted(|out| desired.emit(out), 1024);
    emitted(|out| Ack { boot: u32::MAX, seq: u32::MAX }.emit(out), 64);
    emitted(|out| Lease { t: i64::MIN, lease_ms: u32::MAX }.emit(out), 96);
}

#[test]
fn a_buffer_one_byte_too_small_is_full_and_never_overrun() {
    let channels = ["a".to_owned()];
    let frame = largest_frame(&channels);
    let whole = emitted(|out| frame.emit(out), PAYLOAD_BYTES_MAX);
    for room in 0..whole.len() {
        assert_eq!(frame.emit(&mut vec![0; room]), Err(wire::Full), "{room} bytes");
    }
    assert_eq!(frame.emit(&mut vec![0; whole.len()]), Ok(whole.len()));
}
