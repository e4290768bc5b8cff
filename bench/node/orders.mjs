// order-enrichment in Node: database changes joined into rows, the way a good Node engineer would write it.
//
// Low-level clients (no document marshaller), one of each for the life of the process, keep-alive sockets, 32 calls in
// flight. Of a row's changes in a batch the newest is put over what is older; then each order is read once,
// consistently, and its rows are put over what is newer in nothing. What is no change is put aside in the log. Numbers
// are copied digit for digit, never added up; JSON.parse keeps 15 digits of those that are not written as strings.

import { DynamoDBClient, PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";

const SOURCE_TABLE = required("SOURCE_TABLE");
const ENRICHED_TABLE = required("ENRICHED_TABLE");
const PRODUCTS = { Bucket: required("PRODUCTS_BUCKET"), Key: process.env.PRODUCTS_KEY ?? "products.ndjson" };
const REVALIDATE_MS = Number(process.env.PRODUCTS_REVALIDATE_SECONDS ?? 60) * 1000;
const SCHEMA = process.env.SOURCE_SCHEMA ?? "orders";
const CONCURRENCY = Number(process.env.WRITE_CONCURRENCY ?? 32);
const MARGIN_MS = Number(process.env.DEADLINE_MARGIN_MS ?? 1000);
const TOMBSTONE_SECONDS = Number(process.env.TOMBSTONE_DAYS ?? 8) * 86400;

const ENRICHED_TOMBSTONE_SECONDS = 3600;
const NO_PRODUCTS = "0000000000000-0000000000000000";
const MAX_DIGITS = 38;
const BACKOFF_BASE_MS = 25;
const BACKOFF_CAP_MS = 2000;

const agent = { keepAlive: true, maxSockets: Math.max(50, CONCURRENCY) };
const dynamodb = new DynamoDBClient({ requestHandler: { httpAgent: agent, httpsAgent: agent } });
const s3 = new S3Client({ requestHandler: { httpAgent: agent, httpsAgent: agent }, forcePathStyle: true });

// Attribute, column, whether it is a number, and how else the column may be called.
const ORDER_COLUMNS = [
  ["orderAmount", true], ["orderStatus"], ["orderDateTime"], ["shipToName"], ["shipToAddress"], ["shipToCity"],
  ["shipToState"], ["shipToZip"],
];
const ITEM_COLUMNS = [["itemQuantity", true, "itemQuanity"], ["itemAmount", true], ["itemStatus"]];

const SOURCE_GUARD = {
  ConditionExpression: "attribute_not_exists(#h) OR #v < :v",
  ExpressionAttributeNames: { "#h": "orderId", "#v": "version" },
};
const GONE_GUARD = "attribute_not_exists(orderId) OR orderVersion <= :o AND itemVersion <= :i";
const LIVE_GUARD = `${GONE_GUARD} AND productsVersion <= :p`;

export async function handler(event, context) {
  const started = Date.now();
  const deadline = started + context.getRemainingTimeInMillis() - MARGIN_MS;
  const records = event.Records ?? [];
  const { rows, orders, aside, skipped } = plan(records);
  const failed = new Set();

  const expires = String(Math.floor(started / 1000) + TOMBSTONE_SECONDS);
  await each([...rows.values()], deadline, failed, (row) => put(SOURCE_TABLE, sourceItem(row, expires), {
    ...SOURCE_GUARD, ExpressionAttributeValues: { ":v": { S: row.version } },
  }));
  await join(orders, deadline, failed);

  const failures = [...failed].flatMap((orderId) => orders.get(orderId).records);
  if (aside.length > 0) console.log(JSON.stringify({ level: "WARN", message: "no changes", records: aside }));
  logBatch(records.length, rows.size, skipped, aside.length, failures.length, Date.now() - started, context.awsRequestId);
  return { batchItemFailures: failures.map((itemIdentifier) => ({ itemIdentifier })) };
}

/** The newest change of each row, and the orders with the items that may have changed. */
function plan(records) {
  const rows = new Map();
  const orders = new Map();
  const aside = [];
  let skipped = 0;
  for (const { kinesis } of records) {
    let changes;
    try {
      changes = changesOf(kinesis);
    } catch {
      aside.push(kinesis);
      continue;
    }
    if (changes === undefined) skipped++;
    else for (const change of changes) {
      const key = `${change.orderId} ${change.itemId}`;
      const there = rows.get(key);
      if (there === undefined || there.version <= change.version) rows.set(key, change);
      let order = orders.get(change.orderId);
      if (order === undefined) orders.set(change.orderId, order = { all: false, items: new Set(), records: [] });
      if (change.itemId === undefined) order.all = true;
      else order.items.add(change.itemId);
      order.records.push(kinesis.sequenceNumber);
    }
  }
  return { rows, orders, aside, skipped };
}

/** What a record changes, or undefined when it is about something else; throws when it can never be a change. */
function changesOf({ data: bytes, sequenceNumber }) {
  const { data, metadata, "before-image": before } = JSON.parse(Buffer.from(bytes, "base64").toString("utf8"));
  if (metadata["record-type"] !== "data" || metadata["schema-name"] !== SCHEMA) return undefined;
  const table = metadata["table-name"];
  if (table !== "order" && table !== "order_item") return undefined;
  const isItem = table === "order_item";
  const version = versionOf(metadata, sequenceNumber);
  const orderId = integer(data.orderId);
  const itemId = isItem ? integer(data.itemId) : undefined;
  switch (metadata.operation) {
    case "delete":
      return [{ orderId, itemId, version }];
    case "load": case "insert": case "update":
      break;
    default:
      throw new Error("unknown operation");
  }
  const columns = {};
  for (const [name, isNumber, otherName] of isItem ? ITEM_COLUMNS : ORDER_COLUMNS) {
    const value = data[name] ?? data[otherName];
    if (value !== undefined && value !== null) columns[name] = isNumber ? { N: digits(value) } : { S: textOf(value) };
  }
  const changes = [{ orderId, itemId, version, columns }];
  if (metadata.operation === "update" && before) {
    const oldOrder = integer(before.orderId ?? data.orderId);
    const oldItem = isItem ? integer(before.itemId ?? data.itemId) : undefined;
    if (oldOrder !== orderId || oldItem !== itemId) changes.push({ orderId: oldOrder, itemId: oldItem, version });
  }
  return changes;
}

/** Text that is greater for the later of two changes: the place in MySQL's log, else the number in the stream. */
function versionOf(metadata, sequenceNumber) {
  const isLoad = metadata.operation === "load";
  const place = isLoad ? undefined : metadata["stream-position"];
  const number = metadata["transaction-record-id"];
  if (place !== undefined && number !== undefined) {
    const fileEnd = place.indexOf(":");
    const end = place.indexOf(":", fileEnd + 1);
    const file = Number(place.slice(place.lastIndexOf(".", fileEnd) + 1, fileEnd));
    const offset = Number(place.slice(fileEnd + 1, end < 0 ? undefined : end));
    if (!Number.isSafeInteger(file) || !Number.isSafeInteger(offset)) throw new Error("stream-position");
    return `0000-2-${hex(file, 8)}-${hex(offset, 16)}-${hex(number, 16)}`;
  }
  const length = String(sequenceNumber.length).padStart(3, "0");
  return `0000-${isLoad ? 0 : 1}-${length}-${sequenceNumber}-01-0`;
}

function hex(number, width) {
  return number.toString(16).padStart(width, "0");
}

function integer(value) {
  const text = digits(value);
  if (!/^-?\d+$/.test(text)) throw new Error("no integer");
  return text;
}

function textOf(value) {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new Error("no text");
}

/** A number's digits, without exponent and needless zeros. */
function digits(value) {
  if (typeof value === "number") {
    const text = String(value);
    return text.includes("e") ? plain(text) : text;
  }
  if (typeof value === "string") return plain(value);
  throw new Error("no number");
}

function plain(text) {
  const parts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text);
  if (parts === null) throw new Error("no number");
  const [, sign, whole, fraction = "", exponent = "0"] = parts;
  let point = whole.length + Number(exponent);
  const all = whole + fraction;
  const start = all.search(/[1-9]/);
  if (start < 0) return "0";
  const significant = all.slice(start).replace(/0+$/, "");
  if (significant.length > MAX_DIGITS) throw new Error("too many digits");
  point -= start;
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${significant}`;
  if (point >= significant.length) return sign + significant.padEnd(point, "0");
  return `${sign}${significant.slice(0, point)}.${significant.slice(point)}`;
}

function sourceItem({ orderId, itemId, version, columns }, expires) {
  const key = { orderId: { N: orderId }, entity: { S: itemId === undefined ? "ORDER" : `ITEM#${itemId}` }, version: { S: version } };
  if (columns === undefined) return { ...key, deleted: { N: "1" }, expiresAt: { N: expires } };
  return itemId === undefined ? { ...key, ...columns } : { ...key, itemId: { N: itemId }, ...columns };
}

