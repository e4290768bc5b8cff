//! Changes as records of DMS.

use simulator::world::{Body, Put};

use crate::database::{ANSWERS, Change, Key, PHONES, Partition, What};

/// What comes to the stream.
#[derive(Clone, Debug)]
pub(crate) enum Record {
    Change(Change),
    /// Something that is to be skipped.
    Other(&'static str),
    /// Something that is no change, and the reason that the quarantine has of it.
    Poison(&'static str, &'static str),
}

pub(crate) const OTHERS: [&str; 3] = [
    r#"{"control":{},"metadata":{"record-type":"control","operation":"drop-table","schema-name":"blog_db","table-name":"optin_status"}}"#,
    r#"{"data":{"a":1},"metadata":{"record-type":"data","operation":"insert","schema-name":"","table-name":"awsdms_status"}}"#,
    r#"{"data":{"userid":1,"phone":"+12065550100","optin":1},"metadata":{"record-type":"data","operation":"insert","schema-name":"blog_db","table-name":"other"}}"#,
];

pub(crate) const POISON: [(&str, &str); 4] = [
    ("{", "not-json"),
    (
        r#"{"data":{"userid":1,"phone":"555","optin":1},"metadata":{"record-type":"data","operation":"insert","schema-name":"blog_db","table-name":"optin_status"}}"#,
        "invalid-phone",
    ),
    (
        r#"{"data":{"phone":"+12065550100","optin":1},"metadata":{"record-type":"data","operation":"insert","schema-name":"blog_db","table-name":"optin_status"}}"#,
        "missing-column",
    ),
    (
        r#"{"data":{"userid":"1"},"metadata":{"record-type":"data","operation":"delete","schema-name":"blog_db","table-name":"optin_status"}}"#,
        "delete-without-key",
    ),
];

impl Record {
    pub(crate) fn put(&self) -> Put {
        match self {
            Self::Change(change) => Put {
                key: Some(change.partition_key()),
                body: Body::Kinesis(change.to_json().into_bytes()),
            },
            Self::Other(json) => Put {
                key: Some("task".to_owned()),
                body: Body::Kinesis(json.as_bytes().to_vec()),
            },
            Self::Poison(json, _) => Put {
                key: Some("blog_db.optin_status".to_owned()),
                body: Body::Kinesis(json.as_bytes().to_vec()),
            },
        }
    }
}

impl Change {
    fn partition_key(&self) -> String {
        match self.partition {
            Partition::Table => "blog_db.optin_status".to_owned(),
            // A row that moves comes by the shard of its new key.
            Partition::Row => format!("row.{}.{}", self.key.user, self.key.phone),
            Partition::Transaction => self.place.0.to_string(),
        }
    }

    fn to_json(self) -> String {
        let (operation, answer) = match self.what {
            What::Load(answer) => ("load", Some(answer)),
            What::Insert(answer) => ("insert", Some(answer)),
            What::Update(answer) | What::Move(_, answer) => ("update", Some(answer)),
            What::Delete => ("delete", None),
        };
        let optin = answer.map_or("1", |answer| ANSWERS[answer].0);
        let key = key(self.key, self.spelling);
        let before = match self.what {
            What::Move(before, _) => format!(
                r#","before-image":{{{}}}"#,
                self::key(before, self.spelling + 1)
            ),
            What::Update(_) => r#","before-image":{}"#.to_owned(),
            _ => String::new(),
        };
        let (transaction, number) = self.place;
        let details = if matches!(self.what, What::Load(_)) {
            String::new()
        } else {
            format!(
                r#","transaction-id":{transaction},"transaction-record-id":{number},"stream-position":"00000002/{transaction:08X}.2.00000002/{transaction:08X}""#
            )
        };
        let mark = self.mark;
        format!(
            r#"{{"data":{{{key},"optin":{optin},"lastupdate":"t-{mark}"}}{before},"metadata":{{"record-type":"data","operation":"{operation}","schema-name":"blog_db","table-name":"optin_status"{details}}}}}"#
        )
    }
}

fn key(key: Key, spelling: usize) -> String {
    let spellings = PHONES[key.phone].0;
    format!(
        r#""userid":{},"phone":{}"#,
        key.user,
        spellings[spelling % spellings.len()]
    )
}
