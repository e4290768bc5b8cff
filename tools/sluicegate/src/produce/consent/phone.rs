//! Phone numbers whose E.164 form is known by construction, spelled in the many ways people type them.
//!
//! Of ranges that no one has: exchange 555 in North America, and what Ofcom and the Bundesnetzagentur keep for films.

use fastrand::Rng;

const UNITED_STATES: [&str; 40] = [
    "201", "202", "205", "206", "207", "208", "212", "213", "214", "215", "216", "303", "304",
    "305", "307", "308", "312", "313", "314", "315", "401", "402", "404", "405", "406", "412",
    "415", "501", "502", "503", "505", "512", "602", "603", "605", "612", "701", "702", "801",
    "907",
];
const CANADA: [&str; 10] = [
    "204", "306", "403", "416", "506", "514", "604", "613", "709", "902",
];
/// Ofcom, "Telephone numbers for use in TV and radio drama programmes": a thousand numbers each.
const BRITAIN: [&str; 4] = ["2079460", "1614960", "1214960", "1314960"];
/// Bundesnetzagentur, "Rufnummern für Film- und Fernsehproduktionen": a thousand numbers each.
const GERMANY: [&str; 4] = ["3023125", "6990009", "4066969", "8999998"];
/// Lines of an exchange.
const LINES: u64 = 10_000;
/// The first exchange. Others follow when 400,000 numbers are not enough.
const EXCHANGE: u64 = 555;

/// A phone number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Phone {
    /// In E.164.
    pub e164: String,
    /// Two letters of ISO 3166.
    pub country: &'static str,
}

impl Phone {
    /// The `index`th number, from 0. Of 16 numbers eleven are of the United States, the country of those without `+`.
    pub(super) fn nth(index: u64) -> Self {
        let of = index / 16;
        match index % 16 {
            11 | 12 => Self::american(&CANADA, index, "CA").unwrap_or_else(|| Self::usual(index)),
            13 | 14 => Self::of_films("44", &BRITAIN, of * 2 + index % 2, "GB")
                .unwrap_or_else(|| Self::usual(index)),
            15 => Self::of_films("49", &GERMANY, of, "DE").unwrap_or_else(|| Self::usual(index)),
            _ => Self::usual(index),
        }
    }

    fn usual(index: u64) -> Self {
        let areas = UNITED_STATES.len() as u64;
        let area = UNITED_STATES
            .get(usize::try_from(index % areas).unwrap_or(0))
            .unwrap_or(&"206");
        let line = index / areas;
        let exchange = EXCHANGE + line / LINES;
        Self {
            e164: format!("+1{area}{exchange}{:04}", line % LINES),
            country: "US",
        }
    }

    fn american(areas: &[&str], index: u64, country: &'static str) -> Option<Self> {
        let count = areas.len() as u64;
        let area = areas.get(usize::try_from(index % count).ok()?)?;
        let line = index / count;
        (line < LINES).then(|| Self {
            e164: format!("+1{area}{EXCHANGE}{line:04}"),
            country,
        })
    }

    fn of_films(code: &str, ranges: &[&str], index: u64, country: &'static str) -> Option<Self> {
        let range = ranges.get(usize::try_from(index / 1_000).ok()?)?;
        Some(Self {
            e164: format!("+{code}{range}{:03}", index % 1_000),
            country,
        })
    }

    /// The number as somebody has typed it, in the United States.
    pub(super) fn spelled(&self, rng: &mut Rng) -> String {
        let digits = self.e164.trim_start_matches('+');
        let Some(national) = digits.strip_prefix('1') else {
            let (code, rest) = digits.split_at(2);
            let (area, rest) = rest.split_at(3);
            return match rng.u8(0..4) {
                0 => format!("011 {code} {area}{rest}"),
                1 => format!("+{code} {area} {rest}"),
                _ => self.e164.clone(),
            };
        };
        let (area, rest) = national.split_at(3);
        let (exchange, line) = rest.split_at(3);
        match rng.u8(0..8) {
            0 => format!("({area}) {exchange}-{line}"),
            1 => format!("{area}.{exchange}.{line}"),
            2 => format!("1-{area}-{exchange}-{line}"),
            3 => format!("+1 {area} {exchange} {line}"),
            4 => national.to_owned(),
            _ => self.e164.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};

    use super::*;

    #[test]
    fn numbers_are_valid_different_and_read_as_they_are_meant_in_every_spelling() {
        let rng = &mut Rng::with_seed(1);
        let mut seen = HashSet::new();
        let mut countries = HashSet::new();
        for index in (0..5_000).chain(99_000..99_100).chain(500_000..500_100) {
            let phone = Phone::nth(index);
            for _ in 0..8 {
                let text = phone.spelled(rng);
                let read = PHONE_NUMBER_UTIL.parse(&text, Some(Region::US)).unwrap();
                assert!(PHONE_NUMBER_UTIL.is_valid_number(&read), "{text}");
                let e164 = PHONE_NUMBER_UTIL.format(&read, PhoneNumberFormat::E164);
                let region = PHONE_NUMBER_UTIL.get_region_for_number(&read).unwrap();
                assert_eq!(
                    (&*e164, &*region.to_string()),
                    (&*phone.e164, phone.country),
                    "{text}"
                );
            }
            countries.insert(phone.country);
            assert!(seen.insert(phone.e164), "{index}");
        }
        assert_eq!(countries.len(), 4);
    }
}
