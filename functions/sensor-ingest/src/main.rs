//! Kinesis sensor readings into a DynamoDB table.
fn main() {}
