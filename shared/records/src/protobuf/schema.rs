//! Schemas: what is needed of a file in Protobuf's language to read its messages.

use std::collections::HashMap;

use prost_reflect::{EnumDescriptor, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor};
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};

use super::decode;
use super::error::ProtobufError;
use crate::json::write::quoted;

/// The messages of a schema.
///
/// ```
/// let schema = records::protobuf::ProtobufSchema::parse(r#"syntax = "proto3"; message M { int64 a = 1; }"#)?;
/// assert!(schema.message("M").is_some() && schema.message("N").is_none());
/// # Ok::<(), records::protobuf::ProtobufSchemaError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ProtobufSchema {
    /// In the order of AWS Glue's index first, then those of imported files.
    messages: Vec<Message>,
    by_name: HashMap<String, MessageId>,
    /// How many of the messages have an index.
    indexed: usize,
}

/// Why a schema cannot be used.
///
/// ```
/// assert!(records::protobuf::ProtobufSchema::parse("message M { strng a = 1; }").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the Protobuf schema cannot be read: {0}")]
pub struct ProtobufSchemaError(String);

/// A place among a schema's messages.
///
/// ```
/// let schema = records::protobuf::ProtobufSchema::parse("message B { message A {} } message C {}")?;
/// // AWS Glue's index: by full name.
/// assert_eq!(schema.indexed(1), schema.message("B.A"));
/// assert_eq!(schema.indexed(3), None);
/// # Ok::<(), records::protobuf::ProtobufSchemaError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MessageId(usize);

#[derive(Clone, Debug, Default)]
pub(super) struct Message {
    /// In the order of their numbers.
    pub(super) fields: Vec<Field>,
}

#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) number: u32,
    /// `"name":`
    pub(super) key: Box<str>,
    pub(super) shape: Shape,
}

#[derive(Clone, Debug)]
pub(super) enum Shape {
    Single {
        of: Type,
        /// The text of what it is when it is not written, where it is something.
        default: Option<Box<str>>,
        /// Which of the message's alternatives it is one of.
        oneof: Option<usize>,
    },
    Repeated(Type),
    Map {
        key: Type,
        value: Type,
        /// The values of keys and values that are not written; `None` for an empty message.
        defaults: (Box<str>, Option<Box<str>>),
    },
}

#[derive(Clone, Debug)]
pub(super) enum Type {
    Int32,
    Int64,
    Uint32,
    Uint64,
    Sint32,
    Sint64,
    Fixed32,
    Fixed64,
    Sfixed32,
    Sfixed64,
    Float,
    Double,
    Bool,
    String,
    Bytes,
    /// The text of each value.
    Enum(Box<[(i32, Box<str>)]>),
    Message(MessageId),
}

impl ProtobufSchema {
    /// Reads a file in Protobuf's language. Imports are those of `google/protobuf/` only, as in AWS Glue.
    pub fn parse(text: &str) -> Result<Self, ProtobufSchemaError> {
        let wrong = |error: protox::Error| {
            let reason = error.to_string();
            ProtobufSchemaError(reason.lines().collect::<Vec<_>>().join(" "))
        };
        let file = File::from_source(NAME, text).map_err(wrong)?;
        let mut resolver = ChainFileResolver::new();
        resolver.add(OneFile(file));
        resolver.add(GoogleFileResolver::new());
        let mut compiler = protox::Compiler::with_file_resolver(resolver);
        compiler.include_imports(true);
        compiler.open_file(NAME).map_err(wrong)?;
        let pool = compiler.descriptor_pool();
        let file = pool.get_file_by_name(NAME);
        let file = file.ok_or_else(|| ProtobufSchemaError("there is no file".to_owned()))?;
        Ok(Self::of(&file, pool.all_messages().collect()))
    }

    /// The message of that full name.
    pub fn message(&self, full_name: &str) -> Option<MessageId> {
        self.by_name.get(full_name).copied()
    }

    /// The message that AWS Glue's serializers number so: all messages of the file, nested ones and the entries of maps
    /// among them, in the order of their full names, from 0 (`MessageIndexFinder` of aws-glue-schema-registry).
    pub fn indexed(&self, index: u32) -> Option<MessageId> {
        let index = usize::try_from(index).ok()?;
        (index < self.indexed).then_some(MessageId(index))
    }

    /// Appends the JSON text of a message, `limit` bytes at most. `out` is left as it was if that fails.
    pub fn read(
        &self,
        of: MessageId,
        message: &[u8],
        limit: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), ProtobufError> {
        decode::read(self, of, message, limit, out)
    }

