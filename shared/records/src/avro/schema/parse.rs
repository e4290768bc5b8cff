//! A schema's JSON.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::object::Object;
use super::{AvroSchema, AvroSchemaError, Enum, Field, FixedLogical, Name, Type, TypeId};
use crate::payload::MAX_DEPTH;

/// Longest text that is read, in bytes: that of a schema version in AWS Glue (Glue API reference, `GetSchemaVersion`,
/// `SchemaDefinition`), which counts characters.
const MAX_LENGTH: usize = 4 * 170_000;

pub(super) fn parse(json: &str) -> Result<AvroSchema, AvroSchemaError> {
    if json.len() > MAX_LENGTH {
        let reason = format!("is {} bytes long, {MAX_LENGTH} are the most", json.len());
        return Err(AvroSchemaError::new(reason));
    }
    let root: &RawValue = serde_json::from_str(json).map_err(|error| not_json(&error))?;
    let mut parser = Parser::default();
    let root = parser.schema(root.get(), "", 0)?;
    let types = parser.types.into_iter().flatten().collect();
    Ok(AvroSchema { types, root })
}

fn not_json(error: &serde_json::Error) -> AvroSchemaError {
    AvroSchemaError::new(format!("cannot be read: {error}"))
}

#[derive(Default)]
struct Parser {
    /// `None` for a record whose fields are being read.
    types: Vec<Option<Type>>,
    /// By full name.
    named: HashMap<String, TypeId>,
}

