//! A fake stream of several shards.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_sdk_kinesis::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_kinesis::{Client, Config};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use records::kpl::digest;
use serde_json::{Value, json};

/// A stream whose records are refused at random.
#[derive(Clone, Debug)]
pub(crate) struct FakeStream(pub(crate) Arc<Mutex<Stream>>);

/// What there is of it.
#[derive(Debug)]
pub(crate) struct Stream {
    rng: fastrand::Rng,
    /// Of so many records one is refused; none at 0.
    refuses: u8,
    /// Calls of PutRecords until the stream has twice as many shards; never at 0.
    split_after: usize,
    shards: u128,
    puts: usize,
    pub(crate) lists: usize,
    /// What lies in each shard: partition key and data.
    pub(crate) taken: BTreeMap<String, Vec<(String, Vec<u8>)>>,
    pub(crate) tick: Vec<(f64, usize)>,
    begun: tokio::time::Instant,
}

impl FakeStream {
    pub(crate) fn new(seed: u64, refuses: u8, split_after: usize) -> Self {
        Self(Arc::new(Mutex::new(Stream {
            rng: fastrand::Rng::with_seed(seed),
            refuses,
            split_after,
            shards: 2,
            puts: 0,
            lists: 0,
            taken: BTreeMap::new(),
            tick: Vec::new(),
            begun: tokio::time::Instant::now(),
        })))
    }

    pub(crate) fn client(&self) -> Client {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .http_client(self.clone())
            .build();
        Client::from_conf(config)
    }
}

impl Stream {
    fn id(&self, shard: u128) -> String {
        format!("shard-{}-{shard}", self.shards)
    }

    fn width(&self) -> u128 {
        u128::MAX / self.shards + 1
    }

    /// The first shard is told of last, and two shards come with a page each.
    fn list(&mut self, request: &Value) -> Value {
        self.lists += 1;
        let page: u128 = request["NextToken"]
            .as_str()
            .map_or(0, |token| token.parse().unwrap());
        let shard = self.shards - 1 - page;
        let (first, last) = (shard * self.width(), (shard + 1).wrapping_mul(self.width()));
        let mut answer = json!({"Shards": [{
            "ShardId": self.id(shard),
            "HashKeyRange": {
                "StartingHashKey": first.to_string(),
                "EndingHashKey": last.wrapping_sub(1).to_string(),
            },
            "SequenceNumberRange": {"StartingSequenceNumber": "1"},
        }, {
            "ShardId": "shard-closed",
            "HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": u128::MAX.to_string()},
            "SequenceNumberRange": {"StartingSequenceNumber": "1", "EndingSequenceNumber": "2"},
        }]});
        if shard > 0 {
            answer["NextToken"] = json!((page + 1).to_string());
        }
        answer
    }

    fn put(&mut self, request: &Value) -> Value {
        self.puts += 1;
        if self.puts == self.split_after {
            self.shards *= 2;
        }
        let mut failed = 0;
        let records = request["Records"].as_array().unwrap();
        let results: Vec<Value> = records
            .iter()
            .map(|record| {
                if self.refuses > 0 && self.rng.u8(0..self.refuses) == 0 {
                    failed += 1;
                    return json!({"ErrorCode": "Throughput", "ErrorMessage": "no"});
                }
                let key = record["PartitionKey"].as_str().unwrap().to_owned();
                let hash_key = match record["ExplicitHashKey"].as_str() {
                    Some(given) => given.parse().unwrap(),
                    None => u128::from_be_bytes(digest(key.as_bytes())),
                };
                let shard = self.id(hash_key / self.width());
                let data = BASE64_STANDARD.decode(record["Data"].as_str().unwrap());
                let taken = self.taken.entry(shard.clone()).or_default();
                taken.push((key, data.unwrap()));
                json!({"SequenceNumber": taken.len().to_string(), "ShardId": shard})
            })
            .collect();
        let at = self.begun.elapsed().as_secs_f64();
        self.tick.push((at, records.len()));
        json!({"FailedRecordCount": failed, "Records": results})
    }
}

impl HttpConnector for FakeStream {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        let mut stream = self.0.lock().unwrap();
        let answer = if target.ends_with(".ListShards") {
            stream.list(&body)
        } else {
            stream.put(&body)
        };
        let body = SdkBody::from(answer.to_string());
        HttpConnectorFuture::ready(Ok(HttpResponse::new(200.try_into().unwrap(), body)))
    }
}

impl HttpClient for FakeStream {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
