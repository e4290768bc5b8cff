//! What the tests of several databases need.

use proptest::prelude::{Strategy, any};
use proptest::sample::select;
use records::cdc::{self, CdcFormat, CdcRecord, RowChange, Version};
use records::{Position, SequenceNumber};

use super::settings::{BeforeImage, Engine, MessageFormat, Numbers, PartitionKey, Settings};
use crate::produce::outgoing::Outgoing;
use crate::share::Share;

/// Small tasks of all kinds.
pub(in crate::produce) fn settings() -> impl Strategy<Value = Settings> {
    let sizes = (0u64..400, 0u32..4, any::<u64>(), 0u32..=20);
    let dms = (
        select(&[Engine::Mysql, Engine::Postgresql][..]),
        select(&[BeforeImage::Field, BeforeImage::Columns, BeforeImage::None][..]),
        select(&[PartitionKey::SchemaTable, PartitionKey::PrimaryKey][..]),
        select(&[Numbers::Number, Numbers::String, Numbers::Mixed][..]),
        select(&[MessageFormat::Json, MessageFormat::JsonUnformatted][..]),
        any::<[bool; 2]>(),
    );
    (sizes, dms).prop_map(|(sizes, dms)| {
        let (count, restarts, seed, poison) = sizes;
        let (engine, before_image, partition_key, numbers, message_format, flags) = dms;
        let [transaction_details, null_and_empty] = flags;
        Settings {
            engine,
            count,
            restarts,
            seed,
            poison: Share::percent(poison),
            transaction_details,
            null_and_empty,
            before_image,
            partition_key,
            numbers,
            message_format,
            ..Settings::default()
        }
    })
}

/// How a function has to be told to read the records.
pub(in crate::produce) fn format(settings: &Settings) -> CdcFormat {
    match settings.before_image {
        BeforeImage::Columns => CdcFormat::Dms {
            before_image: cdc::BeforeImage::columns(),
        },
        BeforeImage::Field | BeforeImage::None => CdcFormat::default(),
    }
}

/// A record that must be of a row.
pub(in crate::produce) fn row_change<'a>(
    settings: &Settings,
    record: &'a Outgoing,
) -> RowChange<'a> {
    match format(settings).read(record.data.as_ref()) {
        Ok(CdcRecord::Row(change)) => change,
        other => panic!("{other:?}"),
    }
}

/// The version of such a record, wherever it stands in the stream.
pub(in crate::produce) fn version<'a>(settings: &Settings, record: &'a Outgoing) -> Version<'a> {
    let position = Position {
        sequence_number: SequenceNumber::new("5").unwrap(),
        subsequence_number: 0,
    };
    row_change(settings, record).version(position)
}
