//! The README's example is what the simulator says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use simulator::Scenario;

fn block<'a>(readme: &'a str, kind: &str) -> &'a str {
    let (_, from) = readme.split_once(&format!("```{kind}\n")).unwrap();
    from.split_once("```").unwrap().0
}

#[test]
fn the_example_of_the_readme_prints_what_stands_there() {
    let readme = include_str!("../README.md");
    let run = Scenario::from_json(block(readme, "json")).unwrap().run();
    let printed = format!("{}\n{}\n", run.timeline.to_table(), run.summary);
    let shown = block(readme, "text");
    assert_eq!(&shown[..printed.len()], printed);
}

#[test]
fn the_readme_names_all_of_the_file() {
    let readme = include_str!("../README.md");
    for name in [
        "settings",
        "choices",
        "records",
        "function.fails",
        "function.sum",
        "function.state_bytes",
        "function.duration",
        "events",
        "until",
        "records[].arrival",
        "records[].key",
        "records[].data",
        "records[].bytes",
        "function.fails[].record",
        "function.fails[].position",
        "function.fails[].final",
        "function.fails[].how",
        "function.fails[].times",
    ] {
        assert!(readme.contains(&format!("| `{name}` |")), "{name}");
    }
}
