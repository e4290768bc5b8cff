//! The same data through the original implementations, both ways where they have both: `aws_kinesis_agg`, `fastavro`,
//! `aws-glue-schema-registry`, `protobuf`, `zstandard` and the standard library of Python; `aws-kinesis-agg`,
//! `@meinestadt.de/glue-schema-registry` with `avsc`, and zlib of Node.
//!
//! `make interop` runs it. Cases are made by generators with a fixed seed: a failure names the case, and comes again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod avro;
mod compression;
mod glue;
mod kpl;
mod peer;
mod protobuf;
