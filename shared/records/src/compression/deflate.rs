//! Deflate (RFC 1951), with zlib's wrapper or bare, into a growing buffer.

use flate2::{Decompress, FlushDecompress, Status};

use super::{Compression, CompressionError};

/// No text grows beyond that by deflate: 258 bytes for two bits. zlib's documentation, "zlib Technical Details".
pub(super) const MAX_RATIO: usize = 1_032;

/// What a buffer is given at first, in bytes for a compressed one: what JSON shrinks by, roughly.
const FIRST_RATIO: usize = 4;

/// What is around the deflated data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrapper {
    /// Two bytes in front, a checksum behind.
    Zlib,
    Bare,
}

/// Why deflated data cannot be read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    Truncated,
    Corrupt,
    TooLarge,
}

impl Fault {
    pub(super) fn of(self, compression: Compression, limit: usize) -> CompressionError {
        match self {
            Self::Truncated => CompressionError::Truncated(compression),
            Self::Corrupt => CompressionError::Corrupt(compression),
            Self::TooLarge => CompressionError::TooLarge { compression, limit },
        }
    }
}

/// The state that inflating needs, made when it is first needed.
#[derive(Debug, Default)]
pub(super) struct Inflate(Option<Decompress>);

impl Inflate {
    /// Appends what `data` inflates to; gives the number of bytes of `data` that were used.
    pub(super) fn run(
        &mut self,
        wrapper: Wrapper,
        data: &[u8],
        limit: usize,
        out: &mut Vec<u8>,
    ) -> Result<usize, Fault> {
        let is_zlib = wrapper == Wrapper::Zlib;
        let inflate = self.0.get_or_insert_with(|| Decompress::new(is_zlib));
        inflate.reset(is_zlib);
        let start = out.len();
        out.reserve(data.len().saturating_mul(FIRST_RATIO).min(limit));
        loop {
            let (used, written) = (position(inflate.total_in()), out.len());
            let rest = data.get(used..).unwrap_or_default();
            let status = inflate
                .decompress_vec(rest, out, FlushDecompress::None)
                .map_err(|_| Fault::Corrupt)?;
            if out.len() - start > limit {
                return Err(Fault::TooLarge);
            }
            if status == Status::StreamEnd {
                return Ok(position(inflate.total_in()));
            }
            if out.len() < out.capacity() {
                let is_stuck = position(inflate.total_in()) == used && out.len() == written;
                if is_stuck || position(inflate.total_in()) == data.len() {
                    return Err(Fault::Truncated);
                }
            } else {
                // One byte more than the limit tells that there is more.
                let room = (limit + 1).saturating_sub(out.len() - start);
                out.reserve(room.min((out.len() - start).max(64)));
            }
        }
    }
}

/// Positions in data that is in memory fit.
fn position(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
