//! `cargo xtask bench occupancy`: how well occupancy is told from public data, as a page of the reference.
#![expect(clippy::disallowed_macros, reason = "the figures are the result")]

mod counted;
mod measure;
mod page;
mod score;
mod told;

/// The page goes to the file that is named, or else to the terminal.
fn main() -> std::io::Result<()> {
    let Some(folder) = counted::folder() else {
        println!("skipped: no ../shared/data");
        return Ok(());
    };
    let page = page::page(&folder);
    match std::env::args().nth(1) {
        Some(path) => {
            std::fs::write(&path, page)?;
            println!("written: {path}");
        }
        None => print!("{page}"),
    }
    Ok(())
}
