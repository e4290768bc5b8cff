// sensor-ingest in Node: Kinesis records to DynamoDB items, the way a good Node engineer would write it.
//
// Low-level client (no document marshaller), one client for the life of the process, keep-alive sockets,
// 25 items a call with several calls in flight, the last of equal keys wins, UnprocessedItems retried with
// full jitter inside the time left, partial batch response for whatever was not stored.

import { BatchWriteItemCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";

const TABLE_NAME = required("TABLE_NAME");
const CONCURRENCY = Number(process.env.WRITE_CONCURRENCY ?? 20);
const MARGIN_MS = Number(process.env.DEADLINE_MARGIN_MS ?? 1000);
const RETENTION_DAYS = Number(process.env.RETENTION_DAYS ?? 0);

const MAX_ITEMS_PER_CALL = 25;
const BACKOFF_BASE_MS = 25;
const BACKOFF_CAP_MS = 2000;

const agent = { keepAlive: true, maxSockets: Math.max(50, CONCURRENCY) };
const client = new DynamoDBClient({ requestHandler: { httpAgent: agent, httpsAgent: agent } });

export async function handler(event, context) {
  const started = Date.now();
  const deadline = started + context.getRemainingTimeInMillis() - MARGIN_MS;
  const { writes, failures } = plan(event.Records ?? []);
  const chunks = chunksOf([...writes.values()], MAX_ITEMS_PER_CALL);

  let next = 0;
  const worker = async () => {
    while (next < chunks.length) {
      const unwritten = await writeChunk(chunks[next++], deadline);
      for (const { PutRequest } of unwritten) failures.push(writes.get(keyOf(PutRequest.Item)).sequenceNumber);
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, chunks.length) }, worker));

  logBatch(event.Records?.length ?? 0, writes.size, failures.length, Date.now() - started, context.awsRequestId);
  return { batchItemFailures: failures.map((itemIdentifier) => ({ itemIdentifier })) };
}

/** Validates every record and keeps the last of equal keys. */
function plan(records) {
  const writes = new Map();
  const failures = [];
  for (const { kinesis } of records) {
    const item = itemOf(kinesis.data);
    if (item === undefined) {
      failures.push(kinesis.sequenceNumber);
      continue;
    }
    const key = keyOf(item);
    writes.delete(key); // so that the last one also takes the last place
    writes.set(key, { sequenceNumber: kinesis.sequenceNumber, PutRequest: { Item: item } });
  }
  return { writes, failures };
}

/** The record's item, or undefined when it can never be one. */
function itemOf(data) {
  let reading;
  try {
    reading = JSON.parse(Buffer.from(data, "base64").toString("utf8"));
  } catch {
    return undefined;
  }
  if (reading === null || typeof reading !== "object") return undefined;
  const { sensor_id: id, temperature, current_time: time, humidity } = reading;
  if (typeof id !== "string" || id.length === 0 || Buffer.byteLength(id) > 2048) return undefined;
  if (!Number.isFinite(temperature) || !Number.isFinite(time)) return undefined;
  const item = { SensorId: { S: id }, CurrentTime: { N: String(time) }, Temperature: { N: String(temperature) } };
  if (humidity !== undefined && humidity !== null) {
    if (!Number.isFinite(humidity) || humidity < 0 || humidity > 100) return undefined;
    item.Humidity = { N: String(humidity) };
  }
  if (RETENTION_DAYS > 0) item.ExpiresAt = { N: String(Math.floor(time) + RETENTION_DAYS * 86400) };
  return item;
}

/** Writes one call's worth of items; returns the requests that were not stored in time. */
async function writeChunk(chunk, deadline) {
  let requests = chunk.map(({ PutRequest }) => ({ PutRequest }));
  for (let attempt = 0; ; attempt++) {
    try {
      const answer = await client.send(new BatchWriteItemCommand({ RequestItems: { [TABLE_NAME]: requests } }));
      requests = answer.UnprocessedItems?.[TABLE_NAME] ?? [];
    } catch (error) {
      console.error(JSON.stringify({ level: "ERROR", message: "batch write failed", error: String(error) }));
      return requests;
    }
    if (requests.length === 0) return requests;
    const pause = Math.random() * Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** attempt);
    if (Date.now() + pause >= deadline) return requests;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

function keyOf(item) {
  return `${item.SensorId.S}\0${item.CurrentTime.N}`;
}

function chunksOf(list, size) {
  const chunks = [];
  for (let start = 0; start < list.length; start += size) chunks.push(list.slice(start, start + size));
  return chunks;
}

/** One line a batch, metrics in CloudWatch's embedded metric format. */
function logBatch(received, applied, reported, duration, requestId) {
  const names = [["RecordsReceived", "Count"], ["RecordsApplied", "Count"], ["RecordsReported", "Count"], ["BatchDuration", "Milliseconds"]];
  const metrics = names.map(([Name, Unit]) => ({ Name, Unit }));
  console.log(JSON.stringify({
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: [{ Namespace: "Sluicegate", Dimensions: [["Function"]], Metrics: metrics }] },
    level: "INFO", message: "batch", Function: "sensor-ingest-node", request_id: requestId,
    RecordsReceived: received, RecordsApplied: applied, RecordsReported: reported, BatchDuration: duration,
  }));
}

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}
