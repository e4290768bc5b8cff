"""What MiniStack does otherwise than AWS about streams and their mappings, or slowly, put right.

What is replaced here is private: emulator.py checks the version.
"""

import json
import time

# Properties of a mapping that stay texts when they come from a template's parameters.
NUMBERS = (
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
)


def install():
    from ministack.core import iam_actions
    from ministack.services import dynamodb_streams, kinesis, lambda_svc

    # Streams are polled by `sluicegate local run`, with the rules of AWS. Queues stay with MiniStack.
    lambda_svc._poll_kinesis = lambda_svc._poll_dynamodb_streams = lambda: False
    lambda_svc._esm_response = with_types(lambda_svc._esm_response)
    iam_actions.extract_resource_arn = naming_table_streams(iam_actions.extract_resource_arn, dynamodb_streams)
    keep_closed_shards(kinesis)
    kinesis._expire_records = expire_records
    kinesis._expire_iterators = now_and_then(kinesis._expire_iterators)


def with_types(describe_mapping):
    def typed(name, value):
        if not isinstance(value, str):
            return value
        if name in NUMBERS:
            return int(value)
        return value.lower() == "true" if name == "BisectBatchOnFunctionError" else value

    return lambda mapping: {name: typed(name, value) for name, value in describe_mapping(mapping).items()}


def naming_table_streams(resource_of, dynamodb_streams):
    """A policy that names a table's stream allows reading it; MiniStack wants `*` there."""

    def extract(service, method, path, headers, body, *rest):
        if headers.get("x-amz-target", "").startswith("DynamoDBStreams_"):
            request = json.loads(body or b"{}")
            iterator = dynamodb_streams._decode_iterator(request.get("ShardIterator", "")) or {}
            arn = request.get("StreamArn") or iterator.get("arn")
            if arn:
                return arn
        return resource_of(service, method, path, headers, body, *rest)

    return extract


def keep_closed_shards(kinesis):
    """A shard that is split or merged stays readable until its records expire; MiniStack deletes it together with what
    nobody has read. Here it moves to `closed_shards` of its stream: it takes no records any more, is listed with its
    ending sequence number, and its last page has no next iterator."""
    for name in ("_list_shards", "_describe_stream", "_get_shard_iterator"):
        setattr(kinesis, name, seeing_closed_shards(kinesis, getattr(kinesis, name)))
    for name in ("_split_shard", "_merge_shards"):
        setattr(kinesis, name, keeping_parents(kinesis, getattr(kinesis, name)))
    kinesis._update_shard_count = updating_shard_count(kinesis, kinesis._update_shard_count)
    kinesis._get_records = ending_closed_shards(kinesis, kinesis._get_records)
    kinesis._shard_out = with_ending(kinesis._shard_out)


class AllShards:
    """A stream whose closed shards are among the others for a while. Requests are handled one after another."""

    def __init__(self, stream):
        self.stream = stream

    def __enter__(self):
        self.opened = self.stream["shards"]
        self.stream["shards"] = {**self.stream.get("closed_shards", {}), **self.opened}

    def __exit__(self, *_):
        self.stream["shards"] = self.opened


def seeing_closed_shards(kinesis, handler):
    def handle(data):
        _, stream = kinesis._resolve_stream(data)
        if not stream:
            return handler(data)
        with AllShards(stream):
            return handler(data)

    return handle


def keeping_parents(kinesis, handler):
    def handle(data):
        _, stream = kinesis._resolve_stream(data)
        before = dict(stream["shards"]) if stream else {}
        answer = handler(data)
        if stream:
            close(kinesis, stream, before)
        return answer

    return handle


def updating_shard_count(kinesis, handler):
    """MiniStack begins anew with empty shards of the same names; Kinesis splits and merges."""

    def handle(data):
        _, stream = kinesis._resolve_stream(data)
        if not stream:
            return handler(data)
        before = dict(stream["shards"])
        first = kinesis._max_shard_index(stream) + 1
        answer = handler(data)
        if answer[0] == 200:
            stream["shards"] = kinesis._build_shards(int(data["TargetShardCount"]), first)
            for shard in stream["shards"].values():
                parents = [name for name, parent in sorted(before.items()) if overlap(shard, parent)]
                shard["parent_shard_id"] = parents[0]
                shard["adjacent_parent_shard_id"] = parents[1] if len(parents) > 1 else None
            close(kinesis, stream, before)
        return answer

    return handle


def overlap(one, other):
    return int(one["starting_hash_key"]) <= int(other["ending_hash_key"]) and int(other["starting_hash_key"]) <= int(
        one["ending_hash_key"]
    )


def close(kinesis, stream, before):
    for name, shard in before.items():
        if name not in stream["shards"]:
            shard["ending_sequence_number"] = kinesis._next_sequence_number()
            stream.setdefault("closed_shards", {})[name] = shard


def ending_closed_shards(kinesis, handler):
    def handle(data):
        state = kinesis._shard_iterators.get(data.get("ShardIterator"))
        stream = state and kinesis._streams.get(state["stream"])
        if not stream:
            return handler(data)
        with AllShards(stream):
            status, headers, body = handler(data)
        shard = stream.get("closed_shards", {}).get(state["shard_id"])
        if status == 200 and shard:
            answer = json.loads(body)
            position = kinesis._shard_iterators[answer["NextShardIterator"]]["position"]
            if position >= len(shard["records"]):
                del answer["NextShardIterator"]
                body = json.dumps(answer).encode()
        return status, headers, body

    return handle


def with_ending(shard_out):
    def describe(name, shard):
        described = shard_out(name, shard)
        if "ending_sequence_number" in shard:
            described["SequenceNumberRange"]["EndingSequenceNumber"] = shard["ending_sequence_number"]
        return described

    return describe


def now_and_then(tidy):
    """MiniStack looks through all iterators on each call, thousands of them once a stream is polled; GetRecords looks
    itself at the age of its own."""
    last = time.monotonic()

    def tidy_if_due():
        nonlocal last
        if time.monotonic() - last > 10:
            last = time.monotonic()
            tidy()

    return tidy_if_due


def expire_records(stream):
    """The same as MiniStack's without copying all records on each call: they lie in the order of their arrival."""
    cutoff = time.time() - stream["RetentionPeriodHours"] * 3600
    for shard in [*stream["shards"].values(), *stream.get("closed_shards", {}).values()]:
        records = shard["records"]
        if records and records[0]["ApproximateArrivalTimestamp"] < cutoff:
            shard["records"] = [r for r in records if r["ApproximateArrivalTimestamp"] >= cutoff]
