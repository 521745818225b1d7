//! What nine models of meters show, register by register.
//!
//! Addresses, types and scales are written down here once more, from the makers' tables and from code
//! that runs elsewhere, not from the profiles: a profile that is wrong is found.

use serde_json::{Value, json};
use system_tests::counterpart::register;

/// A model and what one of its kind shows.
pub struct Model {
    /// Its profile.
    pub profile: &'static str,
    /// Quantity, function, address, type, order, raw value, and that in V, A, W, Wh, Hz, var, VA.
    pub shows: &'static [Shows],
    /// Registers that are needed to understand the others: function, address, type, value.
    pub besides: &'static [(u8, u16, &'static str, f64)],
}

pub type Shows = (&'static str, u8, u16, &'static str, &'static str, f64, f64);

/// Eastron, SDM120 Modbus protocol V2.4: floats, kWh.
pub const SDM120: Model = Model {
    profile: "eastron-sdm120",
    shows: &[
        ("voltage_l1", 4, 0x0000, "f32", "ABCD", 230.2, 230.2),
        ("current_l1", 4, 0x0006, "f32", "ABCD", 3.25, 3.25),
        ("power", 4, 0x000c, "f32", "ABCD", -720.5, -720.5),
        ("apparent_power", 4, 0x0012, "f32", "ABCD", 748.25, 748.25),
        ("reactive_power", 4, 0x0018, "f32", "ABCD", 201.75, 201.75),
        ("power_factor", 4, 0x001e, "f32", "ABCD", -0.963, -0.963),
        ("frequency", 4, 0x0046, "f32", "ABCD", 49.98, 49.98),
        ("energy_import", 4, 0x0048, "f32", "ABCD", 1234.5, 1_234_500.0),
        ("energy_export", 4, 0x004a, "f32", "ABCD", 56.25, 56_250.0),
        ("reactive_energy_import", 4, 0x004c, "f32", "ABCD", 7.5, 7_500.0),
        ("reactive_energy_export", 4, 0x004e, "f32", "ABCD", 8.125, 8_125.0),
        ("energy_total", 4, 0x0156, "f32", "ABCD", 1290.75, 1_290_750.0),
    ],
    besides: &[],
};

/// Eastron, SDM630 register table 1.5: floats, kWh.
pub const SDM630: Model = Model {
    profile: "eastron-sdm630",
    shows: &[
        ("voltage_l1", 4, 0x0000, "f32", "ABCD", 229.5, 229.5),
        ("voltage_l2", 4, 0x0002, "f32", "ABCD", 230.25, 230.25),
        ("voltage_l3", 4, 0x0004, "f32", "ABCD", 231.75, 231.75),
        ("current_l1", 4, 0x0006, "f32", "ABCD", 10.5, 10.5),
        ("current_l2", 4, 0x0008, "f32", "ABCD", 11.25, 11.25),
        ("current_l3", 4, 0x000a, "f32", "ABCD", 12.75, 12.75),
        ("power_l1", 4, 0x000c, "f32", "ABCD", 2400.5, 2400.5),
        ("power_l2", 4, 0x000e, "f32", "ABCD", 2500.25, 2500.25),
        ("power_l3", 4, 0x0010, "f32", "ABCD", -2600.75, -2600.75),
        ("apparent_power_l1", 4, 0x0012, "f32", "ABCD", 2410.0, 2410.0),
        ("reactive_power_l1", 4, 0x0018, "f32", "ABCD", 211.5, 211.5),
        ("power_factor_l1", 4, 0x001e, "f32", "ABCD", 0.991, 0.991),
        ("power_factor_l2", 4, 0x0020, "f32", "ABCD", 0.982, 0.982),
        ("power_factor_l3", 4, 0x0022, "f32", "ABCD", 0.973, 0.973),
        ("power", 4, 0x0034, "f32", "ABCD", 2300.0, 2300.0),
        ("apparent_power", 4, 0x0038, "f32", "ABCD", 7500.5, 7500.5),
        ("reactive_power", 4, 0x003c, "f32", "ABCD", 640.25, 640.25),
        ("power_factor", 4, 0x003e, "f32", "ABCD", 0.964, 0.964),
        ("frequency", 4, 0x0046, "f32", "ABCD", 50.02, 50.02),
        ("energy_import", 4, 0x0048, "f32", "ABCD", 98765.5, 98_765_500.0),
        ("energy_export", 4, 0x004a, "f32", "ABCD", 432.25, 432_250.0),
        ("reactive_energy_import", 4, 0x004c, "f32", "ABCD", 555.5, 555_500.0),
        ("reactive_energy_export", 4, 0x004e, "f32", "ABCD", 66.625, 66_625.0),
        ("energy_total", 4, 0x0156, "f32", "ABCD", 99197.75, 99_197_750.0),
        ("energy_import_l1", 4, 0x015a, "f32", "ABCD", 30001.5, 30_001_500.0),
        ("energy_import_l2", 4, 0x015c, "f32", "ABCD", 30002.5, 30_002_500.0),
        ("energy_import_l3", 4, 0x015e, "f32", "ABCD", 38761.5, 38_761_500.0),
        ("energy_export_l1", 4, 0x0160, "f32", "ABCD", 100.25, 100_250.0),
        ("energy_export_l2", 4, 0x0162, "f32", "ABCD", 150.75, 150_750.0),
        ("energy_export_l3", 4, 0x0164, "f32", "ABCD", 181.25, 181_250.0),
    ],
    besides: &[],
};

/// Chint, DDSU666 manual ZTY0.464.1224: floats, kW and kWh. Its export is from Tasmota, which reads
/// everything with function 4.
pub const DDSU666: Model = Model {
    profile: "chint-ddsu666",
    shows: &[
        ("voltage_l1", 3, 0x2000, "f32", "ABCD", 228.75, 228.75),
        ("current_l1", 3, 0x2002, "f32", "ABCD", 4.5, 4.5),
        ("power", 3, 0x2004, "f32", "ABCD", 0.9375, 937.5),
        ("reactive_power", 3, 0x2006, "f32", "ABCD", -0.0625, -62.5),
        ("power_factor", 3, 0x200a, "f32", "ABCD", 0.952, 0.952),
        ("frequency", 3, 0x200e, "f32", "ABCD", 50.01, 50.01),
        ("energy_import", 3, 0x4000, "f32", "ABCD", 2345.25, 2_345_250.0),
        ("energy_export", 4, 0x400a, "f32", "ABCD", 21.5, 21_500.0),
    ],
    besides: &[],
};

/// Chint, DT(S)SU666 manual Y0.464.1002: floats of the secondary side, tenths of volts and watts,
/// thousandths of amperes. IrAt is 40 here, UrAt 10 tenths.
pub const DTSU666: Model = Model {
    profile: "chint-dtsu666",
    shows: &[
        ("energy_import", 3, 0x101e, "f32", "ABCD", 1500.25, 60_010_000.0),
        ("energy_import_l1", 3, 0x1020, "f32", "ABCD", 500.5, 20_020_000.0),
        ("energy_import_l2", 3, 0x1022, "f32", "ABCD", 499.5, 19_980_000.0),
        ("energy_import_l3", 3, 0x1024, "f32", "ABCD", 500.25, 20_010_000.0),
        ("energy_export", 3, 0x1028, "f32", "ABCD", 30.75, 1_230_000.0),
        ("energy_export_l1", 3, 0x102a, "f32", "ABCD", 10.25, 410_000.0),
        ("energy_export_l2", 3, 0x102c, "f32", "ABCD", 10.5, 420_000.0),
        ("energy_export_l3", 3, 0x102e, "f32", "ABCD", 10.0, 400_000.0),
        ("voltage_l1", 3, 0x2006, "f32", "ABCD", 2301.0, 230.1),
        ("voltage_l2", 3, 0x2008, "f32", "ABCD", 2312.0, 231.2),
        ("voltage_l3", 3, 0x200a, "f32", "ABCD", 2323.0, 232.3),
        ("current_l1", 3, 0x200c, "f32", "ABCD", 2500.0, 100.0),
        ("current_l2", 3, 0x200e, "f32", "ABCD", 2750.0, 110.0),
        ("current_l3", 3, 0x2010, "f32", "ABCD", 3125.0, 125.0),
        ("power", 3, 0x2012, "f32", "ABCD", 18600.0, 74_400.0),
        ("power_l1", 3, 0x2014, "f32", "ABCD", 6000.0, 24_000.0),
        ("power_l2", 3, 0x2016, "f32", "ABCD", 6200.0, 24_800.0),
        ("power_l3", 3, 0x2018, "f32", "ABCD", -6400.0, -25_600.0),
        ("reactive_power", 3, 0x201a, "f32", "ABCD", 1250.0, 5_000.0),
        ("power_factor", 3, 0x202a, "f32", "ABCD", 987.0, 0.987),
        ("power_factor_l1", 3, 0x202c, "f32", "ABCD", 981.0, 0.981),
        ("power_factor_l2", 3, 0x202e, "f32", "ABCD", 982.0, 0.982),
        ("power_factor_l3", 3, 0x2030, "f32", "ABCD", -983.0, -0.983),
        ("frequency", 3, 0x2044, "f32", "ABCD", 4999.0, 49.99),
    ],
    besides: &[(3, 0x0006, "u16", 40.0), (3, 0x0007, "u16", 10.0)],
};

/// The same without transformers, as gerontec/dtsu666 and aggsoft list it: energy is elsewhere.
pub const DTSU666_401E: Model = Model {
    profile: "chint-dtsu666-401e",
    shows: &[
        ("energy_import", 3, 0x401e, "f32", "ABCD", 777.25, 777_250.0),
        ("energy_export", 3, 0x4028, "f32", "ABCD", 12.5, 12_500.0),
        ("voltage_l1", 3, 0x2006, "f32", "ABCD", 2291.0, 229.1),
        ("voltage_l2", 3, 0x2008, "f32", "ABCD", 2292.0, 229.2),
        ("voltage_l3", 3, 0x200a, "f32", "ABCD", 2293.0, 229.3),
        ("current_l1", 3, 0x200c, "f32", "ABCD", 5250.0, 5.25),
        ("current_l2", 3, 0x200e, "f32", "ABCD", 5375.0, 5.375),
        ("current_l3", 3, 0x2010, "f32", "ABCD", 5500.0, 5.5),
        ("power", 3, 0x2012, "f32", "ABCD", 36750.0, 3_675.0),
        ("power_l1", 3, 0x2014, "f32", "ABCD", 12000.0, 1_200.0),
        ("power_l2", 3, 0x2016, "f32", "ABCD", 12250.0, 1_225.0),
        ("power_l3", 3, 0x2018, "f32", "ABCD", 12500.0, 1_250.0),
        ("reactive_power", 3, 0x201a, "f32", "ABCD", -345.0, -34.5),
        ("power_factor", 3, 0x202a, "f32", "ABCD", 995.0, 0.995),
        ("power_factor_l1", 3, 0x202c, "f32", "ABCD", 994.0, 0.994),
        ("power_factor_l2", 3, 0x202e, "f32", "ABCD", 993.0, 0.993),
        ("power_factor_l3", 3, 0x2030, "f32", "ABCD", 992.0, 0.992),
        ("frequency", 3, 0x2044, "f32", "ABCD", 5001.0, 50.01),
    ],
    besides: &[(3, 0x0006, "u16", 1.0), (3, 0x0007, "u16", 10.0)],
};

/// lmatula/ha_chint_pm: the primary side, without scales.
pub const DTSU666_H: Model = Model {
    profile: "chint-dtsu666-h",
    shows: &[
        ("energy_import", 3, 0x4026, "f32", "ABCD", 4321.5, 4_321_500.0),
        ("energy_export", 3, 0x4030, "f32", "ABCD", 5678.25, 5_678_250.0),
        ("voltage_l1", 3, 0x2006, "f32", "ABCD", 226.5, 226.5),
        ("voltage_l2", 3, 0x2008, "f32", "ABCD", 227.25, 227.25),
        ("voltage_l3", 3, 0x200a, "f32", "ABCD", 228.75, 228.75),
        ("current_l1", 3, 0x200c, "f32", "ABCD", 15.5, 15.5),
        ("current_l2", 3, 0x200e, "f32", "ABCD", 16.25, 16.25),
        ("current_l3", 3, 0x2010, "f32", "ABCD", 17.75, 17.75),
        ("power", 3, 0x2012, "f32", "ABCD", -11250.5, -11250.5),
        ("power_l1", 3, 0x2014, "f32", "ABCD", -3500.25, -3500.25),
        ("power_l2", 3, 0x2016, "f32", "ABCD", -3750.5, -3750.5),
        ("power_l3", 3, 0x2018, "f32", "ABCD", -3999.75, -3999.75),
        ("reactive_power", 3, 0x201a, "f32", "ABCD", 123.25, 123.25),
        ("power_factor", 3, 0x202a, "f32", "ABCD", 0.943, 0.943),
        ("power_factor_l1", 3, 0x202c, "f32", "ABCD", 0.944, 0.944),
        ("power_factor_l2", 3, 0x202e, "f32", "ABCD", 0.945, 0.945),
        ("power_factor_l3", 3, 0x2030, "f32", "ABCD", 0.946, 0.946),
        ("frequency", 3, 0x2044, "f32", "ABCD", 50.03, 50.03),
    ],
    besides: &[],
};

/// mbmd issue 355: the map of meters that come with Sungrow inverters, whole numbers.
pub const DTSU666_SUNGROW: Model = Model {
    profile: "chint-dtsu666-sungrow",
    shows: &[
        ("energy_import", 3, 0x000a, "u32", "ABCD", 1_234_567.0, 12_345_670.0),
        ("energy_export", 3, 0x0014, "u32", "ABCD", 7_654_321.0, 76_543_210.0),
        ("voltage_l1", 3, 0x0061, "u16", "ABCD", 2305.0, 230.5),
        ("voltage_l2", 3, 0x0062, "u16", "ABCD", 2316.0, 231.6),
        ("voltage_l3", 3, 0x0063, "u16", "ABCD", 2327.0, 232.7),
        ("current_l1", 3, 0x0064, "u16", "ABCD", 1234.0, 12.34),
        ("current_l2", 3, 0x0065, "u16", "ABCD", 1345.0, 13.45),
        ("current_l3", 3, 0x0066, "u16", "ABCD", 1456.0, 14.56),
        ("frequency", 3, 0x0077, "u16", "ABCD", 5002.0, 50.02),
        ("power_l1", 3, 0x0164, "i32", "ABCD", -2841.0, -2841.0),
        ("power", 3, 0x016a, "i32", "ABCD", -9311.0, -9311.0),
    ],
    besides: &[],
};

/// Huawei's DTSU666-H (mbmd dtsu666h.go, and a recording of its bus): power counts what is sold.
pub const HUAWEI: Model = Model {
    profile: "huawei-dtsu666-h",
    shows: &[
        ("current_l1", 3, 2102, "f32", "ABCD", 8.5, 8.5),
        ("current_l2", 3, 2104, "f32", "ABCD", 9.25, 9.25),
        ("current_l3", 3, 2106, "f32", "ABCD", 10.75, 10.75),
        ("voltage_l1", 3, 2110, "f32", "ABCD", 233.5, 233.5),
        ("voltage_l2", 3, 2112, "f32", "ABCD", 234.25, 234.25),
        ("voltage_l3", 3, 2114, "f32", "ABCD", 235.75, 235.75),
        ("frequency", 3, 2124, "f32", "ABCD", 50.04, 50.04),
        ("power", 3, 2126, "f32", "ABCD", 6250.5, -6250.5),
        ("power_l1", 3, 2128, "f32", "ABCD", 2000.25, -2000.25),
        ("power_l2", 3, 2130, "f32", "ABCD", 2100.5, -2100.5),
        ("power_l3", 3, 2132, "f32", "ABCD", -2149.75, 2149.75),
        ("power_factor", 3, 2150, "f32", "ABCD", 0.931, 0.931),
        ("energy_import", 3, 2166, "f32", "ABCD", 8765.25, 8_765_250.0),
        ("energy_export", 3, 2174, "f32", "ABCD", 345.75, 345_750.0),
    ],
    besides: &[],
};

/// Carlo Gavazzi, EM341 protocol: whole numbers, the low word first.
pub const EM340: Model = Model {
    profile: "carlo-gavazzi-em340",
    shows: &[
        ("voltage_l1", 4, 0x0000, "i32", "CDAB", 2304.0, 230.4),
        ("voltage_l2", 4, 0x0002, "i32", "CDAB", 2315.0, 231.5),
        ("voltage_l3", 4, 0x0004, "i32", "CDAB", 2326.0, 232.6),
        ("current_l1", 4, 0x000c, "i32", "CDAB", 70_123.0, 70.123),
        ("current_l2", 4, 0x000e, "i32", "CDAB", 71_234.0, 71.234),
        ("current_l3", 4, 0x0010, "i32", "CDAB", -72_345.0, -72.345),
        ("power_l1", 4, 0x0012, "i32", "CDAB", 161_001.0, 16_100.1),
        ("power_l2", 4, 0x0014, "i32", "CDAB", 164_002.0, 16_400.2),
        ("power_l3", 4, 0x0016, "i32", "CDAB", -168_003.0, -16_800.3),
        ("power", 4, 0x0028, "i32", "CDAB", 157_000.0, 15_700.0),
        ("apparent_power", 4, 0x002a, "i32", "CDAB", 493_007.0, 49_300.7),
        ("reactive_power", 4, 0x002c, "i32", "CDAB", -70_009.0, -7_000.9),
        ("power_factor_l1", 4, 0x002e, "i16", "ABCD", 996.0, 0.996),
        ("power_factor_l2", 4, 0x002f, "i16", "ABCD", 997.0, 0.997),
        ("power_factor_l3", 4, 0x0030, "i16", "ABCD", -998.0, -0.998),
        ("power_factor", 4, 0x0031, "i16", "ABCD", 319.0, 0.319),
        ("frequency", 4, 0x0033, "i16", "ABCD", 499.0, 49.9),
        ("energy_import", 4, 0x0034, "i32", "CDAB", 12_345_678.0, 1_234_567_800.0),
        ("energy_import_l1", 4, 0x0040, "i32", "CDAB", 4_000_001.0, 400_000_100.0),
        ("energy_import_l2", 4, 0x0042, "i32", "CDAB", 4_100_002.0, 410_000_200.0),
        ("energy_import_l3", 4, 0x0044, "i32", "CDAB", 4_245_675.0, 424_567_500.0),
        ("energy_export", 4, 0x004e, "i32", "CDAB", 98_765.0, 9_876_500.0),
    ],
    besides: &[],
};

/// All of them.
pub const ALL: [&Model; 9] = [
    &SDM120,
    &SDM630,
    &DDSU666,
    &DTSU666,
    &DTSU666_401E,
    &DTSU666_H,
    &DTSU666_SUNGROW,
    &HUAWEI,
    &EM340,
];

impl Model {
    /// Its registers, for a counterpart.
    pub fn registers(&self) -> Vec<Value> {
        let shows =
            self.shows.iter().map(|(_, fc, at, kind, order, raw, _)| (fc, at, kind, order, raw));
        let besides = self.besides.iter().map(|(fc, at, kind, raw)| (fc, at, kind, &"ABCD", raw));
        let all = shows.chain(besides);
        all.map(|(fc, at, kind, order, raw)| register(*fc, *at, kind, order, number(kind, *raw)))
            .collect()
    }
}

/// Whole numbers are packed as such.
fn number(kind: &str, raw: f64) -> Value {
    if kind.starts_with('f') { json!(raw) } else { json!(raw as i64) }
}
