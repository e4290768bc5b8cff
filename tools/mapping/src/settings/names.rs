//! Names of properties: of the settings, and of what stands beside them in a template.

/// Every setting that [`Settings::from_cloudformation`](super::Settings::from_cloudformation) reads.
pub const SETTINGS: [&str; 12] = [
    "BatchSize",
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "FilterCriteria",
    "FunctionResponseTypes",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "StartingPosition",
    "StartingPositionTimestamp",
    "TumblingWindowInSeconds",
];

/// Properties of the resource that do not change how records are handled. They are no settings: whoever reads a
/// resource takes them out first. Lambda's API writes the last one `KMSKeyArn`.
pub const RESOURCE_PROPERTIES: [&str; 7] = [
    "Enabled",
    "EventSourceArn",
    "FunctionName",
    "MetricsConfig",
    "Tags",
    "KmsKeyArn",
    "KMSKeyArn",
];

/// Properties of mappings for other kinds of sources, and the sources that they are for (`CloudFormation` template
/// reference, "`AWS::Lambda::EventSourceMapping`").
pub const OTHER_SOURCES: [(&str, &str); 10] = [
    ("AmazonManagedKafkaEventSourceConfig", "Amazon MSK"),
    ("DocumentDBEventSourceConfig", "Amazon DocumentDB"),
    ("LoggingConfig", "Kafka"),
    ("ProvisionedPollerConfig", "Kafka and Amazon SQS"),
    ("Queues", "Amazon MQ"),
    ("ScalingConfig", "Amazon SQS"),
    ("SelfManagedEventSource", "self-managed Kafka"),
    ("SelfManagedKafkaEventSourceConfig", "self-managed Kafka"),
    (
        "SourceAccessConfigurations",
        "Kafka, Amazon MQ and Amazon DocumentDB",
    ),
    ("Topics", "Kafka"),
];

/// The setting that was probably meant: spelt almost so, or having this in its name.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let plain = |name: &str| -> String {
        name.chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect()
    };
    let name = plain(name);
    SETTINGS
        .into_iter()
        .map(|setting| (setting, plain(setting)))
        .map(|(setting, known)| {
            let is_part = name.len() >= 5 && known.contains(&name);
            (setting, is_part, strsim::damerau_levenshtein(&name, &known))
        })
        .filter(|(_, is_part, distance)| *is_part || *distance <= name.len() / 2)
        .min_by_key(|(_, _, distance)| *distance)
        .map(|(setting, _, _)| setting)
}
