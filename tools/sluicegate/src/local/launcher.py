"""Starts one process tree of the local stack and takes it down with whoever started it.

Written into the state directory by `sluicegate`, run by the Python of .tools/stack:

    launcher.py run PROGRAM ARGUMENT...         a program, for instance sam
    launcher.py emulator VERSION LOCK_FILE      MiniStack, settings in the environment

Standard input is the lifeline: when its other end closes, for whatever reason (even SIGKILL), the whole
process group is killed. The line `detach` on it ends the watch: the tree then lives until it is stopped.
"""

import os
import signal
import sys
import threading
import time


def watch_lifeline():
    """Kills this process group at the end of standard input, unless `detach` was read before."""
    received = b""
    while chunk := os.read(0, 64):
        received += chunk
        if received.endswith(b"detach\n"):
            return
    os.killpg(os.getpgrp(), signal.SIGKILL)


def run(program):
    """Runs a program to its end and passes its exit code on."""
    import subprocess

    code = subprocess.call(program, stdin=subprocess.DEVNULL)
    return code if code >= 0 else 128 - code


def hold(lock_file):
    """Holds the lock that says "this stack is running"; the kernel drops it with the process."""
    import fcntl

    file = open(lock_file, "a")
    for _ in range(20):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        except BlockingIOError:  # somebody is looking whether it is held
            time.sleep(0.1)
    sys.exit(f"{lock_file} is held: the stack runs already")


def emulator(version, lock_file):
    """Runs MiniStack on this thread until it is told to stop."""
    lock = hold(lock_file)

    import importlib.metadata
    import socketserver

    found = importlib.metadata.version("ministack")
    if found != version:
        sys.exit(f"ministack {found} is installed, {version} is wanted: run `make setup`")

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

    from ministack.app import main

    sys.argv = ["ministack"]
    main()
    lock.close()
    return 0


def start(mode, *arguments):
    # A session of its own: a closing terminal does not reach it, and the group is exactly this tree.
    os.setsid()
    threading.Thread(target=watch_lifeline, daemon=True).start()
    return run(arguments) if mode == "run" else emulator(*arguments)


if __name__ == "__main__":
    sys.exit(start(*sys.argv[1:]))
