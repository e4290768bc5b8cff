//! A sensor's reading: from the bytes of a record to a row of the table.

use std::borrow::Cow;

use dynamo::{Item, KeySchema};
use pipeline::{Poison, Stage};
use records::payload::object_from_json;
use records::{Number, NumberError, PayloadError};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The key of the table: one row a sensor and time.
pub const KEY: KeySchema = KeySchema {
    hash: "SensorId",
    range: Some("CurrentTime"),
};

/// A valid reading. Borrows from the record's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading<'a> {
    /// `sensor_id`: 1 to 2,048 bytes of UTF-8.
    pub sensor_id: Cow<'a, str>,
    /// `current_time`: seconds since the epoch by the sensor's clock; fractions are distinct times.
    pub current_time: Number<'a>,
    /// `temperature`, in the unit that the sensor sends.
    pub temperature: Number<'a>,
    /// `humidity` in percent, 0 to 100, if the sensor has it.
    pub humidity: Option<Number<'a>>,
}

/// Why bytes are not a reading. Always poison.
#[derive(Debug, thiserror::Error)]
pub enum ReadingError {
    /// The bytes are not a JSON object of the right types.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// A field that must be there is missing or null.
    #[error("the field `{0}` is missing")]
    MissingField(&'static str),
    /// A field that must be a number is something else.
    #[error("the field `{0}` is not a number")]
    NotANumber(&'static str),
    /// The sensor id is empty.
    #[error("the field `sensor_id` is empty")]
    EmptySensorId,
    /// The sensor id is longer than a DynamoDB partition key may be.
    #[error("the field `sensor_id` has {0} bytes, at most {max} are allowed", max = dynamo::key::MAX_HASH_BYTES)]
    SensorIdTooLong(usize),
    /// A number has more digits than DynamoDB keeps.
    #[error("the field `{field}` has {digits} significant digits, at most {max} can be kept", max = records::number::MAX_DIGITS)]
    TooManyDigits {
        /// The field.
        field: &'static str,
        /// Its significant digits.
        digits: usize,
    },
    /// A number is larger or smaller than DynamoDB keeps.
    #[error("the field `{field}` is about 10^{power}, only 10^-130 to 10^125 can be kept")]
    NumberOutOfRange {
        /// The field.
        field: &'static str,
        /// The power of ten of its first digit.
        power: i64,
    },
    /// The humidity is no percentage.
    #[error("the field `humidity` is outside 0 to 100")]
    HumidityOutOfRange,
}

impl ReadingError {
    /// A short fixed name of the reason, for metrics and quarantine.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Payload(error) => error.reason(),
            Self::MissingField(_) => "missing-field",
            Self::NotANumber(_) => "wrong-shape",
            Self::EmptySensorId => "empty-sensor-id",
            Self::SensorIdTooLong(_) => "sensor-id-too-long",
            Self::TooManyDigits { .. } => "too-many-digits",
            Self::NumberOutOfRange { .. } => "number-out-of-range",
            Self::HumidityOutOfRange => "humidity-out-of-range",
        }
    }

    /// The stage at which the record failed.
    pub fn stage(&self) -> Stage {
        match self {
            Self::Payload(_) | Self::MissingField(_) | Self::NotANumber(_) => Stage::Payload,
            _ => Stage::Domain,
        }
    }
}

impl From<ReadingError> for Poison {
    fn from(error: ReadingError) -> Self {
        Self {
            stage: error.stage(),
            reason: error.reason(),
            detail: error.to_string().into(),
        }
    }
}

/// The payload as it comes. Numbers stay text, so that no digit is lost.
#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    sensor_id: Option<Text<'a>>,
    #[serde(borrow)]
    temperature: Option<&'a RawValue>,
    #[serde(borrow)]
    current_time: Option<&'a RawValue>,
    #[serde(borrow)]
    humidity: Option<&'a RawValue>,
}

/// A string, borrowed unless it has escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Reading<'a> {
    /// Reads a reading:
    /// `{"sensor_id":"sensor-1","temperature":81.4,"current_time":1700000000,"humidity":40.5}`, `humidity` being
    /// optional. Unknown fields are ignored.
    pub fn parse(data: &'a [u8]) -> Result<Self, ReadingError> {
        let wire: Wire<'a> = object_from_json(data)?;
        let sensor_id = wire
            .sensor_id
            .ok_or(ReadingError::MissingField("sensor_id"))?
            .0;
        let temperature = required_number("temperature", wire.temperature)?;
        let current_time = required_number("current_time", wire.current_time)?;
        let humidity = wire
            .humidity
            .map(|raw| number("humidity", raw))
            .transpose()?;
        if sensor_id.is_empty() {
            return Err(ReadingError::EmptySensorId);
        }
        if sensor_id.len() > dynamo::key::MAX_HASH_BYTES {
            return Err(ReadingError::SensorIdTooLong(sensor_id.len()));
        }
        let percent = Number::ZERO..=Number::HUNDRED;
        if humidity
            .as_ref()
            .is_some_and(|humidity| !percent.contains(humidity))
        {
            return Err(ReadingError::HumidityOutOfRange);
        }
        Ok(Self {
            sensor_id,
            current_time,
            temperature,
            humidity,
        })
    }

    /// The reading as a row of the table; `expires_at` in seconds since the epoch, if it is not to be kept for ever.
    pub fn into_item(self, expires_at: Option<i64>) -> Item<'a> {
        let mut item = Item::new()
            .text("SensorId", self.sensor_id)
            .number("CurrentTime", self.current_time)
            .number("Temperature", self.temperature);
        if let Some(humidity) = self.humidity {
            item = item.number("Humidity", humidity);
        }
        match expires_at {
            Some(seconds) => item.number("ExpiresAt", seconds.into()),
            None => item,
        }
    }
}

