// sales-aggregator in Node: sales per tumbling window and group, exact, the way a good Node engineer would write it.
//
// Sums are integers of 10^-8 (BigInt): floats would drift. The state is JSON, carried by Lambda from call to call.
// What is no sale is put aside in the log and counted. When the window ends, the part and the total of each group are
// put in one transaction, on conditions, so that a repeated call adds nothing.

import { BatchGetItemCommand, DynamoDBClient, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";

const TABLE_NAME = required("TABLE_NAME");
const GROUP_ATTRIBUTE = process.env.GROUP_ATTRIBUTE ?? "";

const UNIT = 1e8; // units of an amount in 1
const PLACES = 8;
const EXACT_DIGITS = 15; // a double tells all decimal numbers of so many digits apart
const GROUPS_PER_TRANSACTION = 50;
const ATTEMPTS = 5;

const agent = { keepAlive: true, maxSockets: 50 };
const client = new DynamoDBClient({ requestHandler: { httpAgent: agent, httpsAgent: agent } });

export async function handler(event, context) {
  const started = Date.now();
  const state = readState(event.state);
  const { groups } = state;
  const records = event.Records ?? [];
  const aside = [];
  let counted = 0;

  for (const record of records) {
    const sale = record.kinesis === undefined ? saleOfChange(record) : saleOfData(record.kinesis);
    if (sale === SKIPPED) continue;
    if (sale === undefined) {
      aside.push(record);
      continue;
    }
    counted++;
    state.first ??= (record.kinesis ?? record.dynamodb).sequenceNumber ?? record.dynamodb.SequenceNumber;
    const { group, amount, arrival } = sale;
    const aggregate = groups.get(group);
    if (aggregate === undefined) {
      groups.set(group, { n: 1, sum: amount, min: amount, max: amount, first: arrival, last: arrival });
      continue;
    }
    aggregate.n++;
    aggregate.sum += amount;
    if (amount < aggregate.min) aggregate.min = amount;
    if (amount > aggregate.max) aggregate.max = amount;
    if (arrival < aggregate.first) aggregate.first = arrival;
    if (arrival > aggregate.last) aggregate.last = arrival;
  }

  const isLast = event.isFinalInvokeForWindow || event.isWindowTerminatedEarly;
  if (isLast && groups.size > 0) await writePart(event, state);
  if (aside.length > 0) console.log(JSON.stringify({ level: "WARN", message: "no sales", records: aside }));
  logBatch(records.length, counted, aside.length, Date.now() - started, context.awsRequestId);
  return { state: isLast ? {} : writeState(state) };
}

const SKIPPED = Symbol("skipped");

/** The sale of a Kinesis record, or undefined when it is none. */
function saleOfData({ data, approximateArrivalTimestamp }) {
  let item;
  try {
    item = JSON.parse(Buffer.from(data, "base64").toString("utf8"));
  } catch {
    return undefined;
  }
  item = item?.Item ?? item;
  if (item === null || typeof item !== "object" || typeof item.sales !== "number") return undefined;
  const amount = unitsOf(item.sales);
  if (amount === undefined) return undefined;
  return { amount, group: groupOf(item[GROUP_ATTRIBUTE]), arrival: micros(approximateArrivalTimestamp) };
}

/** The sale of a new order; other changes are none. */
function saleOfChange({ eventName, dynamodb: { NewImage: image, ApproximateCreationDateTime: arrival } }) {
  if (eventName !== "INSERT") return SKIPPED;
  const text = image?.sales?.N;
  if (typeof text !== "string") return undefined;
  const amount = text.length <= EXACT_DIGITS ? unitsOf(Number(text)) : unitsOfText(text);
  if (amount === undefined) return undefined;
  const group = image[GROUP_ATTRIBUTE];
  return { amount, group: groupOf(group?.S ?? group?.N), arrival: micros(arrival) };
}

function groupOf(value) {
  return value === undefined || value === null ? "all" : String(value);
}

function micros(seconds) {
  return Math.round(seconds * 1e6);
}

/** The number in units, if it is exact in them: the division gives the same double only then. */
function unitsOf(number) {
  const units = Math.round(number * UNIT);
  return Number.isSafeInteger(units) && units / UNIT === number ? BigInt(units) : unitsOfText(String(number));
}

function unitsOfText(text) {
  const parts = /^(-?\d+)(?:\.(\d{1,8}))?$/.exec(text);
  return parts === null ? undefined : BigInt(parts[1] + (parts[2] ?? "").padEnd(PLACES, "0"));
}

function textOf(units) {
  const sign = units < 0n ? "-" : "";
  const digits = String(units < 0n ? -units : units).padStart(PLACES + 1, "0");
  const places = digits.slice(-PLACES).replace(/0+$/, "");
  return sign + digits.slice(0, -PLACES) + (places && `.${places}`);
}

function readState(state) {
  const groups = new Map();
  for (const [group, { n, sum, min, max, first, last }] of Object.entries(state?.groups ?? {})) {
    groups.set(group, { n, sum: unitsOfText(sum), min: unitsOfText(min), max: unitsOfText(max), first, last });
  }
  return { first: state?.first, groups };
}

function writeState({ first: part, groups }) {
  const written = {};
  for (const [group, { n, sum, min, max, first, last }] of groups) {
    written[group] = { n, sum: textOf(sum), min: textOf(min), max: textOf(max), first, last };
  }
  return { first: part, groups: written };
}

/** Puts the part's rows and adds them to the totals, unless they are there. Conflicts are read and tried again. */
async function writePart(event, { first: part, groups }) {
  const names = [...groups.keys()];
  for (let start = 0; start < names.length; start += GROUPS_PER_TRANSACTION) {
    const chunk = names.slice(start, start + GROUPS_PER_TRANSACTION);
    for (let attempt = 1; ; attempt++) {
      try {
        await writeChunk(event, part, chunk, groups);
        break;
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 25 * 2 ** attempt));
      }
    }
  }
}

