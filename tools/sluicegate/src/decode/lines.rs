//! Inputs with one record a line.

use std::io::{BufRead, BufReader, Read};

use anyhow::{Context, Result};
use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::{Given, Refused, Sink};

/// How a line is read: its data goes behind what is there.
pub(super) type ReadLine = fn(&[u8], &mut Vec<u8>) -> Result<(), Refused>;

/// Hands the record of each line to `sink`. Blank lines are none.
pub(super) fn read(
    reader: &mut BufReader<impl Read>,
    name: &str,
    read_line: ReadLine,
    sink: &mut impl Sink,
) -> Result<()> {
    let mut data = Vec::new();
    each(reader, name, sink, |line, sink| {
        data.clear();
        let read = read_line(line, &mut data);
        sink.record(&Given::data(read.map(|()| data.as_slice())))
    })
}

/// Calls `take` with each line that is not blank, without the white space around it.
pub(super) fn each<S: Sink>(
    reader: &mut BufReader<impl Read>,
    name: &str,
    sink: &mut S,
    mut take: impl FnMut(&[u8], &mut S) -> Result<()>,
) -> Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if !reader.buffer().contains(&b'\n') {
            sink.idle()?;
        }
        let read = reader.read_until(b'\n', &mut line);
        read.with_context(|| format!("{name} cannot be read"))?;
        if line.is_empty() {
            return Ok(());
        }
        let text = line.trim_ascii();
        if !text.is_empty() {
            take(text, sink)?;
        }
    }
}

/// Whether all lines can be read so.
pub(super) fn are_all(input: &[u8], read_line: ReadLine) -> bool {
    let mut data = Vec::new();
    let mut lines = input.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines.all(|line| {
        data.clear();
        line.is_empty() || read_line(line, &mut data).is_ok()
    })
}

/// Hex as tools print it: groups of whole bytes, with white space or colons between them, each with `0x` or without.
pub(super) fn hex(line: &[u8], out: &mut Vec<u8>) -> Result<(), Refused> {
    let is_gap = |byte: &u8| byte.is_ascii_whitespace() || *byte == b':';
    for group in unquoted(line).split(is_gap) {
        let prefixed = group.strip_prefix(b"0x").or(group.strip_prefix(b"0X"));
        let digits = prefixed.unwrap_or(group);
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(not_hex("characters that are no hex digits"));
        }
        let (pairs, rest) = digits.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(not_hex("half a byte"));
        }
        let values = pairs
            .iter()
            .map(|[high, low]| value(*high) << 4 | value(*low));
        out.extend(values);
    }
    Ok(())
}

/// What a hex digit stands for.
fn value(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20).wrapping_sub(b'a' - 10),
    }
}

fn not_hex(found: &str) -> Refused {
    let detail = format!("the line has {found}, expected pairs of hex digits, as in f3899ac2");
    Refused::input("not-hex", detail)
}

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const OF_STANDARD: GeneralPurpose = GeneralPurpose::new(&STANDARD, LENIENT);
const OF_URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, LENIENT);

/// Base64 of either alphabet (RFC 4648, sections 4 and 5), with or without padding.
pub(super) fn base64(line: &[u8], out: &mut Vec<u8>) -> Result<(), Refused> {
    let text = unquoted(line);
    let is_of_url = text.iter().any(|byte| matches!(byte, b'-' | b'_'));
    let engine = if is_of_url { OF_URL } else { OF_STANDARD };
    engine.decode_vec(text, out).map_err(|error| {
        let error = error.to_string().to_lowercase();
        let detail = format!("not base64: {}", error.trim_end_matches('.'));
        Refused::input("not-base64", detail)
    })
}

/// Without the quotes that `jq` without `-r` leaves.
fn unquoted(line: &[u8]) -> &[u8] {
    let inside = line
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""));
    inside.unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_with(read_line: ReadLine, line: &str) -> Result<Vec<u8>, &'static str> {
        let mut out = Vec::new();
        let read = read_line(line.as_bytes(), &mut out);
        read.map(|()| out).map_err(|refused| refused.reason)
    }

    #[test]
    fn hex_is_read_as_tools_print_it() {
        for line in [
            "f3899ac2",
            "F3899AC2",
            "0xf3899ac2",
            "0XF3899AC2",
            "f3 89 9a c2",
            "f389 9ac2",
            "f3:89:9a:c2",
            "0xf3 0x89 0x9a 0xc2",
            "\"f3899ac2\"",
        ] {
            assert_eq!(
                read_with(hex, line),
                Ok(b"\xf3\x89\x9a\xc2".to_vec()),
                "{line}"
            );
        }
        for line in [
            "f3899ac",
            "f 3899ac2",
            "xyz",
            "84mawg==",
            "0x0xf3",
            "+1f3",
            "ä",
        ] {
            assert_eq!(read_with(hex, line), Err("not-hex"), "{line}");
        }
    }

    #[test]
    fn base64_is_read_in_both_alphabets_with_and_without_padding() {
        for line in ["84mawg==", "84mawg", "\"84mawg==\""] {
            assert_eq!(
                read_with(base64, line),
                Ok(b"\xf3\x89\x9a\xc2".to_vec()),
                "{line}"
            );
        }
        for line in ["+/8=", "+/8", "-_8=", "-_8"] {
            assert_eq!(read_with(base64, line), Ok(b"\xfb\xff".to_vec()), "{line}");
        }
        for line in ["f", "84mawg===", "+_8=", "what is that?", "84m awg=="] {
            assert_eq!(read_with(base64, line), Err("not-base64"), "{line}");
        }
    }
}