impl Parser {
    fn schema(
        &mut self,
        json: &str,
        namespace: &str,
        depth: usize,
    ) -> Result<TypeId, AvroSchemaError> {
        if depth > MAX_DEPTH {
            let reason = format!("is nested deeper than {MAX_DEPTH} levels");
            return Err(AvroSchemaError::new(reason));
        }
        match json.as_bytes().first() {
            Some(b'"') => self.by_name(&read::<Cow<'_, str>>(json)?, namespace),
            Some(b'[') => {
                let branches: Vec<&RawValue> = read(json)?;
                let mut ids = Vec::with_capacity(branches.len());
                for branch in branches {
                    ids.push(self.schema(branch.get(), namespace, depth + 1)?);
                }
                Ok(self.add(Type::Union(ids)))
            }
            Some(b'{') => self.object(&read(json)?, namespace, depth + 1),
            _ => Err(AvroSchemaError::new(format!(
                "has {} where a type should be",
                cut(json)
            ))),
        }
    }

    fn by_name(&mut self, name: &str, namespace: &str) -> Result<TypeId, AvroSchemaError> {
        if let Some(primitive) = primitive(name) {
            return Ok(self.add(primitive));
        }
        let found = self.named.get(&full_name(name, None, namespace));
        found
            .or_else(|| self.named.get(name))
            .copied()
            .ok_or_else(|| AvroSchemaError::new(format!("has no type {}", cut(name))))
    }

    fn object(
        &mut self,
        object: &Object<'_>,
        namespace: &str,
        depth: usize,
    ) -> Result<TypeId, AvroSchemaError> {
        let kind = object.kind.get();
        if !kind.starts_with('"') {
            return self.schema(kind, namespace, depth);
        }
        let kind: Cow<'_, str> = read(kind)?;
        match kind.as_ref() {
            "record" | "error" => self.record(object, namespace, depth),
            "enum" => {
                let symbols = object
                    .symbols
                    .clone()
                    .ok_or_else(|| lacks(&kind, "symbols"))?;
                let default = object.default.and_then(|json| read(json.get()).ok());
                self.define(object, &kind, namespace, |name| {
                    Type::Enum(Enum {
                        name,
                        symbols,
                        default,
                    })
                })
            }
            "fixed" => {
                let size = object.size.ok_or_else(|| lacks(&kind, "size"))?;
                let logical = match object.logical() {
                    Some("decimal") => object.scale().map(FixedLogical::Decimal),
                    Some("uuid") if size == 16 => Some(FixedLogical::Uuid),
                    _ => None,
                };
                self.define(object, &kind, namespace, |name| Type::Fixed {
                    name,
                    size,
                    logical,
                })
            }
            "array" => {
                let items = object.items.ok_or_else(|| lacks(&kind, "items"))?;
                let items = self.schema(items.get(), namespace, depth)?;
                Ok(self.add(Type::Array(items)))
            }
            "map" => {
                let values = object.values.ok_or_else(|| lacks(&kind, "values"))?;
                let values = self.schema(values.get(), namespace, depth)?;
                Ok(self.add(Type::Map(values)))
            }
            "bytes" if object.logical() == Some("decimal") => {
                Ok(self.add(Type::Bytes(object.scale())))
            }
            name => self.by_name(name, namespace),
        }
    }

    fn record(
        &mut self,
        object: &Object<'_>,
        namespace: &str,
        depth: usize,
    ) -> Result<TypeId, AvroSchemaError> {
        let given = object
            .fields
            .as_ref()
            .ok_or_else(|| lacks("record", "fields"))?;
        let (name, full) = self.name(object, "record", namespace)?;
        let inner = full.rsplit_once('.').map_or("", |(namespace, _)| namespace);
        // Its fields may be of its own type.
        let id = TypeId(self.types.len());
        self.types.push(None);
        self.named.insert(full.clone(), id);
        let mut fields = Vec::with_capacity(given.len());
        for field in given {
            fields.push(Field {
                name: field.name.clone(),
                aliases: field.aliases.clone().unwrap_or_default(),
                of: self.schema(field.kind.get(), inner, depth)?,
                default: field.default.map(|json| json.get().to_owned()),
            });
        }
        if let Some(place) = self.types.get_mut(id.0) {
            *place = Some(Type::Record { name, fields });
        }
        Ok(id)
    }

    fn define(
        &mut self,
        object: &Object<'_>,
        kind: &str,
        namespace: &str,
        make: impl FnOnce(Name) -> Type,
    ) -> Result<TypeId, AvroSchemaError> {
        let (name, full) = self.name(object, kind, namespace)?;
        let id = self.add(make(name));
        self.named.insert(full, id);
        Ok(id)
    }

    /// The name of a type that is being defined, and its full name.
    fn name(
        &self,
        object: &Object<'_>,
        kind: &str,
        namespace: &str,
    ) -> Result<(Name, String), AvroSchemaError> {
        let given = object.name.as_deref().ok_or_else(|| lacks(kind, "name"))?;
        let full = full_name(given, object.namespace.as_deref(), namespace);
        if self.named.contains_key(&full) {
            let reason = format!("defines {} twice", cut(&full));
            return Err(AvroSchemaError::new(reason));
        }
        let aliases = object.aliases.iter().flatten();
        let name = Name {
            name: short_name(given),
            aliases: aliases.map(|alias| short_name(alias)).collect(),
        };
        Ok((name, full))
    }

    fn add(&mut self, of: Type) -> TypeId {
        self.types.push(Some(of));
        TypeId(self.types.len() - 1)
    }
}

fn read<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, AvroSchemaError> {
    serde_json::from_str(json).map_err(|error| not_json(&error))
}

fn lacks(kind: &str, what: &str) -> AvroSchemaError {
    AvroSchemaError::new(format!("has a type {kind} without {what}"))
}

fn primitive(name: &str) -> Option<Type> {
    Some(match name {
        "null" => Type::Null,
        "boolean" => Type::Boolean,
        "int" => Type::Int,
        "long" => Type::Long,
        "float" => Type::Float,
        "double" => Type::Double,
        "bytes" => Type::Bytes(None),
        "string" => Type::String,
        _ => return None,
    })
}

/// The full name: with the namespace in it, the one beside it, or the one around it.
fn full_name(name: &str, beside: Option<&str>, around: &str) -> String {
    match beside.unwrap_or(around) {
        _ if name.contains('.') => name.to_owned(),
        "" => name.to_owned(),
        namespace => format!("{namespace}.{name}"),
    }
}

fn short_name(name: &str) -> String {
    name.rsplit('.').next().unwrap_or_default().to_owned()
}

/// As much of a text as belongs into a message.
fn cut(text: &str) -> &str {
    let end = text
        .char_indices()
        .nth(60)
        .map_or(text.len(), |(end, _)| end);
    text.get(..end).unwrap_or_default()
}
