"""order-enrichment in Python: database changes joined into rows, the way a good Python engineer would write it.

Low-level boto3 clients, one of each for the life of the process, a connection for every worker thread. Of a row's
changes in a batch the newest is put over what is older; then each order is read once, consistently, and its rows are
put over what is newer in nothing. What is no change is put aside in the log. Numbers are Decimal, digit for digit.
"""

import decimal
import json
import os
import random
import sys
import time
from binascii import a2b_base64
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

SOURCE_TABLE = os.environ["SOURCE_TABLE"]
ENRICHED_TABLE = os.environ["ENRICHED_TABLE"]
PRODUCTS_BUCKET = os.environ["PRODUCTS_BUCKET"]
PRODUCTS_KEY = os.environ.get("PRODUCTS_KEY", "products.ndjson")
REVALIDATE = int(os.environ.get("PRODUCTS_REVALIDATE_SECONDS", "60"))
SCHEMA = os.environ.get("SOURCE_SCHEMA", "orders")
CONCURRENCY = int(os.environ.get("WRITE_CONCURRENCY", "32"))
MARGIN = int(os.environ.get("DEADLINE_MARGIN_MS", "1000")) / 1000
TOMBSTONE_SECONDS = int(os.environ.get("TOMBSTONE_DAYS", "8")) * 86400

ENRICHED_TOMBSTONE_SECONDS = 3600
NO_PRODUCTS = "0000000000000-0000000000000000"
MAX_DIGITS = 38
BACKOFF_BASE = 0.025
BACKOFF_CAP = 2.0

config = Config(
    max_pool_connections=CONCURRENCY,
    tcp_keepalive=True,
    retries={"mode": "standard", "max_attempts": 3},
    # The items are built below from checked values: checking each again against the model costs CPU only.
    parameter_validation=False,
)
dynamodb = boto3.client("dynamodb", config=config)
s3 = boto3.client("s3", config=config)
pool = ThreadPoolExecutor(max_workers=CONCURRENCY)
# Built once: json.loads would build a decoder for each record.
decode = json.JSONDecoder(parse_float=Decimal).decode
decimal.setcontext(decimal.Context(prec=200, traps=[decimal.Inexact, decimal.InvalidOperation]))

# Attribute, whether it is a number, and how else the column may be called.
ORDER_COLUMNS = [
    ("orderAmount", True, None),
    ("orderStatus", False, None),
    ("orderDateTime", False, None),
    ("shipToName", False, None),
    ("shipToAddress", False, None),
    ("shipToCity", False, None),
    ("shipToState", False, None),
    ("shipToZip", False, None),
]
ITEM_COLUMNS = [("itemQuantity", True, "itemQuanity"), ("itemAmount", True, None), ("itemStatus", False, None)]

GONE_GUARD = "attribute_not_exists(orderId) OR orderVersion <= :o AND itemVersion <= :i"
LIVE_GUARD = GONE_GUARD + " AND productsVersion <= :p"


def handler(event, context):
    started = time.time()
    deadline = started + context.get_remaining_time_in_millis() / 1000 - MARGIN
    records = event.get("Records") or []
    rows, orders, aside, skipped = plan(records)
    failed = set()

    expires = str(int(started) + TOMBSTONE_SECONDS)
    each(rows.values(), deadline, failed, lambda row: put_source(row, expires))
    join(orders, deadline, failed)

    failures = [number for order_id in failed for number in orders[order_id][2]]
    if aside:
        print(json.dumps({"level": "WARN", "message": "no changes", "records": aside}))
    log_batch(len(records), len(rows), skipped, len(aside), len(failures), time.time() - started, context.aws_request_id)
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failures]}


def plan(records):
    """The newest change of each row, and the orders: all items wanted, the wanted items, sequence numbers."""
    rows, orders, aside = {}, {}, []
    skipped = 0
    for record in records:
        kinesis = record["kinesis"]
        number = kinesis["sequenceNumber"]
        try:
            changes = changes_of(kinesis["data"], number)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, decimal.DecimalException):
            aside.append(kinesis)
            continue
        if changes is None:
            skipped += 1
            continue
        for change in changes:
            order_id, item_id, version, _ = change
            there = rows.get((order_id, item_id))
            if there is None or there[2] <= version:
                rows[order_id, item_id] = change
            order = orders.get(order_id)
            if order is None:
                order = orders[order_id] = [False, set(), []]
            if item_id is None:
                order[0] = True
            else:
                order[1].add(item_id)
            order[2].append(number)
    return rows, orders, aside, skipped


