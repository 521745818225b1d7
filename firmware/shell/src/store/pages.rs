//! The pair of identity pages: a new identity is written beside the old one, and counts when it is whole.
//!
//! | step | what is there when the power fails in it |
//! |---|---|
//! | frames, registers, settings of another name are erased | the old identity |
//! | the page that does not count is erased and written | the old identity |
//! | the page that counted is erased: it holds a password | the new identity, or still the old one from the bench |
//!
//! Of two whole pages the newer counts (`node::identity::generation`). A page that a file brought to the first place
//! counts over whatever the node wrote, so what was dropped on a drive is what the node is.

use super::{ERASE_BYTES, Fault, LOG, MAP, SECOND};
use embedded_storage::nor_flash::{NorFlash, ReadNorFlash};
use node::identity::{self, BENCH, BadIdentity, Identity, PAGE_BYTES};
use wire::Id;

/// Where the pages lie in the node's area. The first is where version 0.1 looks.
pub const PLACES: [u32; 2] = [0, SECOND.start];

/// A page on its way in or out.
type Page = [u8; PAGE_BYTES];

/// Reads who the node is. `flash` begins at the node's area.
///
/// # Errors
/// [`BadIdentity`]; a flash that cannot be read counts as damaged.
#[inline(never)]
pub fn identity<F: ReadNorFlash>(flash: &mut F) -> Result<Identity, BadIdentity> {
    let mut page = [0; PAGE_BYTES];
    let place = counting(flash, &mut page)?.place;
    flash.read(place, &mut page).map_err(|_| BadIdentity::Damaged)?;
    Identity::read(&page)
}

/// Makes the node another one, or gives the same one another password, broker or key. After it the node has to start
/// again. `feed` is called between steps of at most one erasure.
///
/// Frames, registers and settings of another campus or name go first: they would be told as this one's.
///
/// # Errors
/// [`Fault`]; the old identity still counts, unless `identity` says otherwise.
#[inline(never)]
pub fn write_identity<F: NorFlash>(
    flash: &mut F,
    identity: &Identity,
    feed: fn(),
) -> Result<(), Fault> {
    let mut page = [BLANK; PAGE_BYTES];
    let old = counting(flash, &mut page).ok();
    let name = Some((identity.campus, identity.node));
    if old.is_none_or(|old| old.name != name) {
        wipe(flash, feed)?;
    }
    let place = if old.is_some_and(|old| old.place == PLACES[0]) { PLACES[1] } else { PLACES[0] };
    // One from the bench has no number; what takes its place begins anew, and it is erased below.
    let newest = old.map_or(0, |old| if old.generation == BENCH { 0 } else { old.generation });
    page.fill(BLANK);
    let generation = (newest + 1).min(BENCH - 1);
    let len = identity.write_as(Some(generation), &mut page).map_err(|_| Fault::TooLong)?;
    let len = len.next_multiple_of(F::WRITE_SIZE);
    erase_page(flash, place)?;
    feed();
    flash.write(place, &page[..len]).map_err(|_| Fault::Flash)?;
    flash.read(place, &mut page).map_err(|_| Fault::Flash)?;
    if Identity::read(&page).as_ref() != Ok(identity) {
        return Err(Fault::Damaged);
    }
    feed();
    for other in PLACES.into_iter().filter(|other| *other != place) {
        erase_page(flash, other)?;
    }
    Ok(())
}

/// Back to the factory: nobody's, without passwords, keys, settings, registers and frames. After it the node has to
/// start again. A cut in the middle leaves an old identity or none; what is left over is erased when the next
/// identity is written.
///
/// # Errors
/// [`Fault`]; not everything may be erased.
#[inline(never)]
pub fn erase_identity<F: NorFlash>(flash: &mut F, feed: fn()) -> Result<(), Fault> {
    let mut page = [0; PAGE_BYTES];
    let counts = counting(flash, &mut page).map_or(PLACES[0], |found| found.place);
    // The one that counts goes last, or an older one would count instead.
    for place in PLACES.into_iter().filter(|place| *place != counts) {
        erase_page(flash, place)?;
    }
    feed();
    erase_page(flash, counts)?;
    wipe(flash, feed)
}

/// The page that counts.
#[derive(Clone, Copy)]
struct Found {
    place: u32,
    generation: u32,
    /// Campus and node, if they can be read.
    name: Option<(Id, Id)>,
}

fn counting<F: ReadNorFlash>(flash: &mut F, page: &mut Page) -> Result<Found, BadIdentity> {
    let mut newest: Result<Found, BadIdentity> = Err(BadIdentity::Blank);
    for place in PLACES {
        flash.read(place, page).map_err(|_| BadIdentity::Damaged)?;
        match (identity::generation(page), &newest) {
            (Ok(generation), Ok(found)) if generation <= found.generation => {}
            (Ok(generation), _) => {
                let name = Identity::read(page).ok().map(|found| (found.campus, found.node));
                newest = Ok(Found { place, generation, name });
            }
            // What is damaged says more than what is blank.
            (Err(why), Err(BadIdentity::Blank)) => newest = Err(why),
            (Err(_), _) => {}
        }
    }
    newest
}

/// Frames, registers and settings.
fn wipe<F: NorFlash>(flash: &mut F, feed: fn()) -> Result<(), Fault> {
    for place in (MAP.start..LOG.end).step_by(ERASE_BYTES as usize) {
        erase_page(flash, place)?;
        feed();
    }
    Ok(())
}

/// Erases a page that is not blank: what is blank already costs no time and no wear.
fn erase_page<F: NorFlash>(flash: &mut F, place: u32) -> Result<(), Fault> {
    let mut part = [0; 64];
    let end = place + ERASE_BYTES;
    for at in (place..end).step_by(part.len()) {
        flash.read(at, &mut part).map_err(|_| Fault::Flash)?;
        if part.iter().any(|byte| *byte != BLANK) {
            return flash.erase(place, end).map_err(|_| Fault::Flash);
        }
    }
    Ok(())
}

/// What an erased flash holds.
const BLANK: u8 = 0xff;

#[cfg(test)]
mod tests;
