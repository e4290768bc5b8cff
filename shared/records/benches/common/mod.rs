//! Events as Lambda writes them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// An event with a record for each of the data.
pub(crate) fn event(data: impl IntoIterator<Item = Vec<u8>>) -> String {
    let records: Vec<String> = data
        .into_iter()
        .enumerate()
        .map(|(index, data)| {
            let data = STANDARD.encode(data);
            let sequence = 49_590_338_271_490_256_608_559_692_538_361_571_095_u128 + index as u128;
            format!(
                r#"{{"kinesis":{{"kinesisSchemaVersion":"1.0","partitionKey":"sensor-{index}","sequenceNumber":"{sequence}921575989136588898","data":"{data}","approximateArrivalTimestamp":1545084650.987}},"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"shardId-000000000006:{sequence}921575989136588898","eventName":"aws:kinesis:record","invokeIdentityArn":"arn:aws:iam::123456789012:role/lambda-role","awsRegion":"us-east-2","eventSourceARN":"arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream"}}"#
            )
        })
        .collect();
    format!(r#"{{"Records":[{}]}}"#, records.join(","))
}

/// A reading of a sensor: 90 bytes of JSON.
pub(crate) fn reading(index: usize) -> Vec<u8> {
    format!(
        r#"{{"sensor_id":"sensor-{index}","temperature":81.4,"current_time":1700000000,"humidity":40.5}}"#
    )
    .into_bytes()
}

/// Half a kilobyte of JSON.
#[allow(
    dead_code,
    reason = "each benchmark is a crate of its own, and not all take orders"
)]
pub(crate) fn order(index: usize) -> Vec<u8> {
    format!(
        r#"{{"order_id":"{index}","customer":"{}","items":[{}]}}"#,
        "name of somebody ".repeat(4),
        [r#"{"sku":"A-1234567","quantity":3,"price":"19.90"}"#; 8].join(",")
    )
    .into_bytes()
}
