//! Identity pages: what is written comes back; what is blank, damaged or wrong has a reason.

use super::*;
use base64::display::Base64Display;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD};

const BODY: &str = "campus=north\nnode=n-101\nbroker=10.0.2.2:1883\npassword=s3cret\nprofile=classroom\n\
                    lamps=window,inner,board\nfitted=pir,switch,dali,meter-sdm120\n";

fn page(body: &str) -> Vec<u8, PAGE_BYTES> {
    let mut page = Vec::new();
    let mut put = |part: &[u8]| page.extend_from_slice(part).unwrap();
    put(b"CEID");
    put(&1u16.to_le_bytes());
    put(&(body.len() as u16).to_le_bytes());
    put(&crc32(body.as_bytes()).to_le_bytes());
    put(body.as_bytes());
    page
}

#[test]
fn a_page_is_read_and_written_to_the_byte() {
    let read = Identity::read(&page(BODY)).unwrap();
    assert_eq!(read.node.as_str(), "n-101");
    assert_eq!((read.host.as_str(), read.port), ("10.0.2.2", 1883));
    assert_eq!(read.password.as_str(), "s3cret");
    assert_eq!(read.lamps.len(), 3);
    assert!(read.has(Part::MeterSdm120) && !read.has(Part::Radar));
    let mut bytes = [0xff; PAGE_BYTES];
    let len = read.write(&mut bytes).unwrap();
    assert_eq!(bytes[..len], page(BODY)[..]);
    assert_eq!(Identity::read(&bytes), Ok(read));
}

#[test]
fn only_three_keys_must_be_there_and_unknown_ones_are_passed_over() {
    let body = "campus=a\nnode=b\nbroker=mqtt.campus.example:8883\nlater=thing=1\n";
    let read = Identity::read(&page(body)).unwrap();
    assert_eq!(read.host.as_str(), "mqtt.campus.example");
    assert!(read.password.is_empty() && read.lamps.is_empty() && read.fitted.is_empty());
    assert_eq!(read.profile.as_str(), "classroom");
}

#[test]
fn the_longest_identity_fits_and_a_small_page_is_refused() {
    let long = "n23456789012345678901234567890ab";
    let mut identity = Identity::read(&page(BODY)).unwrap();
    identity.campus = Id::new(long).unwrap();
    identity.node = Id::new(long).unwrap();
    identity.host = (0..HOST_BYTES_MAX).map(|_| 'h').collect();
    identity.password = (0..PASSWORD_BYTES_MAX).map(|_| 'p').collect();
    identity.lamps = (b'a'..b'e')
        .map(|letter| Id::new(&std::format!("{}{long:.31}", char::from(letter))).unwrap())
        .collect();
    identity.fitted = Part::ALL.into_iter().collect();
    identity.secure = Secure {
        server: (0..HOST_BYTES_MAX).map(|_| 's').collect(),
        ca: der(CERTIFICATE_BYTES_MAX),
        cert: der(CERTIFICATE_BYTES_MAX),
        key: der(KEY_BYTES_MAX),
    };
    identity.unlock = Some([0xe7; UNLOCK_BYTES]);
    let mut bytes = [0xff; PAGE_BYTES];
    let len = identity.write(&mut bytes).unwrap();
    assert_eq!(Identity::read(&bytes), Ok(identity.clone()));
    for short in 0..len {
        assert_eq!(identity.write(&mut bytes[..short]), Err(Full), "{short}");
    }
}

/// A sequence of so many bytes.
fn der<const N: usize>(len: usize) -> Vec<u8, N> {
    let head = match len {
        ..130 => std::vec![0x30, (len - 2) as u8],
        130..259 => std::vec![0x30, 0x81, (len - 3) as u8],
        _ => [&[0x30, 0x82][..], &((len - 4) as u16).to_be_bytes()].concat(),
    };
    head.into_iter().chain(core::iter::repeat(0xa5)).take(len).collect()
}

const TLS: &str = "campus=a\nnode=b\nbroker=10.0.2.2:8883\npassword=\nprofile=classroom\nlamps=\nfitted=\n\
                   server=broker.north\nca=MAKlpQ==\ncert=MAGl\nkey=MAA=\n\
                   unlock=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

#[test]
fn tls_and_the_consoles_key_come_back_to_the_byte() {
    let read = Identity::read(&page(TLS)).unwrap();
    assert_eq!((read.server(), read.secure.is_on()), ("broker.north", true));
    assert_eq!(
        (&read.secure.ca[..], &read.secure.key[..]),
        (&[0x30, 2, 0xa5, 0xa5][..], &[0x30, 0][..])
    );
    assert_eq!(read.unlock.unwrap()[..3], [0, 1, 2]);
    assert_eq!(std::format!("{read}"), TLS);
    let plain = Identity::read(&page(BODY)).unwrap();
    assert_eq!((plain.server(), plain.secure.is_on(), plain.unlock), ("10.0.2.2", false, None));
}

