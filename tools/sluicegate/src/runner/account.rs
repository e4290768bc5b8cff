//! An account behind the SDK clients, as small as it can be.

use std::sync::{Arc, Mutex};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};

use super::wire::{Request, Response, Wire};

const STREAM: &str = "arn:aws:kinesis:us-east-1:000000000000:stream/readings";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:ingest";
const ROLE: &str = "arn:aws:iam::000000000000:role/ingest";

/// An account with one stream of one shard, one function and one mapping.
#[derive(Clone)]
pub(super) struct Account {
    pub(super) mapping: Value,
    /// Properties of the mapping in the template.
    pub(super) template: Value,
    /// Sequence numbers in the shard; records behind the last one never come.
    pub(super) records: Vec<u64>,
    pub(super) is_closed: bool,
    /// A batch that holds any of these makes the function throw.
    pub(super) throws_at: Vec<u64>,
    /// What the role may not do.
    pub(super) denied: &'static str,
}

impl Account {
    pub(super) fn new() -> Self {
        Self {
            mapping: json!({
                "UUID": "uuid", "EventSourceArn": STREAM, "FunctionArn": FUNCTION, "State": "Enabled",
                "BatchSize": 4, "StartingPosition": "TRIM_HORIZON", "MaximumRetryAttempts": 0,
                "BisectBatchOnFunctionError": true,
                "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:s3:::quarantine"}},
            }),
            template: json!({"BatchSize": 4}),
            records: vec![1, 2, 3, 4],
            is_closed: false,
            throws_at: Vec::new(),
            denied: "",
        }
    }

    pub(super) fn wire(&self) -> (Wire, Calls) {
        let calls = Calls::default();
        let (account, seen) = (self.clone(), calls.clone());
        (
            Wire::new(move |request| account.answer(request, &seen)),
            calls,
        )
    }

    fn answer(&self, request: &Request, calls: &Calls) -> Response {
        let body = &request.body;
        let query = body.as_str().unwrap_or_default();
        if request.operation == self.denied {
            return Response::error(
                400,
                "AccessDeniedException",
                "User: somebody is not authorized to perform: kinesis:GetRecords because no policy allows it",
            );
        }
        match request.operation.as_str() {
            "POST /" if query.contains("Action=AssumeRole") => {
                text(include_str!("testdata/assume_role.xml"))
            }
            "POST /" if query.contains("Action=DescribeStacks") => {
                text(include_str!("testdata/describe_stacks.xml"))
            }
            "POST /" if query.contains("Action=DescribeStackResources") => {
                text(include_str!("testdata/describe_stack_resources.xml"))
            }
            "POST /" if query.contains("Action=GetTemplate") => {
                let resource =
                    json!({"Type": "AWS::Lambda::EventSourceMapping", "Properties": self.template});
                let template = json!({"Resources": {"Mapping": resource}});
                text(
                    &include_str!("testdata/get_template.xml")
                        .replace("TEMPLATE", &template.to_string()),
                )
            }
            "ListShards" => Response::ok(&json!({"Shards": [{
                "ShardId": "shardId-0", "HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": "1"},
                "SequenceNumberRange": {"StartingSequenceNumber": "0"},
            }]})),
            "GetShardIterator" => {
                let after = body["StartingSequenceNumber"].as_str().unwrap_or("0");
                calls.0.lock().unwrap().begun.push(after.to_owned());
                Response::ok(&json!({"ShardIterator": after}))
            }
            "GetRecords" => self.page(body["ShardIterator"].as_str().unwrap()),
            path if path.ends_with("/invocations") => {
                let numbers = numbers(body);
                let throws = numbers.iter().any(|number| self.throws_at.contains(number));
                calls.0.lock().unwrap().invoked.push(numbers);
                let mut answer = Response::ok(&json!({}));
                if throws {
                    answer
                        .headers
                        .push(("x-amz-function-error", "Unhandled".to_owned()));
                }
                answer
            }
            path if path.contains("/functions/") => {
                Response::ok(&json!({"Role": ROLE, "Timeout": 5, "FunctionArn": FUNCTION}))
            }
            path if path.contains("/event-source-mappings") => {
                Response::ok(&json!({"EventSourceMappings": [self.mapping]}))
            }
            path if path.starts_with("PUT /quarantine/") => {
                calls
                    .0
                    .lock()
                    .unwrap()
                    .parked
                    .push((path.to_owned(), body.clone()));
                text("")
            }
            path if path.starts_with("HEAD /quarantine") => text(""),
            other => panic!("nobody answers {other}: {body}"),
        }
    }

    fn page(&self, iterator: &str) -> Response {
        let after: u64 = iterator.parse().unwrap();
        let records: Vec<Value> = self
            .records
            .iter()
            .filter(|number| **number > after)
            .map(|number| json!({
                "SequenceNumber": number.to_string(), "PartitionKey": "p",
                "Data": BASE64_STANDARD.encode(number.to_string()), "ApproximateArrivalTimestamp": 1_700_000_000,
            }))
            .collect();
        let last = self.records.last().copied().unwrap_or_default().to_string();
        let mut page = json!({"Records": records, "MillisBehindLatest": 0});
        if !self.is_closed {
            page["NextShardIterator"] = json!(last);
        }
        Response::ok(&page)
    }
}

fn text(body: &str) -> Response {
    Response {
        status: 200,
        headers: Vec::new(),
        body: body.to_owned(),
    }
}

/// What has been asked of the account, apart from reading.
#[derive(Clone, Default)]
pub(super) struct Calls(pub(super) Arc<Mutex<Seen>>);

#[derive(Default)]
pub(super) struct Seen {
    /// Sequence numbers after which reading began.
    pub(super) begun: Vec<String>,
    pub(super) invoked: Vec<Vec<u64>>,
    pub(super) parked: Vec<(String, Value)>,
}

pub(super) fn numbers(event: &Value) -> Vec<u64> {
    let records = event["Records"].as_array().unwrap();
    records
        .iter()
        .map(|record| {
            record["kinesis"]["sequenceNumber"]
                .as_str()
                .unwrap()
                .parse()
                .unwrap()
        })
        .collect()
}