async function writeChunk({ window, shardId, eventSourceARN }, part, names, groups) {
  const source = eventSourceARN.split("/")[1];
  const keys = new Map(names.map((name) => [name, {
    part: { Series: { S: `part#${source}` }, WindowGroup: { S: `${window.start}#${name}#${shardId}#${part}` } },
    total: { Series: { S: `total#${source}` }, WindowGroup: { S: `${window.start}#${name}` } },
  }]));
  const wanted = [...keys.values()].flatMap((key) => [key.part, key.total]);
  const there = new Map();
  for (let left = { [TABLE_NAME]: { Keys: wanted, ConsistentRead: true } }; Object.keys(left).length > 0; ) {
    const answer = await client.send(new BatchGetItemCommand({ RequestItems: left }));
    for (const row of answer.Responses?.[TABLE_NAME] ?? []) there.set(row.Series.S + row.WindowGroup.S, row);
    left = answer.UnprocessedKeys ?? {};
  }
  const puts = [];
  for (const [name, key] of keys) {
    if (there.has(key.part.Series.S + key.part.WindowGroup.S)) continue;
    const aggregate = groups.get(name);
    const described = { Source: { S: source }, WindowStart: { S: window.start }, WindowEnd: { S: window.end }, Group: { S: name } };
    puts.push(put({ ...key.part, ...described, ...attributes(aggregate), Shard: { S: shardId }, Part: { S: part } }));
    const total = there.get(key.total.Series.S + key.total.WindowGroup.S);
    const parts = total === undefined ? 0 : Number(total.Parts.N);
    const merged = total === undefined ? aggregate : merge(aggregate, total);
    puts.push(put({ ...key.total, ...described, ...attributes(merged), Parts: { N: String(parts + 1) } }, parts));
  }
  if (puts.length > 0) await client.send(new TransactWriteItemsCommand({ TransactItems: puts }));
}

function put(Item, parts = 0) {
  const condition = parts === 0
    ? { ConditionExpression: "attribute_not_exists(Series)" }
    : { ConditionExpression: "Parts = :parts", ExpressionAttributeValues: { ":parts": { N: String(parts) } } };
  return { Put: { TableName: TABLE_NAME, Item, ...condition } };
}

function attributes({ n, sum, min, max, first, last }) {
  const time = (micros) => ({ S: new Date(micros / 1000).toISOString() });
  return {
    Count: { N: String(n) }, Sum: { N: textOf(sum) }, Min: { N: textOf(min) }, Max: { N: textOf(max) },
    FirstArrival: time(first), LastArrival: time(last),
  };
}

function merge(aggregate, row) {
  const lower = (left, right) => (left < right ? left : right);
  const higher = (left, right) => (left > right ? left : right);
  const time = (name) => Date.parse(row[name].S) * 1000;
  return {
    n: aggregate.n + Number(row.Count.N),
    sum: aggregate.sum + unitsOfText(row.Sum.N),
    min: lower(aggregate.min, unitsOfText(row.Min.N)),
    max: higher(aggregate.max, unitsOfText(row.Max.N)),
    first: lower(aggregate.first, time("FirstArrival")),
    last: higher(aggregate.last, time("LastArrival")),
  };
}

/** One line a batch, metrics in CloudWatch's embedded metric format. */
function logBatch(received, applied, quarantined, duration, requestId) {
  const names = [["RecordsReceived", "Count"], ["RecordsApplied", "Count"], ["RecordsQuarantined", "Count"], ["BatchDuration", "Milliseconds"]];
  const metrics = names.map(([Name, Unit]) => ({ Name, Unit }));
  console.log(JSON.stringify({
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: [{ Namespace: "Sluicegate", Dimensions: [["Function"]], Metrics: metrics }] },
    level: "INFO", message: "batch", Function: "sales-aggregator-node", request_id: requestId,
    RecordsReceived: received, RecordsApplied: applied, RecordsQuarantined: quarantined, BatchDuration: duration,
  }));
}

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}
