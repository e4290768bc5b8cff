//! A table and a list of the test's own.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::AttributeValue;
use opt_out_list::{OptOutListService, OptOutLists, Options, serve};
use sluicegate::aws::local_config;
use sluicegate::consent::reconcile::difference::{Channel, Status};
use sluicegate::consent::reconcile::{
    Course, Pace, Progress, Repair, Report, lists_client, reconcile,
};
use sluicegate::console::Console;
use testkit::{FakeClock, LocalDynamoDb, TableSpec};
use tokio::net::TcpListener;

pub(crate) const TABLE: &str = "Consent";
pub(crate) const LIST: &str = "Default";
/// When the comparisons begin, in seconds since 1970; the rows are older unless a test says otherwise.
pub(crate) const NOW: i64 = 1_700_000_000;

pub(crate) struct Bench {
    pub(crate) dynamodb: LocalDynamoDb,
    pub(crate) service: OptOutListService,
    pub(crate) clock: FakeClock,
    pub(crate) lists: SdkConfig,
}

pub(crate) async fn bench(options: Options) -> Bench {
    let dynamodb = LocalDynamoDb::start().await;
    let table = TableSpec::new(TABLE, "phone").text_range("entity");
    dynamodb.create_table(&table).await;
    let clock = FakeClock::at(NOW.unsigned_abs() * 1_000);
    let service = OptOutListService::new(OptOutLists::new(options), clock.closure());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let lists = local_config(&format!("http://{}", listener.local_addr().unwrap()));
    tokio::spawn(serve(listener, service.clone()));
    Bench {
        dynamodb,
        service,
        clock,
        lists,
    }
}

pub(crate) fn fast() -> Options {
    Options {
        calls_per_second: 1_000,
        other_calls_per_second: 1_000,
        ..Options::default()
    }
}

pub(crate) fn phone(index: u32) -> String {
    format!("+1206555{index:04}")
}

impl Bench {
    /// A number of the table, last marked a day ago.
    pub(crate) async fn number(&self, index: u32, status: Status, channel: Channel) {
        self.number_at(index, status, channel, NOW - 86_400).await;
    }

    pub(crate) async fn number_at(&self, index: u32, status: Status, channel: Channel, at: i64) {
        let (status, end) = match status {
            Status::OptedIn => ("OPTED_IN", "i"),
            Status::OptedOut => ("OPTED_OUT", "o"),
        };
        let mut row = vec![
            ("phone", phone(index)),
            ("entity", "NUMBER".to_owned()),
            ("country", "US".to_owned()),
            ("status", status.to_owned()),
            ("version", format!("1.{end}")),
        ];
        let channel = match channel {
            Channel::InStep => "IN_STEP",
            Channel::Off => "OFF",
            Channel::Pending => {
                row.push(("channelReason", "opted-in-within-30-days".to_owned()));
                row.push(("pending", "sms".to_owned()));
                "PENDING"
            }
        };
        row.push(("channel", channel.to_owned()));
        let mut put = self.dynamodb.client().put_item().table_name(TABLE);
        for (name, value) in row {
            put = put.item(name, AttributeValue::S(value));
        }
        let at = AttributeValue::N(at.to_string());
        put.item("channelAt", at).send().await.unwrap();
    }

    pub(crate) fn list(&self, index: u32, end_user: bool) {
        self.service.with(|lists, now| {
            if end_user {
                lists.end_user_opts_out(LIST, &phone(index), now).unwrap();
            } else {
                lists.put(LIST, &phone(index), now).unwrap();
            }
        });
    }

    pub(crate) fn listed(&self) -> Vec<String> {
        self.service
            .with(|lists, _| lists.numbers(LIST).unwrap().keys().cloned().collect())
    }

    pub(crate) async fn run(&self, progress: Progress, repair: bool) -> anyhow::Result<Report> {
        let config = self.dynamodb.sdk_config();
        let repair = repair.then(|| Repair::new(&config, &self.lists, TABLE, LIST, 1_000));
        let course = Course {
            lists: lists_client(&self.lists),
            list: LIST.to_owned(),
            dynamodb: self.dynamodb.client(),
            table: TABLE.to_owned(),
            reads: Pace::of(1_000),
            repair: repair.transpose()?,
        };
        reconcile(course, progress, Console::plain()).await
    }

    pub(crate) async fn compare(&self) -> Report {
        self.run(Progress::in_memory(NOW), false).await.unwrap()
    }

    pub(crate) async fn repair(&self) -> Report {
        self.run(Progress::in_memory(NOW), true).await.unwrap()
    }

    /// `channel` of each number's row.
    pub(crate) async fn channels(&self) -> BTreeMap<String, String> {
        let rows = self.dynamodb.scan(TABLE).await.into_iter();
        let rows = rows.filter(|row| row["entity"].contains("NUMBER"));
        rows.map(|row| (row["phone"].clone(), row["channel"].clone()))
            .collect()
    }
}
