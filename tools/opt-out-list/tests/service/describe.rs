//! What is listed, and what outlives the server.

use aws_sdk_pinpointsmsvoicev2::error::ProvideErrorMetadata;
use aws_sdk_pinpointsmsvoicev2::types::{
    OptOutListInformation, OptedOutFilter, OptedOutFilterName,
};
use opt_out_list::{OptOutListService, OptOutLists, Options, serve};
use testkit::FakeClock;

use crate::{NUMBER, client, delete, in_process, put};

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
        .map(OptOutListInformation::opt_out_list_name)
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
            OptOutListService::in_file(&path, OptOutLists::default(), clock.closure()).unwrap();
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
    let error = OptOutListService::in_file(&path, OptOutLists::default(), clock.closure());
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("not a state of this program")
    );
}
