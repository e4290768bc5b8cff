//! `--registry-schema`: a schema version from a file.

use std::path::PathBuf;
use std::str::FromStr;

use records::glue::{DataFormat, SchemaVersionId};

/// Which schema version is in which file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RegistrySchema {
    pub(super) id: SchemaVersionId,
    pub(super) format: DataFormat,
    pub(super) path: PathBuf,
}

impl FromStr for RegistrySchema {
    type Err = String;

    /// `ID=FILE` or `ID=FORMAT:FILE`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (id, file) = text.split_once('=').ok_or("expected ID=FILE")?;
        let id = id.parse().map_err(|error| format!("{error}"))?;
        let named = file.split_once(':');
        let named = named.and_then(|(format, path)| Some((format.parse().ok()?, path)));
        let (format, path) = match named {
            Some(named) => named,
            None => (by_ending(file)?, file),
        };
        let path = PathBuf::from(path);
        Ok(Self { id, format, path })
    }
}

fn by_ending(file: &str) -> Result<DataFormat, String> {
    match file.rsplit_once('.').map(|(_, ending)| ending) {
        Some("avsc") => Ok(DataFormat::Avro),
        Some("json") => Ok(DataFormat::Json),
        Some("proto") => Ok(DataFormat::Protobuf),
        _ => Err(format!(
            "what {file} is of is not known: expected an ending .avsc, .json or .proto, or for instance avro:{file}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63";

    #[test]
    fn the_format_is_named_or_found_by_the_ending() {
        for (file, format, path) in [
            ("user.avsc", DataFormat::Avro, "user.avsc"),
            ("a=b/user.json", DataFormat::Json, "a=b/user.json"),
            ("user.v2.proto", DataFormat::Protobuf, "user.v2.proto"),
            ("avro:user.json", DataFormat::Avro, "user.json"),
            ("PROTOBUF:user", DataFormat::Protobuf, "user"),
        ] {
            let path = PathBuf::from(path);
            let id = ID.parse().unwrap();
            let expected = RegistrySchema { id, format, path };
            assert_eq!(format!("{ID}={file}").parse(), Ok(expected), "{file}");
        }
    }

    #[test]
    fn anything_else_says_what_would_be_right() {
        for (text, says) in [
            ("user.avsc", "expected ID=FILE"),
            ("7=user.avsc", "has the form b7b4a7f0-"),
            (
                "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63=user.txt",
                "or for instance avro:user.txt",
            ),
        ] {
            let error = text.parse::<RegistrySchema>().unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
