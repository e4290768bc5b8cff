"""A small client of the Lambda Runtime API: what awslambdaric does, without its C++ build.

Loads the function of _HANDLER from LAMBDA_TASK_ROOT and serves invocations over one kept-alive connection.
"""

import http.client
import importlib
import json
import os
import socket
import sys
import time

INVOCATION = "/2018-06-01/runtime/invocation"


class Context:
    """What the handler may ask about its invocation."""

    def __init__(self, headers):
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.invoked_function_arn = headers["lambda-runtime-invoked-function-arn"]
        self._deadline_ms = int(headers["lambda-runtime-deadline-ms"])

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline_ms - int(time.time() * 1000))


def main():
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    api.connect()
    api.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
        module, name = os.environ["_HANDLER"].split(".")
        handler = getattr(importlib.import_module(module), name)
    except Exception as error:
        call(api, "POST", "/2018-06-01/runtime/init/error", problem(error))
        sys.exit(1)
    while True:
        serve(api, handler)


def serve(api, handler):
    headers, body = call(api, "GET", f"{INVOCATION}/next")
    context = Context(headers)
    try:
        outcome, answer = "response", json.dumps(handler(json.loads(body), context))
    except Exception as error:
        outcome, answer = "error", problem(error)
    call(api, "POST", f"{INVOCATION}/{context.aws_request_id}/{outcome}", answer)


def problem(error):
    return json.dumps({"errorType": type(error).__name__, "errorMessage": str(error)})


def call(api, method, path, body=None):
    api.request(method, path, body=body, headers={"Content-Type": "application/json"})
    response = api.getresponse()
    return response.headers, response.read()


main()
