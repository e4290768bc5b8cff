//! Resolution of a writer's schema against a reader's.

use std::collections::HashMap;

use super::default::default_text;
use super::plan::{AvroReader, Node, NodeId, Step};
use super::schema::{AvroSchema, AvroSchemaError, Field, FixedLogical, Type, TypeId};
use crate::json::write::quoted;

/// Pairs of types beyond that are no schemas anybody has.
const MAX_NODES: usize = 100_000;

/// Reads datums of `writer` as those of `reader`, or as they were written.
pub(super) fn resolve(
    writer: &AvroSchema,
    reader: Option<&AvroSchema>,
) -> Result<AvroReader, AvroSchemaError> {
    let mut resolver = Resolver {
        writer,
        reader: reader.unwrap_or(writer),
        nodes: Vec::new(),
        pairs: Vec::new(),
        known: HashMap::new(),
    };
    let root = resolver.node(match reader {
        Some(reader) => Pair {
            written: writer.root(),
            wanted: Some(reader.root()),
        },
        None => Pair::as_written(writer.root()),
    });
    // Each node adds those that it needs: schemas may refer to themselves and to each other at any depth.
    while let Some(pair) = resolver.pairs.get(resolver.nodes.len()).copied() {
        let node = resolver.resolve(pair)?;
        resolver.nodes.push(node);
        if resolver.pairs.len() > MAX_NODES {
            return Err(AvroSchemaError::new("has too many types to resolve"));
        }
    }
    if let Some(Node::Mismatch(reason)) = resolver.nodes.get(root.0) {
        let reason = format!("of the reader does not fit: {reason}");
        return Err(AvroSchemaError::new(reason));
    }
    Ok(AvroReader {
        nodes: resolver.nodes,
        root,
    })
}

/// A type of the writer's and one of the reader's; without that one, the type is read as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Pair {
    written: TypeId,
    wanted: Option<TypeId>,
}

impl Pair {
    fn as_written(written: TypeId) -> Self {
        Self {
            written,
            wanted: None,
        }
    }
}

struct Resolver<'s> {
    writer: &'s AvroSchema,
    reader: &'s AvroSchema,
    /// Of the pairs, as far as they are resolved.
    nodes: Vec<Node>,
    pairs: Vec<Pair>,
    known: HashMap<Pair, NodeId>,
}

impl<'s> Resolver<'s> {
    fn node(&mut self, pair: Pair) -> NodeId {
        let next = NodeId(self.pairs.len());
        let id = *self.known.entry(pair).or_insert(next);
        if id.0 == next.0 {
            self.pairs.push(pair);
        }
        id
    }

    fn resolve(&mut self, pair: Pair) -> Result<Node, AvroSchemaError> {
        let from = self.writer.of(pair.written);
        let Some(wanted) = pair.wanted else {
            return Ok(self.as_written(from));
        };
        if let Type::Union(branches) = from {
            let nodes = branches.iter().map(|branch| {
                self.node(Pair {
                    written: *branch,
                    wanted: Some(wanted),
                })
            });
            return Ok(Node::Union(nodes.collect()));
        }
        match self.reader.of(wanted) {
            Type::Union(branches) => match self.branch(from, branches) {
                Some(to) => self.read_as(from, to),
                None => Ok(mismatch(from, "any of the union")),
            },
            to if is_readable_as(from, to) => self.read_as(from, to),
            to => Ok(mismatch(from, &to.to_string())),
        }
    }