def changes_of(data, sequence_number):
    """What a record changes, or None when it is about something else; raises when it can never be a change."""
    record = decode(a2b_base64(data).decode())
    metadata = record["metadata"]
    if metadata["record-type"] != "data" or metadata["schema-name"] != SCHEMA:
        return None
    table = metadata["table-name"]
    if table == "order_item":
        is_item, known = True, ITEM_COLUMNS
    elif table == "order":
        is_item, known = False, ORDER_COLUMNS
    else:
        return None
    values = record["data"]
    operation = metadata["operation"]
    version = version_of(metadata, operation, sequence_number)
    order_id = integer(values["orderId"])
    item_id = integer(values["itemId"]) if is_item else None
    if operation == "delete":
        return [(order_id, item_id, version, None)]
    if operation not in ("load", "insert", "update"):
        raise ValueError("unknown operation")
    columns = {}
    for name, is_number, other_name in known:
        value = values.get(name)
        if value is None and other_name is not None:
            value = values.get(other_name)
        if value is not None:
            columns[name] = {"N": digits(value)} if is_number else {"S": text_of(value)}
    changes = [(order_id, item_id, version, columns)]
    before = record.get("before-image")
    if operation == "update" and before:
        old_order = integer(before.get("orderId", values["orderId"]))
        old_item = integer(before.get("itemId", values["itemId"])) if is_item else None
        if old_order != order_id or old_item != item_id:
            changes.append((old_order, old_item, version, None))
    return changes


def version_of(metadata, operation, sequence_number):
    """Text that is greater for the later of two changes: the place in MySQL's log, else the number in the stream."""
    place = metadata.get("stream-position")
    number = metadata.get("transaction-record-id")
    if operation != "load" and place is not None and number is not None:
        parts = place.split(":", 2)
        log = int(parts[0].rsplit(".", 1)[1])
        return f"0000-2-{log:08x}-{int(parts[1]):016x}-{number:016x}"
    basis = 0 if operation == "load" else 1
    return f"0000-{basis}-{len(sequence_number):03}-{sequence_number}-01-0"


def integer(value):
    if type(value) is int:
        return str(value)
    text = digits(value)
    if "." in text:
        raise ValueError("no integer")
    return text


def text_of(value):
    kind = type(value)
    if kind is str:
        return value
    if kind is bool:
        return "true" if value else "false"
    return digits(value)


def digits(value):
    """A number's digits, without exponent and needless zeros."""
    kind = type(value)
    if kind is int:
        return str(value)
    if kind is str:
        value = Decimal(value)
    elif kind is not Decimal:
        raise TypeError("no number")
    if not value.is_finite():
        raise ValueError("no number")
    value = value.normalize()
    if len(value.as_tuple().digits) > MAX_DIGITS:
        raise ValueError("too many digits")
    return format(value, "f")


def put_source(row, expires):
    order_id, item_id, version, columns = row
    item = {
        "orderId": {"N": order_id},
        "entity": {"S": "ORDER" if item_id is None else "ITEM#" + item_id},
        "version": {"S": version},
    }
    if columns is None:
        item["deleted"] = {"N": "1"}
        item["expiresAt"] = {"N": expires}
    else:
        if item_id is not None:
            item["itemId"] = {"N": item_id}
        item.update(columns)
    put(
        TableName=SOURCE_TABLE,
        Item=item,
        ConditionExpression="attribute_not_exists(#h) OR #v < :v",
        ExpressionAttributeNames={"#h": "orderId", "#v": "version"},
        ExpressionAttributeValues={":v": {"S": version}},
    )


def put(**request):
    """Puts an item; gives the one that is there if the condition does not hold."""
    try:
        dynamodb.put_item(ReturnValuesOnConditionCheckFailure="ALL_OLD", **request)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return error.response.get("Item", {})
    return None


def join(orders, deadline, failed):
    """Writes the rows of the orders until nothing newer is in the way of any."""
    wanted = {order_id: (order_id, everything, items) for order_id, (everything, items, _) in orders.items()}
    attempt = 0
    while wanted:
        if attempt > 0:
            pause = random.uniform(0, min(BACKOFF_CAP, BACKOFF_BASE * 2**attempt))
            if time.time() + pause >= deadline:
                failed.update(wanted)
                return
            time.sleep(pause)
        attempt += 1
        rows = []
        each(wanted.values(), deadline, failed, lambda order: rows.extend(rows_of(order, read(order[0]))))
        if not rows:
            return
        try:
            version, by_id = current_products(rows)
        except (BotoCoreError, ClientError) as error:
            print(json.dumps({"level": "ERROR", "message": "no products", "error": str(error)}), file=sys.stderr)
            failed.update(row[0] for row in rows)
            return
        expires = str(int(time.time()) + ENRICHED_TOMBSTONE_SECONDS)
        still_open = {}

        def write(row):
            if is_done(row, version, by_id, expires):
                return
            order = still_open.setdefault(row[0], (row[0], False, set()))
            order[2].add(row[1])

        each(rows, deadline, failed, write)
        wanted = still_open


def rows_of(order, partition):
    """The rows that an order and its wanted items make: ids, order, item, whether both are there."""
    order_id, everything, wanted = order
    header = next((row for row in partition if row["entity"]["S"] == "ORDER"), None)
    if header is None:
        return []
    rows = []
    for item in partition:
        if item is header:
            continue
        item_id = item["entity"]["S"][len("ITEM#") :]
        is_there = "deleted" not in item
        if item_id in wanted or (everything and is_there):
            rows.append((order_id, item_id, header, item, is_there and "deleted" not in header))
    return rows


