//! The service through the real SDK, without a socket and over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Duration;

use aws_sdk_pinpointsmsvoicev2::Client;
use aws_sdk_pinpointsmsvoicev2::config::retry::RetryConfig;
use aws_sdk_pinpointsmsvoicev2::config::{
    BehaviorVersion, Config, Credentials, Region, SharedHttpClient,
};
use aws_sdk_pinpointsmsvoicev2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_pinpointsmsvoicev2::operation::delete_opted_out_number::DeleteOptedOutNumberError;
use aws_sdk_pinpointsmsvoicev2::types::{
    ConflictExceptionReason, OptedOutFilter, OptedOutFilterName, ResourceType,
    ValidationExceptionReason,
};
use opt_out_list::{OptOutListService, OptOutLists, Options, serve};
use testkit::FakeClock;

const NUMBER: &str = "+12065550100";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn client(http_client: Option<SharedHttpClient>, endpoint: Option<String>) -> Client {
    let mut config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .retry_config(RetryConfig::disabled());
    config.set_http_client(http_client);
    config.set_endpoint_url(endpoint);
    Client::from_conf(config.build())
}

fn in_process(options: Options) -> (OptOutListService, Client, FakeClock) {
    let clock = FakeClock::at(1_700_000_000_000);
    let service = OptOutListService::new(OptOutLists::new(options), clock.closure());
    service.with(|lists, now| lists.create("marketing", None, now).unwrap());
    let client = client(Some(service.http_client()), None);
    (service, client, clock)
}

async fn delete(
    client: &Client,
    list: &str,
    number: &str,
) -> Result<(), SdkError<DeleteOptedOutNumberError>> {
    let call = client.delete_opted_out_number().opt_out_list_name(list);
    call.opted_out_number(number).send().await.map(|_| ())
}

async fn put(client: &Client, list: &str, number: &str) -> Result<bool, String> {
    let call = client.put_opted_out_number().opt_out_list_name(list);
    match call.opted_out_number(number).send().await {
        Ok(put) => Ok(put.end_user_opted_out()),
        Err(error) => Err(error.code().unwrap_or("none").to_owned()),
    }
}

fn listed(service: &OptOutListService) -> Vec<String> {
    service.with(|lists, _| {
        lists
            .numbers("marketing")
            .unwrap()
            .keys()
            .cloned()
            .collect()
    })
}

