"""Runs MiniStack, settings in the environment: emulator.py VERSION

Written into the stack's folder by `sluicegate`, run by the Python of .tools/stack under guard.py.
"""

import importlib.metadata
import socketserver
import sys

import ministack_streams


def start(wanted):
    found = importlib.metadata.version("ministack")
    if found != wanted:
        sys.exit(f"ministack {found} is installed, {wanted} is wanted: run `make setup`")

    # The Runtime API writes header and body apart: with Nagle's algorithm each invocation waits 40 ms for
    # a delayed acknowledgement.
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True

    # After an invocation MiniStack waits for more log lines, 5 ms after the last one. Our functions write
    # one line in one piece before they answer, so 1 ms will do. The method is private, hence the version
    # check above. The wait for a first line stays: without it a late line would be missed.
    from ministack.core import lambda_runtime

    drain = lambda_runtime.Worker._drain_stderr_bounded
    lambda_runtime.Worker._drain_stderr_bounded = lambda worker, first_line_wait=0.05: drain(
        worker, first_line_wait, idle_confirm=0.001
    )

    ministack_streams.install()

    from ministack.app import main

    sys.argv = ["ministack"]
    main()


if __name__ == "__main__":
    start(sys.argv[1])
