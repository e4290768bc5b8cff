"""sales-aggregator in Python: sales per tumbling window and group, exact, the way a good Python engineer would write it.

Sums are decimal.Decimal with more digits than any sum has, and rounding is an error: floats would drift. The state is
JSON, carried by Lambda from call to call. What is no sale is put aside in the log and counted. When the window ends,
the part and the total of each group are put in one transaction, on conditions, so that a repeated call adds nothing.
"""

import decimal
import json
import os
import random
import time
from binascii import a2b_base64
from datetime import datetime, timezone
from decimal import Decimal

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

TABLE_NAME = os.environ["TABLE_NAME"]
GROUP_ATTRIBUTE = os.environ.get("GROUP_ATTRIBUTE", "")

GROUPS_PER_TRANSACTION = 50
ATTEMPTS = 5

decimal.setcontext(decimal.Context(prec=200, traps=[decimal.Inexact, decimal.InvalidOperation]))
client = boto3.client(
    "dynamodb",
    config=Config(
        tcp_keepalive=True,
        retries={"mode": "standard", "max_attempts": 3},
        # The items are built below from checked values: checking each again against the model costs CPU only.
        parameter_validation=False,
    ),
)
# Built once: json.loads would build a decoder for each record.
decode = json.JSONDecoder(parse_float=Decimal).decode


def handler(event, context):
    started = time.time()
    state = event.get("state") or {}
    groups = {
        group: [each["n"], Decimal(each["sum"]), Decimal(each["min"]), Decimal(each["max"]), each["first"], each["last"]]
        for group, each in state.get("groups", {}).items()
    }
    part = state.get("first")
    records = event.get("Records") or []
    aside = []
    counted = 0

    for record in records:
        if "kinesis" in record:
            kinesis = record["kinesis"]
            number = kinesis["sequenceNumber"]
            arrival = kinesis["approximateArrivalTimestamp"]
            sale = sale_of_data(kinesis["data"])
        else:
            if record["eventName"] != "INSERT":
                continue
            change = record["dynamodb"]
            number = change["SequenceNumber"]
            arrival = change["ApproximateCreationDateTime"]
            sale = sale_of_image(change.get("NewImage"))
        if sale is None:
            aside.append(record)
            continue
        counted += 1
        if part is None:
            part = number
        group, amount = sale
        micros = round(arrival * 1_000_000)
        aggregate = groups.get(group)
        if aggregate is None:
            groups[group] = [1, amount, amount, amount, micros, micros]
            continue
        aggregate[0] += 1
        aggregate[1] += amount
        if amount < aggregate[2]:
            aggregate[2] = amount
        elif amount > aggregate[3]:
            aggregate[3] = amount
        if micros < aggregate[4]:
            aggregate[4] = micros
        elif micros > aggregate[5]:
            aggregate[5] = micros

    is_last = event["isFinalInvokeForWindow"] or event["isWindowTerminatedEarly"]
    if is_last and groups:
        write_part(event, part, groups)
    if aside:
        print(json.dumps({"level": "WARN", "message": "no sales", "records": aside}))
    log_batch(len(records), counted, len(aside), time.time() - started, context.aws_request_id)
    return {"state": {} if is_last else state_of(part, groups)}


def sale_of_data(data):
    """Group and amount of a payload, or None when it is no sale."""
    try:
        item = decode(a2b_base64(data).decode())
        item = item.get("Item", item)
        amount = item.get("sales")
        group = item.get(GROUP_ATTRIBUTE)
    except (ValueError, AttributeError, RecursionError):
        return None
    kind = type(amount)
    # With parse_float=Decimal only NaN and Infinity are floats.
    if kind is not Decimal and kind is not int:
        return None
    return "all" if group is None else str(group), amount


def sale_of_image(image):
    """Group and amount of a new order, or None when it is no sale."""
    try:
        amount = Decimal(image["sales"]["N"])
    except (KeyError, TypeError, decimal.InvalidOperation):
        return None
    group = image.get(GROUP_ATTRIBUTE)
    if group is None:
        return "all", amount
    return group.get("S") or group.get("N") or "all", amount


def state_of(part, groups):
    return {
        "first": part,
        "groups": {
            group: {"n": n, "sum": text_of(total), "min": text_of(low), "max": text_of(high), "first": first, "last": last}
            for group, (n, total, low, high, first, last) in groups.items()
        },
    }


def text_of(number):
    return format(number, "f") if type(number) is Decimal else str(number)


