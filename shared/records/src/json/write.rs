//! Writing JSON text.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Longest decimal, in bytes: 308 digits. Time grows with the square of it.
const MAX_DECIMAL: usize = 128;

/// Scales that are written out; beyond them there is an exponent, so that no number is mostly zeros.
const MAX_WRITTEN_SCALE: usize = 400;

/// A JSON string of `text`.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len() + 2);
    push_string(&mut out, text);
    String::from_utf8(out).unwrap_or_default()
}

/// Appends a JSON string.
pub(crate) fn push_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    let is_special = |byte: &u8| *byte < b' ' || *byte == b'"' || *byte == b'\\';
    while let Some(at) = rest.iter().position(is_special) {
        let (plain, special) = rest.split_at(at);
        out.extend_from_slice(plain);
        rest = special.get(1..).unwrap_or_default();
        match special.first() {
            Some(byte @ (b'"' | b'\\')) => out.extend_from_slice(&[b'\\', *byte]),
            Some(b'\n') => out.extend_from_slice(b"\\n"),
            Some(b'\r') => out.extend_from_slice(b"\\r"),
            Some(b'\t') => out.extend_from_slice(b"\\t"),
            Some(byte) => drop(write!(out, "\\u{byte:04x}")),
            None => {}
        }
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// Appends a JSON string of base64.
pub(crate) fn push_base64(out: &mut Vec<u8>, bytes: &[u8]) {
    // Three bytes to four characters, of which each chunk is a whole number.
    const CHUNK: usize = 768;
    out.push(b'"');
    let mut text = [0; CHUNK / 3 * 4];
    for chunk in bytes.chunks(CHUNK) {
        let length = STANDARD.encode_slice(chunk, &mut text).unwrap_or_default();
        out.extend_from_slice(text.get(..length).unwrap_or_default());
    }
    out.push(b'"');
}

pub(crate) fn push_integer(out: &mut Vec<u8>, value: i64) {
    if value < 0 {
        out.push(b'-');
    }
    push_unsigned(out, value.unsigned_abs());
}

pub(crate) fn push_unsigned(out: &mut Vec<u8>, value: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = value;
    for (index, digit) in digits.iter_mut().enumerate().rev() {
        let [low, ..] = (rest % 10).to_le_bytes();
        *digit = b'0' + low;
        rest /= 10;
        at = index;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(at..).unwrap_or_default());
}

/// Appends the shortest decimal that is read as the same float; there are names for what is no number in JSON.
pub(crate) fn push_double(out: &mut Vec<u8>, value: f64) {
    if value.is_finite() {
        drop(write!(out, "{value:?}"));
    } else {
        push_special(out, value.is_nan(), value.is_sign_negative());
    }
}

pub(crate) fn push_float(out: &mut Vec<u8>, value: f32) {
    if value.is_finite() {
        drop(write!(out, "{value:?}"));
    } else {
        push_special(out, value.is_nan(), value.is_sign_negative());
    }
}

fn push_special(out: &mut Vec<u8>, is_nan: bool, is_negative: bool) {
    let name: &[u8] = match (is_nan, is_negative) {
        (true, _) => b"\"NaN\"",
        (false, false) => b"\"Infinity\"",
        (false, true) => b"\"-Infinity\"",
    };
    out.extend_from_slice(name);
}

/// Appends 16 bytes as a UUID's text (RFC 9562).
pub(crate) fn push_uuid(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    for (index, byte) in bytes.iter().enumerate() {
        let dash = if matches!(index, 4 | 6 | 8 | 10) {
            "-"
        } else {
            ""
        };
        drop(write!(out, "{dash}{byte:02x}"));
    }
    out.push(b'"');
}

/// Appends a decimal: an integer in two's complement, the highest byte first, and where its point is. `None` if it is
/// longer than [`MAX_DECIMAL`].
pub(crate) fn push_decimal(out: &mut Vec<u8>, bytes: &[u8], scale: usize) -> Option<()> {
    let is_negative = bytes.first().is_some_and(|byte| *byte >= 0x80);
    let mut digits = Vec::new();
    if bytes.len() <= 16 {
        let start = if is_negative { -1_i128 } else { 0 };
        let value = bytes
            .iter()
            .fold(start, |value, byte| value << 8 | i128::from(*byte));
        drop(write!(digits, "{}", value.unsigned_abs()));
    } else if bytes.len() <= MAX_DECIMAL {
        push_long_digits(&mut digits, bytes, is_negative);
    } else {
        return None;
    }
    if is_negative {
        out.push(b'-');
    }
    if scale > MAX_WRITTEN_SCALE {
        out.extend_from_slice(&digits);
        drop(write!(out, "e-{scale}"));
        return Some(());
    }
    let leading_zeros = (scale + 1).saturating_sub(digits.len());
    digits.splice(0..0, std::iter::repeat_n(b'0', leading_zeros));
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    out.extend_from_slice(whole);
    if !fraction.is_empty() {
        out.push(b'.');
        out.extend_from_slice(fraction);
    }
    Some(())
}

/// The digits of an integer of any length, by repeated division.
fn push_long_digits(digits: &mut Vec<u8>, bytes: &[u8], is_negative: bool) {
    const NINE_DIGITS: u64 = 1_000_000_000;
    let mut magnitude: Vec<u8> = bytes.to_vec();
    if is_negative {
        // Two's complement: all bits turned round, plus one.
        let mut carry = true;
        for byte in magnitude.iter_mut().rev() {
            (*byte, carry) = (!*byte).overflowing_add(u8::from(carry));
        }
        // The most negative number is its own complement, read as a positive one.
    }
    let mut groups = Vec::new();
    while magnitude.iter().any(|byte| *byte != 0) {
        let mut remainder = 0;
        for byte in &mut magnitude {
            let value = remainder << 8 | u64::from(*byte);
            let [low, ..] = (value / NINE_DIGITS).to_le_bytes();
            *byte = low;
            remainder = value % NINE_DIGITS;
        }
        groups.push(remainder);
    }
    let mut groups = groups.into_iter().rev();
    drop(write!(digits, "{}", groups.next().unwrap_or_default()));
    for group in groups {
        drop(write!(digits, "{group:09}"));
    }
}
