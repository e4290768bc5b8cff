"""sensor-ingest in Python: Kinesis records to DynamoDB items, the way a good Python engineer would write it.

Low-level boto3 client (no resource layer), one client for the life of the process, a connection for every
worker thread, 25 items a call with several calls in flight, the last of equal keys wins, UnprocessedItems
retried with full jitter inside the time left, partial batch response for whatever was not stored.
"""

import base64
import json
import os
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

TABLE_NAME = os.environ["TABLE_NAME"]
CONCURRENCY = int(os.environ.get("WRITE_CONCURRENCY", "20"))
MARGIN = int(os.environ.get("DEADLINE_MARGIN_MS", "1000")) / 1000
RETENTION_DAYS = int(os.environ.get("RETENTION_DAYS", "0"))

MAX_ITEMS_PER_CALL = 25
BACKOFF_BASE = 0.025
BACKOFF_CAP = 2.0

client = boto3.client(
    "dynamodb",
    config=Config(
        max_pool_connections=CONCURRENCY,
        tcp_keepalive=True,
        retries={"mode": "standard", "max_attempts": 3},
        # The items are built below from checked values: checking each again against the model costs CPU only.
        parameter_validation=False,
    ),
)
pool = ThreadPoolExecutor(max_workers=CONCURRENCY)


def handler(event, context):
    started = time.time()
    deadline = started + context.get_remaining_time_in_millis() / 1000 - MARGIN
    records = event.get("Records") or []
    writes, failures = plan(records)
    requests = [request for request, _ in writes.values()]
    chunks = [requests[i : i + MAX_ITEMS_PER_CALL] for i in range(0, len(requests), MAX_ITEMS_PER_CALL)]

    for unwritten in pool.map(lambda chunk: write_chunk(chunk, deadline), chunks):
        for request in unwritten:
            failures.append(writes[key_of(request["PutRequest"]["Item"])][1])

    log_batch(len(records), len(writes), len(failures), time.time() - started, context.aws_request_id)
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failures]}


def plan(records):
    """Validates every record and keeps the last of equal keys."""
    writes, failures = {}, []
    for record in records:
        kinesis = record["kinesis"]
        item = item_of(kinesis["data"])
        if item is None:
            failures.append(kinesis["sequenceNumber"])
            continue
        key = key_of(item)
        writes.pop(key, None)  # so that the last one also takes the last place
        writes[key] = ({"PutRequest": {"Item": item}}, kinesis["sequenceNumber"])
    return writes, failures


def item_of(data):
    """The record's item, or None when it can never be one."""
    try:
        reading = json.loads(base64.b64decode(data, validate=True), parse_float=Decimal)
        sensor_id, moment, temperature = reading["sensor_id"], reading["current_time"], reading["temperature"]
        humidity = reading.get("humidity")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if not isinstance(sensor_id, str) or not 0 < len(sensor_id.encode()) <= 2048:
        return None
    if not is_number(moment) or not is_number(temperature):
        return None
    item = {"SensorId": {"S": sensor_id}, "CurrentTime": {"N": str(moment)}, "Temperature": {"N": str(temperature)}}
    if humidity is not None:
        if not is_number(humidity) or not 0 <= humidity <= 100:
            return None
        item["Humidity"] = {"N": str(humidity)}
    if RETENTION_DAYS > 0:
        item["ExpiresAt"] = {"N": str(int(moment) + RETENTION_DAYS * 86400)}
    return item


def is_number(value):
    """Whether the value is a finite number: with parse_float=Decimal only NaN and Infinity are floats."""
    kind = type(value)
    return kind is Decimal or kind is int


def write_chunk(chunk, deadline):
    """Writes one call's worth of items; returns the requests that were not stored in time."""
    attempt = 0
    while True:
        try:
            answer = client.batch_write_item(RequestItems={TABLE_NAME: chunk})
        except (BotoCoreError, ClientError) as error:
            print(json.dumps({"level": "ERROR", "message": "batch write failed", "error": str(error)}), file=sys.stderr)
            return chunk
        chunk = answer.get("UnprocessedItems", {}).get(TABLE_NAME, [])
        if not chunk:
            return chunk
        pause = random.uniform(0, min(BACKOFF_CAP, BACKOFF_BASE * 2**attempt))
        if time.time() + pause >= deadline:
            return chunk
        time.sleep(pause)
        attempt += 1


def key_of(item):
    return (item["SensorId"]["S"], item["CurrentTime"]["N"])


METRICS = [
    {"Name": "RecordsReceived", "Unit": "Count"},
    {"Name": "RecordsApplied", "Unit": "Count"},
    {"Name": "RecordsReported", "Unit": "Count"},
    {"Name": "BatchDuration", "Unit": "Milliseconds"},
]


def log_batch(received, applied, reported, duration, request_id):
    """One line a batch, metrics in CloudWatch's embedded metric format."""
    directive = {"Namespace": "Sluicegate", "Dimensions": [["Function"]], "Metrics": METRICS}
    line = {
        "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]},
        "level": "INFO",
        "message": "batch",
        "Function": "sensor-ingest-python",
        "request_id": request_id,
        "RecordsReceived": received,
        "RecordsApplied": applied,
        "RecordsReported": reported,
        "BatchDuration": duration * 1000,
    }
    print(json.dumps(line), flush=True)