def write_part(event, part, groups):
    """Puts the part's rows and adds them to the totals, unless they are there. Conflicts are read and tried again."""
    names = list(groups)
    for start in range(0, len(names), GROUPS_PER_TRANSACTION):
        chunk = names[start : start + GROUPS_PER_TRANSACTION]
        for attempt in range(1, ATTEMPTS + 1):
            try:
                write_chunk(event, part, chunk, groups)
                break
            except (BotoCoreError, ClientError):
                if attempt == ATTEMPTS:
                    raise
                time.sleep(random.uniform(0, 0.025 * 2**attempt))


def write_chunk(event, part, names, groups):
    source = event["eventSourceARN"].split("/")[1]
    start, end, shard = event["window"]["start"], event["window"]["end"], event["shardId"]
    part_keys = {name: (f"part#{source}", f"{start}#{name}#{shard}#{part}") for name in names}
    total_keys = {name: (f"total#{source}", f"{start}#{name}") for name in names}
    wanted = [key_of(key) for name in names for key in (part_keys[name], total_keys[name])]
    there = {}
    left = {TABLE_NAME: {"Keys": wanted, "ConsistentRead": True}}
    while left:
        answer = client.batch_get_item(RequestItems=left)
        for row in answer["Responses"].get(TABLE_NAME, []):
            there[row["Series"]["S"], row["WindowGroup"]["S"]] = row
        left = answer.get("UnprocessedKeys")
    puts = []
    for name in names:
        if part_keys[name] in there:
            continue
        described = {
            "Source": {"S": source},
            "WindowStart": {"S": start},
            "WindowEnd": {"S": end},
            "Group": {"S": name},
        }
        own = {"Shard": {"S": shard}, "Part": {"S": part}}
        puts.append(put(key_of(part_keys[name]) | described | attributes(groups[name]) | own, 0))
        total = there.get(total_keys[name])
        parts = int(total["Parts"]["N"]) if total else 0
        merged = attributes(merge(groups[name], total) if total else groups[name])
        puts.append(put(key_of(total_keys[name]) | described | merged | {"Parts": {"N": str(parts + 1)}}, parts))
    if puts:
        client.transact_write_items(TransactItems=puts)


def key_of(key):
    return {"Series": {"S": key[0]}, "WindowGroup": {"S": key[1]}}


def put(item, parts):
    write = {"TableName": TABLE_NAME, "Item": item}
    if parts == 0:
        write["ConditionExpression"] = "attribute_not_exists(Series)"
    else:
        write["ConditionExpression"] = "Parts = :parts"
        write["ExpressionAttributeValues"] = {":parts": {"N": str(parts)}}
    return {"Put": write}


def attributes(aggregate):
    n, total, low, high, first, last = aggregate
    return {
        "Count": {"N": str(n)},
        "Sum": {"N": text_of(total)},
        "Min": {"N": text_of(low)},
        "Max": {"N": text_of(high)},
        "FirstArrival": {"S": time_of(first)},
        "LastArrival": {"S": time_of(last)},
    }


def time_of(micros):
    seconds, micros = divmod(micros, 1_000_000)
    moment = datetime.fromtimestamp(seconds, timezone.utc).replace(microsecond=micros)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def merge(aggregate, row):
    n, total, low, high, first, last = aggregate
    micros = {name: round(datetime.fromisoformat(row[name]["S"].replace("Z", "+00:00")).timestamp() * 1_000_000)
              for name in ("FirstArrival", "LastArrival")}
    return [
        n + int(row["Count"]["N"]),
        total + Decimal(row["Sum"]["N"]),
        min(low, Decimal(row["Min"]["N"])),
        max(high, Decimal(row["Max"]["N"])),
        min(first, micros["FirstArrival"]),
        max(last, micros["LastArrival"]),
    ]


METRICS = [
    {"Name": "RecordsReceived", "Unit": "Count"},
    {"Name": "RecordsApplied", "Unit": "Count"},
    {"Name": "RecordsQuarantined", "Unit": "Count"},
    {"Name": "BatchDuration", "Unit": "Milliseconds"},
]


def log_batch(received, applied, quarantined, duration, request_id):
    """One line a batch, metrics in CloudWatch's embedded metric format."""
    directive = {"Namespace": "Sluicegate", "Dimensions": [["Function"]], "Metrics": METRICS}
    line = {
        "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]},
        "level": "INFO",
        "message": "batch",
        "Function": "sales-aggregator-python",
        "request_id": request_id,
        "RecordsReceived": received,
        "RecordsApplied": applied,
        "RecordsQuarantined": quarantined,
        "BatchDuration": duration * 1000,
    }
    print(json.dumps(line), flush=True)
