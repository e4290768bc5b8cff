//! Streams and failure destinations by their ARNs.

use anyhow::{Context, Result, bail};
use records::StreamKind;

/// A stream by its ARN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamArn {
    /// The whole ARN.
    pub arn: String,
    /// What kind of stream it is.
    pub kind: StreamKind,
    /// For instance `us-east-1`.
    pub region: String,
    /// Name of the stream, or of the table.
    pub name: String,
}

/// Where failures are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A bucket.
    S3 {
        /// Its name.
        bucket: String,
    },
    /// A queue.
    Sqs {
        /// Its name.
        queue: String,
    },
}

impl StreamArn {
    pub(super) fn parse(arn: &str) -> Result<Self> {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let (kind, region, name) = match parts.as_slice() {
            ["arn", _, "kinesis", region, _, resource] if !resource.contains("/consumer/") => (
                StreamKind::Kinesis,
                region,
                resource.strip_prefix("stream/"),
            ),
            ["arn", _, "kinesis", ..] => {
                bail!(
                    "EventSourceArn: {arn} is a consumer with enhanced fan-out; locally only the stream itself is read"
                )
            }
            ["arn", _, "dynamodb", region, _, resource] => (
                StreamKind::DynamoDb,
                region,
                resource
                    .strip_prefix("table/")
                    .and_then(|rest| rest.split_once("/stream/"))
                    .map(|(table, _)| table),
            ),
            _ => bail!(
                "EventSourceArn: {arn:?} is no stream of Kinesis or DynamoDB; other sources do not run locally"
            ),
        };
        let name =
            name.with_context(|| format!("EventSourceArn: {arn} is not the ARN of a stream"))?;
        Ok(Self {
            arn: arn.to_owned(),
            kind,
            region: (*region).to_owned(),
            name: name.to_owned(),
        })
    }
}

impl Destination {
    pub(super) fn parse(arn: &str) -> Result<Self> {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        match parts.as_slice() {
            ["arn", _, "s3", _, _, bucket] => Ok(Self::S3 {
                bucket: (*bucket).to_owned(),
            }),
            ["arn", _, "sqs", _, _, queue] => Ok(Self::Sqs {
                queue: (*queue).to_owned(),
            }),
            _ => bail!(
                "DestinationConfig.OnFailure.Destination: {arn} cannot be written to locally, only buckets and queues can"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_known_by_their_arn() {
        let table =
            "arn:aws:dynamodb:eu-west-1:000000000000:table/orders/stream/2026-11-21T00:00:00.000";
        for (arn, kind, region, name) in [
            (
                "arn:aws:kinesis:us-east-1:000000000000:stream/readings",
                StreamKind::Kinesis,
                "us-east-1",
                "readings",
            ),
            (table, StreamKind::DynamoDb, "eu-west-1", "orders"),
        ] {
            let stream = StreamArn::parse(arn).unwrap();
            assert_eq!(
                (stream.kind, stream.region.as_str(), stream.name.as_str()),
                (kind, region, name)
            );
            assert_eq!(stream.arn, arn);
        }
        for (arn, expected) in [
            ("", "EventSourceArn: \"\" is no stream"),
            (
                "arn:aws:kafka:us-east-1:0:cluster/c/1",
                "EventSourceArn: \"arn:aws:kafka:us-east-1:0:cluster/c/1\" is no stream",
            ),
            (
                "arn:aws:kinesis:us-east-1:0:stream/s/consumer/c:1",
                "EventSourceArn: arn:aws:kinesis:us-east-1:0:stream/s/consumer/c:1 is a consumer with enhanced fan-out",
            ),
            (
                "arn:aws:dynamodb:us-east-1:0:table/orders",
                "EventSourceArn: arn:aws:dynamodb:us-east-1:0:table/orders is not the ARN of a stream",
            ),
        ] {
            let error = StreamArn::parse(arn).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn destinations_are_buckets_and_queues() {
        assert_eq!(
            Destination::parse("arn:aws:s3:::quarantine").unwrap(),
            Destination::S3 {
                bucket: "quarantine".to_owned()
            }
        );
        assert_eq!(
            Destination::parse("arn:aws:sqs:us-east-1:000000000000:failures").unwrap(),
            Destination::Sqs {
                queue: "failures".to_owned()
            }
        );
        for arn in ["arn:aws:sns:us-east-1:0:topic", "kafka://topic"] {
            let error = Destination::parse(arn).unwrap_err().to_string();
            assert!(
                error.starts_with("DestinationConfig.OnFailure.Destination: "),
                "{error}"
            );
        }
    }
}
