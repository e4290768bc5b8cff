//! Which layers the records of a function's Kinesis stream have.

use records::avro::{AvroReader, AvroSchema};
use records::glue::DataFormat;
use records::layers::{FixedSchema, Layers, Limits};
use records::protobuf::ProtobufSchema;

use crate::config::{ConfigError, Environment};

/// The layers of a stream's records, with what is needed to take them off. Streams of DynamoDB tables have none.
#[derive(Clone, Debug, Default)]
pub struct LayersConfig {
    /// `RECORD_LAYERS`: the layers from the outside to the inside, as [`Layers`] has them; not set for none.
    ///
    /// `RECORD_SCHEMA`: the schema of the layers `avro` and `protobuf`; its text, or `@` and the path of a file.
    ///
    /// `RECORD_MESSAGE`: the full name of the message of the layer `protobuf`.
    ///
    /// `RECORD_MAX_BYTES`, 65,536 to 268,435,456, default 16,777,216: see [`Limits::record_bytes`]; the records of an
    /// event may have four times that together.
    pub layers: Layers,
    /// `RECORD_READER_SCHEMA`: the Avro schema that payloads of the registry are read as, whatever they were written
    /// with; its text, or `@` and the path of a file. That of the layer `avro` is in the layers already.
    pub reader: Option<AvroSchema>,
}

/// How many times the limit of a record the limit of an event is.
const RECORDS_OF_EVENT: usize = 4;

const LAYERS: &str = "RECORD_LAYERS";
const SCHEMA: &str = "RECORD_SCHEMA";
const MESSAGE: &str = "RECORD_MESSAGE";
const READER_SCHEMA: &str = "RECORD_READER_SCHEMA";
const MAX_BYTES: &str = "RECORD_MAX_BYTES";

impl LayersConfig {
    /// Reads the settings.
    pub fn read(environment: &Environment<'_>) -> Result<Self, ConfigError> {
        let default = Limits::default().record_bytes;
        let record_bytes = environment.number(MAX_BYTES, default, 64 << 10..=256 << 20)?;
        let [names, schema, message, reader] =
            [LAYERS, SCHEMA, MESSAGE, READER_SCHEMA].map(|name| Setting::read(environment, name));
        let layers = match &names.value {
            None => Layers::default(),
            Some(text) => text
                .parse()
                .map_err(|error| names.invalid(&format_args!("layers: {error}")))?,
        };
        let layers: Layers = layers.with_limits(Limits {
            record_bytes,
            event_bytes: record_bytes * RECORDS_OF_EVENT,
        });
        let reader = match reader.value.is_some() {
            true if !layers.needs_registry() && layers.fixed_format() != Some(DataFormat::Avro) => {
                return Err(reader.unused("glue, glue-avro or avro"));
            }
            true => Some(reader.schema(AvroSchema::parse)?),
            false => None,
        };
        match layers.fixed_format() {
            None if schema.value.is_some() => Err(schema.unused("avro or protobuf")),
            None | Some(DataFormat::Avro | DataFormat::Json) if message.value.is_some() => {
                Err(message.unused("protobuf"))
            }
            None | Some(DataFormat::Json) => Ok(Self { layers, reader }),
            Some(DataFormat::Avro) => {
                let resolved = schema.schema(|text| {
                    let writer = AvroSchema::parse(text)?;
                    match &reader {
                        Some(reader) => AvroReader::resolving(&writer, reader),
                        None => AvroReader::new(&writer),
                    }
                })?;
                Ok(Self {
                    layers: layers.with_schema(FixedSchema::Avro(resolved)),
                    reader,
                })
            }
            Some(DataFormat::Protobuf) => {
                let schema = schema.schema(ProtobufSchema::parse)?;
                let Some(name) = &message.value else {
                    return Err(message.missing("the full name of a message of RECORD_SCHEMA"));
                };
                let Some(of) = schema.message(name) else {
                    return Err(message.invalid(&"the full name of a message of RECORD_SCHEMA"));
                };
                Ok(Self {
                    layers: layers.with_schema(FixedSchema::Protobuf(schema, of)),
                    reader,
                })
            }
        }
    }
}

/// A variable and its value, if it has one.
struct Setting {
    variable: &'static str,
    value: Option<String>,
}

impl Setting {
    fn read(environment: &Environment<'_>, variable: &'static str) -> Self {
        let value = environment.optional(variable);
        Self { variable, value }
    }

    /// What its text, or its file's, is read as.
    fn schema<T, E: std::fmt::Display>(
        &self,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, ConfigError> {
        let Some(value) = &self.value else {
            return Err(self.missing("the text of a schema, or @ and the path of its file"));
        };
        let text = match value.strip_prefix('@') {
            Some(path) => &std::fs::read_to_string(path).map_err(|error| {
                self.invalid(&format_args!(
                    "@ and the path of a file that can be read: {error}"
                ))
            })?,
            None => value,
        };
        parse(text).map_err(|error| self.invalid(&format_args!("a schema: {error}")))
    }

    fn missing(&self, expected: &str) -> ConfigError {
        ConfigError::Missing {
            variable: self.variable.to_owned(),
            expected: expected.to_owned(),
        }
    }

    fn invalid(&self, expected: &dyn std::fmt::Display) -> ConfigError {
        ConfigError::Invalid {
            variable: self.variable.to_owned(),
            value: self.shown(),
            expected: expected.to_string(),
        }
    }

    /// It is set, and no layer has a use for it.
    fn unused(&self, layers: &str) -> ConfigError {
        self.invalid(&format_args!("nothing: {LAYERS} has none of {layers}"))
    }

    /// The value, of a long one its beginning.
    fn shown(&self) -> String {
        let value = self.value.as_deref().unwrap_or_default();
        match value.char_indices().nth(MAX_SHOWN) {
            Some((end, _)) => format!("{}…", &value[..end]),
            None => value.to_owned(),
        }
    }
}

/// Characters of a value that an error repeats: schemas are long.
const MAX_SHOWN: usize = 80;

#[cfg(test)]
mod tests;
