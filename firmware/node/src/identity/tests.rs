//! Identity pages: what is written comes back; what is blank, damaged or wrong has a reason.

use super::*;

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
    identity.fitted = Part::ALL.into_iter().collect();
    let mut bytes = [0xff; PAGE_BYTES];
    let len = identity.write(&mut bytes).unwrap();
    assert_eq!(Identity::read(&bytes), Ok(identity.clone()));
    for short in 0..len {
        assert_eq!(identity.write(&mut bytes[..short]), Err(Full), "{short}");
    }
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
    ] {
        let body = std::format!("campus=a\nnode=b\nbroker=h:1\n{key}={value}\n");
        check(&page(&body), BadIdentity::Bad(key));
    }
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
