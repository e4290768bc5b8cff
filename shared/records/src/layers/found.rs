//! Which layers a record really had.

use std::fmt;

use crate::compression::Compression;
use crate::glue::DataFormat;

/// A layer around or of a payload.
///
/// ```
/// use records::compression::Compression;
/// use records::layers::Layer;
///
/// assert_eq!(Layer::Compression(Compression::Zstd).to_string(), "zstd");
/// assert_eq!(Layer::Kpl.name(), "kpl");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layer {
    /// Compression.
    Compression(Compression),
    /// Aggregation by the Kinesis Producer Library.
    Kpl,
    /// A subscription of CloudWatch Logs.
    CloudWatchLogs,
    /// The schema registry's header.
    Glue,
    /// A payload of that format.
    Payload(DataFormat),
    /// A line of text.
    Delimited,
}

impl Layer {
    /// A short fixed name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Compression(compression) => compression.name(),
            Self::Kpl => "kpl",
            Self::CloudWatchLogs => "cloudwatch-logs",
            Self::Glue => "glue",
            Self::Payload(format) => format.name(),
            Self::Delimited => "delimited",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The most a record can have: compression, aggregation, compression, header, its compression, payload.
const MOST: usize = 6;

/// The layers that were taken off a record, from the outside to the inside.
///
/// ```
/// use records::compression::{Compression, compress};
/// use records::glue::NoSchemas;
/// use records::layers::{Decoder, Layer};
///
/// let mut decoder = Decoder::new("gzip,kpl".parse()?);
/// let data = compress(Compression::Gzip, b"not aggregated")?;
/// let decoded = decoder.decode(&data, &NoSchemas);
/// let record = decoded.records().next().ok_or("no records")?;
/// assert_eq!(record.layers.iter().collect::<Vec<_>>(), [Layer::Compression(Compression::Gzip)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found([Option<Layer>; MOST]);

impl Found {
    pub(super) fn push(&mut self, layer: Layer) {
        if let Some(place) = self.0.iter_mut().find(|place| place.is_none()) {
            *place = Some(layer);
        }
    }

    /// The layers.
    pub fn iter(&self) -> impl Iterator<Item = Layer> {
        self.0.into_iter().flatten()
    }

    /// Whether there were none.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}
