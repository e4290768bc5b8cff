//! How many changes there are, and how DMS is set up to tell of them.

use crate::share::Share;

/// How many changes to make, and how to write them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The database's engine.
    pub engine: Engine,
    /// How many records of changes follow the full load, poison included.
    pub count: u64,
    /// How often the task is started again, which sends the last changes once more.
    pub restarts: u32,
    /// What decides about everything random.
    pub seed: u64,
    /// When the task starts, in seconds since 1970.
    pub start: i64,
    /// How many of the `count` records can never be stored.
    pub poison: Share,
    /// `IncludeTransactionDetails`.
    pub transaction_details: bool,
    /// `IncludeNullAndEmpty`.
    pub null_and_empty: bool,
    /// Where it is told what a row was before.
    pub before_image: BeforeImage,
    /// What becomes the partition key.
    pub partition_key: PartitionKey,
    /// How numbers are spelled.
    pub numbers: Numbers,
    /// `MessageFormat`.
    pub message_format: MessageFormat,
    /// A column that has another name in the database: the usual name, and that one.
    pub renamed: Option<(&'static str, &'static str)>,
}

/// An engine whose records differ from those of others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Engine {
    /// Positions of the binary log; a delete has the whole row, a before image the key
    #[default]
    Mysql,
    /// Log sequence numbers; a delete has the key, a before image the key if it has changed
    Postgresql,
}

/// Where DMS puts what a row was before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum BeforeImage {
    /// In `before-image`, beside the row: the task's `BeforeImageSettings`
    #[default]
    Field,
    /// In columns `BI_...` of the row: the rule action add-before-image-columns
    Columns,
    /// Nowhere. Rows keep their keys then: nobody could tell where one was before
    None,
}

/// What the partition key, and with it the shard, is taken from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum PartitionKey {
    /// Schema and table, as DMS does unless told otherwise: a table is in one shard
    #[default]
    SchemaTable,
    /// Schema, table and primary key: rows are spread over all shards
    PrimaryKey,
}

/// How DMS spells numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Numbers {
    /// As JSON numbers; whole numbers of more than 16 digits as floats, `1.0E+17`
    Number,
    /// As strings, which the rule action change-data-type makes of them
    String,
    /// All of this from record to record, which no one task does
    #[default]
    Mixed,
}

/// How DMS lays out a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum MessageFormat {
    /// Over many lines, indented
    Json,
    /// One line with its end
    #[default]
    JsonUnformatted,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            engine: Engine::default(),
            count: 10_000,
            restarts: 1,
            seed: 1,
            start: 1_700_000_000,
            poison: Share::NONE,
            transaction_details: true,
            null_and_empty: false,
            before_image: BeforeImage::default(),
            partition_key: PartitionKey::default(),
            numbers: Numbers::default(),
            message_format: MessageFormat::default(),
            renamed: None,
        }
    }
}

impl Settings {
    /// Whether the order of changes of different rows is known: by the log, or as all are in one shard.
    pub fn has_order(&self) -> bool {
        self.transaction_details || self.partition_key == PartitionKey::SchemaTable
    }

    /// Whether a row may change its primary key: only if the records tell it, and if their order is known. Without
    /// transaction details that is the order in one shard, and a row that moves would be in two.
    pub fn rows_move(&self) -> bool {
        self.before_image != BeforeImage::None && self.has_order()
    }

    /// The name that a column has in the database.
    pub fn name(&self, column: &'static str) -> &'static str {
        match self.renamed {
            Some((name, other)) if name == column => other,
            _ => column,
        }
    }
}