#[test]
fn what_may_end_up_in_a_log_shows_no_secret() {
    let body = TLS.replace("password=", "password=s3cret");
    let identity = Identity::parse(&body).unwrap();
    let shown = std::format!("{identity:?} {:?}", identity.clone());
    for secret in ["s3cret", "MAA", "0001", "MAKl"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn a_page_of_a_pair_tells_how_new_it_is_and_one_from_the_bench_is_the_newest() {
    let identity = Identity::parse(BODY).unwrap();
    let mut bytes = [0xff; PAGE_BYTES];
    for wanted in [0, 1, 77, u32::MAX - 1] {
        bytes.fill(0xff);
        identity.write_as(Some(wanted), &mut bytes).unwrap();
        assert_eq!(generation(&bytes), Ok(wanted));
        assert_eq!(Identity::read(&bytes).as_ref(), Ok(&identity));
    }
    assert_eq!(generation(&page(BODY)), Ok(BENCH));
    assert_eq!(generation(&[0xff; 64]), Err(BadIdentity::Blank));
    assert_eq!(generation(&page("generation=x\n")), Err(BadIdentity::Bad("generation")));
}

fn text(bytes: &[u8]) -> Base64Display<'_, '_, GeneralPurpose> {
    Base64Display::new(bytes, &STANDARD)
}

#[test]
fn only_one_text_gives_the_same_bytes() {
    let parse =
        |ca: &str| Identity::parse(&std::format!("campus=a\nnode=b\nbroker=h:1\nca={ca}\n"));
    assert!(parse("MAEA").is_ok());
    for wrong in ["MAE", "MAEA=", "MA==", "MAEA====", "MAEAAA", "MA EA", "MA-_", "MAF="] {
        assert_eq!(parse(wrong), Err(BadIdentity::Bad("ca")), "{wrong}");
    }
}

#[test]
fn every_length_of_der_is_told_from_one_that_is_cut() {
    for len in (2..300).chain([CERTIFICATE_BYTES_MAX]) {
        let whole = der::<CERTIFICATE_BYTES_MAX>(len);
        let line =
            |bytes: &[u8]| std::format!("campus=a\nnode=b\nbroker=h:1\nca={}\n", text(bytes));
        assert_eq!(Identity::parse(&line(&whole)).unwrap().secure.ca, whole, "{len}");
        for cut in 0..len {
            assert_eq!(Identity::parse(&line(&whole[..cut])), Err(BadIdentity::Bad("ca")), "{len}");
        }
    }
    let long = std::vec![0x30; CERTIFICATE_BYTES_MAX + 1];
    let line = std::format!("campus=a\nnode=b\nbroker=h:1\nca={}\n", text(&long));
    assert_eq!(Identity::parse(&line), Err(BadIdentity::Bad("ca")));
}

#[test]
fn what_is_wrong_has_a_reason() {
    let check = |bytes: &[u8], bad: BadIdentity| assert_eq!(Identity::read(bytes), Err(bad));
    check(&[0xff; PAGE_BYTES], BadIdentity::Blank);
    check(&[0; PAGE_BYTES], BadIdentity::Blank);
    check(&[], BadIdentity::Damaged);
    let mut later = page(BODY);
    later[4] = 2;
    check(&later, BadIdentity::Version(2));
    check(&page("campus\n"), BadIdentity::Text);
    check(&page("node=b\nbroker=h:1\n"), BadIdentity::Missing("campus"));
    check(&page("campus=a\nbroker=h:1\n"), BadIdentity::Missing("node"));
    check(&page("campus=a\nnode=b\n"), BadIdentity::Missing("broker"));
    check(&page("campus=A\nnode=b\nbroker=h:1\n"), BadIdentity::Bad("campus"));
    check(&page("campus=a\ncampus=a\nnode=b\nbroker=h:1\n"), BadIdentity::Twice("campus"));
    for broker in ["h", ":1", "h:", "h:0", "h:65536", "a b:1", "h/x:1"] {
        let body = std::format!("campus=a\nnode=b\nbroker={broker}\n");
        check(&page(&body), BadIdentity::Bad("broker"));
    }
    for (key, value) in [
        ("lamps", "a,b,c,d,e"),
        ("lamps", "a,a"),
        ("lamps", "A"),
        ("fitted", "pir,pir"),
        ("fitted", "kettle"),
        ("password", "\t"),
        ("profile", "ä"),
        ("server", "a b"),
        ("ca", ""),
        ("ca", "MAClpQ=="),
        ("ca", "MAGl="),
        ("cert", "AAAA"),
        ("key", "-----BEGIN"),
        ("unlock", "00"),
        ("unlock", "zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"),
    ] {
        let body = std::format!("campus=a\nnode=b\nbroker=h:1\n{key}={value}\n");
        check(&page(&body), BadIdentity::Bad(key));
    }
}

#[test]
fn a_certificate_without_its_key_or_without_tls_is_refused() {
    let check = |more: &str, missing| {
        let body = std::format!("campus=a\nnode=b\nbroker=h:1\n{more}");
        assert_eq!(Identity::parse(&body), Err(BadIdentity::Missing(missing)), "{more}");
    };
    check("ca=MAA=\ncert=MAA=\n", "key");
    check("ca=MAA=\nkey=MAA=\n", "cert");
    check("cert=MAA=\nkey=MAA=\n", "ca");
}

#[test]
fn no_changed_bit_passes_for_another_identity() {
    let good = page(BODY);
    let read = Identity::read(&good).unwrap();
    for at in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[at / 8] ^= 1 << (at % 8);
        assert_ne!(Identity::read(&bad).as_ref(), Ok(&read), "bit {at}");
        assert!(Identity::read(&bad).is_err(), "bit {at}");
    }
}

#[test]
fn what_is_shown_holds_no_secret() {
    let identity = Identity::parse(
        "campus=north\nnode=sci-101\nbroker=10.0.0.5:8883\npassword=hush\nlamps=window,board\nfitted=pir,dali\n\
         server=broker.north\nca=MAEA\ncert=MAEB\nkey=MAEC\nunlock=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n",
    )
    .unwrap();
    let mut shown = std::string::String::new();
    identity.show(&mut shown).unwrap();
    assert_eq!(
        shown,
        "campus=north\nnode=sci-101\nbroker=10.0.0.5:8883\nserver=broker.north\ntls=yes\nprofile=classroom\n\
         lamps=window,board\nfitted=pir,dali\n"
    );
}
