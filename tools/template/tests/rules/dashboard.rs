//! Dashboards and alarms show metrics that exist, and docs/METRICS.md explains all of them.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use pipeline::metrics::{BatchLine, DIMENSION, MetricsLog, NAMESPACE, Summary};
use serde_json::{Value, json};

use crate::alarms::alarms;
use crate::code::CODE;
use crate::values::list;
use crate::{ROOT, template};

#[test]
fn the_functions_metrics_are_watched_by_the_names_that_they_write() {
    let (namespace, written) = written_metrics();
    assert_eq!(namespace, NAMESPACE);
    let wanted: BTreeSet<(String, String)> = CODE
        .iter()
        .flat_map(|code| {
            let own = code.metrics.iter().map(|metric| (*metric).to_owned());
            let metrics = written.iter().cloned().chain(own);
            metrics.map(|metric| (code.name.to_owned(), metric))
        })
        .collect();
    let template = template();
    for (id, alarm) in alarms(&template).filter(|(_, alarm)| alarm["Namespace"] == NAMESPACE) {
        let metric = alarm["MetricName"].as_str().unwrap();
        let dimension = &alarm["Dimensions"][0];
        assert_eq!(dimension["Name"], DIMENSION, "{id}");
        let function = dimension["Value"].as_str().unwrap();
        assert!(
            wanted.contains(&(function.to_owned(), metric.to_owned())),
            "{id}"
        );
    }
    let shown: BTreeSet<(String, String)> = dashboards()
        .iter()
        .flat_map(shown_metrics)
        .filter(|metric| metric[0] == NAMESPACE)
        .map(|metric| {
            assert_eq!(metric[2], DIMENSION, "{metric:?}");
            (metric[3].clone(), metric[1].clone())
        })
        .collect();
    assert_eq!(
        shown, wanted,
        "a dashboard shows every metric of every function"
    );
}

#[test]
fn every_metric_and_alarm_is_explained() {
    let page = std::fs::read_to_string(format!("{ROOT}/docs/METRICS.md")).unwrap();
    let template = template();
    let (_, written) = written_metrics();
    let watched = alarms(&template).map(|(_, alarm)| alarm["MetricName"].as_str().unwrap());
    let named = alarms(&template).map(|(id, _)| id);
    for name in watched
        .chain(named)
        .chain(written.iter().map(String::as_str))
        .chain(CODE.iter().flat_map(|code| code.metrics).copied())
    {
        assert!(
            page.contains(&format!("`{name}`")),
            "docs/METRICS.md does not explain {name}"
        );
    }
}

#[test]
fn widgets_fill_the_rows_without_overlap() {
    for dashboard in dashboards() {
        let mut taken = BTreeSet::new();
        for widget in list(&dashboard["widgets"]) {
            let [x, y, width, height] =
                ["x", "y", "width", "height"].map(|side| widget[side].as_u64().unwrap());
            let row = |row| (x..x + width).map(move |column| (row, column));
            for cell in (y..y + height).flat_map(row) {
                assert!(cell.1 < 24, "{widget}");
                assert!(taken.insert(cell), "{widget}");
            }
        }
        let rows = taken.iter().map(|(row, _)| row).max().unwrap() + 1;
        assert_eq!(taken.len() as u64, rows * 24);
    }
}

/// The dashboards' bodies; their placeholders all stand in texts.
fn dashboards() -> Vec<Value> {
    template()
        .of_type("AWS::CloudWatch::Dashboard")
        .map(|(_, dashboard)| {
            let body = &dashboard["Properties"]["DashboardBody"]["Fn::Sub"];
            serde_json::from_str(body.as_str().unwrap()).unwrap()
        })
        .collect()
}

/// Namespace, name and dimensions of the metrics of a dashboard, its abbreviations written out.
fn shown_metrics(dashboard: &Value) -> Vec<Vec<String>> {
    let mut shown = Vec::new();
    for widget in list(&dashboard["widgets"]) {
        let mut last: Vec<String> = Vec::new();
        for metric in list(&widget["properties"]["metrics"]) {
            let texts: Vec<&str> = list(metric).iter().filter_map(Value::as_str).collect();
            if texts != ["..."] {
                let text = |(place, text): (usize, &&str)| match *text {
                    "." => last[place].clone(),
                    text => text.to_owned(),
                };
                last = texts.iter().enumerate().map(text).collect();
            }
            shown.push(last.clone());
        }
    }
    shown
}

/// The namespace and the names of the metrics in a batch's log line.
fn written_metrics() -> (String, BTreeSet<String>) {
    let out = Out::default();
    MetricsLog::new(Box::new(out.clone())).write(&BatchLine {
        function: CODE[0].name,
        done_at: SystemTime::UNIX_EPOCH,
        request_id: "r",
        summary: &Summary {
            record_age: Some(Duration::from_millis(1)),
            ..Summary::default()
        },
        duration: Duration::from_millis(1),
        failure: None,
    });
    let line: Value = serde_json::from_slice(&out.0.lock().unwrap()).unwrap();
    let directive = &line["_aws"]["CloudWatchMetrics"][0];
    assert_eq!(directive["Dimensions"], json!([[DIMENSION]]));
    let names = list(&directive["Metrics"]).iter();
    let names = names
        .map(|metric| metric["Name"].as_str().unwrap().to_owned())
        .collect();
    (directive["Namespace"].as_str().unwrap().to_owned(), names)
}

/// A log that can be read.
#[derive(Clone, Default)]
struct Out(Arc<Mutex<Vec<u8>>>);

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
