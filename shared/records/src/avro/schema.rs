//! Schemas: what they say, with names replaced by places.

mod object;
mod parse;

use std::fmt;

/// A schema.
///
/// Names, namespaces, aliases, defaults, and the logical types `decimal` and `uuid` are understood; other attributes
/// are passed over, as Avro wants it.
///
/// ```
/// let schema = records::avro::AvroSchema::parse(r#"{"type": "array", "items": "int"}"#)?;
/// let mut datum = Vec::new();
/// schema.write("[1,-1]", &mut datum)?;
/// assert_eq!(datum, [4, 2, 1, 0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct AvroSchema {
    types: Vec<Type>,
    root: TypeId,
}

/// Why a schema cannot be used.
///
/// ```
/// let error = records::avro::AvroSchema::parse(r#""integer""#).unwrap_err();
/// assert!(error.to_string().contains("integer"), "{error}");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the Avro schema {reason}")]
pub struct AvroSchemaError {
    reason: String,
}

impl AvroSchemaError {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
        }
    }
}

/// A place among a schema's types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct TypeId(usize);

#[derive(Clone, Debug)]
pub(super) enum Type {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    /// With the scale if it is a decimal.
    Bytes(Option<usize>),
    String,
    Fixed {
        name: Name,
        size: usize,
        logical: Option<FixedLogical>,
    },
    Enum(Enum),
    Array(TypeId),
    Map(TypeId),
    Union(Vec<TypeId>),
    Record {
        name: Name,
        fields: Vec<Field>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FixedLogical {
    /// With its scale.
    Decimal(usize),
    Uuid,
}

#[derive(Clone, Debug)]
pub(super) struct Enum {
    pub(super) name: Name,
    pub(super) symbols: Vec<String>,
    /// What a reader takes for symbols that it does not know.
    pub(super) default: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) aliases: Vec<String>,
    pub(super) of: TypeId,
    /// JSON text.
    pub(super) default: Option<String>,
}

/// The name of a type, without its namespace: that is what readers and writers are compared by.
#[derive(Clone, Debug)]
pub(super) struct Name {
    pub(super) name: String,
    pub(super) aliases: Vec<String>,
}

impl Name {
    /// Whether a writer's type of that name may be read as a type of this one.
    pub(super) fn is_of(&self, writer: &Self) -> bool {
        self.name == writer.name || self.aliases.contains(&writer.name)
    }
}

impl AvroSchema {
    /// Reads a schema's JSON.
    pub fn parse(json: &str) -> Result<Self, AvroSchemaError> {
        parse::parse(json)
    }

    pub(super) fn root(&self) -> TypeId {
        self.root
    }

    pub(super) fn of(&self, id: TypeId) -> &Type {
        self.types.get(id.0).unwrap_or(&Type::Null)
    }
}

impl Type {
    /// What a schema calls it, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Int => "int",
            Self::Long => "long",
            Self::Float => "float",
            Self::Double => "double",
            Self::Bytes(_) => "bytes",
            Self::String => "string",
            Self::Fixed { .. } => "fixed",
            Self::Enum(_) => "enum",
            Self::Array(_) => "array",
            Self::Map(_) => "map",
            Self::Union(_) => "union",
            Self::Record { .. } => "record",
        }
    }

    fn name(&self) -> Option<&str> {
        match self {
            Self::Fixed { name, .. }
            | Self::Enum(Enum { name, .. })
            | Self::Record { name, .. } => Some(&name.name),
            _ => None,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        self.name().map_or(Ok(()), |name| write!(f, " {name}"))
    }
}
