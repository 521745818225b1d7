//! "Did you mean …": the known names that are nearest to a misspelt one.

use strsim::damerau_levenshtein;

/// At most three names within a third of the name's length, nearest first.
pub fn nearest(wanted: &str, known: impl IntoIterator<Item = String>) -> Vec<String> {
    let far = (wanted.chars().count() / 3).max(2);
    let mut near: Vec<(usize, String)> = known
        .into_iter()
        .map(|name| (distance(wanted, &name), name))
        .filter(|(distance, _)| *distance <= far)
        .collect();
    near.sort();
    near.dedup();
    near.into_iter().take(3).map(|(_, name)| name).collect()
}

/// Letters apart; a name that is only the last part of a longer one is as near as can be.
fn distance(wanted: &str, name: &str) -> usize {
    if name.rsplit('/').next() == Some(wanted) { 1 } else { damerau_levenshtein(wanted, name) }
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_misspelt_room_finds_its_name_and_a_wild_one_finds_none() {
        let known = || ["science/101", "science/102", "arts/001"].map(str::to_owned);
        assert_eq!(nearest("scince/101", known()), ["science/101", "science/102"]);
        assert_eq!(nearest("101", known()), ["science/101"]);
        assert!(nearest("zzzzzzzzz", known()).is_empty());
    }
}
