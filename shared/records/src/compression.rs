//! Compressed data: gzip, zlib and Zstandard, inflated up to a limit.
//!
//! ```
//! use records::compression::{Compression, Inflater, compress};
//!
//! let small = compress(Compression::Gzip, br#"{"a":1}"#)?;
//! let mut text = Vec::new();
//! Inflater::default().inflate(Compression::Gzip, &small, 1_000, &mut text)?;
//! assert_eq!(text, br#"{"a":1}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod deflate;
mod encode;
mod gzip;
#[cfg(feature = "zstd")]
mod zstandard;

pub use encode::compress;

use std::fmt;

/// How data is compressed.
///
/// ```
/// use records::compression::Compression;
///
/// assert_eq!(Compression::by_first_bytes(&[0x1f, 0x8b, 8, 0]), Some(Compression::Gzip));
/// assert_eq!(Compression::by_first_bytes(b"{}"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Compression {
    /// RFC 1952; several members one behind the other are one text.
    Gzip,
    /// RFC 1950.
    Zlib,
    /// RFC 8878, without a dictionary. With the feature `zstd` only.
    Zstd,
}

impl Compression {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Gzip, Self::Zlib, Self::Zstd];

    /// The name in configurations.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zlib => "zlib",
            Self::Zstd => "zstd",
        }
    }

    /// Whether this build can read and write it.
    pub fn is_built_in(self) -> bool {
        self != Self::Zstd || cfg!(feature = "zstd")
    }

    /// What `data` looks like by its first bytes. Two bytes are little: other data may begin so.
    pub fn by_first_bytes(data: &[u8]) -> Option<Self> {
        match data {
            [0x1f, 0x8b, 8, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            // Deflate, a window of at most 32 KiB, the header's own check, no dictionary.
            [first, second, ..]
                if first & 0x0f == 8
                    && first >> 4 <= 7
                    && second & 0x20 == 0
                    && u16::from_be_bytes([*first, *second]).is_multiple_of(31) =>
            {
                Some(Self::Zlib)
            }
            _ => None,
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why data cannot be inflated. Always poison.
///
/// ```
/// use records::compression::{Compression, Inflater, compress};
///
/// let bomb = compress(Compression::Gzip, &[0; 1_000_000])?;
/// let error = Inflater::default().inflate(Compression::Gzip, &bomb, 1_000, &mut Vec::new()).unwrap_err();
/// assert_eq!(error.reason(), "inflates-too-large");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompressionError {
    /// It does not begin as data so compressed does.
    #[error("the data does not begin with a header of {0}")]
    NotCompressed(Compression),
    /// It ends before the compressed text does.
    #[error("the {0} data ends too early")]
    Truncated(Compression),
    /// It breaks off, or a checksum does not hold.
    #[error("the {0} data is corrupt")]
    Corrupt(Compression),
    /// There is more behind the compressed text.
    #[error("there are other bytes behind the {0} data")]
    Trailing(Compression),
    /// The text is longer than the limit.
    #[error("the {compression} data inflates to more than {limit} bytes")]
    TooLarge {
        /// How it is compressed.
        compression: Compression,
        /// The limit, in bytes.
        limit: usize,
    },
    /// This build cannot read it.
    #[error("this build has no {0}: the feature of that name is off")]
    NotBuiltIn(Compression),
}

impl CompressionError {
    /// A short fixed name of the reason, for metrics and quarantine.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NotCompressed(_) => "not-compressed",
            Self::Truncated(_) => "truncated",
            Self::Corrupt(_) => "corrupt",
            Self::Trailing(_) => "trailing-bytes",
            Self::TooLarge { .. } => "inflates-too-large",
            Self::NotBuiltIn(_) => "not-built-in",
        }
    }

    /// Which compression it was.
    pub fn compression(self) -> Compression {
        match self {
            Self::NotCompressed(compression)
            | Self::Truncated(compression)
            | Self::Corrupt(compression)
            | Self::Trailing(compression)
            | Self::TooLarge { compression, .. }
            | Self::NotBuiltIn(compression) => compression,
        }
    }
}

/// Inflates data. Keeps what it needs for that from one call to the next, about 50 KB for each compression it has met.
///
/// ```
/// use records::compression::{Compression, Inflater, compress};
///
/// let (mut inflater, mut text) = (Inflater::default(), Vec::new());
/// for part in [b"one ", b"two "] {
///     inflater.inflate(Compression::Zlib, &compress(Compression::Zlib, part)?, 100, &mut text)?;
/// }
/// assert_eq!(text, b"one two ");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Inflater {
    deflate: deflate::Inflate,
    #[cfg(feature = "zstd")]
    zstandard: zstandard::Decompressor,
}

impl Inflater {
    /// Appends to `out` what `data` inflates to, `limit` bytes at most. `out` is left as it was if that fails.
    ///
    /// `out` grows with what is written to it, up to twice of it, never by more than `limit`.
    pub fn inflate(
        &mut self,
        compression: Compression,
        data: &[u8],
        limit: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), CompressionError> {
        let start = out.len();
        let inflated = match compression {
            Compression::Gzip => gzip::inflate(&mut self.deflate, data, limit, out),
            Compression::Zlib => self.zlib(data, limit, out),
            #[cfg(feature = "zstd")]
            Compression::Zstd => self.zstandard.inflate(data, limit, out),
            #[cfg(not(feature = "zstd"))]
            Compression::Zstd => Err(CompressionError::NotBuiltIn(compression)),
        };
        if inflated.is_err() {
            out.truncate(start);
        }
        inflated
    }

    fn zlib(
        &mut self,
        data: &[u8],
        limit: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), CompressionError> {
        let compression = Compression::Zlib;
        if Compression::by_first_bytes(data) != Some(compression) {
            return Err(CompressionError::NotCompressed(compression));
        }
        let used = self
            .deflate
            .run(
                deflate::Wrapper::Zlib,
                data,
                data.len().saturating_mul(4),
                limit,
                out,
            )
            .map_err(|fault| fault.of(compression, limit))?;
        if used < data.len() {
            return Err(CompressionError::Trailing(compression));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