    /// The branch of a reader's union: the first one of the same kind, else the first one that fits.
    fn branch(&self, from: &Type, branches: &[TypeId]) -> Option<&'s Type> {
        let fitting = || {
            let types = branches.iter().map(|id| self.reader.of(*id));
            types.filter(|to| is_readable_as(from, to))
        };
        fitting()
            .find(|to| from.kind() == to.kind())
            .or_else(|| fitting().next())
    }

    /// A type that is readable as another one.
    fn read_as(&mut self, from: &Type, to: &Type) -> Result<Node, AvroSchemaError> {
        let mut pair = |from: &TypeId, to: &TypeId| {
            self.node(Pair {
                written: *from,
                wanted: Some(*to),
            })
        };
        Ok(match (from, to) {
            (Type::Array(from), Type::Array(to)) => Node::Array(pair(from, to)),
            (Type::Map(from), Type::Map(to)) => Node::Map(pair(from, to)),
            (Type::Enum(of), Type::Enum(known)) => {
                let read = |symbol: &String| {
                    let is_known = known.symbols.contains(symbol);
                    let symbol = is_known.then_some(symbol).or(known.default.as_ref());
                    symbol.map(|symbol| quoted(symbol).into())
                };
                Node::Enum(of.symbols.iter().map(read).collect())
            }
            (Type::Record { fields: from, .. }, Type::Record { fields: to, .. }) => {
                self.record(from, to)?
            }
            _ => plain(from, to),
        })
    }

    fn record(&mut self, from: &[Field], to: &[Field]) -> Result<Node, AvroSchemaError> {
        let mut missing: Vec<&Field> = to.iter().collect();
        let mut steps = Vec::with_capacity(from.len());
        for field in from {
            let by_name = missing.iter().position(|to| to.name == field.name);
            let index = by_name.or_else(|| {
                let has_alias = |to: &&Field| to.aliases.contains(&field.name);
                missing.iter().position(has_alias)
            });
            let to = index.map(|index| missing.remove(index));
            steps.push(Step {
                key: to.map(|to| key(&to.name)),
                node: self.node(Pair {
                    written: field.of,
                    wanted: to.map(|to| to.of),
                }),
            });
        }
        let mut added = Vec::with_capacity(missing.len());
        for field in missing {
            let Some(default) = &field.default else {
                let reason = format!("field {} is not written and has no default", field.name);
                return Ok(Node::Mismatch(reason.into()));
            };
            let value = default_text(self.reader, field.of, default)?;
            added.push(format!("{}{value}", key(&field.name)));
        }
        Ok(Node::Record {
            steps: steps.into(),
            added: added.join(",").into(),
        })
    }

    fn as_written(&mut self, from: &Type) -> Node {
        let mut node = |id: &TypeId| self.node(Pair::as_written(*id));
        match from {
            Type::Array(items) => Node::Array(node(items)),
            Type::Map(values) => Node::Map(node(values)),
            Type::Union(branches) => Node::Union(branches.iter().map(node).collect()),
            Type::Enum(of) => {
                let symbols = of.symbols.iter();
                Node::Enum(symbols.map(|symbol| Some(quoted(symbol).into())).collect())
            }
            Type::Record { fields, .. } => {
                let step = |field: &Field| Step {
                    key: Some(key(&field.name)),
                    node: node(&field.of),
                };
                Node::Record {
                    steps: fields.iter().map(step).collect(),
                    added: Box::default(),
                }
            }
            _ => plain(from, from),
        }
    }
}

/// A member's key with its colon.
fn key(name: &str) -> Box<str> {
    format!("{}:", quoted(name)).into()
}

#[cold]
fn mismatch(from: &Type, to: &str) -> Node {
    Node::Mismatch(format!("{from} cannot be read as {to}").into())
}

/// Whether values of one type can be read as those of another one, at all and by the types' names. A union never can:
/// its branches are asked.
fn is_readable_as(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (Type::Int, Type::Long | Type::Float | Type::Double)
        | (Type::Long, Type::Float | Type::Double)
        | (Type::Float, Type::Double)
        | (Type::Bytes(_), Type::String)
        | (Type::String, Type::Bytes(_)) => true,
        (Type::Bytes(Some(from)), Type::Bytes(Some(to))) => from == to,
        (
            Type::Fixed {
                name: from,
                size: written,
                logical: written_logical,
            },
            Type::Fixed {
                name: to,
                size: wanted,
                logical: wanted_logical,
            },
        ) => {
            to.is_of(from)
                && written == wanted
                && (written_logical.is_none()
                    || wanted_logical.is_none()
                    || written_logical == wanted_logical)
        }
        (Type::Enum(from), Type::Enum(to)) => to.name.is_of(&from.name),
        (Type::Record { name: from, .. }, Type::Record { name: to, .. }) => to.is_of(from),
        (Type::Union(_), _) => false,
        (from, to) => from.kind() == to.kind(),
    }
}

/// What becomes of a value without others in it: numbers stay what the writer has, bytes and texts become what the
/// reader wants.
fn plain(from: &Type, to: &Type) -> Node {
    match (from, to) {
        (Type::Boolean, _) => Node::Boolean,
        (Type::Int, _) => Node::Int,
        (Type::Long, _) => Node::Long,
        (Type::Float, _) => Node::Float,
        (Type::Double, _) => Node::Double,
        (Type::String | Type::Bytes(_), Type::String) => Node::Text,
        (Type::String | Type::Bytes(_), Type::Bytes(Some(scale))) => Node::Decimal {
            scale: *scale,
            size: None,
        },
        (Type::String | Type::Bytes(_), _) => Node::Bytes,
        (Type::Fixed { size, .. }, Type::Fixed { logical, .. }) => match logical {
            Some(FixedLogical::Decimal(scale)) => Node::Decimal {
                scale: *scale,
                size: Some(*size),
            },
            Some(FixedLogical::Uuid) => Node::Uuid,
            None => Node::Fixed(*size),
        },
        _ => Node::Null,
    }
}
