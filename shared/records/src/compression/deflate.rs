//! Deflate (RFC 1951), with zlib's wrapper or bare, into a growing buffer.

use flate2::{Decompress, FlushDecompress, Status};

use super::{Compression, CompressionError};

/// The most that a buffer is given at first, in bytes for a compressed one. What is written to is filled with zeros
/// before, so it should not be much too long.
const FIRST_RATIO: usize = 16;

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
    NotCompressed,
    Truncated,
    Corrupt,
    TooLarge,
}

impl Fault {
    pub(super) fn of(self, compression: Compression, limit: usize) -> CompressionError {
        match self {
            Self::NotCompressed => CompressionError::NotCompressed(compression),
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
    /// Appends what `data` inflates to, which may be `likely` bytes; gives the number of bytes of `data` that were used.
    pub(super) fn run(
        &mut self,
        wrapper: Wrapper,
        data: &[u8],
        likely: usize,
        limit: usize,
        out: &mut Vec<u8>,
    ) -> Result<usize, Fault> {
        let is_zlib = wrapper == Wrapper::Zlib;
        let inflate = self.0.get_or_insert_with(|| Decompress::new(is_zlib));
        inflate.reset(is_zlib);
        let start = out.len();
        let first = likely.min(data.len().saturating_mul(FIRST_RATIO)).max(64);
        // One byte more than the limit tells that there is more.
        let most = start.saturating_add(limit).saturating_add(1);
        out.resize(start.saturating_add(first).min(most), 0);
        loop {
            let (used, written) = (position(inflate.total_in()), position(inflate.total_out()));
            let rest = data.get(used..).unwrap_or_default();
            let room = out.get_mut(start + written..).unwrap_or_default();
            let status = inflate
                .decompress(rest, room, FlushDecompress::None)
                .map_err(|_| Fault::Corrupt)?;
            let now = position(inflate.total_out());
            if now > limit {
                return Err(Fault::TooLarge);
            }
            if status == Status::StreamEnd {
                out.truncate(start + now);
                return Ok(position(inflate.total_in()));
            }
            if start + now == out.len() {
                out.resize((start + now).saturating_add(now.max(64)).min(most), 0);
            } else if (position(inflate.total_in()), now) == (used, written)
                || position(inflate.total_in()) == data.len()
            {
                return Err(Fault::Truncated);
            }
        }
    }
}

/// Positions in data that is in memory fit.
fn position(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
