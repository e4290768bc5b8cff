//! Where schemas come from: files, else the registry, which is asked when a record needs it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use aws_config::SdkConfig;
use records::avro::{AvroReader, AvroSchema};
use records::glue::{self, Lookup, Schema, SchemaSet, SchemaVersionId};
use records::layers::FixedSchema;
use records::protobuf::ProtobufSchema;
use registry::{GlueSource, Registry};
use tokio::runtime::Handle;

use super::registry_schema::RegistrySchema;
use crate::aws::{AccountArgs, local_config};
use crate::local::State;
use crate::project::Project;
use crate::{UsageError, causes};

/// Schemas of the registry.
pub(super) struct Schemas {
    from_files: SchemaSet,
    reader: Option<AvroSchema>,
    account: AccountArgs,
    runtime: Handle,
    /// Connected to when the first schema is asked for that is in no file.
    registry: Option<Registry<GlueSource>>,
    /// Why those could not be loaded that are not asked for again.
    failed: BTreeMap<SchemaVersionId, String>,
}

impl Schemas {
    pub(super) fn new(
        files: &[RegistrySchema],
        reader: Option<AvroSchema>,
        account: AccountArgs,
        runtime: Handle,
    ) -> Result<Self, UsageError> {
        let mut from_files = SchemaSet::default();
        for file in files {
            let text = read(&file.path)?;
            let schema = Schema::new(file.format, &text, reader.as_ref());
            let schema = schema.map_err(|error| unusable(&file.path, error))?;
            from_files.insert(file.id, Some(Ok(schema)));
        }
        Ok(Self {
            from_files,
            reader,
            account,
            runtime,
            registry: None,
            failed: BTreeMap::new(),
        })
    }

    /// Asks the registry. Whether anything has become known.
    pub(super) fn load(&mut self, missing: BTreeSet<SchemaVersionId>) -> bool {
        let mut is_any_known = false;
        for id in missing {
            if self.failed.contains_key(&id) {
                continue;
            }
            match self.load_one(id) {
                Ok(()) => is_any_known = true,
                Err(reason) => _ = self.failed.insert(id, reason),
            }
        }
        is_any_known
    }

    /// Why a schema is not there.
    pub(super) fn failure(&self, id: SchemaVersionId) -> Option<&str> {
        self.failed.get(&id).map(String::as_str)
    }

    fn load_one(&mut self, id: SchemaVersionId) -> Result<(), String> {
        if self.registry.is_none() {
            let config = self.runtime.block_on(config(&self.account))?;
            let source = GlueSource::new(&config);
            self.registry = Some(Registry::new(source, self.reader.clone()));
        }
        let Some(registry) = &mut self.registry else {
            return Ok(());
        };
        let loaded = self.runtime.block_on(registry.load(id));
        loaded.map_err(|error| causes(&error))
    }
}

impl glue::Schemas for Schemas {
    fn look_up(&self, id: SchemaVersionId) -> Lookup<'_> {
        match (self.from_files.look_up(id), &self.registry) {
            (Lookup::NotLoaded, Some(registry)) => registry.look_up(id),
            (found, _) => found,
        }
    }
}

/// Options come first, then the running local stack, then the environment.
async fn config(account: &AccountArgs) -> Result<SdkConfig, String> {
    let local = match Project::here() {
        Ok(project) if !account.are_given() => State::running(&project.local_stack())
            .map_err(|error| format!("the local stack: {}", causes(error.as_ref())))?,
        _ => None,
    };
    if let Some(state) = local {
        return Ok(local_config(state.registry_endpoint()));
    }
    let config = account.config().await;
    if config.region().is_none() {
        return Err("no region is set: give --region, or the schema with --registry-schema".into());
    }
    Ok(config)
}

/// The schema of the layers `avro` and `protobuf`.
pub(super) fn fixed(
    path: &Path,
    message: Option<&str>,
    reader: Option<&AvroSchema>,
) -> Result<FixedSchema, UsageError> {
    let text = read(path)?;
    let Some(message) = message else {
        let writer = AvroSchema::parse(&text).map_err(|error| unusable(path, error))?;
        let avro = match reader {
            Some(reader) => AvroReader::resolving(&writer, reader),
            None => AvroReader::new(&writer),
        };
        return Ok(FixedSchema::Avro(
            avro.map_err(|error| unusable(path, error))?,
        ));
    };
    let schema = ProtobufSchema::parse(&text).map_err(|error| unusable(path, error))?;
    let id = schema
        .message(message)
        .ok_or_else(|| unusable(path, format!("it has no message {message}")))?;
    Ok(FixedSchema::Protobuf(schema, id))
}

/// The schema that Avro is read as.
pub(super) fn reader(path: &Path) -> Result<AvroSchema, UsageError> {
    AvroSchema::parse(&read(path)?).map_err(|error| unusable(path, error))
}

fn read(path: &Path) -> Result<String, UsageError> {
    let text = std::fs::read_to_string(path);
    text.map_err(|error| UsageError(format!("{}: {error}", path.display())))
}

fn unusable(path: &Path, error: impl std::fmt::Display) -> UsageError {
    UsageError(format!("the schema {}: {error}", path.display()))
}
