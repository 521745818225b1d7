//! The campus's own authority, and the certificate that the broker shows to nodes.
//!
//! P-256 throughout, because the TLS of small nodes speaks nothing else. The authority may sign servers and clients, and
//! no further authorities. A server's certificate is renewed with the same authority, so nodes in
//! ceilings, which know only that, need not be told.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SanType, date_time_ymd,
};
use std::net::IpAddr;

/// How long the authority is good: 10 years, as long as a node may hang in a ceiling.
pub const AUTHORITY_DAYS: i64 = 3_653;
/// How long a server's certificate is good: 2 years.
pub const SERVER_DAYS: i64 = 730;
/// Certificates are good from a day before they were made: clocks differ.
const EARLIER_DAYS: i64 = 1;
/// From this many days before its end a server's certificate should be renewed.
pub const RENEW_DAYS: i64 = 60;

const DAY_S: i64 = 86_400;

/// Why a certificate cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A name that no certificate can bear.
    #[error("`{0}` is no name or address of a computer")]
    Name(String),
    /// A key or certificate that is none.
    #[error("{0}")]
    Unreadable(String),
}

/// A private key, as PKCS #8 in PEM. Its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// A new one.
    ///
    /// # Errors
    /// When the system has no chance to give.
    pub fn draw() -> Result<Self, Fault> {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(unreadable)?;
        Ok(Self(pair.serialize_pem()))
    }

    /// One that was written before.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(pem: &str) -> Result<Self, Fault> {
        KeyPair::from_pem(pem).map_err(unreadable)?;
        Ok(Self(pem.to_owned()))
    }

    /// For the one file that it goes into.
    pub fn expose(&self) -> &str {
        &self.0
    }

    fn pair(&self) -> Result<KeyPair, Fault> {
        KeyPair::from_pem(&self.0).map_err(unreadable)
    }
}

/// A certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// As files have it.
    pub pem: String,
    /// As a node has it.
    pub der: Vec<u8>,
}

impl Certificate {
    /// One that was written before.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(pem: &str) -> Result<Self, Fault> {
        let body: String = pem
            .lines()
            .skip_while(|line| !line.contains("BEGIN CERTIFICATE"))
            .skip(1)
            .take_while(|line| !line.contains("END CERTIFICATE"))
            .map(str::trim)
            .collect();
        use base64::Engine;
        let der = base64::engine::general_purpose::STANDARD
            .decode(body)
            .map_err(|_| Fault::Unreadable("no certificate in PEM".to_owned()))?;
        if der.is_empty() {
            return Err(Fault::Unreadable("no certificate in PEM".to_owned()));
        }
        Ok(Self { pem: pem.to_owned(), der })
    }
}

/// The authority of a campus: signed by itself. `now_s` is UTC, seconds since 1970.
///
/// # Errors
/// As [`Fault`] says.
pub fn authority(campus: &str, key: &Key, now_s: i64) -> Result<Certificate, Fault> {
    let mut params = CertificateParams::new(Vec::<String>::new()).map_err(unreadable)?;
    params.distinguished_name = named(&format!("Campus Edge {campus}"));
    // It signs servers and nodes, and makes no other authority.
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = span(now_s, AUTHORITY_DAYS);
    let made = params.self_signed(&key.pair()?).map_err(unreadable)?;
    Ok(Certificate { pem: made.pem(), der: made.der().to_vec() })
}

/// The certificate of a broker that is reached by these names and addresses.
///
/// # Errors
/// As [`Fault`] says.
pub fn server(
    authority: (&Certificate, &Key),
    key: &Key,
    hosts: &[String],
    now_s: i64,
) -> Result<Certificate, Fault> {
    let mut params = CertificateParams::new(Vec::<String>::new()).map_err(unreadable)?;
    params.distinguished_name = named(hosts.first().map_or("broker", String::as_str));
    params.subject_alt_names =
        hosts.iter().map(|host| alternative(host)).collect::<Result<_, _>>()?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    (params.not_before, params.not_after) = span(now_s, SERVER_DAYS);
    let (certificate, authority_key) = authority;
    let issuer =
        Issuer::from_ca_cert_pem(&certificate.pem, authority_key.pair()?).map_err(unreadable)?;
    let made = params.signed_by(&key.pair()?, &issuer).map_err(unreadable)?;
    Ok(Certificate { pem: made.pem(), der: made.der().to_vec() })
}

/// What a certificate says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Names and addresses that it is for, in its order.
    pub hosts: Vec<String>,
    /// Until when it is good, UTC, seconds since 1970.
    pub until_s: i64,
}

