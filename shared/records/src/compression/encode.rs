//! Compressing.

use std::io::{Read, Result};

use super::Compression;

/// Level of deflate that zlib takes by default.
const DEFLATE_LEVEL: u32 = 6;

/// Compresses `data`. Fails for a compression that this build does not have, see [`Compression::is_built_in`].
pub fn compress(compression: Compression, data: &[u8]) -> Result<Vec<u8>> {
    let level = flate2::Compression::new(DEFLATE_LEVEL);
    let mut out = Vec::new();
    match compression {
        Compression::Gzip => flate2::read::GzEncoder::new(data, level).read_to_end(&mut out)?,
        Compression::Zlib => flate2::read::ZlibEncoder::new(data, level).read_to_end(&mut out)?,
        #[cfg(feature = "zstd")]
        Compression::Zstd => {
            return zstd::bulk::compress(data, zstd::DEFAULT_COMPRESSION_LEVEL);
        }
        #[cfg(not(feature = "zstd"))]
        Compression::Zstd => {
            return Err(std::io::Error::other(super::CompressionError::NotBuiltIn(
                compression,
            )));
        }
    };
    Ok(out)
}
