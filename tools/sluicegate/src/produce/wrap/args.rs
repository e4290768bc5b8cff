//! The options of producers and demos.

use anyhow::Result;
use aws_sdk_glue::Client;
use records::compression::Compression;

use super::{Registered, Subject, Wrapping};

/// The registry of a demo, and of `--schema-registry` without a name.
const REGISTRY: &str = "sluicegate";

/// What is put around the payloads.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "What is put around the payloads")]
pub struct WrapArgs {
    /// Put many records into one, as the Kinesis Producer Library does
    #[arg(long)]
    aggregate: bool,
    /// Compress what is put, aggregates included
    #[arg(long, value_name = "HOW")]
    compress: Option<Compress>,
    /// Put the header of AWS Glue Schema Registry in front, with schemas of this registry, which is made if there is none
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = REGISTRY)]
    schema_registry: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Compress {
    Gzip,
    Zlib,
    Zstd,
}

impl WrapArgs {
    /// The layers as the functions' configuration names them; empty without any.
    pub fn layers(&self) -> String {
        let mut layers = self.outer().layers();
        if self.schema_registry.is_some() {
            let comma = if layers.is_empty() { "" } else { "," };
            layers = format!("{layers}{comma}glue");
        }
        layers
    }

    /// The wrapping of payloads of this subject, whose schemas are registered now where they are needed.
    pub async fn wrapping(&self, glue: &Client, subject: &Subject) -> Result<Wrapping> {
        let schemas = match &self.schema_registry {
            Some(registry) => Some(Registered::register(glue, registry, subject).await?),
            None => None,
        };
        Ok(Wrapping {
            schemas,
            ..self.outer()
        })
    }

    /// All but the header.
    fn outer(&self) -> Wrapping {
        Wrapping {
            aggregate: self.aggregate,
            compression: self.compress.map(|compress| match compress {
                Compress::Gzip => Compression::Gzip,
                Compress::Zlib => Compression::Zlib,
                Compress::Zstd => Compression::Zstd,
            }),
            schemas: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        wrap: WrapArgs,
    }

    #[test]
    fn layers_are_named_from_the_outside_to_the_inside() {
        for (arguments, layers) in [
            ("", ""),
            ("--aggregate", "kpl"),
            ("--schema-registry", "glue"),
            (
                "--schema-registry streams --aggregate --compress gzip",
                "gzip,kpl,glue",
            ),
            ("--compress zstd --schema-registry", "zstd,glue"),
            ("--compress zlib", "zlib"),
        ] {
            let arguments = ["produce"].into_iter().chain(arguments.split_whitespace());
            let command = Command::parse_from(arguments);
            assert_eq!(command.wrap.layers(), layers);
            layers.parse::<records::layers::Layers>().unwrap();
        }
    }
}
