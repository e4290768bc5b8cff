//! Records that sensor-ingest can never store, each with the place and reason it must be quarantined for.

use fastrand::Rng;

use super::hostile::{nested, spaces};
use super::number::{MAX_DIGITS, digits};

/// Longest partition key of DynamoDB in bytes (DynamoDB developer guide, "Constraints", partition key).
const MAX_SENSOR_ID: usize = 2_048;

/// A kind of record that can never succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Poison {
    /// Bytes that are not UTF-8.
    NotUtf8,
    /// Text that is not JSON.
    NotJson,
    /// JSON that ends in the middle.
    Truncated,
    /// No bytes at all.
    Empty,
    /// A megabyte of spaces.
    Spaces,
    /// Arrays in arrays, ten thousand deep.
    Nested,
    /// A JSON array where an object is expected.
    Array,
    /// A number written as a string.
    NumberAsText,
    /// No temperature.
    NoTemperature,
    /// No time.
    NoTime,
    /// A sensor without a name.
    EmptySensorId,
    /// A sensor name that is one byte too long for a key.
    LongSensorId,
    /// A temperature with 39 digits.
    ManyDigits,
    /// A temperature beyond the largest number.
    TooLarge,
    /// A temperature below the smallest magnitude.
    TooSmall,
    /// A humidity of 101.
    HumidityAbove,
    /// A humidity below 0.
    HumidityBelow,
}

impl Poison {
    /// All kinds.
    pub const ALL: [Self; 17] = [
        Self::NotUtf8,
        Self::NotJson,
        Self::Truncated,
        Self::Empty,
        Self::Spaces,
        Self::Nested,
        Self::Array,
        Self::NumberAsText,
        Self::NoTemperature,
        Self::NoTime,
        Self::EmptySensorId,
        Self::LongSensorId,
        Self::ManyDigits,
        Self::TooLarge,
        Self::TooSmall,
        Self::HumidityAbove,
        Self::HumidityBelow,
    ];

    /// The stage at which sensor-ingest must refuse it.
    pub fn stage(self) -> &'static str {
        match self.reason() {
            "not-utf8" | "not-json" | "too-deep" | "wrong-shape" | "missing-field" => "payload",
            _ => "domain",
        }
    }

    /// The reason that the quarantine must name.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NotUtf8 => "not-utf8",
            Self::NotJson | Self::Truncated | Self::Empty | Self::Spaces => "not-json",
            Self::Nested => "too-deep",
            Self::Array | Self::NumberAsText => "wrong-shape",
            Self::NoTemperature | Self::NoTime => "missing-field",
            Self::EmptySensorId => "empty-sensor-id",
            Self::LongSensorId => "sensor-id-too-long",
            Self::ManyDigits => "too-many-digits",
            Self::TooLarge | Self::TooSmall => "number-out-of-range",
            Self::HumidityAbove | Self::HumidityBelow => "humidity-out-of-range",
        }
    }

    /// The record's bytes: apart from the one thing that is wrong, a reading of `sensor` at `time`.
    pub fn bytes(self, rng: &mut Rng, sensor: &str, time: &str) -> Vec<u8> {
        let reading = |sensor: &str, temperature: &str, rest: &str| {
            format!(
                r#"{{"sensor_id":"{sensor}","temperature":{temperature},"current_time":{time}{rest}}}"#
            )
        };
        let text = match self {
            Self::NotUtf8 => {
                let mut bytes = reading(sensor, "20.5", "").into_bytes();
                // Inside the sensor's name: 0xFF is no part of any UTF-8 text.
                bytes[r#"{"sensor_id":""#.len()] = 0xff;
                return bytes;
            }
            Self::NotJson => format!("{sensor},{time},20.5"),
            Self::Truncated => {
                let mut whole = reading(sensor, "20.5", "");
                whole.truncate(rng.usize(1..whole.len()));
                whole
            }
            Self::Empty => String::new(),
            Self::Spaces => spaces(),
            Self::Nested => nested(),
            Self::Array => format!("[{}]", reading(sensor, "20.5", "")),
            Self::NumberAsText => reading(sensor, "\"20.5\"", ""),
            Self::NoTemperature => format!(r#"{{"sensor_id":"{sensor}","current_time":{time}}}"#),
            Self::NoTime => format!(r#"{{"sensor_id":"{sensor}","temperature":20.5}}"#),
            Self::EmptySensorId => reading("", "20.5", ""),
            Self::LongSensorId => reading(&"s".repeat(MAX_SENSOR_ID + 1), "20.5", ""),
            Self::ManyDigits => reading(sensor, &digits(rng, MAX_DIGITS + 1), ""),
            Self::TooLarge => reading(sensor, "1e126", ""),
            Self::TooSmall => reading(sensor, "1e-131", ""),
            Self::HumidityAbove => reading(sensor, "20.5", r#","humidity":101"#),
            Self::HumidityBelow => reading(sensor, "20.5", r#","humidity":-0.1"#),
        };
        text.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn bytes(poison: Poison) -> Vec<u8> {
        poison.bytes(&mut Rng::with_seed(1), "sensor-1", "1700000000.5")
    }

    /// What JSON the kinds of one reason are, judged without the generator's word.
    fn judged(bytes: &[u8]) -> &'static str {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return "not-utf8";
        };
        let value: Value = match serde_json::from_str(text) {
            Ok(value) => value,
            Err(error) if error.to_string().contains("recursion limit") => return "too-deep",
            // f64 has no room for it, but it is JSON.
            Err(error) if error.to_string().contains("number out of range") => {
                return "number-out-of-range";
            }
            Err(_) => return "not-json",
        };
        let Some(object) = value.as_object() else {
            return "wrong-shape";
        };
        let Some(id) = object["sensor_id"].as_str() else {
            return "wrong-shape";
        };
        match (object.get("temperature"), object.get("current_time")) {
            (None, _) | (_, None) => "missing-field",
            (Some(Value::String(_)), _) => "wrong-shape",
            _ if id.is_empty() => "empty-sensor-id",
            _ if id.len() > 2_048 => "sensor-id-too-long",
            _ if object.contains_key("humidity") => "humidity-out-of-range",
            _ if text.contains("e126") || text.contains("e-131") => "number-out-of-range",
            _ => "too-many-digits",
        }
    }

    #[test]
    fn each_kind_is_wrong_in_the_way_it_says() {
        for poison in Poison::ALL {
            assert_eq!(judged(&bytes(poison)), poison.reason(), "{poison:?}");
        }
    }

    #[test]
    fn a_truncated_reading_never_is_whole() {
        for seed in 0..200 {
            let cut = Poison::Truncated.bytes(&mut Rng::with_seed(seed), "s", "1");
            assert!(serde_json::from_slice::<Value>(&cut).is_err());
        }
    }

    #[test]
    fn limits_are_missed_by_one() {
        let text = String::from_utf8(bytes(Poison::LongSensorId)).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["sensor_id"].as_str().unwrap().len(), 2_049);

        let text = String::from_utf8(bytes(Poison::ManyDigits)).unwrap();
        let (_, rest) = text.split_once("\"temperature\":").unwrap();
        assert_eq!(rest.split_once(',').unwrap().0.len(), 39);
    }

    #[test]
    fn all_kinds_fit_into_a_kinesis_record() {
        for poison in Poison::ALL {
            assert!(bytes(poison).len() <= 1 << 20, "{poison:?}");
        }
    }
}
