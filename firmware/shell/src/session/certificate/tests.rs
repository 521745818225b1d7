//! Certificates of a campus, and everything that looks like one: made with rcgen, as `campus broker` makes them.

use super::*;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P384_SHA384, date_time_ymd,
};

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: Vec<u8>,
}

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let key = KeyPair::generate().unwrap();
    let der = params.self_signed(&key).unwrap().der().to_vec();
    Authority { issuer: Issuer::new(params, key), der }
}

/// A server's certificate of this authority, as `change` makes it.
fn server(authority: &Authority, change: impl Fn(&mut CertificateParams)) -> Vec<u8> {
    let mut params = CertificateParams::new(["broker.north".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, "broker");
    params.not_before = date_time_ymd(2026, 1, 31);
    params.not_after = date_time_ymd(2028, 2, 29);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    params.signed_by(&key, &authority.issuer).unwrap().der().to_vec()
}

fn read(der: &[u8]) -> Certificate<'_> {
    Certificate::read(der).expect("a certificate")
}

#[test]
fn a_brokers_certificate_of_this_campus_is_known() {
    let ours = authority("north");
    let der = server(&ours, |_| {});
    let (ca, leaf) = (read(&ours.der), read(&der));
    assert!(leaf.is_signed_by(&ca));
    assert!(leaf.is_server("broker.north") && leaf.is_server("Broker.NORTH"));
    for other in ["broker", "broker.north.", "xbroker.north", "north", ""] {
        assert!(!leaf.is_server(other), "{other}");
    }
    assert_eq!(leaf.validity().to_string(), "2026-01-31 to 2028-02-29");
    let ms = |text: i64| text * 1000;
    let Validity { from, until } = leaf.validity();
    assert!(leaf.validity().holds(ms(from)) && leaf.validity().holds(ms(until) + 999));
    assert!(!leaf.validity().holds(ms(from) - 1) && !leaf.validity().holds(ms(until + 1)));
    // `date -u -d 2026-01-31 +%s`
    assert_eq!((from, until), (1_769_817_600, 1_835_395_200));
}

#[test]
fn dates_far_away_are_read_and_shown() {
    for (year, shown) in
        [(1970, "1970-01-01"), (2049, "2049-01-01"), (2050, "2050-01-01"), (4096, "4096-01-01")]
    {
        let ours = authority("north");
        let der = server(&ours, |params| {
            params.not_before = date_time_ymd(1970, 1, 1);
            params.not_after = date_time_ymd(year, 1, 1);
        });
        assert_eq!(read(&der).validity().to_string(), format!("1970-01-01 to {shown}"));
    }
    for day in (-200_000..2_000_000).step_by(17) {
        let text = Day(day * 86_400).to_string();
        let parts: Vec<i64> =
            text.trim_start_matches('-').split('-').map(|part| part.parse().unwrap()).collect();
        assert_eq!(days(parts[0], parts[1], parts[2]), day, "{text}");
    }
}

#[test]
fn whoever_else_signs_names_or_uses_it_is_none() {
    let (ours, theirs) = (authority("north"), authority("north"));
    let ca = read(&ours.der);
    // Another authority of the same name.
    assert!(!read(&server(&theirs, |_| {})).is_signed_by(&ca));
    // Its own signature, as the authority has one.
    assert!(read(&ours.der).is_signed_by(&ca) && !read(&ours.der).is_server("north"));
    // A certificate of a node, which the same authority signed.
    let node = server(&ours, |params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    assert!(read(&node).is_signed_by(&ca) && !read(&node).is_server("broker.north"));
    // Its common name alone.
    let unnamed = server(&ours, |params| {
        params.subject_alt_names.clear();
        params.distinguished_name.push(DnType::CommonName, "broker.north");
    });
    assert!(!read(&unnamed).is_server("broker.north"));
    // A wildcard.
    let wild = server(&ours, |params| {
        params.subject_alt_names =
            CertificateParams::new(["*.north".to_owned()]).unwrap().subject_alt_names;
    });
    assert!(!read(&wild).is_server("broker.north"));
    // Signed by a server's certificate: nothing stands between the authority and a broker.
    let leaf = server(&ours, |_| {});
    assert!(!read(&leaf).is_signed_by(&read(&leaf)));
}

#[test]
fn other_keys_and_what_is_critical_and_unknown_are_refused() {
    let ours = authority("north");
    let mut params = CertificateParams::new(["broker.north".to_owned()]).unwrap();
    let large = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
    let der = params.signed_by(&large, &ours.issuer).unwrap().der().to_vec();
    assert_eq!(Certificate::read(&der), None, "its key is not P-256");
    let der = params.self_signed(&large).unwrap().der().to_vec();
    assert_eq!(Certificate::read(&der), None, "its signature is not ECDSA with SHA-256");
    for critical in [false, true] {
        let mut odd = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
        odd.set_criticality(critical);
        params.custom_extensions = vec![odd];
        let der = params.signed_by(&KeyPair::generate().unwrap(), &ours.issuer).unwrap();
        assert_eq!(Certificate::read(der.der()).is_none(), critical);
    }
}

#[test]
fn no_cut_and_no_changed_byte_is_taken_for_the_certificate() {
    let ours = authority("north");
    let ca = read(&ours.der);
    let good = server(&ours, |_| {});
    for cut in 0..good.len() {
        assert_eq!(Certificate::read(&good[..cut]), None, "{cut}");
    }
    assert_eq!(Certificate::read(&[&good[..], &[0]].concat()), None);
    for at in 0..good.len() {
        for bit in [0, 3, 7] {
            let mut bad = good.clone();
            bad[at] ^= 1 << bit;
            let taken = Certificate::read(&bad).is_some_and(|leaf| leaf.is_signed_by(&ca));
            assert!(!taken, "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn signatures_and_keys_are_read_as_others_write_them() {
    use p256::ecdsa::signature::Signer;
    let key = SigningKey::from_slice(&[7; 32]).unwrap();
    for number in 0..2_000u32 {
        let signature: Signature = key.sign(&number.to_le_bytes());
        let der = signature.to_der();
        assert_eq!(write_signature(&signature), der.as_bytes(), "{number}");
        assert_eq!(read_signature(der.as_bytes()), Some(signature), "{number}");
        for cut in 0..der.as_bytes().len() {
            assert_eq!(read_signature(&der.as_bytes()[..cut]), None);
        }
    }
    for bad in [
        &[0x30, 6, 2, 1, 0, 2, 1, 1][..],
        &[0x30, 6, 2, 1, 0x80, 2, 1, 1],
        &[0x30, 7, 2, 2, 0, 1, 2, 1, 1],
        &[0x30, 9, 2, 1, 1, 2, 1, 1, 2, 1, 1],
    ] {
        assert_eq!(read_signature(bad), None, "{bad:?}");
    }
    let pkcs8 = KeyPair::generate().unwrap();
    let der = pkcs8.serialize_der();
    let at = der.windows(3).position(|bytes| bytes == [2, 1, 1]).unwrap();
    let key = read_key(&der[at - 2..]).expect("SEC 1");
    let point = key.verifying_key().to_encoded_point(false);
    assert_eq!(point.as_bytes(), pkcs8.public_key_raw());
    assert!(read_key(&der).is_none() && read_key(&[]).is_none());
}
