use super::*;

const AVRO: &str = r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}"#;
const PROTO: &str = "syntax = \"proto3\"; package p; message M { int32 a = 1; }";

fn read(variables: &[(&str, &str)]) -> Result<LayersConfig, String> {
    let lookup = |name: &str| {
        let found = variables.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    LayersConfig::read(&Environment::new(&lookup)).map_err(|error| error.to_string())
}

#[test]
fn without_settings_records_have_no_layers() {
    let config = read(&[]).unwrap();
    assert!(config.layers.is_none() && config.reader.is_none());
    assert!(read(&[("RECORD_LAYERS", "")]).unwrap().layers.is_none());
}

#[test]
fn layers_are_read_with_what_belongs_to_them() {
    let file = std::env::temp_dir().join("sluicegate-layers-config-test.avsc");
    std::fs::write(&file, AVRO).unwrap();
    let file = format!("@{}", file.display());
    let cases: [(&[_], &str); 6] = [
        (&[("RECORD_LAYERS", " gzip , kpl")], "gzip,kpl"),
        (
            &[
                ("RECORD_LAYERS", "zstd,kpl,glue"),
                ("RECORD_MAX_BYTES", "65536"),
            ],
            "zstd,kpl,glue",
        ),
        (
            &[
                ("RECORD_LAYERS", "glue-avro"),
                ("RECORD_READER_SCHEMA", AVRO),
            ],
            "glue-avro",
        ),
        (
            &[("RECORD_LAYERS", "avro"), ("RECORD_SCHEMA", AVRO)],
            "avro",
        ),
        (
            &[("RECORD_LAYERS", "avro"), ("RECORD_SCHEMA", &file)],
            "avro",
        ),
        (
            &[
                ("RECORD_LAYERS", "protobuf"),
                ("RECORD_SCHEMA", PROTO),
                ("RECORD_MESSAGE", "p.M"),
            ],
            "protobuf",
        ),
    ];
    for (variables, layers) in cases {
        let config = read(variables).unwrap();
        assert_eq!(config.layers.to_string(), layers);
        assert!(!config.layers.needs_schema(), "{layers}");
    }
}

#[test]
fn a_wrong_setting_is_named_with_what_was_expected() {
    let long = format!("{{{}", "x".repeat(100));
    let cases: [(&[_], &str); 11] = [
        (
            &[("RECORD_LAYERS", "gzip,kpx")],
            "environment variable RECORD_LAYERS is \"gzip,kpx\": expected layers: layer 2 is `kpx`, expected gzip,",
        ),
        (
            &[("RECORD_LAYERS", "kpl,kpl")],
            "environment variable RECORD_LAYERS is \"kpl,kpl\": expected layers: layer 2 is `kpl`, which cannot stand there",
        ),
        (
            &[("RECORD_LAYERS", "kpl"), ("RECORD_MAX_BYTES", "1000")],
            "environment variable RECORD_MAX_BYTES is \"1000\": expected a whole number from 65536 to 268435456",
        ),
        (
            &[("RECORD_LAYERS", "avro")],
            "environment variable RECORD_SCHEMA is not set: expected the text of a schema, or @ and the path of its file",
        ),
        (
            &[("RECORD_LAYERS", "avro"), ("RECORD_SCHEMA", &long)],
            &format!(
                "environment variable RECORD_SCHEMA is \"{}…\": expected a schema: ",
                &long[..80]
            ),
        ),
        (
            &[
                ("RECORD_LAYERS", "avro"),
                ("RECORD_SCHEMA", "@/nowhere.avsc"),
            ],
            "environment variable RECORD_SCHEMA is \"@/nowhere.avsc\": expected @ and the path of a file that can be read: ",
        ),
        (
            &[("RECORD_LAYERS", "kpl"), ("RECORD_SCHEMA", AVRO)],
            "environment variable RECORD_SCHEMA is ",
        ),
        (
            &[
                ("RECORD_LAYERS", "kpl"),
                ("RECORD_READER_SCHEMA", "\"int\""),
            ],
            "environment variable RECORD_READER_SCHEMA is \"\\\"int\\\"\": expected nothing: RECORD_LAYERS has none of glue, glue-avro or avro",
        ),
        (
            &[("RECORD_LAYERS", "protobuf"), ("RECORD_SCHEMA", PROTO)],
            "environment variable RECORD_MESSAGE is not set: expected the full name of a message of RECORD_SCHEMA",
        ),
        (
            &[
                ("RECORD_LAYERS", "protobuf"),
                ("RECORD_SCHEMA", PROTO),
                ("RECORD_MESSAGE", "M"),
            ],
            "environment variable RECORD_MESSAGE is \"M\": expected the full name of a message of RECORD_SCHEMA",
        ),
        (
            &[("RECORD_MESSAGE", "p.M")],
            "environment variable RECORD_MESSAGE is \"p.M\": expected nothing: RECORD_LAYERS has none of protobuf",
        ),
    ];
    for (variables, expected) in cases {
        let error = read(variables).unwrap_err();
        assert!(error.starts_with(expected), "{error}");
    }
}
