//! What a broker has to show before anything is said to it.

use super::*;
use embedded_tls::TlsError;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, SigningKey as _,
    date_time_ymd,
};

struct Campus {
    issuer: Issuer<'static, KeyPair>,
    ca: Vec<u8>,
    leaf: Vec<u8>,
    key: KeyPair,
}

fn campus() -> Campus {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "north");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let ca = params.self_signed(&key).unwrap().der().to_vec();
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["broker.north".to_owned()]).unwrap();
    params.not_after = date_time_ymd(2030, 1, 1);
    let leaf = params.signed_by(&key, &issuer).unwrap().der().to_vec();
    Campus { issuer, ca, leaf, key }
}

fn identity(ca: &[u8], server: &str) -> Identity {
    let text = format!("campus=north\nnode=n-1\nbroker=10.0.2.2:8883\nserver={server}\n");
    let mut identity = Identity::parse(&text).unwrap();
    identity.secure.ca.extend_from_slice(ca).unwrap();
    identity
}

fn show(proof: &mut Proof<'_>, chain: &[&[u8]]) -> Result<(), TlsError> {
    let mut shown = CertificateRef::with_context(&[]);
    chain.iter().for_each(|der| shown.add(CertificateEntryRef::X509(der)).unwrap());
    proof.verify_certificate(&transcript(), shown)
}

fn transcript() -> Sha256 {
    Sha256::new_with_prefix(b"the handshake so far")
}

fn signature(key: &KeyPair, transcript: Sha256) -> Vec<u8> {
    let message = [&[b' '; 64][..], WORDS, &transcript.finalize()].concat();
    key.sign(&message).unwrap()
}

fn sign(proof: &mut Proof<'_>, signature: &[u8]) -> Result<(), TlsError> {
    let signature_scheme = SignatureScheme::EcdsaSecp256r1Sha256;
    proof.verify_signature(CertificateVerifyRef { signature_scheme, signature })
}

#[test]
fn a_broker_that_shows_and_signs_is_believed_with_or_without_its_authority_behind() {
    let campus = campus();
    let identity = identity(&campus.ca, "broker.north");
    for chain in [&[&campus.leaf[..]][..], &[&campus.leaf, &campus.ca]] {
        let mut proof = Proof::new(&identity, None);
        show(&mut proof, chain).unwrap();
        sign(&mut proof, &signature(&campus.key, transcript())).unwrap();
        assert_eq!(proof.judge(Ok(())).unwrap().until, 1_893_456_000);
    }
}

/// `embedded-tls` calls a handshake open in which the server sent no certificate, or did not sign.
#[test]
fn an_open_handshake_without_certificate_or_signature_is_none() {
    let campus = campus();
    let identity = identity(&campus.ca, "broker.north");
    assert_eq!(Proof::new(&identity, None).judge(Ok(())), Err(Broken::Unproved));
    let mut proof = Proof::new(&identity, None);
    show(&mut proof, &[&campus.leaf]).unwrap();
    assert_eq!(proof.judge(Ok(())), Err(Broken::Unproved));
}

#[test]
fn what_comes_twice_or_in_another_order_is_refused_and_does_not_panic() {
    let campus = campus();
    let identity = identity(&campus.ca, "broker.north");
    let good = signature(&campus.key, transcript());
    let mut proof = Proof::new(&identity, None);
    assert!(sign(&mut proof, &good).is_err(), "a signature before the certificate");
    assert_eq!(proof.judge(Ok(())), Err(Broken::OddTls));
    let mut proof = Proof::new(&identity, None);
    show(&mut proof, &[&campus.leaf]).unwrap();
    assert!(show(&mut proof, &[&campus.leaf]).is_err());
    assert_eq!(proof.judge(Ok(())), Err(Broken::OddTls));
    let mut proof = Proof::new(&identity, None);
    show(&mut proof, &[&campus.leaf]).unwrap();
    sign(&mut proof, &good).unwrap();
    assert!(sign(&mut proof, &good).is_err());
    assert_eq!(proof.judge(Ok(())), Err(Broken::OddTls));
}

#[test]
fn a_stolen_certificate_is_worth_nothing_without_its_key() {
    let campus = campus();
    let identity = identity(&campus.ca, "broker.north");
    let other = KeyPair::generate().unwrap();
    let elsewhere = Sha256::new_with_prefix(b"another handshake");
    for bad in
        [signature(&other, transcript()), signature(&campus.key, elsewhere), vec![], vec![0; 70]]
    {
        let mut proof = Proof::new(&identity, None);
        show(&mut proof, &[&campus.leaf]).unwrap();
        assert!(sign(&mut proof, &bad).is_err());
        assert_eq!(proof.judge(Ok(())), Err(Broken::Unproved));
    }
}

#[test]
fn who_is_not_the_broker_of_this_campus_is_told_apart() {
    let (ours, theirs) = (campus(), campus());
    let check = |ca: &[u8], server: &str, utc_ms, chain: &[&[u8]], why| {
        let identity = identity(ca, server);
        let mut proof = Proof::new(&identity, utc_ms);
        assert!(show(&mut proof, chain).is_err(), "{why:?}");
        assert_eq!(proof.judge(Ok(())), Err(why));
    };
    check(&ours.ca, "broker.north", None, &[&theirs.leaf], Broken::Stranger);
    check(&ours.ca, "broker.north", None, &[], Broken::Stranger);
    check(&ours.ca, "broker.north", None, &[b"nonsense"], Broken::Stranger);
    check(&ours.ca, "broker.north", None, &[&theirs.leaf, &ours.ca], Broken::Stranger);
    check(&ours.ca, "broker.south", None, &[&ours.leaf], Broken::OtherName);
    check(b"nonsense", "broker.north", None, &[&ours.leaf], Broken::BadCa);
    check(&ours.ca, "broker.north", Some(1_893_456_001_000), &[&ours.leaf], Broken::OutOfDate);
    check(&ours.leaf, "broker.north", None, &[&ours.leaf], Broken::Stranger);
    // A certificate in between, even one that the campus signed.
    let params = CertificateParams::new(["broker.north".to_owned()]).unwrap();
    let mut between = CertificateParams::default();
    between.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let der = between.signed_by(&key, &ours.issuer).unwrap().der().to_vec();
    let leaf = params.signed_by(&ours.key, &Issuer::new(between, key)).unwrap().der().to_vec();
    check(&ours.ca, "broker.north", None, &[&leaf, &der], Broken::Stranger);
    check(&ours.ca, "broker.north", None, &[&leaf, &der, &ours.ca], Broken::Stranger);
}
