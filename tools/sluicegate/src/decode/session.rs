//! Taking the layers off.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use anyhow::Result;
use records::layers::{
    Decoded, Decoder, FixedSchema, Layer, LayerError, LayeredRecord, Layers, LayersError, Limits,
    detect,
};

use super::line::{ErrorLine, Failure, Shown, SkippedLine, UserLine};
use super::output::Output;
use super::payload::Payload;
use super::schemas::Schemas;
use super::{Given, Refused, Sink};
use crate::console::Console;

/// Records that are looked at for a hint when no layers are named.
const LOOKS: u32 = 100;

/// What decoders are made of.
pub(super) struct Settings {
    /// The text of the layers, if the user has named any: whatever the input says.
    pub(super) layers: Option<String>,
    pub(super) schema: Option<FixedSchema>,
    pub(super) limits: Limits,
}

/// Prints a line for each user record.
pub(super) struct Session {
    settings: Settings,
    /// By the text of the layers: lines of quarantine have their own.
    decoders: HashMap<String, Decoder>,
    schemas: Schemas,
    output: Output,
    console: Console,
    looks: u32,
    tally: Tally,
}

/// What was printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Records of the stream.
    pub(super) records: u64,
    pub(super) lines: u64,
    /// Lines that are errors.
    pub(super) errors: u64,
}

impl Session {
    pub(super) fn new(
        settings: Settings,
        schemas: Schemas,
        output: Output,
        console: Console,
    ) -> Self {
        let looks = if settings.layers.is_none() { LOOKS } else { 0 };
        Self {
            settings,
            decoders: HashMap::new(),
            schemas,
            output,
            console,
            looks,
            tally: Tally::default(),
        }
    }

    /// What was printed so far.
    pub(super) fn tally(&self) -> Tally {
        self.tally
    }

    /// Says once what a record looks like whose layers nobody has named.
    fn hint(&mut self, data: &[u8]) {
        self.looks -= 1;
        let layers = detect(data).layers;
        if !layers.is_none() {
            let number = self.tally.records;
            let text = format!("record {number} looks like {layers}: --layers {layers}");
            self.console.note(&text);
            self.looks = 0;
        }
    }
}

impl Sink for Session {
    fn record(&mut self, given: &Given<'_>) -> Result<()> {
        self.tally.records += 1;
        let data = match &given.data {
            Ok(data) => *data,
            Err(refused) => return self.tally.refused(&mut self.output, given, refused),
        };
        if self.looks > 0 && given.layers.is_none() {
            self.hint(data);
        }
        let text = self.settings.layers.as_deref().or(given.layers);
        let text = text.unwrap_or_default();
        let decoder = match self.decoders.entry(text.to_owned()) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => match self.settings.decoder(text) {
                Ok(decoder) => entry.insert(decoder),
                Err(error) => {
                    let refused = Refused::input("unknown-layers", error.to_string());
                    return self.tally.refused(&mut self.output, given, &refused);
                }
            },
        };
        let mut users = decoder.decode(data, &self.schemas);
        let missing = users.missing_schemas();
        if !missing.is_empty() && self.schemas.load(missing) {
            users = decoder.decode(data, &self.schemas);
        }
        self.tally
            .print(&mut self.output, given, &users, &self.schemas)
    }

    fn idle(&mut self) -> Result<()> {
        self.output.flush()
    }
}

impl Settings {
    fn decoder(&self, layers: &str) -> Result<Decoder, LayersError> {
        let mut layers: Layers = layers.parse()?;
        if let (true, Some(schema)) = (layers.needs_schema(), &self.schema) {
            layers = layers.with_schema(schema.clone());
        }
        Ok(Decoder::new(layers.with_limits(self.limits)))
    }
}

impl Tally {
    /// Prints what the input does not have of a record.
    pub(super) fn refused(
        &mut self,
        output: &mut Output,
        given: &Given<'_>,
        refused: &Refused,
    ) -> Result<()> {
        self.lines += 1;
        self.errors += 1;
        output.print(&ErrorLine::refused(self.records, given, refused))
    }

    fn print(
        &mut self,
        output: &mut Output,
        given: &Given<'_>,
        decoded: &Decoded<'_>,
        schemas: &Schemas,
    ) -> Result<()> {
        if let Some(skip) = decoded.skipped() {
            self.lines += 1;
            return output.print(&SkippedLine {
                record: self.records,
                sequence_number: given.sequence_number,
                partition_key: given.partition_key,
                skipped: skip.reason(),
            });
        }
        for user in decoded.records() {
            self.lines += 1;
            match user.data {
                Ok(data) => output.print(&self.user_line(given, &user, data))?,
                Err(error) => {
                    self.errors += 1;
                    output.print(&self.error_line(given, &user, error, schemas))?;
                }
            }
        }
        Ok(())
    }

    fn user_line<'a>(
        &self,
        given: &Given<'a>,
        user: &LayeredRecord<'a>,
        data: &'a [u8],
    ) -> UserLine<'a> {
        UserLine {
            record: self.records,
            sub: sub(given, user),
            sequence_number: given.sequence_number,
            partition_key: user.partition_key.or(given.partition_key),
            explicit_hash_key: user.explicit_hash_key,
            layers: user.layers.iter().map(Layer::name).collect(),
            schema_version_id: user.schema_version_id.map(Shown),
            doubt: user.doubt.map(records::kpl::Doubt::reason),
            payload: Payload::new(data),
        }
    }

    fn error_line<'a>(
        &self,
        given: &Given<'a>,
        user: &LayeredRecord<'a>,
        error: &'a LayerError,
        schemas: &Schemas,
    ) -> ErrorLine<'a> {
        let known = match error {
            LayerError::SchemaNotLoaded(id) => schemas.failure(*id),
            _ => None,
        };
        ErrorLine {
            record: self.records,
            sub: sub(given, user),
            sequence_number: given.sequence_number,
            partition_key: user.partition_key.or(given.partition_key),
            layers: user.layers.iter().map(Layer::name).collect(),
            schema_version_id: user.schema_version_id.map(Shown),
            doubt: user.doubt.map(records::kpl::Doubt::reason),
            error: Failure {
                stage: error.stage(),
                reason: error.reason(),
                detail: known.map_or_else(|| error.to_string(), str::to_owned),
            },
        }
    }
}

/// Its place in the record of the stream, if that has several.
fn sub(given: &Given<'_>, user: &LayeredRecord<'_>) -> Option<u64> {
    let is_one_of_several = user
        .layers
        .iter()
        .any(|layer| matches!(layer, Layer::Kpl | Layer::CloudWatchLogs));
    let number = is_one_of_several.then_some(user.subsequence_number);
    number.or(given.sub)
}
