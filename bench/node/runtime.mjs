// A small client of the Lambda Runtime API: what aws-lambda-ric does, without its C++ build.
// Loads LAMBDA_TASK_ROOT/<file of _HANDLER> and serves invocations over one kept-alive connection.

import { Agent, request } from "node:http";
import { createRequire } from "node:module";
import path from "node:path";

const api = process.env.AWS_LAMBDA_RUNTIME_API;
const agent = new Agent({ keepAlive: true, maxSockets: 1, noDelay: true });
const invocation = "/2018-06-01/runtime/invocation";

try {
  const [file, name] = process.env._HANDLER.split(".");
  const { [name]: handler } = createRequire(import.meta.url)(path.join(process.env.LAMBDA_TASK_ROOT, `${file}.cjs`));
  for (;;) await serve(handler);
} catch (error) {
  await call("POST", "/2018-06-01/runtime/init/error", problem(error));
  process.exit(1);
}

async function serve(handler) {
  const { headers, body } = await call("GET", `${invocation}/next`);
  const awsRequestId = headers["lambda-runtime-aws-request-id"];
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const context = {
    awsRequestId,
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  let answer;
  try {
    answer = ["response", JSON.stringify(await handler(JSON.parse(body), context))];
  } catch (error) {
    answer = ["error", problem(error)];
  }
  await call("POST", `${invocation}/${awsRequestId}/${answer[0]}`, answer[1]);
}

function problem(error) {
  return JSON.stringify({ errorType: error?.name ?? "Error", errorMessage: String(error?.message ?? error) });
}

function call(method, path, body = "") {
  const [host, port] = api.split(":");
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const outgoing = request({ host, port, method, path, agent, headers }, (incoming) => {
      const parts = [];
      incoming.on("data", (part) => parts.push(part));
      incoming.on("end", () => resolve({ headers: incoming.headers, body: Buffer.concat(parts).toString("utf8") }));
      incoming.on("error", reject);
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
