//! The label of a node: who it is for people, and a QR code (ISO/IEC 18004) for a phone on a ladder.
//!
//! The code says `urn:campus:node:CAMPUS:NODE:SERIAL`, which holds nothing secret.

use crate::commands::Done;
use crate::error::Error;
use qrcode::render::svg;
use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

/// Dots of a module in the picture: 33 modules and the quiet zone come to 328 dots, 28 mm at 300 dpi.
const DOTS: usize = 8;

/// Light modules around the code: ISO/IEC 18004, 9.1.
const QUIET: usize = 4;

/// Writes `NODE.svg`, the whole label, and `NODE.png`, its code alone; the folder is made.
///
/// # Errors
/// When a file cannot be written.
pub fn write(folder: &Path, done: &Done) -> Result<(), Error> {
    let failed = |path: PathBuf| move |error| Error::Write { path, error };
    std::fs::create_dir_all(folder).map_err(failed(folder.to_owned()))?;
    let code = code(done).map_err(|error| failed(folder.to_owned())(io::Error::other(error)))?;
    let path = folder.join(format!("{}.svg", done.node));
    std::fs::write(&path, svg(&code, done)).map_err(failed(path.clone()))?;
    let path = folder.join(format!("{}.png", done.node));
    let picture = png(&code).map_err(|error| failed(path.clone())(io::Error::other(error)))?;
    std::fs::write(&path, picture).map_err(failed(path.clone()))
}

fn code(done: &Done) -> Result<QrCode, qrcode::types::QrError> {
    let text = format!("urn:campus:node:{}:{}:{}", done.campus, done.node, done.serial);
    // A quarter of it may be dirty.
    QrCode::with_error_correction_level(text, EcLevel::Q)
}

/// 50 mm × 25 mm: the code on the left, lines on the right.
fn svg(code: &QrCode, done: &Done) -> String {
    let modules = code.width() + 2 * QUIET;
    let drawn = code.render::<svg::Color<'_>>().module_dimensions(1, 1).quiet_zone(true).build();
    // Its own drawing is a whole document; inside ours it is a picture with a size.
    let drawn = drawn.find("<svg").map_or("", |at| &drawn[at..]);
    let inner = drawn.replacen(
        "<svg",
        &format!("<svg x=\"0\" y=\"0\" viewBox=\"0 0 {modules} {modules}\" preserveAspectRatio=\"xMidYMid\""),
        1,
    );
    let inner = resized(&inner);
    let mut text = String::new();
    let lines = [
        (6.0, 4.2, done.node.as_str()),
        (11.0, 3.0, done.place.as_str()),
        (15.5, 2.4, done.campus.as_str()),
        (19.0, 2.0, done.serial.as_str()),
        (22.0, 2.0, done.board.as_str()),
    ];
    for (y, size, line) in lines {
        // A string takes everything.
        let _ = write!(
            text,
            "<text x=\"25.5\" y=\"{y}\" font-size=\"{size}\" font-family=\"sans-serif\">{}</text>",
            escaped(line)
        );
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"50mm\" height=\"25mm\" viewBox=\"0 0 50 25\">\
         <rect width=\"50\" height=\"25\" fill=\"#fff\"/>{inner}{text}</svg>\n"
    )
}

/// The code's own size gives way to the label's: 25 mm.
fn resized(svg: &str) -> String {
    let mut out = svg.to_owned();
    for side in ["width", "height"] {
        let Some(at) = out.find(&format!(" {side}=\"")) else { continue };
        let from = at + side.len() + 3;
        if let Some(len) = out[from..].find('"') {
            out.replace_range(from..from + len, "25");
        }
    }
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// The code in black and white, [`DOTS`] to a module.
fn png(code: &QrCode) -> Result<Vec<u8>, png::EncodingError> {
    let (width, colors) = (code.width(), code.to_colors());
    let side = (width + 2 * QUIET) * DOTS;
    let dark = |x: usize, y: usize| {
        let inside = |at: usize| (at / DOTS).checked_sub(QUIET).filter(|at| *at < width);
        let module = inside(x).zip(inside(y)).and_then(|(x, y)| colors.get(y * width + x));
        module == Some(&Color::Dark)
    };
    let mut bytes = Vec::new();
    let side_u32 = u32::try_from(side).unwrap_or(u32::MAX);
    let mut encoder = png::Encoder::new(&mut bytes, side_u32, side_u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    let dots: Vec<u8> =
        (0..side * side).map(|at| if dark(at % side, at / side) { 0 } else { u8::MAX }).collect();
    writer.write_image_data(&dots)?;
    writer.finish()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done() -> Done {
        Done {
            node: "sci-101".into(),
            place: "science/101".into(),
            campus: "north".into(),
            serial: "525400aabb01".into(),
            board: "w5500-evb-pico2".into(),
            steps: Vec::new(),
            already: false,
            unheard: None,
        }
    }

    #[test]
    fn a_label_is_two_files_that_name_the_node() {
        let folder = tempfile::tempdir().expect("a folder");
        write(&folder.path().join("labels"), &done()).expect("it is written");
        let svg = std::fs::read_to_string(folder.path().join("labels/sci-101.svg")).expect("there");
        for line in ["sci-101", "science/101", "north", "525400aabb01", "w5500-evb-pico2"] {
            assert!(svg.contains(&format!(">{line}</text>")), "{line}: {svg}");
        }
        assert!(svg.contains("width=\"25\""), "{svg}");
        let png = std::fs::read(folder.path().join("labels/sci-101.png")).expect("there");
        let mut reader = png::Decoder::new(io::Cursor::new(png)).read_info().expect("a picture");
        let mut dots = vec![0; reader.output_buffer_size().expect("its size")];
        let info = reader.next_frame(&mut dots).expect("one frame");
        assert_eq!(info.width, info.height);
        // A corner is light, the finder pattern behind the quiet zone is dark.
        let at = QUIET * DOTS;
        assert_eq!((dots[0], dots[at * info.width as usize + at]), (255, 0));
    }

    #[test]
    fn a_folder_that_is_a_file_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("labels");
        std::fs::write(&file, "x").expect("written");
        assert!(matches!(write(&file, &done()), Err(Error::Write { .. })));
    }
}
