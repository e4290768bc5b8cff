// What Node needs for the same events: one line of JSON in (work, file, schema), one out (seconds, records, bytes).
// The best of several rounds, after some that do not count.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { gunzipSync } from "node:zlib";

const require = createRequire(new URL("../../tests/interop/node/", import.meta.url));
const avro = require("avsc");
const kpl = require("aws-kinesis-agg");

const data = (record) => Buffer.from(record.kinesis.data, "base64");

const works = {
  plain: (event, each) => event.Records.forEach((record) => each(data(record))),
  kpl(event, each) {
    for (const { kinesis } of event.Records) {
      // What comes out of the library is in base64 again; the checksum is checked as everywhere.
      kpl.deaggregateSync(kinesis, true, (error, users) => {
        if (error) throw error;
        for (const user of users) each(Buffer.from(user.data, "base64"));
      });
    }
  },
  gzip: (event, each) => event.Records.forEach((record) => each(gunzipSync(data(record)))),
  // The header is passed over by hand: the package for it answers with promises only.
  avro: (event, each, type) =>
    event.Records.forEach((record) => each(type.fromBuffer(data(record).subarray(18)).sensor_id)),
};

function run(work, text, type) {
  let [records, length] = [0, 0];
  work(JSON.parse(text), (payload) => { records += 1; length += payload.length; }, type);
  return [records, length];
}

function best(round) {
  for (let warm = 0; warm < 3; warm++) round();
  const [started, rounds] = [process.hrtime.bigint(), []];
  while (rounds.length < 3 || process.hrtime.bigint() - started < 1e9) {
    const before = process.hrtime.bigint();
    round();
    rounds.push(Number(process.hrtime.bigint() - before) / 1e9);
  }
  return Math.min(...rounds);
}

for await (const line of createInterface({ input: process.stdin })) {
  const { work, file, schema } = JSON.parse(line);
  const text = readFileSync(file, "utf8");
  const type = avro.Type.forSchema(JSON.parse(schema));
  let result;
  if (work === "md5") {
    const messages = JSON.parse(text).Records.map(data).map((all) => all.subarray(4, -16));
    result = [best(() => messages.map((message) => createHash("md5").update(message).digest())), 0, 0];
  } else {
    result = [best(() => run(works[work], text, type)), ...run(works[work], text, type)];
  }
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
