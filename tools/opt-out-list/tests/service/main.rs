//! The service through the real SDK, without a socket and over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod describe;

use std::time::Duration;

use aws_sdk_pinpointsmsvoicev2::Client;
use aws_sdk_pinpointsmsvoicev2::config::retry::RetryConfig;
use aws_sdk_pinpointsmsvoicev2::config::{
    BehaviorVersion, Config, Credentials, Region, SharedHttpClient,
};
use aws_sdk_pinpointsmsvoicev2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_pinpointsmsvoicev2::operation::delete_opted_out_number::DeleteOptedOutNumberError;
use aws_sdk_pinpointsmsvoicev2::types::{
    ConflictExceptionReason, ResourceType, ValidationExceptionReason,
};
use opt_out_list::{OptOutListService, OptOutLists, Options};
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
        clock.advance(DAY * 29);
        clock.advance(Duration::from_secs(24 * 60 * 60 - 1));
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
async fn a_number_that_cannot_be_opted_out_is_refused() {
    let (service, client, _) = in_process(Options::default());
    service.with(|lists, _| lists.refuse_opt_out(NUMBER));
    let put = put(&client, "marketing", NUMBER).await;
    assert_eq!(put, Err("ValidationException".to_owned()));
    assert_eq!(listed(&service), [""; 0]);
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
async fn an_action_of_another_service_goes_past_it_and_an_unknown_one_is_refused() {
    let (service, ..) = in_process(Options::default());
    let answer = service.answer("PinpointSMSVoiceV2.SendTextMessage", b"{}");
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("UNKNOWN_OPERATION"), "{}", answer.body);
    let broken = service.answer("PinpointSMSVoiceV2.PutOptedOutNumber", b"[");
    assert!(broken.body.contains("CANNOT_PARSE"), "{}", broken.body);
}