    pub(super) fn fields(&self, id: MessageId) -> &[Field] {
        self.messages
            .get(id.0)
            .map_or(&[], |message| message.fields.as_slice())
    }

    fn of(file: &FileDescriptor, mut all: Vec<MessageDescriptor>) -> Self {
        let is_own = |message: &MessageDescriptor| message.parent_file() == *file;
        all.sort_by(|left, right| {
            (!is_own(left), left.full_name()).cmp(&(!is_own(right), right.full_name()))
        });
        let named = all.iter().enumerate();
        let by_name: HashMap<_, _> = named
            .map(|(index, message)| (message.full_name().to_owned(), MessageId(index)))
            .collect();
        Self {
            messages: all.iter().map(|of| Message::new(of, &by_name)).collect(),
            by_name,
            indexed: all.iter().filter(|message| is_own(message)).count(),
        }
    }
}

/// What the file is called: nobody sees it but the compiler.
const NAME: &str = "schema.proto";

struct OneFile(File);

impl FileResolver for OneFile {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        if name == NAME {
            return Ok(File::from_file_descriptor_proto(
                self.0.file_descriptor_proto().clone(),
            ));
        }
        Err(protox::Error::file_not_found(name))
    }
}

impl Message {
    fn new(of: &MessageDescriptor, by_name: &HashMap<String, MessageId>) -> Self {
        let mut fields: Vec<_> = of
            .fields()
            .map(|field| Field {
                number: field.number(),
                key: format!("{}:", quoted(field.name())).into(),
                shape: Shape::new(of, &field, by_name),
            })
            .collect();
        fields.sort_by_key(|field| field.number);
        Self { fields }
    }
}

impl Shape {
    fn new(
        message: &MessageDescriptor,
        field: &FieldDescriptor,
        by_name: &HashMap<String, MessageId>,
    ) -> Self {
        let of = Type::new(&field.kind(), by_name);
        if let (true, Kind::Message(entry)) = (field.is_map(), field.kind()) {
            let key = Type::new(&entry.map_entry_key_field().kind(), by_name);
            let value = Type::new(&entry.map_entry_value_field().kind(), by_name);
            let defaults = (key.default().unwrap_or_default(), value.default());
            return Self::Map {
                key,
                value,
                defaults,
            };
        }
        if field.is_list() {
            return Self::Repeated(of);
        }
        let oneof = field.containing_oneof();
        Self::Single {
            default: if field.supports_presence() {
                None
            } else {
                of.default()
            },
            oneof: oneof.and_then(|oneof| {
                message
                    .oneofs()
                    .position(|other| other.full_name() == oneof.full_name())
            }),
            of,
        }
    }
}

impl Type {
    fn new(kind: &Kind, by_name: &HashMap<String, MessageId>) -> Self {
        match kind {
            Kind::Double => Self::Double,
            Kind::Float => Self::Float,
            Kind::Int32 => Self::Int32,
            Kind::Int64 => Self::Int64,
            Kind::Uint32 => Self::Uint32,
            Kind::Uint64 => Self::Uint64,
            Kind::Sint32 => Self::Sint32,
            Kind::Sint64 => Self::Sint64,
            Kind::Fixed32 => Self::Fixed32,
            Kind::Fixed64 => Self::Fixed64,
            Kind::Sfixed32 => Self::Sfixed32,
            Kind::Sfixed64 => Self::Sfixed64,
            Kind::Bool => Self::Bool,
            Kind::String => Self::String,
            Kind::Bytes => Self::Bytes,
            Kind::Message(of) => {
                let id = by_name.get(of.full_name()).copied();
                Self::Message(id.unwrap_or(MessageId(usize::MAX)))
            }
            Kind::Enum(of) => Self::Enum(values(of)),
        }
    }

    /// The text of the value of a field that is not written; a message has none.
    fn default(&self) -> Option<Box<str>> {
        Some(match self {
            Self::Float | Self::Double => "0.0".into(),
            Self::Bool => "false".into(),
            Self::String | Self::Bytes => "\"\"".into(),
            Self::Enum(values) => values
                .iter()
                .find(|(number, _)| *number == 0)
                .map_or_else(|| "0".into(), |(_, text)| text.clone()),
            Self::Message(_) => return None,
            _ => "0".into(),
        })
    }
}

/// The first name of each number.
fn values(of: &EnumDescriptor) -> Box<[(i32, Box<str>)]> {
    let mut values: Vec<(i32, Box<str>)> = Vec::new();
    for value in of.values() {
        if !values.iter().any(|(number, _)| *number == value.number()) {
            values.push((value.number(), quoted(value.name()).into()));
        }
    }
    values.into()
}
