//! Records that opt-in-updater can never apply, each with the place and reason it must be quarantined for.

use fastrand::Rng;

use crate::produce::dms::{self, BadRecord, Json, Record, Writer};

/// Longest user id that has room in a key, in bytes.
const MOST_USER_BYTES: usize = 900;

/// A kind of record that can never succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Poison {
    /// A record that nobody can read.
    Record(BadRecord),
    /// No `phone`.
    NoPhone,
    /// No `userid`.
    NoUser,
    /// `phone` is null.
    NullPhone,
    /// `phone` is an object.
    PhoneNotText,
    /// `userid` is an array.
    UserNotText,
    /// Words in place of a number.
    PhoneOfLetters,
    /// A number that is too short.
    ShortPhone,
    /// A number of a country that does not exist.
    PhoneOfNoCountry,
    /// A number with an extension, where no message arrives.
    Extension,
    /// An empty `userid`.
    EmptyUser,
    /// A `userid` that is too long for a key.
    LongUser,
    /// A delete that does not say whose number it was.
    DeleteWithoutPhone,
}

impl dms::Poison for Poison {
    fn all() -> Vec<Self> {
        let records = BadRecord::all().into_iter().map(Self::Record);
        let own = [
            Self::NoPhone,
            Self::NoUser,
            Self::NullPhone,
            Self::PhoneNotText,
            Self::UserNotText,
            Self::PhoneOfLetters,
            Self::ShortPhone,
            Self::PhoneOfNoCountry,
            Self::Extension,
            Self::EmptyUser,
            Self::LongUser,
            Self::DeleteWithoutPhone,
        ];
        records.chain(own).collect()
    }

    fn stage(self) -> &'static str {
        match self {
            Self::Record(bad) => bad.stage(),
            _ => "domain",
        }
    }

    fn reason(self) -> &'static str {
        match self {
            Self::Record(bad) => bad.reason(),
            Self::NoPhone | Self::NoUser => "missing-column",
            Self::NullPhone => "null-column",
            Self::PhoneNotText | Self::UserNotText => "wrong-column-type",
            Self::PhoneOfLetters | Self::ShortPhone | Self::PhoneOfNoCountry | Self::Extension => {
                "invalid-phone"
            }
            Self::EmptyUser => "empty-user",
            Self::LongUser => "long-user",
            Self::DeleteWithoutPhone => "delete-without-key",
        }
    }

    fn bytes(self, rng: &mut Rng, writer: &Writer<'_>, mut record: Record) -> Vec<u8> {
        if let Self::Record(bad) = self {
            return bad.bytes(rng, writer, record);
        }
        if self == Self::DeleteWithoutPhone
            && let Some(metadata) = record.json.get("metadata")
        {
            metadata.set("operation", r#""delete""#);
        }
        if let Some(data) = record.json.get("data") {
            self.spoil(data);
        }
        writer.bytes(&record.json)
    }
}

impl Poison {
    fn spoil(self, data: &mut Json) {
        match self {
            Self::NoPhone | Self::DeleteWithoutPhone => data.remove("phone"),
            Self::NoUser => data.remove("userid"),
            Self::NullPhone => data.put("phone", "null"),
            Self::PhoneNotText => data.put("phone", r#"{"is":"+12065550100"}"#),
            Self::UserNotText => data.put("userid", "[1]"),
            Self::PhoneOfLetters => data.put("phone", r#""ask me""#),
            Self::ShortPhone => data.put("phone", r#""555-0100""#),
            Self::PhoneOfNoCountry => data.put("phone", r#""+99912345678""#),
            Self::Extension => data.put("phone", r#""+1 206 555 0100 ext. 5""#),
            Self::EmptyUser => data.put("userid", r#""""#),
            Self::LongUser => {
                let long = "u".repeat(MOST_USER_BYTES + 1);
                data.put("userid", &format!("{long:?}"));
            }
            Self::Record(_) => {}
        }
    }
}