#[tokio::test]
async fn a_number_goes_on_the_list_as_often_as_it_is_put_and_off_once() {
    let (service, client, _) = in_process(Options::default());
    assert_eq!(put(&client, "marketing", NUMBER).await, Ok(false));
    assert_eq!(put(&client, "marketing", NUMBER).await, Ok(false));
    assert_eq!(listed(&service), [NUMBER]);
    delete(&client, "marketing", NUMBER).await.unwrap();
    assert_eq!(listed(&service), [""; 0]);
    let again = delete(&client, "marketing", NUMBER).await.unwrap_err();
    match again.into_service_error() {
        DeleteOptedOutNumberError::ResourceNotFoundException(error) => {
            assert_eq!(
                error.resource_type(),
                Some(&ResourceType::from("opted-out-number"))
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_list_that_is_not_there_is_not_found_by_name_or_arn() {
    let (_, client, _) = in_process(Options::default());
    let arn = "arn:aws:sms-voice:us-east-1:000000000000:opt-out-list/marketing";
    assert_eq!(put(&client, arn, NUMBER).await, Ok(false));
    let foreign = arn.replace("000000000000", "111111111111");
    for missing in ["other", foreign.as_str()] {
        let error = delete(&client, missing, NUMBER).await.unwrap_err();
        match error.into_service_error() {
            DeleteOptedOutNumberError::ResourceNotFoundException(error) => {
                assert_eq!(
                    error.resource_type(),
                    Some(&ResourceType::from("opt-out-list"))
                );
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_number_is_taken_off_once_in_thirty_days() {
    let (service, client, clock) = in_process(Options::default());
    for _ in 0..2 {
        put(&client, "marketing", NUMBER).await.unwrap();
        delete(&client, "marketing", NUMBER).await.unwrap();
        put(&client, "marketing", NUMBER).await.unwrap();
        clock.advance(DAY * 30 - Duration::from_secs(1));
        let error = delete(&client, "marketing", NUMBER).await.unwrap_err();
        match error.into_service_error() {
            DeleteOptedOutNumberError::ConflictException(error) => assert_eq!(
                error.reason(),
                Some(&ConflictExceptionReason::ResourceDeletionNotAllowed)
            ),
            other => panic!("{other:?}"),
        }
        assert_eq!(listed(&service), [NUMBER]);
        clock.advance(Duration::from_secs(1));
        delete(&client, "marketing", NUMBER).await.unwrap();
        clock.advance(DAY * 30);
    }
}

#[tokio::test]
async fn a_number_that_cannot_be_opted_in_is_refused() {
    let (service, client, _) = in_process(Options::default());
    put(&client, "marketing", NUMBER).await.unwrap();
    service.with(|lists, _| lists.refuse_opt_in(NUMBER));
    let error = delete(&client, "marketing", NUMBER).await.unwrap_err();
    match error.into_service_error() {
        DeleteOptedOutNumberError::ValidationException(error) => assert_eq!(
            error.reason(),
            Some(&ValidationExceptionReason::PhoneNumberCannotBeOptedIn)
        ),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_no_number_or_no_list_name_is_refused() {
    let (_, client, _) = in_process(Options {
        calls_per_second: 100,
        ..Options::default()
    });
    for (list, number) in [
        ("marketing", "555"),
        ("marketing", "+0123456"),
        ("marketing", "+1 206 555 0100"),
        ("marketing", "+123456789012345678901"),
        ("a list", NUMBER),
    ] {
        let wanted = if number == "555" {
            Ok(false)
        } else {
            Err("ValidationException".to_owned())
        };
        assert_eq!(put(&client, list, number).await, wanted, "{list} {number}");
    }
}

#[tokio::test]
async fn ten_calls_a_second_are_let_through_and_each_action_has_its_own() {
    let (_, client, clock) = in_process(Options::default());
    for round in 0..3 {
        for call in 0..12 {
            let wanted = if call < 10 {
                Ok(false)
            } else {
                Err("ThrottlingException".to_owned())
            };
            assert_eq!(
                put(&client, "marketing", NUMBER).await,
                wanted,
                "{round} {call}"
            );
        }
        if round == 0 {
            delete(&client, "marketing", NUMBER).await.unwrap();
        }
        clock.advance(Duration::from_secs(1));
    }
}

#[tokio::test]
async fn numbers_are_described_by_page_by_name_and_by_who_asked() {
    let options = Options {
        other_calls_per_second: 100,
        ..Options::default()
    };
    let (service, client, _) = in_process(options);
    service.with(|lists, now| {
        for at in 0..250 {
            lists
                .put("marketing", &format!("+1206555{at:04}"), now)
                .unwrap();
        }
        lists
            .end_user_opts_out("marketing", "+12065550007", now)
            .unwrap();
    });
    let mut sizes = Vec::new();
    let mut next = None;
    loop {
        let call = client
            .describe_opted_out_numbers()
            .opt_out_list_name("marketing");
        let page = call.set_next_token(next).send().await.unwrap();
        sizes.push(page.opted_out_numbers().len());
        next = page.next_token().map(str::to_owned);
        if next.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [100, 100, 50]);
    let describe = || {
        client
            .describe_opted_out_numbers()
            .opt_out_list_name("marketing")
    };
    let two = describe()
        .opted_out_numbers("+12065550001")
        .opted_out_numbers("+12065550002");
    assert_eq!(two.send().await.unwrap().opted_out_numbers().len(), 2);
    let missing = describe()
        .opted_out_numbers("+12065559999")
        .send()
        .await
        .unwrap_err();
    assert_eq!(missing.code(), Some("ResourceNotFoundException"));
    let numbers = (0..6).map(|at| format!("+1206555{at:04}")).collect();
    let six = describe()
        .set_opted_out_numbers(Some(numbers))
        .send()
        .await
        .unwrap_err();
    assert_eq!(six.code(), Some("ValidationException"));
    let most = describe().max_results(101).send().await.unwrap_err();
    assert_eq!(most.code(), Some("ValidationException"));
    let filter = OptedOutFilter::builder()
        .name(OptedOutFilterName::EndUserOptedOut)
        .values("true");
    let by_owner = describe()
        .filters(filter.build().unwrap())
        .send()
        .await
        .unwrap();
    let [number] = by_owner.opted_out_numbers() else {
        panic!("{by_owner:?}")
    };
    assert_eq!(
        (number.opted_out_number(), number.end_user_opted_out()),
        ("+12065550007", true)
    );
    assert_eq!(number.opted_out_timestamp().secs(), 1_700_000_000);
}

#[tokio::test]
async fn lists_are_created_once_described_and_deleted() {
    let options = Options {
        other_calls_per_second: 100,
        ..Options::default()
    };
    let (_, client, _) = in_process(options);
    let create = |token: &str| {
        client
            .create_opt_out_list()
            .opt_out_list_name("news")
            .client_token(token)
            .send()
    };
    let created = create("a").await.unwrap();
    assert!(
        created
            .opt_out_list_arn()
            .unwrap()
            .ends_with(":opt-out-list/news")
    );
    create("a").await.unwrap();
    assert_eq!(
        create("b").await.unwrap_err().code(),
        Some("ConflictException")
    );
    let lists = client.describe_opt_out_lists().send().await.unwrap();
    let names: Vec<&str> = lists
        .opt_out_lists()
        .iter()
        .map(|list| list.opt_out_list_name())
        .collect();
    assert_eq!(names, ["Default", "marketing", "news"]);
    client
        .delete_opt_out_list()
        .opt_out_list_name("news")
        .send()
        .await
        .unwrap();
    let missing = client
        .describe_opt_out_lists()
        .opt_out_list_names("news")
        .send()
        .await;
    assert_eq!(
        missing.unwrap_err().code(),
        Some("ResourceNotFoundException")
    );
}

#[tokio::test]
async fn over_http_the_state_outlives_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lists.json");
    let clock = FakeClock::at(1_700_000_000_000);
    for run in 0..2 {
        let service =
            OptOutListService::in_file(&path, Options::default(), clock.closure()).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(serve(listener, service));
        let client = client(None, Some(endpoint));
        if run == 0 {
            client
                .create_opt_out_list()
                .opt_out_list_name("marketing")
                .send()
                .await
                .unwrap();
            put(&client, "marketing", NUMBER).await.unwrap();
            delete(&client, "marketing", NUMBER).await.unwrap();
            put(&client, "marketing", NUMBER).await.unwrap();
        } else {
            let numbers = client
                .describe_opted_out_numbers()
                .opt_out_list_name("marketing");
            let numbers = numbers.send().await.unwrap();
            assert_eq!(numbers.opted_out_numbers()[0].opted_out_number(), NUMBER);
            let error = delete(&client, "marketing", NUMBER).await.unwrap_err();
            assert_eq!(
                error.code(),
                Some("ConflictException"),
                "the pause is kept too"
            );
        }
        server.abort();
    }
    std::fs::write(&path, "{}").unwrap();
    let error = OptOutListService::in_file(&path, Options::default(), clock.closure());
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("not a state of this program")
    );
}

#[tokio::test]
async fn an_action_of_another_service_goes_past_it_and_an_unknown_one_is_refused() {
    let (service, ..) = in_process(Options::default());
    let answer = service.answer("PinpointSMSVoiceV2.SendTextMessage", b"{}");
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("UNKNOWN_OPERATION"), "{}", answer.body);
    let broken = service.answer("PinpointSMSVoiceV2.PutOptedOutNumber", b"[");
    assert!(broken.body.contains("CANNOT_PARSE"), "{}", broken.body);
}
