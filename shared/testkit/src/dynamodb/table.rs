//! What tables look like.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
    LocalSecondaryIndex, Projection, ProjectionType, ScalarAttributeType,
};

/// A table to create: hash key, perhaps a range key, perhaps indexes.
///
/// ```
/// # use testkit::TableSpec;
/// let sensors = TableSpec::new("SensorData", "SensorId")
///     .number_range("CurrentTime")
///     .number_index("TemperatureIndex", "Temperature");
/// ```
#[derive(Clone, Debug)]
pub struct TableSpec {
    name: String,
    hash: (String, ScalarAttributeType),
    range: Option<(String, ScalarAttributeType)>,
    indexes: Vec<(String, String)>,
    global_indexes: Vec<GlobalIndex>,
}

/// A global index over a text and a number.
#[derive(Clone, Debug)]
struct GlobalIndex {
    name: String,
    hash: String,
    range: String,
}

impl TableSpec {
    /// A table whose hash key is the text attribute `hash`.
    pub fn new(name: impl Into<String>, hash: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            hash: (hash.into(), ScalarAttributeType::S),
            range: None,
            indexes: Vec::new(),
            global_indexes: Vec::new(),
        }
    }

    /// A table whose hash key is the number attribute `hash`.
    pub fn with_number_hash(name: impl Into<String>, hash: impl Into<String>) -> Self {
        let mut table = Self::new(name, hash);
        table.hash.1 = ScalarAttributeType::N;
        table
    }

    /// With a range key that is a number.
    #[must_use]
    pub fn number_range(mut self, range: impl Into<String>) -> Self {
        self.range = Some((range.into(), ScalarAttributeType::N));
        self
    }

    /// With a range key that is text.
    #[must_use]
    pub fn text_range(mut self, range: impl Into<String>) -> Self {
        self.range = Some((range.into(), ScalarAttributeType::S));
        self
    }

    /// With a local index over a number, projection `ALL`.
    #[must_use]
    pub fn number_index(mut self, index: impl Into<String>, range: impl Into<String>) -> Self {
        self.indexes.push((index.into(), range.into()));
        self
    }

    /// With a global index whose hash key is the text `hash` and whose range key is the number `range`, projection
    /// `KEYS_ONLY`. Items without one of them are not in it.
    #[must_use]
    pub fn global_index(
        mut self,
        index: impl Into<String>,
        hash: impl Into<String>,
        range: impl Into<String>,
    ) -> Self {
        self.global_indexes.push(GlobalIndex {
            name: index.into(),
            hash: hash.into(),
            range: range.into(),
        });
        self
    }

    /// Creates the table with this client, pay per request.
    pub(super) async fn create(&self, client: &Client) {
        let request = client
            .create_table()
            .table_name(&self.name)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(self.attributes()))
            .set_key_schema(Some(key_schema(
                &self.hash.0,
                self.range.as_ref().map(|(name, _)| name.as_str()),
            )))
            .set_local_secondary_indexes(self.local_indexes())
            .set_global_secondary_indexes(self.global_indexes());
        if let Err(error) = request.send().await {
            panic!("table {}: {}", self.name, DisplayErrorContext(&error));
        }
    }

    /// Each attribute that is in a key, once.
    fn attributes(&self) -> Vec<AttributeDefinition> {
        let mut kinds = BTreeMap::from([(&self.hash.0, &self.hash.1)]);
        kinds.extend(self.range.iter().map(|(name, kind)| (name, kind)));
        for (_, name) in &self.indexes {
            kinds.insert(name, &ScalarAttributeType::N);
        }
        for index in &self.global_indexes {
            kinds.insert(&index.hash, &ScalarAttributeType::S);
            kinds.insert(&index.range, &ScalarAttributeType::N);
        }
        kinds
            .into_iter()
            .map(|(name, kind)| attribute(name, kind.clone()))
            .collect()
    }

    fn local_indexes(&self) -> Option<Vec<LocalSecondaryIndex>> {
        let all = Projection::builder()
            .projection_type(ProjectionType::All)
            .build();
        let indexes: Vec<LocalSecondaryIndex> = self
            .indexes
            .iter()
            .map(|(index, range)| {
                LocalSecondaryIndex::builder()
                    .index_name(index)
                    .set_key_schema(Some(key_schema(&self.hash.0, Some(range))))
                    .projection(all.clone())
                    .build()
                    .expect("an index with name, keys and projection")
            })
            .collect();
        (!indexes.is_empty()).then_some(indexes)
    }

    fn global_indexes(&self) -> Option<Vec<GlobalSecondaryIndex>> {
        let keys_only = Projection::builder()
            .projection_type(ProjectionType::KeysOnly)
            .build();
        let indexes: Vec<GlobalSecondaryIndex> = self
            .global_indexes
            .iter()
            .map(|index| {
                GlobalSecondaryIndex::builder()
                    .index_name(&index.name)
                    .set_key_schema(Some(key_schema(&index.hash, Some(&index.range))))
                    .projection(keys_only.clone())
                    .build()
                    .expect("an index with name, keys and projection")
            })
            .collect();
        (!indexes.is_empty()).then_some(indexes)
    }
}

fn attribute(name: &str, kind: ScalarAttributeType) -> AttributeDefinition {
    AttributeDefinition::builder()
        .attribute_name(name)
        .attribute_type(kind)
        .build()
        .expect("an attribute with name and type")
}

fn key_schema(hash: &str, range: Option<&str>) -> Vec<KeySchemaElement> {
    let hash = (hash, KeyType::Hash);
    let range = range.map(|range| (range, KeyType::Range));
    std::iter::once(hash)
        .chain(range)
        .map(|(name, kind)| {
            KeySchemaElement::builder()
                .attribute_name(name)
                .key_type(kind)
                .build()
                .expect("a key with name and type")
        })
        .collect()
}
