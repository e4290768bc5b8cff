//! Gzip's members (RFC 1952): a header, deflated data, a checksum and the length.

use flate2::Crc;

use super::deflate::{Fault, Inflate, Wrapper};
use super::{Compression, CompressionError};

const GZIP: Compression = Compression::Gzip;

/// Flags of the header (RFC 1952, 2.3.1).
const HAS_HEADER_CHECKSUM: u8 = 1 << 1;
const HAS_EXTRA: u8 = 1 << 2;
const HAS_NAME: u8 = 1 << 3;
const HAS_COMMENT: u8 = 1 << 4;
const RESERVED: u8 = 0b1110_0000;

/// Appends what all members inflate to.
pub(super) fn inflate(
    inflate: &mut Inflate,
    data: &[u8],
    limit: usize,
    out: &mut Vec<u8>,
) -> Result<(), CompressionError> {
    let start = out.len();
    let likely = likely_length(data);
    let mut rest = data;
    loop {
        let room = limit.saturating_sub(out.len() - start);
        rest = member(inflate, rest, likely, room, out).map_err(|fault| fault.of(GZIP, limit))?;
        // Tapes and some tools pad with zeros; gzip itself passes over them.
        if rest.iter().all(|byte| *byte == 0) {
            return Ok(());
        }
        if !rest.starts_with(&[0x1f, 0x8b]) {
            return Err(CompressionError::Trailing(GZIP));
        }
    }
}

/// The length that the last member says it has.
fn likely_length(data: &[u8]) -> usize {
    data.last_chunk()
        .map_or(0, |end| u32::from_le_bytes(*end) as usize)
}

/// Appends what one member inflates to; gives what is behind it.
fn member<'a>(
    inflate: &mut Inflate,
    data: &'a [u8],
    likely: usize,
    limit: usize,
    out: &mut Vec<u8>,
) -> Result<&'a [u8], Fault> {
    let body = behind_header(data)?;
    let start = out.len();
    let used = inflate.run(Wrapper::Bare, body, likely, limit, out)?;
    let behind = body.get(used..).unwrap_or_default();
    let (checksum, behind) = behind.split_first_chunk().ok_or(Fault::Truncated)?;
    let (length, rest) = behind.split_first_chunk().ok_or(Fault::Truncated)?;
    let text = out.get(start..).unwrap_or_default();
    let mut crc = Crc::new();
    crc.update(text);
    let is_whole = u32::from_le_bytes(*checksum) == crc.sum()
        // The length is given modulo 2^32.
        && u64::from(u32::from_le_bytes(*length)) == text.len() as u64 % (1 << 32);
    if is_whole {
        Ok(rest)
    } else {
        Err(Fault::Corrupt)
    }
}

/// What is behind the header of a member.
fn behind_header(data: &[u8]) -> Result<&[u8], Fault> {
    let [0x1f, 0x8b, 8, flags, ..] = *data else {
        return Err(Fault::NotCompressed);
    };
    if flags & RESERVED != 0 {
        return Err(Fault::Corrupt);
    }
    let mut rest = data.get(10..).ok_or(Fault::Truncated)?;
    if flags & HAS_EXTRA != 0 {
        let (length, behind) = rest.split_first_chunk().ok_or(Fault::Truncated)?;
        let length = usize::from(u16::from_le_bytes(*length));
        rest = behind.get(length..).ok_or(Fault::Truncated)?;
    }
    for text in [HAS_NAME, HAS_COMMENT] {
        if flags & text != 0 {
            let end = rest.iter().position(|byte| *byte == 0);
            let end = end.ok_or(Fault::Truncated)?;
            rest = rest.get(end + 1..).ok_or(Fault::Truncated)?;
        }
    }
    if flags & HAS_HEADER_CHECKSUM != 0 {
        rest = rest.get(2..).ok_or(Fault::Truncated)?;
    }
    Ok(rest)
}