def is_done(row, products_version, by_id, expires):
    """Puts a row; false if the one that is there is older in something."""
    order_id, item_id, header, item, is_live = row
    versions = {
        "orderVersion": header["version"],
        "itemVersion": item["version"],
        "productsVersion": {"S": products_version if is_live else NO_PRODUCTS},
    }
    new = {"orderId": {"N": order_id}, "itemId": {"N": item_id}, **versions}
    values = {":o": header["version"], ":i": item["version"]}
    if is_live:
        values[":p"] = versions["productsVersion"]
        for name, _, _ in ORDER_COLUMNS:
            if name in header:
                new[name] = header[name]
        for name, _, _ in ITEM_COLUMNS:
            if name in item:
                new[name] = item[name]
        product = by_id.get(item_id)
        if product is None:
            new["missing"] = {"S": "product"}
        else:
            new["productName"] = {"S": product[0]}
            new["productPrice"] = {"N": product[1]}
    else:
        new["deleted"] = {"N": "1"}
        new["expiresAt"] = {"N": expires}
    guard = LIVE_GUARD if is_live else GONE_GUARD
    there = put(TableName=ENRICHED_TABLE, Item=new, ConditionExpression=guard, ExpressionAttributeValues=values)
    if there is None:
        return True
    if is_live and there.get("productsVersion", {}).get("S", "") > products_version:
        products["asked"] = 0
    names = versions if is_live else ("orderVersion", "itemVersion")
    return all(there.get(name, {}).get("S", "") >= versions[name]["S"] for name in names)


def read(order_id):
    """All rows of an order, as of now."""
    request = {
        "TableName": SOURCE_TABLE,
        "ConsistentRead": True,
        "KeyConditionExpression": "orderId = :o",
        "ExpressionAttributeValues": {":o": {"N": order_id}},
    }
    rows = []
    while True:
        page = dynamodb.query(**request)
        rows += page["Items"]
        if not page.get("LastEvaluatedKey"):
            return rows
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def each(things, deadline, failed, work):
    """Does the work on each thing, several at a time. What fails fails the thing's order."""

    def attempt(thing):
        try:
            if time.time() >= deadline:
                raise TimeoutError("no time left")
            work(thing)
        except (BotoCoreError, ClientError, TimeoutError) as error:
            print(json.dumps({"level": "ERROR", "message": "call failed", "error": str(error)}), file=sys.stderr)
            failed.add(thing[0])

    for _ in pool.map(attempt, things):
        pass


products = {"version": None, "by_id": {}, "tag": None, "asked": 0}


def current_products(rows):
    """Version and products by id, asked for anew if that was long ago or one is missing."""
    if not any(row[4] for row in rows):
        return NO_PRODUCTS, {}
    if products["version"] is None or time.time() - products["asked"] >= REVALIDATE:
        ask_for_products()
    by_id = products["by_id"]
    if time.time() - products["asked"] >= 1 and any(row[4] and row[1] not in by_id for row in rows):
        ask_for_products()
    return products["version"], products["by_id"]


def ask_for_products():
    products["asked"] = time.time()
    known = {"IfNoneMatch": products["tag"]} if products["tag"] else {}
    try:
        answer = s3.get_object(Bucket=PRODUCTS_BUCKET, Key=PRODUCTS_KEY, **known)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 304 or products["version"] is not None:
            return
        if error.response["Error"]["Code"] != "NoSuchKey":
            raise
        products.update(version=NO_PRODUCTS, by_id={})
        return
    by_id = {}
    for line in answer["Body"].read().decode().splitlines():
        try:
            product = decode(line)
            by_id[integer(product["productId"])] = text_of(product["productName"]), digits(product["productPrice"])
        except (ValueError, KeyError, TypeError, decimal.DecimalException):
            print(json.dumps({"level": "WARN", "message": "no product", "line": line}))
    millis = int(answer["LastModified"].timestamp() * 1000)
    tag = "".join(filter(str.isalnum, answer["ETag"]))[:16].ljust(16, "0")
    products.update(version=f"{millis:013}-{tag}", by_id=by_id, tag=answer["ETag"])


METRICS = [
    {"Name": "RecordsReceived", "Unit": "Count"},
    {"Name": "RowsChanged", "Unit": "Count"},
    {"Name": "RecordsSkipped", "Unit": "Count"},
    {"Name": "RecordsQuarantined", "Unit": "Count"},
    {"Name": "RecordsReported", "Unit": "Count"},
    {"Name": "BatchDuration", "Unit": "Milliseconds"},
]


def log_batch(received, rows, skipped, quarantined, reported, duration, request_id):
    """One line a batch, metrics in CloudWatch's embedded metric format."""
    directive = {"Namespace": "Sluicegate", "Dimensions": [["Function"]], "Metrics": METRICS}
    line = {
        "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]},
        "level": "INFO",
        "message": "batch",
        "Function": "order-enrichment-python",
        "request_id": request_id,
        "RecordsReceived": received,
        "RowsChanged": rows,
        "RecordsSkipped": skipped,
        "RecordsQuarantined": quarantined,
        "RecordsReported": reported,
        "BatchDuration": duration * 1000,
    }
    print(json.dumps(line), flush=True)