fn required_number<'a>(
    field: &'static str,
    raw: Option<&'a RawValue>,
) -> Result<Number<'a>, ReadingError> {
    number(field, raw.ok_or(ReadingError::MissingField(field))?)
}

fn number<'a>(field: &'static str, raw: &'a RawValue) -> Result<Number<'a>, ReadingError> {
    Number::parse(raw.get()).map_err(|error| match error {
        NumberError::NotANumber => ReadingError::NotANumber(field),
        NumberError::TooManyDigits(digits) => ReadingError::TooManyDigits { field, digits },
        NumberError::OutOfRange(power) => ReadingError::NumberOutOfRange { field, power },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_becomes_a_row_with_all_its_digits() {
        for (payload, expected) in [
            (
                r#"{"sensor_id":"sensor-1","temperature":81.40,"current_time":1700000000.250,"humidity":40.5,"x":[{}]}"#,
                ["sensor-1", "1700000000.25", "81.4", "40.5"],
            ),
            (
                r#" {"current_time":1.7e9,"temperature":-0.00,"sensor_id":"a\"\u00e4","humidity":null} "#,
                ["a\"ä", "1700000000", "0", ""],
            ),
            (
                r#"{"sensor_id":"s","temperature":12345678901234567890.123456789012345678,"current_time":0,"humidity":100}"#,
                ["s", "0", "12345678901234567890.123456789012345678", "100"],
            ),
        ] {
            let reading = Reading::parse(payload.as_bytes()).unwrap();
            let humidity = reading.humidity.as_ref().map_or("", Number::as_str);
            let got = [
                &*reading.sensor_id,
                reading.current_time.as_str(),
                reading.temperature.as_str(),
                humidity,
            ];
            assert_eq!(got, expected);
        }
    }

    #[test]
    fn every_way_to_be_no_reading_has_its_reason() {
        let long_id = format!(
            r#"{{"sensor_id":"{}","temperature":1,"current_time":1}}"#,
            "x".repeat(2049)
        );
        let digits = format!(
            r#"{{"sensor_id":"s","temperature":{},"current_time":1}}"#,
            "1".repeat(39)
        );
        for (payload, stage, reason) in [
            ("", Stage::Payload, "not-json"),
            ("\u{0}", Stage::Payload, "not-json"),
            (
                r#"{"sensor_id":"s","temperature":1"#,
                Stage::Payload,
                "not-json",
            ),
            (
                r#"{"sensor_id":"s","temperature":01,"current_time":1}"#,
                Stage::Payload,
                "not-json",
            ),
            (r#"["s",1,2,3]"#, Stage::Payload, "wrong-shape"),
            (
                r#"{"sensor_id":7,"temperature":1,"current_time":1}"#,
                Stage::Payload,
                "wrong-shape",
            ),
            (
                r#"{"sensor_id":"s","temperature":"81.4","current_time":1}"#,
                Stage::Payload,
                "wrong-shape",
            ),
            (
                r#"{"sensor_id":"s","temperature":1,"current_time":{}}"#,
                Stage::Payload,
                "wrong-shape",
            ),
            (
                r#"{"sensor_id":"s","sensor_id":"s","temperature":1,"current_time":1}"#,
                Stage::Payload,
                "wrong-shape",
            ),
            (
                r#"{"temperature":1,"current_time":1}"#,
                Stage::Payload,
                "missing-field",
            ),
            (
                r#"{"sensor_id":"s","current_time":1}"#,
                Stage::Payload,
                "missing-field",
            ),
            (
                r#"{"sensor_id":"s","temperature":1,"current_time":null}"#,
                Stage::Payload,
                "missing-field",
            ),
            (
                r#"{"sensor_id":"","temperature":1,"current_time":1}"#,
                Stage::Domain,
                "empty-sensor-id",
            ),
            (&long_id, Stage::Domain, "sensor-id-too-long"),
            (&digits, Stage::Domain, "too-many-digits"),
            (
                r#"{"sensor_id":"s","temperature":1e126,"current_time":1}"#,
                Stage::Domain,
                "number-out-of-range",
            ),
            (
                r#"{"sensor_id":"s","temperature":1,"current_time":1e-131}"#,
                Stage::Domain,
                "number-out-of-range",
            ),
            (
                r#"{"sensor_id":"s","temperature":1,"current_time":1,"humidity":100.001}"#,
                Stage::Domain,
                "humidity-out-of-range",
            ),
            (
                r#"{"sensor_id":"s","temperature":1,"current_time":1,"humidity":-1e-9}"#,
                Stage::Domain,
                "humidity-out-of-range",
            ),
        ] {
            let error = Reading::parse(payload.as_bytes()).unwrap_err();
            assert_eq!(
                (error.stage(), error.reason()),
                (stage, reason),
                "{payload}"
            );
        }
    }
}
