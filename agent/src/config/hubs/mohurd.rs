//! `form = "mohurd"`: the building-energy protocol of Chinese data centres (docs/integrate/mohurd.md).

use crate::config::fault::Faults;
use crate::config::secret;
use crate::config::table::{At, Table};
use mohurd::{BuildingId, Codec, Dialect, GatewayId, ItemCode, Keys, SHIPPED};
use std::path::{Path, PathBuf};

/// Most meters of a hub: `mohurd::limits::METERS_MAX` of one report, less what nobody has.
const METERS_MAX: usize = 1_000;

/// Largest dialect file, bytes; those that are built in have some 1,500.
const DIALECT_BYTES_MAX: u64 = 64 * 1024;

/// The way to a data centre.
#[derive(Clone, Debug)]
pub struct MohurdLink {
    /// As it was written.
    pub address: String,
    /// Name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Whether TLS is around it.
    pub tls: bool,
    /// Authorities to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Dialect and keys.
    pub codec: Codec,
    /// What the centre calls the building …
    pub building_id: BuildingId,
    /// … and this collector.
    pub gateway_id: GatewayId,
    /// What it hears of, in the order in which it numbers them.
    pub meters: Vec<MohurdMeter>,
}

/// A meter of which a data centre hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MohurdMeter {
    /// Its name in the ledger: `sci-mains/main`.
    pub name: String,
    /// The energy item that it counts for.
    pub code: ItemCode,
}

/// Reads one; `None` together with a fault.
/// `named` are the meters that it names.
pub fn read<'t>(
    table: &Table<'t>,
    folder: &Path,
    named: &mut Vec<At<&'t str>>,
    faults: &mut Faults,
) -> Option<MohurdLink> {
    for name in ["dialect", "address", "building_id", "gateway_id", "meters"] {
        table.require(name, faults);
    }
    let address = table.text("address", faults);
    let place = address.as_ref().and_then(|address| place(address, faults));
    let building_id = table.text("building_id", faults).and_then(|id| {
        let fault = match BuildingId::new(id.is) {
            Ok(id) => return Some(id),
            Err(fault) => fault,
        };
        faults.add(&id.at, fault.to_string());
        None
    });
    let gateway_id = table.text("gateway_id", faults).and_then(|id| {
        let fault = match GatewayId::new(id.is) {
            Ok(id) => return Some(id),
            Err(fault) => fault,
        };
        faults.add(&id.at, fault.to_string());
        None
    });
    let meters = meters(table, named, faults);
    let codec = codec(table, folder, faults);
    let tls = table.flag("tls", faults).is_some_and(|tls| tls.is);
    let ca_file = table.text("ca_file", faults).map(|file| {
        let path = folder.join(file.is);
        if !path.is_file() {
            faults.add(&file.at, format!("there is no file `{}`", path.display()));
        }
        path
    });
    let (host, port) = place?;
    Some(MohurdLink {
        address: address?.is.to_owned(),
        host,
        port,
        tls,
        ca_file,
        codec: codec?,
        building_id: building_id?,
        gateway_id: gateway_id?,
        meters: meters?,
    })
}

fn place(address: &At<&str>, faults: &mut Faults) -> Option<(String, u16)> {
    let split = address.is.rsplit_once(':').and_then(|(host, port)| {
        let host = host.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(host);
        let fits = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '.' | '_' | ':');
        let port = port.parse().ok().filter(|port| *port != 0)?;
        (!host.is_empty() && host.chars().all(fits)).then(|| (host.to_owned(), port))
    });
    if split.is_none() {
        let title = format!("`{}` is no address of a data centre", address.is);
        faults.add(&address.at, title).help("it looks like `energy.example.gov.cn:9006`");
    }
    split
}

fn codec(table: &Table<'_>, folder: &Path, faults: &mut Faults) -> Option<Codec> {
    let dialect = table.text("dialect", faults).and_then(|name| dialect(&name, folder, faults));
    let file = table.text("key_file", faults)?;
    let at = file.at.clone();
    let secret = secret::read_lines(file, folder, faults)?;
    let keys = match Keys::parse(secret.expose()) {
        Ok(keys) => keys,
        Err(fault) => {
            faults
                .add(&at, format!("this file holds no keys of a data centre: {fault}"))
                .help("lines `auth = …` and `aes = …`, 16 characters each, as the operator of the centre gave them out");
            return None;
        }
    };
    match Codec::new(dialect?, keys) {
        Ok(codec) => Some(codec),
        Err(fault) => {
            faults.add(&at, fault.to_string());
            None
        }
    }
}

/// One that is built in, or a file.
fn dialect(name: &At<&str>, folder: &Path, faults: &mut Faults) -> Option<Dialect> {
    if let Some(dialect) = Dialect::shipped(name.is) {
        return Some(dialect);
    }
    let known: Vec<&str> = SHIPPED.iter().map(|(name, _)| *name).collect();
    if !name.is.ends_with(".toml") {
        let title = format!("there is no dialect `{}`", name.is);
        let help = format!("it is one of {}, or a file that ends in `.toml`", known.join(", "));
        faults.add(&name.at, title).help(help);
        return None;
    }
    let path = folder.join(name.is);
    let text = std::fs::metadata(&path).map_err(|error| error.to_string()).and_then(|about| {
        match about.len() <= DIALECT_BYTES_MAX {
            true => std::fs::read_to_string(&path).map_err(|error| error.to_string()),
            false => Err(format!("more than {DIALECT_BYTES_MAX} bytes")),
        }
    });
    let read = text.and_then(|text| Dialect::parse(&text).map_err(|fault| fault.to_string()));
    read.map_err(|why| {
        let title = format!("cannot use the dialect `{}`", path.display());
        faults.add(&name.at, title).help(why.trim().to_owned());
    })
    .ok()
}

fn meters<'t>(
    table: &Table<'t>,
    named: &mut Vec<At<&'t str>>,
    faults: &mut Faults,
) -> Option<Vec<MohurdMeter>> {
    let list = table.texts("meters", faults)?;
    if let Some(first_over) = list.is.get(METERS_MAX) {
        faults
            .add(&first_over.at, "too many meters of a hub")
            .label(format!("{} in all; {METERS_MAX} are the most", list.is.len()));
    }
    if list.is.is_empty() {
        faults.add(&list.at, "a hub without meters hears nothing");
        return None;
    }
    let mut meters: Vec<MohurdMeter> = Vec::new();
    let mut is_good = true;
    for text in &list.is {
        let meter = text.is.split_once('=').and_then(|(name, code)| {
            let (name, code) = (name.trim(), ItemCode::new(code.trim()).ok()?);
            let parts: Vec<&str> = name.split('/').collect();
            let good = parts.len() <= 2 && parts.iter().all(|part| wire::id::check(part).is_ok());
            good.then(|| {
                named.push(At { is: name, at: text.at.clone() });
                MohurdMeter { name: name.to_owned(), code }
            })
        });
        match meter {
            Some(meter) if meters.iter().all(|other| other.name != meter.name) => {
                meters.push(meter)
            }
            Some(meter) => {
                faults.add(&text.at, format!("meter `{}` is there twice", meter.name));
                is_good = false;
            }
            None => {
                faults
                    .add(&text.at, format!("`{}` is no meter with its energy item", text.is))
                    .help(
                        "it looks like `sci-mains/main=01A00` or `gym-mains=01A00`: meter, item code",
                    );
                is_good = false;
            }
        }
    }
    is_good.then_some(meters)
}
