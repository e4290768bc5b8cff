//! How DMS spells values.

use fastrand::Rng;
use records::Timestamp;

use super::json::Json;
use super::row::Value;
use super::settings::{Numbers, Settings};

/// Whole numbers of more digits than that are floats in JSON.
const FLOAT_FROM: u64 = 10_000_000_000_000_000;

/// A value as the settings spell it.
pub(super) fn spell(settings: &Settings, rng: &mut Rng, value: &Value) -> Json {
    let is_string = match settings.numbers {
        Numbers::Number => false,
        Numbers::String => true,
        Numbers::Mixed => rng.u8(0..12) == 0,
    };
    match value {
        Value::Null => Json::Raw("null".to_owned()),
        Value::Written(text) => Json::Raw((*text).to_owned()),
        Value::Text(text) => Json::string(text),
        Value::Whole(number) if is_string => Json::string(&number.to_string()),
        Value::Decimal(text) if is_string => Json::string(text),
        // `UseLargeIntegerValue` keeps the digits.
        Value::Whole(number) if *number >= FLOAT_FROM => {
            let is_kept = settings.numbers == Numbers::Mixed && rng.u8(0..4) == 0;
            Json::Raw(if is_kept {
                number.to_string()
            } else {
                float(*number)
            })
        }
        Value::Whole(number) => Json::number(*number),
        Value::Decimal(text) => {
            let is_short = settings.numbers == Numbers::Mixed && rng.u8(0..8) == 0;
            let short = text.strip_suffix(".00").filter(|_| is_short);
            Json::Raw(short.unwrap_or(text).to_owned())
        }
    }
}

/// With six digits of the second, zeros too.
pub(super) fn time(micros: i64) -> Json {
    let seconds = Timestamp::from_micros(micros - micros.rem_euclid(1_000_000)).to_string();
    let seconds = seconds.trim_end_matches('Z');
    Json::Raw(format!(
        "\"{seconds}.{:06}Z\"",
        micros.rem_euclid(1_000_000)
    ))
}

/// A whole number as the text of a float: `1.0E+17`.
fn float(number: u64) -> String {
    let text = number.to_string();
    let (first, rest) = text.split_at(1);
    let power = rest.len();
    let digits = rest.trim_end_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    format!("{first}.{digits}E+{power}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_and_times_are_spelled_as_dms_does() {
        assert_eq!(float(100_000_000_000_000_000), "1.0E+17");
        assert_eq!(float(100_000_000_002_520_000), "1.0000000000252E+17");
        assert_eq!(
            time(1_700_000_000_000_000),
            Json::string("2023-11-14T22:13:20.000000Z")
        );
        assert_eq!(
            time(1_700_000_000_012_300),
            Json::string("2023-11-14T22:13:20.012300Z")
        );
    }
}
