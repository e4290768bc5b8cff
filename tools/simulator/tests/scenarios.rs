//! The exact timelines of the shipped scenarios, as table and as JSON lines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;

use simulator::Scenario;

fn shipped() -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    files
}

#[test]
fn each_shipped_scenario_has_its_exact_timeline() {
    for file in shipped() {
        let text = std::fs::read_to_string(&file).unwrap();
        let scenario = Scenario::from_json(&text).unwrap_or_else(|error| {
            panic!("{}: {error}", file.display());
        });
        let run = scenario.run();
        let timeline = &run.timeline;
        let shown = format!(
            "{}\n{}\n\n{}",
            timeline.to_table(),
            run.summary,
            timeline.to_json_lines()
        );
        insta::with_settings!({omit_expression => true}, {
            insta::assert_snapshot!(file.file_stem().unwrap().to_str().unwrap(), shown);
        });
    }
}