/** Writes the rows of the orders until nothing newer is in the way of any. */
async function join(orders, deadline, failed) {
  let open = orders;
  for (let attempt = 0; open.size > 0; attempt++) {
    if (attempt > 0) {
      const pause = Math.random() * Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** attempt);
      if (Date.now() + pause >= deadline) {
        for (const orderId of open.keys()) failed.add(orderId);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    const rows = [];
    await each([...open].map(([orderId, wanted]) => ({ orderId, wanted })), deadline, failed, async ({ orderId, wanted }) => {
      addRows(rows, orderId, await read(orderId), wanted);
    });
    if (rows.length === 0) return;
    let list;
    try {
      list = await currentProducts(rows);
    } catch (error) {
      console.error(JSON.stringify({ level: "ERROR", message: "no products", error: String(error) }));
      for (const { orderId } of rows) failed.add(orderId);
      return;
    }
    const next = new Map();
    const expires = String(Math.floor(Date.now() / 1000) + ENRICHED_TOMBSTONE_SECONDS);
    await each(rows, deadline, failed, async (row) => {
      const item = enrichedItem(row, list, expires);
      const values = { ":o": item.orderVersion, ":i": item.itemVersion };
      if (row.isLive) values[":p"] = item.productsVersion;
      const there = await put(ENRICHED_TABLE, item, {
        ConditionExpression: row.isLive ? LIVE_GUARD : GONE_GUARD, ExpressionAttributeValues: values,
      });
      if (there === undefined || isNewer(there, item, row.isLive)) return;
      if (there.productsVersion?.S > list.version) products.asked = 0;
      const order = next.get(row.orderId) ?? { all: false, items: new Set() };
      order.items.add(row.itemId);
      next.set(row.orderId, order);
    });
    open = next;
  }
}

/** Whether a row is in nothing older than the one that it has kept out. */
function isNewer(there, item, isLive) {
  return there.orderVersion?.S >= item.orderVersion.S && there.itemVersion?.S >= item.itemVersion.S
    && (!isLive || there.productsVersion?.S >= item.productsVersion.S);
}

/** Adds the rows that an order and its wanted items make. */
function addRows(rows, orderId, partition, wanted) {
  const order = partition.find(({ entity }) => entity.S === "ORDER");
  if (order === undefined) return;
  for (const item of partition) {
    if (item === order) continue;
    const itemId = item.entity.S.slice("ITEM#".length);
    const isThere = item.deleted === undefined;
    if (!wanted.items.has(itemId) && !(wanted.all && isThere)) continue;
    rows.push({ orderId, itemId, order, item, isLive: isThere && order.deleted === undefined });
  }
}

function enrichedItem({ orderId, itemId, order, item, isLive }, list, expires) {
  const row = {
    orderId: { N: orderId }, itemId: { N: itemId }, orderVersion: order.version, itemVersion: item.version,
    productsVersion: { S: isLive ? list.version : NO_PRODUCTS },
  };
  if (!isLive) return Object.assign(row, { deleted: { N: "1" }, expiresAt: { N: expires } });
  for (const [name] of ORDER_COLUMNS) if (order[name] !== undefined) row[name] = order[name];
  for (const [name] of ITEM_COLUMNS) if (item[name] !== undefined) row[name] = item[name];
  const product = list.byId.get(itemId);
  if (product === undefined) row.missing = { S: "product" };
  else {
    row.productName = { S: product.name };
    row.productPrice = { N: product.price };
  }
  return row;
}

/** All rows of an order, as of now. */
async function read(orderId) {
  const rows = [];
  let ExclusiveStartKey;
  do {
    const page = await dynamodb.send(new QueryCommand({
      TableName: SOURCE_TABLE, ConsistentRead: true, KeyConditionExpression: "orderId = :o",
      ExpressionAttributeValues: { ":o": { N: orderId } }, ExclusiveStartKey,
    }));
    rows.push(...page.Items);
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return rows;
}

/** Puts an item; gives the one that is there if the condition does not hold. */
async function put(TableName, Item, condition) {
  try {
    await dynamodb.send(new PutItemCommand({ TableName, Item, ...condition, ReturnValuesOnConditionCheckFailure: "ALL_OLD" }));
    return undefined;
  } catch (error) {
    if (error.name !== "ConditionalCheckFailedException") throw error;
    return error.Item ?? {};
  }
}

/** Does the work on each thing, several at a time. What fails fails the thing's order. */
async function each(things, deadline, failed, work) {
  let next = 0;
  const worker = async () => {
    while (next < things.length) {
      const thing = things[next++];
      try {
        if (Date.now() >= deadline) throw new Error("no time left");
        await work(thing);
      } catch (error) {
        console.error(JSON.stringify({ level: "ERROR", message: "call failed", error: String(error) }));
        failed.add(thing.orderId);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, things.length) }, worker));
}

const products = { list: undefined, tag: undefined, asked: 0 };

/** The products, asked for anew if that was long ago or one is missing. */
async function currentProducts(rows) {
  if (!rows.some(({ isLive }) => isLive)) return { version: NO_PRODUCTS, byId: new Map() };
  const age = () => Date.now() - products.asked;
  if (products.list === undefined || age() >= REVALIDATE_MS) await askForProducts();
  const isMissing = ({ isLive, itemId }) => isLive && !products.list.byId.has(itemId);
  if (age() >= 1000 && rows.some(isMissing)) await askForProducts();
  return products.list;
}

async function askForProducts() {
  products.asked = Date.now();
  let object;
  try {
    object = await s3.send(new GetObjectCommand({ ...PRODUCTS, IfNoneMatch: products.tag }));
  } catch (error) {
    if (error.$metadata?.httpStatusCode === 304 || products.list !== undefined) return;
    if (error.name !== "NoSuchKey") throw error;
    products.list = { version: NO_PRODUCTS, byId: new Map() };
    return;
  }
  const byId = new Map();
  for (const line of (await object.Body.transformToString()).split("\n")) {
    if (line === "") continue;
    try {
      const { productId, productName, productPrice } = JSON.parse(line);
      byId.set(integer(productId), { name: textOf(productName), price: digits(productPrice) });
    } catch {
      console.warn(JSON.stringify({ level: "WARN", message: "no product", line }));
    }
  }
  const millis = String(object.LastModified.getTime()).padStart(13, "0");
  const tag = object.ETag.replace(/[^0-9A-Za-z]/g, "").slice(0, 16).padEnd(16, "0");
  products.list = { version: `${millis}-${tag}`, byId };
  products.tag = object.ETag;
}

/** One line a batch, metrics in CloudWatch's embedded metric format. */
function logBatch(received, rows, skipped, quarantined, reported, duration, requestId) {
  const names = [
    ["RecordsReceived", "Count"], ["RowsChanged", "Count"], ["RecordsSkipped", "Count"], ["RecordsQuarantined", "Count"],
    ["RecordsReported", "Count"], ["BatchDuration", "Milliseconds"],
  ];
  const metrics = names.map(([Name, Unit]) => ({ Name, Unit }));
  console.log(JSON.stringify({
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: [{ Namespace: "Sluicegate", Dimensions: [["Function"]], Metrics: metrics }] },
    level: "INFO", message: "batch", Function: "order-enrichment-node", request_id: requestId,
    RecordsReceived: received, RowsChanged: rows, RecordsSkipped: skipped, RecordsQuarantined: quarantined,
    RecordsReported: reported, BatchDuration: duration,
  }));
}

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}
