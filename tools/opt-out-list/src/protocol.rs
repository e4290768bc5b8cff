//! AWS JSON 1.0: targets and bodies in, statuses and bodies out.

use records::Timestamp;
use serde_json::{Value, json};
use stand_in::{Answer, StandIn};

use crate::lists::{List, OptOutLists, OptedOut, StoredLists, arn};
use crate::requests::Request;
use crate::{ListError, Options};

/// The service's part of `X-Amz-Target`.
const SERVICE: &str = "PinpointSMSVoiceV2";

impl From<ListError> for Answer {
    fn from(error: ListError) -> Self {
        Self {
            status: error.status(),
            body: error.to_json().to_string(),
        }
    }
}

impl Default for OptOutLists {
    fn default() -> Self {
        Self::new(Options::default())
    }
}

impl StandIn for OptOutLists {
    const SERVICE: &'static str = SERVICE;
    const NAME: &'static str = "opt-out lists";
    const CONTENT_TYPE: &'static str = "application/x-amz-json-1.0";
    /// The API's own are below 2 KB.
    const MOST_BODY: usize = 64 * 1024;
    type Stored = StoredLists;

    fn answer(&mut self, target: &str, body: &[u8], now: Timestamp) -> Answer {
        match act(self, target, body, now) {
            Ok(body) => Answer {
                status: 200,
                body: body.to_string(),
            },
            Err(error) => error.into(),
        }
    }

    fn too_large() -> Answer {
        Answer::from(ListError::Validation {
            reason: "INVALID_REQUEST",
            field: "body",
            expected: "at most 64 KB",
        })
    }

    fn not_kept() -> Answer {
        ListError::Internal.into()
    }

    fn changes(&self) -> u64 {
        OptOutLists::changes(self)
    }

    fn stored(&self) -> StoredLists {
        self.to_stored()
    }

    fn restore(&mut self, stored: StoredLists) {
        self.take_up(stored);
    }
}

fn act(
    lists: &mut OptOutLists,
    target: &str,
    body: &[u8],
    now: Timestamp,
) -> Result<Value, ListError> {
    let action = target
        .strip_prefix(SERVICE)
        .and_then(|rest| rest.strip_prefix('.'));
    let action = action.filter(|action| ACTIONS.contains(action));
    let action = action.ok_or(ListError::Validation {
        reason: "UNKNOWN_OPERATION",
        field: "X-Amz-Target",
        expected: "an action on opt-out lists",
    })?;
    lists.admit(action, now)?;
    let request = Request::read(body)?;
    match action {
        "PutOptedOutNumber" => {
            let (list, number) = (request.list()?, request.number()?);
            let entry = lists.put(list, &number, now)?;
            Ok(number_json(lists.name(list)?, &number, entry))
        }
        "DeleteOptedOutNumber" => {
            let (list, number) = (request.list()?, request.number()?);
            let entry = lists.delete(list, &number, now)?;
            Ok(number_json(lists.name(list)?, &number, entry))
        }
        "DescribeOptedOutNumbers" => describe_numbers(lists, &request),
        "DescribeOptOutLists" => describe_lists(lists, &request),
        "CreateOptOutList" => {
            let name = request.new_list()?;
            lists.create(name, request.client_token.as_deref(), now)?;
            let created = lists.lists().get(name).ok_or(ListError::Internal)?;
            Ok(list_json(name, created))
        }
        _ => {
            let name = lists.name(request.list()?)?;
            let deleted = lists.lists().get(name).ok_or(ListError::Internal)?;
            let body = list_json(name, deleted);
            lists.delete_list(name)?;
            Ok(body)
        }
    }
}

const ACTIONS: [&str; 6] = [
    "PutOptedOutNumber",
    "DeleteOptedOutNumber",
    "DescribeOptedOutNumbers",
    "DescribeOptOutLists",
    "CreateOptOutList",
    "DeleteOptOutList",
];

fn describe_numbers(lists: &OptOutLists, request: &Request) -> Result<Value, ListError> {
    let name = lists.name(request.list()?)?;
    let list = lists.lists().get(name).ok_or(ListError::Internal)?;
    let wanted = request.numbers()?;
    if let Some(missing) = wanted
        .iter()
        .find(|number| !list.numbers.contains_key(*number))
    {
        return Err(ListError::NotFound {
            resource_type: "opted-out-number",
            resource_id: missing.clone(),
        });
    }
    let end_user = request.end_user()?;
    let found = list.numbers.iter().filter(|(number, entry)| {
        (wanted.is_empty() || wanted.contains(number))
            && end_user.is_none_or(|end_user| entry.end_user == end_user)
    });
    let (page, next) = request.page(found)?;
    let numbers: Vec<Value> = page
        .into_iter()
        .map(|(number, entry)| {
            json!({
                "OptedOutNumber": number,
                "OptedOutTimestamp": seconds(entry.since),
                "EndUserOptedOut": entry.end_user,
            })
        })
        .collect();
    let mut body = json!({
        "OptOutListArn": arn(name),
        "OptOutListName": name,
        "OptedOutNumbers": numbers,
    });
    if let Some(next) = next {
        body["NextToken"] = json!(next);
    }
    Ok(body)
}

fn describe_lists(lists: &OptOutLists, request: &Request) -> Result<Value, ListError> {
    let wanted = request.lists()?;
    let wanted: Result<Vec<&str>, ListError> = wanted.iter().map(|list| lists.name(list)).collect();
    let wanted = wanted?;
    let found = lists.lists().iter();
    let found = found.filter(|(name, _)| wanted.is_empty() || wanted.contains(&name.as_str()));
    let (page, next) = request.page(found)?;
    let found: Vec<Value> = page
        .into_iter()
        .map(|(name, list)| list_json(name, list))
        .collect();
    let mut body = json!({"OptOutLists": found});
    if let Some(next) = next {
        body["NextToken"] = json!(next);
    }
    Ok(body)
}

fn number_json(list: &str, number: &str, entry: OptedOut) -> Value {
    json!({
        "OptOutListArn": arn(list),
        "OptOutListName": list,
        "OptedOutNumber": number,
        "OptedOutTimestamp": seconds(entry.since),
        "EndUserOptedOut": entry.end_user,
    })
}

fn list_json(name: &str, list: &List) -> Value {
    json!({
        "OptOutListArn": arn(name),
        "OptOutListName": name,
        "CreatedTimestamp": seconds(list.created),
    })
}

/// Whole seconds since 1970: a form the protocol allows, without a fraction.
fn seconds(micros: i64) -> i64 {
    Timestamp::from_micros(micros).as_seconds()
}
