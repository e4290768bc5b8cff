//! The function: sales into the state of their window, and the state into the table.

use std::borrow::Cow;

use dynamo::{Transactions, Transport, TransportError};
use pipeline::{Deadline, Outcome, Poison, Stage, WindowFunction, WindowRecord};
use records::{AttributeValue, Change, ChangeKind, Image, Window};

use crate::config::Config;
use crate::results::Results;
use crate::rows::PartName;
use crate::sale::{Sale, SaleError, SaleFields};
use crate::state::{Counter, Limits, State};

/// Seconds of a day.
const DAY: i64 = 24 * 60 * 60;

/// Adds up the sales of each window and group.
#[derive(Debug)]
pub struct SalesAggregator {
    fields: SaleFields,
    limits: Limits,
    results: Results,
}

impl SalesAggregator {
    /// The function with the SDK's configuration.
    pub fn new(config: Config, sdk: &aws_config::SdkConfig) -> Result<Self, TransportError> {
        Ok(Self::with_transport(config, Transport::new(sdk)?))
    }

    /// The function over a transport of one's own.
    pub fn with_transport(config: Config, transport: Transport) -> Self {
        let transactions = Transactions::new(transport, &config.table);
        Self {
            fields: config.fields,
            limits: Limits::default(),
            results: Results::new(transactions, i64::from(config.retention_days) * DAY),
        }
    }

    /// With other limits than [`Limits::default`]: tests need small ones.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    fn count(
        &self,
        window: &Window<()>,
        counter: &mut Counter<'_>,
        record: &WindowRecord<'_>,
    ) -> Outcome {
        let (sale, position, arrival) = match record {
            WindowRecord::Kinesis(record) => {
                let sale = self.fields.parse(record.data).map(Some);
                (sale, record.position, record.arrival)
            }
            WindowRecord::DynamoDb(change) => {
                (self.of_change(change), change.position, change.arrival)
            }
        };
        let sale = match sale {
            Ok(Some(sale)) => sale,
            Ok(None) => return Outcome::Skipped,
            Err(error) => return Outcome::Poison(error.into()),
        };
        // Streams give every record its arrival; a sale without one still counts.
        let arrival = arrival.unwrap_or(window.start);
        if counter.count(sale, position, arrival) {
            Outcome::Applied
        } else {
            Outcome::Collapsed
        }
    }

    /// The sale that an item is, when it is new; no other change is one.
    fn of_change<'a>(&self, change: &Change<'a>) -> Result<Option<Sale<'a>>, SaleError> {
        if change.kind != ChangeKind::Insert {
            return Ok(None);
        }
        let image = change
            .new_image
            .ok_or(SaleError::MissingField("NewImage"))?;
        let sales = match image.get("sales")? {
            Some(AttributeValue::N(sales)) => sales,
            None | Some(AttributeValue::Null) => return Err(SaleError::MissingField("sales")),
            Some(_) => return Err(SaleError::NotANumber),
        };
        let id = name(image, "ID")?;
        let group = match &self.fields.group {
            Some(group) => name(image, group)?,
            None => None,
        };
        self.fields.sale(id, group, &sales).map(Some)
    }
}

/// Text, or a number taken as the text that it is; `None` for all else.
fn name<'a>(image: Image<'a>, attribute: &str) -> Result<Option<Cow<'a, str>>, SaleError> {
    Ok(match image.get(attribute)? {
        Some(AttributeValue::S(text) | AttributeValue::N(text)) => Some(text),
        _ => None,
    })
}

impl WindowFunction for SalesAggregator {
    type State = State;

    fn check(&self, state: &State) -> Result<(), String> {
        state.check().map_err(|error| error.to_string())
    }

    fn is_full(&self, state: &State) -> bool {
        state.complete_parts() > 0
    }

    fn fold(
        &self,
        window: &Window<()>,
        state: &mut State,
        records: &[WindowRecord<'_>],
    ) -> Vec<Outcome> {
        let mut counter = state.counter(self.limits, self.fields.needs_id);
        records
            .iter()
            .map(|record| self.count(window, &mut counter, record))
            .collect()
    }

    async fn hand_over(
        &self,
        window: &Window<()>,
        state: &mut State,
        deadline: Deadline,
    ) -> Result<(), String> {
        let is_end = window.is_final || window.is_terminated_early;
        let mut left = state.complete_parts() + usize::from(is_end);
        while let Some(part) = state.first_part().filter(|_| left > 0) {
            let name = PartName {
                source: source(window.stream_arn.as_deref().unwrap_or_default()),
                start: window.start,
                end: window.end,
                shard_id: &window.shard_id,
                part: &part.name,
            };
            let written = self.results.write(name, &part.groups, deadline.work());
            written.await.map_err(|error| error.to_string())?;
            state.drop_first_part();
            left -= 1;
        }
        Ok(())
    }
}

/// Name of the stream or, of a table's stream, of the table.
fn source(arn: &str) -> &str {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or(arn);
    let name = resource.split_once('/').map_or(resource, |(_, name)| name);
    name.split_once('/').map_or(name, |(name, _)| name)
}

impl From<SaleError> for Poison {
    fn from(error: SaleError) -> Self {
        Self {
            stage: if error.is_of_payload() {
                Stage::Payload
            } else {
                Stage::Domain
            },
            reason: error.reason(),
            detail: error.to_string().into(),
        }
    }
}
