//! Layers as text.

use records::glue::NoSchemas;
use records::layers::Layers;

use super::check;

#[test]
fn layers_are_named_from_the_outside_to_the_inside() {
    let mut good = vec![
        "",
        "gzip",
        "kpl",
        "zlib,kpl,gzip",
        "cloudwatch-logs",
        "gzip,kpl,glue-avro",
        "kpl,glue",
        "glue-json",
        "avro",
        "gzip,csv(a b:number)",
        "kpl,tsv(a)",
        "cloudwatch-logs,psv(a)",
    ];
    if cfg!(feature = "zstd") {
        good.push("zstd,kpl,zstd");
    }
    if cfg!(feature = "protobuf") {
        good.extend(["glue-protobuf", "kpl,protobuf"]);
    }
    for text in good {
        super::layers(text);
        let spaced = format!(" {} ", text.replace(',', " , "));
        assert_eq!(spaced.parse::<Layers>().unwrap().to_string(), text);
    }
    assert_eq!("kpl,json".parse::<Layers>().unwrap().to_string(), "kpl");
}

#[test]
fn what_names_no_layers_says_why() {
    for (bad, start) in [
        ("gzip,,kpl", "layer 2 is ``, expected gzip, "),
        ("bzip2", "layer 1 is `bzip2`, expected"),
        ("glue-xml", "layer 1 is `glue-xml`, expected"),
        ("csv(a:b)", "layer 1 is `csv(a:b)`, expected"),
        ("gzip,zlib", "layer 2 is `zlib`, which cannot stand there"),
        (
            "kpl,gzip,zlib",
            "layer 3 is `zlib`, which cannot stand there",
        ),
        ("kpl,kpl", "layer 2 is `kpl`, which cannot"),
        ("glue,kpl", "layer 2 is `kpl`, which cannot"),
        ("avro,glue", "layer 2 is `glue`, which cannot"),
        (
            "gzip,cloudwatch-logs",
            "layer 2 is `cloudwatch-logs`, which cannot",
        ),
        ("cloudwatch-logs,kpl", "layer 2 is `kpl`, which cannot"),
    ] {
        let error = bad.parse::<Layers>().unwrap_err().to_string();
        assert!(error.starts_with(start), "{error}");
    }
    if !cfg!(feature = "zstd") {
        let error = "zstd".parse::<Layers>().unwrap_err().to_string();
        assert!(error.contains("which this build does not have"), "{error}");
    }
}

#[test]
fn a_schema_that_was_not_given_is_missed() {
    let layers: Layers = "avro".parse().unwrap();
    assert!(layers.needs_schema() && !layers.needs_registry());
    check(
        layers,
        b"\x02a",
        &NoSchemas,
        &[(None, Err(("avro", "no-schema")))],
    );
}
