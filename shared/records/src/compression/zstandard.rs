//! Zstandard (RFC 8878), in one go: what a frame refers back to is the text itself, so that no window is kept.

use std::fmt;
use std::io::Cursor;

use zstd::zstd_safe::{DCtx, get_error_name, get_frame_content_size};

use super::{Compression, CompressionError};

const ZSTD: Compression = Compression::Zstd;

/// What the library says when there is no room for the text.
const NO_ROOM: &str = "Destination buffer is too small";
/// What it says when the data is cut off.
const CUT_OFF: &str = "Src size is incorrect";

/// What a buffer is given at first where a frame does not tell its length, in bytes for a compressed one, and how much
/// more if that does not do.
const FIRST_RATIO: usize = 8;
const GROWTH: usize = 4;

/// The state that inflating needs, made when it is first needed.
#[derive(Default)]
pub(super) struct Decompressor(Option<DCtx<'static>>);

impl fmt::Debug for Decompressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Decompressor")
    }
}

impl Decompressor {
    /// Appends what all frames inflate to.
    pub(super) fn inflate(
        &mut self,
        data: &[u8],
        limit: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), CompressionError> {
        if Compression::by_first_bytes(data) != Some(ZSTD) {
            return Err(CompressionError::NotCompressed(ZSTD));
        }
        let context = self.0.get_or_insert_with(DCtx::create);
        let start = out.len();
        let too_large = CompressionError::TooLarge {
            compression: ZSTD,
            limit,
        };
        let said = get_frame_content_size(data).ok().flatten();
        let mut room = match said.map(usize::try_from) {
            Some(Ok(length)) if length <= limit => length,
            Some(_) => return Err(too_large),
            None => data.len().saturating_mul(FIRST_RATIO).min(limit),
        };
        loop {
            out.reserve(room);
            let mut target = Cursor::new(&mut *out);
            target.set_position(start as u64);
            let result = context.decompress(&mut target, data);
            match result.map_err(get_error_name) {
                // The buffer may have had more room than it was asked for.
                Ok(length) if length > limit => return Err(too_large),
                Ok(_) => return Ok(()),
                Err(NO_ROOM) if room >= limit => return Err(too_large),
                Err(NO_ROOM) => room = room.saturating_mul(GROWTH).clamp(1, limit),
                Err(CUT_OFF) => return Err(CompressionError::Truncated(ZSTD)),
                Err(_) => return Err(CompressionError::Corrupt(ZSTD)),
            }
            out.truncate(start);
        }
    }
}
