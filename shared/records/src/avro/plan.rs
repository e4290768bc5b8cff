//! What there is to do for a datum: the writer's schema as the reader sees it.

use super::decode;
use super::error::AvroError;
use super::resolve;
use super::schema::{AvroSchema, AvroSchemaError};

/// Reads datums of one schema, perhaps as those of another one. Made once for a schema, used for all of its datums.
///
/// ```
/// use records::avro::{AvroReader, AvroSchema};
///
/// let (written, wanted) = (AvroSchema::parse(r#""int""#)?, AvroSchema::parse(r#""double""#)?);
/// let mut text = Vec::new();
/// AvroReader::resolving(&written, &wanted)?.read(&[84], 100, &mut text)?;
/// assert_eq!(text, b"42");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct AvroReader {
    pub(super) nodes: Vec<Node>,
    pub(super) root: NodeId,
}

impl AvroReader {
    /// Reads datums as they were written.
    pub fn new(writer: &AvroSchema) -> Result<Self, AvroSchemaError> {
        resolve::resolve(writer, None)
    }

    /// Reads datums of `writer` as datums of `reader` (Avro specification, "Schema Resolution"). What cannot be read
    /// so whatever is written is an error here, what depends on a datum is an error of that datum.
    pub fn resolving(writer: &AvroSchema, reader: &AvroSchema) -> Result<Self, AvroSchemaError> {
        resolve::resolve(writer, Some(reader))
    }

    /// Appends the JSON text of a datum, `limit` bytes at most. `out` is left as it was if that fails.
    pub fn read(&self, datum: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<(), AvroError> {
        decode::read(self, datum, limit, out)
    }

    /// Whether it reads all that can be written with the writer's schema: what registries call backward compatible.
    ///
    /// ```
    /// use records::avro::{AvroReader, AvroSchema};
    ///
    /// let (int, either) = (AvroSchema::parse(r#""int""#)?, AvroSchema::parse(r#"["null", "int"]"#)?);
    /// assert!(AvroReader::resolving(&int, &either)?.reads_all());
    /// assert!(!AvroReader::resolving(&either, &int)?.reads_all(), "there may be a null");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reads_all(&self) -> bool {
        self.nodes.iter().all(|node| match node {
            Node::Mismatch(_) => false,
            Node::Enum(symbols) => symbols.iter().all(Option::is_some),
            _ => true,
        })
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        self.nodes.get(id.0).unwrap_or(&Node::Null)
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct NodeId(pub(super) usize);

/// A type of the writer's, and what becomes of its values.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    /// To base64.
    Bytes,
    Text,
    Fixed(usize),
    Uuid,
    /// In bytes, or in fixed ones of that size.
    Decimal {
        scale: usize,
        size: Option<usize>,
    },
    /// The JSON text of each symbol; `None` for those that the reader does not have.
    Enum(Box<[Option<Box<str>>]>),
    Array(NodeId),
    Map(NodeId),
    Union(Box<[NodeId]>),
    Record {
        steps: Box<[Step]>,
        /// Members that are added, without the comma between them and those before: `"a":1,"b":2`.
        added: Box<str>,
    },
    /// What the reader does not take.
    Mismatch(Box<str>),
}

/// A field of the writer's.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// `"name":` as the reader calls it; `None` for a field that the reader does not have.
    pub(super) key: Option<Box<str>>,
    pub(super) node: NodeId,
}
