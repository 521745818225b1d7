//! DL/T 645-2007 frames from published explanations of the protocol. Never edited.

use device_profiles::dlt645::{Address, Reply, address_request, parse, read_request};

#[test]
fn reading_the_import_register() {
    check_request("68 61 01 00 00 00 00 68 11 04 33 33 34 33 14 16", "000000000161", 0x0001_0000);
    let reply = "68 61 01 00 00 00 00 68 91 08 33 33 34 33 59 33 33 33 8A 16";
    check_reply(reply, "000000000161", 0x0001_0000, &[0x26, 0x00, 0x00, 0x00]);
}

#[test]
fn reading_the_voltage_of_phase_1() {
    check_request("68 61 01 00 00 00 00 68 11 04 33 34 34 35 17 16", "000000000161", 0x0201_0100);
    let reply = "68 61 01 00 00 00 00 68 91 06 33 34 34 35 34 43 10 16";
    check_reply(reply, "000000000161", 0x0201_0100, &[0x01, 0x10]);
}

#[test]
fn a_meter_with_twelve_digits() {
    check_request("68 25 04 03 02 01 00 68 11 04 33 33 34 33 E1 16", "000102030425", 0x0001_0000);
    let reply = "68 25 04 03 02 01 00 68 91 08 33 33 34 33 75 39 45 33 8B 16";
    check_reply(reply, "000102030425", 0x0001_0000, &[0x42, 0x06, 0x12, 0x00]);
}

#[test]
fn asking_for_the_address() {
    assert_eq!(address_request(), bytes("68 AA AA AA AA AA AA 68 13 00 DF 16"));
}

#[track_caller]
fn check_request(hex: &str, address: &str, di: u32) {
    let address: Address = address.parse().expect("an address");
    assert_eq!(read_request(address, di), bytes(hex));
}

#[track_caller]
fn check_reply(hex: &str, address: &str, di: u32, value: &[u8]) {
    let address: Address = address.parse().expect("an address");
    let expected = Reply::Value { address, di, bytes: value.to_vec(), more: false };
    let whole = bytes(hex);
    assert_eq!(parse(&whole), Ok((expected, whole.len())));
}

fn bytes(hex: &str) -> Vec<u8> {
    hex.split(' ').map(|byte| u8::from_str_radix(byte, 16).expect("hexadecimal")).collect()
}
