// What the Node originals make of each line of standard input: one JSON object in, one out.

import { createInterface } from "node:readline";
import zlib from "node:zlib";
import { GlueSchemaRegistry } from "@meinestadt.de/glue-schema-registry";
import avro from "avsc";
import kpl from "aws-kinesis-agg";

const buffer = (text) => Buffer.from(text, "base64");
const text = (data) => Buffer.from(data).toString("base64");

const commands = {
  "kpl-read"({ data }) {
    let users;
    const record = { data, partitionKey: "outer", sequenceNumber: "1" };
    kpl.deaggregateSync(record, true, (error, records) => {
      if (error) throw error;
      users = records;
    });
    if (users.length === 1 && users[0].subSequenceNumber === undefined) return { plain: true };
    return { records: users.map((user) => [user.partitionKey, user.explicitPartitionKey ?? null, user.data]) };
  },

  "kpl-write"({ records }) {
    const aggregator = new kpl.RecordAggregator();
    for (const [partitionKey, explicitHashKey, data] of records) {
      aggregator.addUserRecord({ partitionKey, explicitHashKey: explicitHashKey ?? undefined, data: buffer(data) });
    }
    return { data: text(aggregator.build().data) };
  },

  inflate({ compression, data }) {
    const of = { gzip: zlib.gunzipSync, zlib: zlib.inflateSync };
    return { data: text(of[compression](buffer(data))) };
  },

  compress({ data }) {
    const levels = [0, 1, 9];
    const of = (compress) => levels.map((level) => text(compress(buffer(data), { level })));
    return { gzip: of(zlib.gzipSync), zlib: of(zlib.deflateSync) };
  },

  // Two implementations in one: the registry's header, and Avro by avsc.
  async glue({ schema, id, data }) {
    const registry = new GlueSchemaRegistry("registry", { region: "us-east-1" });
    // A registry that has one schema, without a network.
    registry.gc = { send: async () => ({ SchemaDefinition: schema, SchemaVersionId: id, Status: "AVAILABLE" }) };
    const value = await registry.decode(buffer(data), avro.Type.forSchema(JSON.parse(schema)));
    const again = [false, true].map((compress) => registry.encode(id, value, { compress }));
    return { value, again: (await Promise.all(again)).map(text) };
  },
};

const command = commands[process.argv[2]];
for await (const line of createInterface({ input: process.stdin })) {
  let result;
  try {
    result = await command(JSON.parse(line));
  } catch (error) {
    result = { error: String(error) };
  }
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
