//! What is written is read as it was, in every dialect and in mixtures of them; what is damaged is refused.

use mohurd::{
    Ack, AckStyle, Body, BuildingId, Codec, CommonType, Crc, Dialect, Encoding, Fault, Flavour,
    FrameFault, Framer, Function, GatewayId, ItemCode, ItemValue, Iv, Key, Keys, Kind, Message,
    Meter, Mode, Padding, Progress, Readings, SHIPPED, Shape, Stamp, TimeForm, Value, Why,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn keys() -> Keys {
    Keys { auth: Key::new([7; 16]), aes: Key::new([9; 16]), iv: Some(Key::new([3; 16])) }
}

/// Every shipped dialect, with everything changed that can be.
fn dialects() -> impl Strategy<Value = Dialect> {
    let crypto = (
        prop_oneof![Just(Mode::Cbc), Just(Mode::Ecb)],
        prop_oneof![Just(Padding::Zero), Just(Padding::Space), Just(Padding::Pkcs7)],
        prop_oneof![Just(Iv::Key), Just(Iv::Zero), Just(Iv::File)],
        any::<bool>(),
    );
    let xml = (
        prop_oneof![Just(Flavour::Meter), Just(Flavour::EnergyItems), Just(Flavour::Both)],
        any::<bool>(),
        prop_oneof![Just(CommonType::Operation), Just(CommonType::Element)],
        prop_oneof![
            Just(AckStyle::ReportConfig),
            Just(AckStyle::Time),
            Just(AckStyle::Root),
            Just(AckStyle::Sequence)
        ],
        3..=6_u8,
    );
    let text = prop_oneof![Just(Encoding::Utf8), Just(Encoding::Gbk), Just(Encoding::Utf16Le)];
    let rest = (
        prop_oneof![Just(Crc::None), Just(Crc::Xmodem), Just(Crc::Modbus)],
        prop_oneof![Just(TimeForm::Digits), Just(TimeForm::Spaced)],
    );
    (0..SHIPPED.len(), any::<bool>(), crypto, xml, text, rest).prop_map(
        |(at, as_shipped, crypto, xml, text, (crc, form))| {
            let mut dialect = Dialect::shipped(SHIPPED[at].0).expect("it is shipped");
            if !as_shipped {
                (dialect.crypto.mode, dialect.crypto.padding, dialect.crypto.iv) =
                    (crypto.0, crypto.1, crypto.2);
                if !crypto.3 {
                    dialect.crypto.encrypted = Vec::new();
                }
                (dialect.xml.flavour, dialect.xml.meters_element) = (xml.0, xml.1);
                (dialect.xml.common_type, dialect.xml.ack, dialect.xml.decimals) =
                    (xml.2, xml.3, xml.4);
                dialect.text.encoding = text;
                if text == Encoding::Utf16Le && dialect.crypto.padding == Padding::Space {
                    // Refused when a dialect is read: two spaces are one other character.
                    dialect.crypto.padding = Padding::Zero;
                }
                dialect.time.form = form;
                if let Shape::Delimited { crc: of_frame, .. } = &mut dialect.frame {
                    *of_frame = crc;
                }
            }
            dialect
        },
    )
}

fn stamps() -> impl Strategy<Value = Stamp> {
    // The years 1970 to 2100.
    (0..4_102_444_800_000_i64).prop_map(|ms| Stamp::from_utc_ms(ms, 8 * 3600).expect("in range"))
}

fn codes() -> impl Strategy<Value = ItemCode> {
    "[0-9A-Z]{5}".prop_map(|text| ItemCode::new(&text).expect("a code"))
}

fn values(decimals: u8) -> impl Strategy<Value = Value> {
    let step = 10_i64.pow(u32::from(6 - decimals));
    (-1_000_000_000_000_i64..1_000_000_000_000)
        .prop_map(move |number| Value::from_micro(number * step))
}

fn readings(dialect: &Dialect) -> impl Strategy<Value = Readings> + use<> {
    let (flavour, decimals) = (dialect.xml.flavour, dialect.xml.decimals);
    // Whatever people call a meter: quotes, markup, Chinese, what GBK does not have, tabs.
    let name = "[ -~äé€照明插座😀\t\n]{0,40}";
    let function = (
        "[0-9A-Za-z_]{1,8}",
        prop::option::of(codes()),
        prop::option::of(values(decimals)),
        prop::option::of(any::<u16>()),
    );
    let function =
        function.prop_map(|(id, coding, value, error)| Function { id, coding, value, error });
    let meter =
        ("[0-9A-Z]{1,6}", "[0-9]{0,12}", "[0-9]{0,2}", name, prop::collection::vec(function, 0..4));
    let meter =
        meter.prop_map(|(id, addr, tp, name, functions)| Meter { id, addr, tp, name, functions });
    let item = (codes(), values(decimals)).prop_map(|(code, value)| ItemValue { code, value });
    let progress =
        (any::<u32>(), any::<u32>()).prop_map(|(total, current)| Progress { total, current });
    let why = prop_oneof![Just(Why::Reply), Just(Why::Report), Just(Why::Continuous)];
    let rest = (why, any::<u32>(), any::<bool>(), stamps(), prop::option::of(progress));
    let meters = if flavour == Flavour::EnergyItems { 0..1_usize } else { 0..5 };
    let items = if flavour == Flavour::Meter { 0..1_usize } else { 0..5 };
    let lists = (prop::collection::vec(item, items), prop::collection::vec(meter, meters));
    (rest, lists).prop_map(|((why, sequence, parser, time, progress), (items, meters))| Readings {
        why,
        sequence,
        parser,
        time,
        progress,
        items,
        meters,
    })
}

/// An acknowledgement that says no more than its style does.
fn acks(dialect: &Dialect) -> impl Strategy<Value = Ack> + use<> {
    let (style, common_type) = (dialect.xml.ack, dialect.xml.common_type);
    let why = prop_oneof![Just(Why::Reply), Just(Why::Report), Just(Why::Continuous)];
    (why, any::<bool>(), any::<u32>(), stamps()).prop_map(move |(of, pass, sequence, time)| {
        let named = matches!(style, AckStyle::Root | AckStyle::Sequence);
        // At the root only `common/type` can say what is acknowledged.
        let mute = style == AckStyle::Root && common_type == CommonType::Element;
        Ack {
            of: if mute { Why::Report } else { of },
            pass,
            sequence: named.then_some(sequence),
            time: (style == AckStyle::Time).then_some(time),
        }
    })
}

fn bodies(dialect: &Dialect) -> BoxedStrategy<Body> {
    let fields = prop::collection::btree_map("[a-z][a-z_]{0,10}", "[!-~]{0,20}", 0..6);
    prop_oneof![
        Just(Body::Request),
        "[0-9A-F]{1,32}".prop_map(Body::Sequence),
        "[0-9a-f]{32}".prop_map(Body::Md5),
        (any::<bool>(), prop::option::of(stamps()))
            .prop_map(|(pass, time)| Body::Result { pass, time }),
        Just(Body::Notify),
        stamps().prop_map(Body::Time),
        Just(Body::Query),
        readings(dialect).prop_map(Body::Data),
        acks(dialect).prop_map(Body::Ack),
        any::<u32>().prop_map(Body::Period),
        any::<bool>().prop_map(|pass| Body::PeriodAck { pass }),
        fields.prop_map(|fields: BTreeMap<String, String>| Body::Device(fields)),
        any::<bool>().prop_map(|pass| Body::DeviceAck { pass }),
    ]
    .boxed()
}

fn message(body: Body) -> Message {
    Message {
        building_id: BuildingId::new("310101D064").expect("an id"),
        gateway_id: GatewayId::new("01").expect("an id"),
        body,
    }
}

fn spoken() -> impl Strategy<Value = (Dialect, Body, u32)> {
    dialects().prop_flat_map(|dialect| {
        let body = bodies(&dialect);
        (Just(dialect), body, any::<u32>())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_as_it_was((dialect, body, command) in spoken()) {
        let codec = Codec::new(dialect.clone(), keys()).expect("keys enough");
        let message = message(body);
        let bytes = codec.encode(&message, command).expect("it can be said");
        let mut framer = Framer::new(dialect.frame);
        framer.push(&bytes);
        let frame = framer.take().expect("a frame").expect("a good one");
        prop_assert_eq!(codec.decode(&frame), Ok(message));
        prop_assert!(framer.take().is_none());
    }

    #[test]
    fn a_stream_is_cut_into_the_same_frames_however_it_comes(
        (dialect, body, command) in spoken(),
        cuts in prop::collection::vec(1..40_usize, 1..20),
    ) {
        let codec = Codec::new(dialect.clone(), keys()).expect("keys enough");
        let message = message(body);
        let mut stream = codec.encode(&message, command).expect("it can be said");
        stream.extend(codec.encode(&message, command).expect("it can be said"));
        let mut framer = Framer::new(dialect.frame);
        let (mut frames, mut at) = (0, 0);
        for cut in cuts.iter().cycle() {
            let end = (at + cut).min(stream.len());
            framer.push(&stream[at..end]);
            at = end;
            while let Some(frame) = framer.take() {
                let read = codec.decode(&frame.expect("a good frame"));
                prop_assert_eq!(read.as_ref(), Ok(&message));
                frames += 1;
            }
            if at == stream.len() {
                break;
            }
        }
        prop_assert_eq!(frames, 2);
    }

    #[test]
    fn one_flipped_bit_of_a_guideline_frame_is_always_found((body, bit) in (bodies(&dialect("g")), any::<prop::sample::Index>())) {
        let dialect = dialect("g");
        let codec = Codec::new(dialect.clone(), keys()).expect("keys enough");
        let mut bytes = codec.encode(&message(body), 1).expect("it can be said");
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let mut framer = Framer::new(dialect.frame);
        framer.push(&bytes);
        while let Some(frame) = framer.take() {
            prop_assert!(frame.is_err(), "bit {bit} was not noticed");
        }
    }
}

fn dialect(name: &str) -> Dialect {
    Dialect::shipped(name).expect("it is shipped")
}

/// Everything that a framer says about these bytes.
fn faults(name: &str, bytes: &[u8]) -> Vec<FrameFault> {
    let mut framer = Framer::new(dialect(name).frame);
    framer.push(bytes);
    std::iter::from_fn(|| framer.take()).filter_map(Result::err).collect()
}

#[test]
fn what_is_no_frame_is_named_with_its_place() {
    let codec = Codec::new(dialect("g"), keys()).expect("keys enough");
    let good = codec.encode(&message(Body::Request), 1).expect("it can be said");
    let mut noise = b"hello".to_vec();
    noise.extend(&good);
    assert_eq!(faults("g", &noise), [FrameFault::Noise { at: 0, bytes: 5 }]);
    let mut long = good.clone();
    long[4..8].copy_from_slice(&0xffff_ffff_u32.to_le_bytes());
    assert_eq!(faults("g", &long)[0], FrameFault::Length { at: 0, length: u32::MAX });
    let mut tail = good.clone();
    *tail.last_mut().expect("bytes") ^= 1;
    assert_eq!(faults("g", &tail)[0], FrameFault::Tail { at: 0 });
    let mut crc = good.clone();
    crc[20] ^= 1;
    assert!(matches!(faults("g", &crc)[0], FrameFault::Crc { at: 0, .. }));
    assert_eq!(faults("s", &[0x1f, 0x1f, 9, 0, 0, 0, 0])[0], FrameFault::Type { at: 0, byte: 9 });
    for end in 0..good.len() {
        assert_eq!(faults("g", &good[..end]), [], "a part of a frame is not yet a fault");
    }
}

#[test]
fn a_connection_that_only_makes_noise_is_given_up() {
    let mut framer = Framer::new(dialect("g").frame);
    let mut found = Vec::new();
    for _ in 0..1000 {
        // A header with a length that cannot be.
        framer.push(&[0x68, 0x68, 0x16, 0x16, 0xff, 0xff, 0xff, 0xff]);
        found.extend(std::iter::from_fn(|| framer.take()));
    }
    assert!(framer.given_up());
    assert!(matches!(found.last(), Some(Err(FrameFault::GivenUp { .. }))), "{found:?}");
    assert_eq!(found.len(), mohurd::limits::FRAME_FAULTS_MAX as usize + 1);
}

/// What becomes of this XML in a good frame.
fn read(xml: &str) -> Result<Message, Fault> {
    let codec = Codec::new(dialect("g"), keys()).expect("keys enough");
    let bytes =
        mohurd::framed(&dialect("g").frame, Kind::Data, 1, &codec.encrypted(xml.as_bytes()));
    let mut framer = Framer::new(dialect("g").frame);
    framer.push(&bytes.expect("short enough"));
    codec.decode(&framer.take().expect("a frame").expect("a good one"))
}

#[track_caller]
fn refused(xml: &str, says: &str) {
    let fault = read(xml).expect_err("refused").to_string();
    assert!(fault.contains(says), "{fault}");
}

const COMMON: &str =
    "<common><building_id>310101D064</building_id><gateway_id>01</gateway_id></common>";

#[test]
fn bombs_document_types_and_instructions_are_refused_before_anything_expands() {
    let laughs: String = (1..10)
        .map(|at| format!("<!ENTITY l{at} \"{}\">", format!("&l{};", at - 1).repeat(10)))
        .collect();
    refused(
        &format!("<!DOCTYPE root [<!ENTITY l0 \"lol\">{laughs}]><root>{COMMON}&l9;</root>"),
        "document type",
    );
    refused(
        &format!("<!DOCTYPE root SYSTEM \"file:///etc/passwd\"><root>{COMMON}</root>"),
        "document type",
    );
    refused(&format!("<root>{COMMON}<a>&xxe;</a></root>"), "entity");
    refused(&format!("<root>{COMMON}<a b=\"&xxe;\"/></root>"), "entity");
    refused(&format!("<?xml-stylesheet href=\"a\"?><root>{COMMON}</root>"), "instructions");
    refused(&format!("<root>{COMMON}</root><root/>"), "second root");
    refused(&format!("<root>{COMMON}<a>&#1;</a></root>"), "does not allow");
    refused(&format!("<root>{COMMON}{}", "<a>".repeat(50)), "too deep");
    refused(&format!("<root>{COMMON}{}</root>", "<a/>".repeat(30_000)), "too many elements");
    refused(&format!("<root>{COMMON}<a>{}</a></root>", "x".repeat(2_000)), "too long");
    let attributes: String = (0..50).map(|at| format!(" a{at}=\"1\"")).collect();
    refused(&format!("<root>{COMMON}<a{attributes}/></root>"), "too many attributes");
    refused(&format!("<root>{COMMON}<a b=\"{}\"/></root>", "y".repeat(9_000)), "too long");
    refused(&format!("<root>{COMMON}<{} /></root>", "n".repeat(100)), "a name");
    refused(&format!("<root>{COMMON}<data operation=\"report\">"), "ends within");
    refused("", "no whole blocks");
    refused(" ", "no root");
    refused("no XML at all", "outside the root");
    refused("<root></root>", "common");
    refused("<root><common><building_id>&lt;</building_id></common></root>", "building_id");
}

#[test]
fn what_makers_write_differently_is_read_all_the_same() {
    // No declaration, spaces everywhere, a comment, a maker's function without coding and with an empty error.
    let xml = format!(
        "\n<root>\n {COMMON}\n <!-- made by -->\n<data operation = \"report\">\n <time>2014-06-02 09:15:00</time>\
         <meter id='01'><function id=\"WPP\" error=\"\">433.31</function></meter></data></root>\n"
    );
    let Ok(Message { body: Body::Data(readings), .. }) = read(&xml) else { panic!("not read") };
    assert_eq!(readings.time, Stamp::parse("20140602091500").expect("a time"));
    assert_eq!((readings.sequence, readings.progress), (0, None));
    let function = &readings.meters[0].functions[0];
    assert_eq!((function.id.as_str(), function.coding, function.error), ("WPP", None, None));
    assert_eq!(function.value.and_then(Value::wh), Some(433_310));
    // Four ways to acknowledge.
    for (said, sequence) in [
        (
            "<report_config operation=\"report_ack\"><report_ack>pass</report_ack></report_config>",
            None,
        ),
        ("<data operation=\"report\"><time>20140602091500</time><ack>OK</ack></data>", None),
        ("<sequence>5</sequence><result>1</result>", Some(5)),
        ("<data operation=\"report_ack\"><sequence>5</sequence><ack>pass</ack></data>", Some(5)),
    ] {
        let read = read(&format!("<root>{COMMON}{said}</root>"));
        let Ok(Message { body: Body::Ack(ack), .. }) = read else { panic!("{said}: {read:?}") };
        assert_eq!((ack.of, ack.pass, ack.sequence), (Why::Report, true, sequence), "{said}");
    }
    let other = read(&format!("<root>{COMMON}<instruction operation=\"archives\"/></root>"));
    let Ok(Message { body: Body::Other { element, .. }, .. }) = other else { panic!("{other:?}") };
    assert_eq!(element, "instruction");
}

#[test]
fn another_key_is_refused_and_shows_nothing_of_what_came_out() {
    let other =
        Keys { auth: Key::new([7; 16]), aes: Key::new([8; 16]), iv: Some(Key::new([3; 16])) };
    for (name, _) in SHIPPED {
        let ours = Codec::new(dialect(name), keys()).expect("keys enough");
        let theirs = Codec::new(dialect(name), other.clone()).expect("keys enough");
        let bytes = ours.encode(&message(Body::Query), 1).expect("it can be said");
        let mut framer = Framer::new(dialect(name).frame);
        framer.push(&bytes);
        let frame = framer.take().expect("a frame").expect("a good one");
        let fault = theirs.decode(&frame).expect_err("another key");
        for shown in [format!("{fault}"), format!("{fault:?}"), format!("{frame:?}")] {
            assert!(!shown.contains("root") && !shown.contains("query"), "{name}: {shown}");
        }
        let shown = format!("{theirs:?}");
        assert!(!shown.contains("8, 8") && !shown.contains("0808"), "{name}: {shown}");
    }
    let secret = message(Body::Md5("af279ab76f9998ca9f615b3c19f0c4dd".into()));
    assert!(!format!("{secret:?}").contains("af279"), "{secret:?}");
}

#[test]
fn a_dialect_that_wants_an_iv_needs_one() {
    let mut dialect = dialect("g");
    dialect.crypto.iv = Iv::File;
    let without = Keys { iv: None, ..keys() };
    assert_eq!(Codec::new(dialect, without).err(), Some(mohurd::CipherFault::NoIv));
}