/// Reads back what a certificate says.
///
/// # Errors
/// When it is none.
pub fn said(certificate: &Certificate) -> Result<Said, Fault> {
    use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};
    let wrong = |text: String| Fault::Unreadable(text);
    let (_, read) =
        X509Certificate::from_der(&certificate.der).map_err(|it| wrong(it.to_string()))?;
    let names = read.subject_alternative_name().map_err(|it| wrong(it.to_string()))?;
    let names = names.map(|names| names.value.general_names.as_slice()).unwrap_or_default();
    let one = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match *bytes {
            [a, b, c, d] => Some(IpAddr::from([*a, *b, *c, *d]).to_string()),
            bytes => <[u8; 16]>::try_from(bytes).ok().map(|it| IpAddr::from(it).to_string()),
        },
        _ => None,
    };
    let hosts = names.iter().filter_map(one).collect();
    Ok(Said { hosts, until_s: read.validity().not_after.timestamp() })
}

/// Whether a name can stand in a certificate: of letters, digits, `-` and `.`, or an address.
pub fn is_host(host: &str) -> bool {
    let fits = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '.');
    let good = !host.is_empty() && host.len() <= HOST_BYTES_MAX && host.chars().all(fits);
    host.parse::<IpAddr>().is_ok() || (good && !host.starts_with(['-', '.']))
}

/// The TLS of small nodes takes no longer names.
const HOST_BYTES_MAX: usize = 64;

fn alternative(host: &str) -> Result<SanType, Fault> {
    let wrong = || Fault::Name(host.to_owned());
    if !is_host(host) {
        return Err(wrong());
    }
    match host.parse::<IpAddr>() {
        Ok(address) => Ok(SanType::IpAddress(address)),
        Err(_) => Ok(SanType::DnsName(host.try_into().map_err(|_| wrong())?)),
    }
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

type Moment = time::OffsetDateTime;

/// From a day before now.
fn span(now_s: i64, days: i64) -> (Moment, Moment) {
    let at = |s: i64| date_time_ymd(1970, 1, 1) + std::time::Duration::from_secs(s.max(0) as u64);
    (at(now_s - EARLIER_DAYS * DAY_S), at(now_s + days * DAY_S))
}

fn unreadable(error: rcgen::Error) -> Fault {
    Fault::Unreadable(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-26 00:00 UTC.
    const NOW_S: i64 = 1_795_651_200;

    #[test]
    fn a_server_is_signed_for_its_names_and_renewed_by_the_same_authority() {
        let ca_key = Key::draw().expect("chance");
        let ca = authority("demo", &ca_key, NOW_S).expect("an authority");
        let hosts = ["broker.school.cn", "10.20.0.1", "::1"].map(str::to_owned);
        let made = |at_s| server((&ca, &ca_key), &Key::draw().expect("chance"), &hosts, at_s);
        let first = made(NOW_S).expect("a certificate");
        let until_s = NOW_S + SERVER_DAYS * DAY_S;
        assert_eq!(said(&first), Ok(Said { hosts: hosts.to_vec(), until_s }));
        let later = made(NOW_S + 700 * DAY_S).expect("another");
        assert_eq!(said(&later).expect("one").until_s, until_s + 700 * DAY_S);
        assert_eq!(said(&ca).expect("one").until_s, NOW_S + AUTHORITY_DAYS * DAY_S);
        let (_, of_ca) = x509_parser::parse_x509_certificate(&ca.der).expect("a certificate");
        for it in [&first, &later] {
            let (_, read) = x509_parser::parse_x509_certificate(&it.der).expect("a certificate");
            assert_eq!(read.issuer(), of_ca.subject());
            assert!(!read.is_ca());
        }
        assert!(of_ca.is_ca());
    }

    #[test]
    fn what_was_written_is_read_again_and_what_is_no_name_is_refused() {
        let key = Key::draw().expect("chance");
        let ca = authority("demo", &key, NOW_S).expect("an authority");
        assert_eq!(Certificate::parse(&ca.pem), Ok(ca.clone()));
        assert_eq!(Key::parse(key.expose()), Ok(key.clone()));
        assert!(Certificate::parse("x").is_err() && Key::parse("x").is_err());
        assert_eq!(format!("{key:?}"), "Key(…)");
        for bad in ["", "a b", "-a", "bücher.de", &"a".repeat(65), "a/b"] {
            let signed = server((&ca, &key), &key, &[bad.to_owned()], NOW_S);
            assert_eq!(signed, Err(Fault::Name(bad.to_owned())), "{bad}");
        }
    }
}
