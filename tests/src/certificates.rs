//! A campus's certificates, made as `campus broker` makes them, and a Mosquitto's listener with TLS.

use crate::mosquitto::free_port;
use crate::place::Place;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The name in the broker's certificate, which is not where a node finds it.
pub const SERVER: &str = "broker.test";

/// A certificate authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    /// What a node pins.
    pub der: Vec<u8>,
}

/// A certificate and its key.
pub struct Issued {
    pem: String,
    /// The certificate.
    pub der: Vec<u8>,
    /// Its key.
    pub key: KeyPair,
}

impl Authority {
    /// A new one.
    pub fn new() -> Self {
        Self::named("Test school")
    }

    /// A new one of this name.
    pub fn named(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        let (pem, der) = (certificate.pem(), certificate.der().to_vec());
        Self { issuer: Issuer::new(params, key), pem, der }
    }

    /// A broker's certificate, as `change` makes it.
    pub fn issue(&self, change: impl Fn(&mut CertificateParams)) -> Issued {
        let mut params = CertificateParams::new([SERVER.to_owned()]).expect("a name");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2099, 1, 1);
        change(&mut params);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        Issued { pem: certificate.pem(), der: certificate.der().to_vec(), key }
    }

    /// A broker's that has run out.
    pub fn expired(&self) -> Issued {
        self.issue(|params| params.not_after = date_time_ymd(2026, 1, 1))
    }

    /// A node's own certificate.
    pub fn node(&self, name: &str) -> Issued {
        self.issue(|params| {
            params.subject_alt_names.clear();
            params.distinguished_name.push(DnType::CommonName, name);
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        })
    }
}

/// An authority whose certificates are files in a folder.
pub struct Filed {
    authority: Authority,
    folder: PathBuf,
    name: &'static str,
}

impl Filed {
    /// A new one of this name; its own certificate is `NAME.pem`.
    pub fn new(folder: &Path, name: &'static str) -> Self {
        let filed = Self { authority: Authority::named(name), folder: folder.to_owned(), name };
        filed.write(&filed.file(), &filed.authority.pem);
        filed
    }

    /// Its own certificate.
    pub fn file(&self) -> PathBuf {
        self.folder.join(format!("{}.pem", self.name))
    }

    /// Certificate and key of this name, for both ends of a line.
    pub fn issue(&self, name: &str) -> [PathBuf; 2] {
        let issued = self.authority.issue(|params| {
            *params = CertificateParams::new([name.to_owned()]).expect("a name");
            params.distinguished_name.push(DnType::CommonName, name);
            params.extended_key_usages =
                vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        });
        let file = |end: &str| self.folder.join(format!("{}-{name}{end}.pem", self.name));
        self.write(&file(""), &issued.pem);
        self.write(&file("-key"), &issued.key.serialize_pem());
        [file(""), file("-key")]
    }

    fn write(&self, file: &Path, text: &str) {
        std::fs::write(file, text).expect("a file in the test's folder");
    }
}

impl Issued {
    /// SEC1, which lies at the end of PKCS #8 (RFC 5208, RFC 5915).
    pub fn sec1(&self) -> Vec<u8> {
        let pkcs8 = self.key.serialize_der();
        // Version 1 behind a SEQUENCE, in an OCTET STRING that holds the rest.
        let at = pkcs8.windows(3).position(|bytes| bytes == [2, 1, 1]).expect("a version");
        pkcs8[at - 2..].to_vec()
    }
}

/// Files of a broker with TLS.
pub struct Files {
    place: Place,
    port: u16,
}

impl Files {
    /// For a broker with this certificate, on a free port.
    pub fn new(test: &str, authority: &Authority, broker: &Issued) -> Self {
        let files = Self { place: Place::new(&format!("{test}-tls")), port: free_port() };
        files.place.write("ca.pem", &authority.pem);
        files.shows(broker);
        files
    }

    /// The port of [`Self::with_password`]'s listener.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What the broker shows from its next start on.
    pub fn shows(&self, broker: &Issued) {
        self.place.write("cert.pem", &broker.pem);
        self.place.write("key.pem", &broker.key.serialize_pem());
    }

    /// A listener with TLS for Mosquitto's configuration.
    pub fn listener(&self, port: u16, more: &str) -> String {
        let path = |name: &str| self.place.path().join(name).display().to_string();
        format!(
            "listener {port} 127.0.0.1\nallow_anonymous false\ncafile {}\ncertfile {}\nkeyfile {}\n\
             tls_version tlsv1.3\n{more}\n",
            path("ca.pem"),
            path("cert.pem"),
            path("key.pem"),
        )
    }

    /// A listener that asks for these accounts' password.
    pub fn with_password(&self, names: &[&str], password: &str) -> String {
        let file = self.place.write("passwords", "");
        for name in names {
            let mut makes = Command::new("mosquitto_passwd");
            makes.arg("-b").arg(&file).args([name, password]);
            assert!(makes.status().expect("mosquitto_passwd").success());
        }
        self.listener(self.port, &format!("password_file {}", file.display()))
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}
