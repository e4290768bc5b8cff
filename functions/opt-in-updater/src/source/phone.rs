//! Phone numbers: any spelling in, E.164 and country out.

use std::fmt;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};

/// The country of numbers that belong to none (+800, +883): what libphonenumber calls it.
const WORLD: &str = "001";

/// A country that has telephone numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country(Region);

impl Country {
    /// Two capital letters of ISO 3166.
    pub fn parse(text: &str) -> Option<Self> {
        let is_code = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
        let region = Region::try_from(text).ok().filter(|_| is_code)?;
        // Codes of countries without numbers of their own parse as well.
        PHONE_NUMBER_UTIL
            .get_country_code_for_region(region)
            .map(|_| Self(region))
    }
}

/// A valid phone number. What it is shown as has no digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone {
    e164: String,
    country: String,
}

impl Phone {
    /// Reads a number in any usual spelling; `None` if it is not valid. One without `+` is of `country`.
    ///
    /// A number with an extension is none: no message can be sent there.
    pub fn parse(text: &str, country: Country) -> Option<Self> {
        let number = PHONE_NUMBER_UTIL.parse(text, Some(country.0)).ok()?;
        if !PHONE_NUMBER_UTIL.is_valid_number(&number) || number.extension.is_some() {
            return None;
        }
        let region = PHONE_NUMBER_UTIL.get_region_for_number(&number);
        Some(Self {
            e164: PHONE_NUMBER_UTIL
                .format(&number, PhoneNumberFormat::E164)
                .into_owned(),
            country: region.map_or_else(|| WORLD.to_owned(), |region| region.to_string()),
        })
    }

    /// The number in E.164: `+12065550100`.
    pub fn e164(&self) -> &str {
        &self.e164
    }

    /// The number's country: two capital letters of ISO 3166, or `001` for a number of none.
    pub fn country(&self) -> &str {
        &self.country
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, country: &str) -> Option<(String, String)> {
        let phone = Phone::parse(text, Country::parse(country).unwrap())?;
        Some((phone.e164, phone.country))
    }

    #[test]
    fn any_usual_spelling_of_a_number_is_read() {
        for (text, country, e164, of) in [
            ("+12065550100", "US", "+12065550100", "US"),
            ("(206) 555-0100", "US", "+12065550100", "US"),
            ("1 206.555.0100", "US", "+12065550100", "US"),
            ("2065550100", "DE", "+492065550100", "DE"),
            ("011 44 20 7946 0018", "US", "+442079460018", "GB"),
            ("020 7946 0018", "GB", "+442079460018", "GB"),
            ("+44 (0)20 7946 0018", "US", "+442079460018", "GB"),
            ("  +49 30 901820 ", "US", "+4930901820", "DE"),
            ("+1 604 555 0100", "US", "+16045550100", "CA"),
            ("\u{ff0b}\u{ff11}2065550100", "GB", "+12065550100", "US"),
            ("+800 1234 5678", "US", "+80012345678", "001"),
        ] {
            let expected = (!e164.is_empty()).then(|| (e164.to_owned(), of.to_owned()));
            assert_eq!(read(text, country), expected, "{text} {country}");
        }
    }

    #[test]
    fn what_is_no_valid_number_is_none() {
        for text in [
            "",
            "+",
            "none",
            "555-0100",
            "+1 206 555 010",
            "+1 206 555 01000",
            "+99912345678",
            "+1 206 555 0100 ext. 5",
            "000000000000",
            "NULL",
            "a@example.com",
        ] {
            assert_eq!(read(text, "US"), None, "{text}");
        }
        let long = "1".repeat(1_000_000);
        assert_eq!(read(&long, "US"), None);
    }

    #[test]
    fn a_number_is_never_shown() {
        let phone = Phone::parse("+12065550100", Country::parse("US").unwrap());
        assert!(!format!("{phone:?}").contains("555"));
    }
}
