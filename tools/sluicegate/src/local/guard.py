"""Runs a program and takes its whole process tree down with whoever started it: guard.py LOCK_FILE PROGRAM ...

Written into the stack's folder by `sluicegate`, run by the Python of .tools/stack.

Standard input is the lifeline: when its other end closes, for whatever reason (even SIGKILL), the tree is
killed. The line `detach` on it ends the watch: the tree then lives until SIGTERM. The lock is held as long as
anything of the tree is alive.
"""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time

PATIENCE = 5.0  # seconds from SIGTERM to SIGKILL


def adopt_orphans():
    """Makes orphans of the tree ours instead of init's, so that they are reaped: containers often have no
    init that does it. Linux only; elsewhere init is there."""
    import ctypes

    PR_SET_CHILD_SUBREAPER = 36
    try:
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    except (OSError, AttributeError):
        pass


def hold(lock_file):
    """Takes the lock; somebody may be looking just now whether it is held."""
    lock = open(lock_file, "a")
    for _ in range(20):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except BlockingIOError:
            time.sleep(0.1)
    sys.exit(f"{lock_file} is held: the stack runs already")


def send(group, number):
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        pass


def watch_lifeline(group):
    """Kills the tree at the end of standard input, unless `detach` was read before."""
    received = b""
    while chunk := os.read(0, 64):
        received += chunk
        if received.endswith(b"detach\n"):
            return
    send(group, signal.SIGKILL)


def end_politely(group):
    send(group, signal.SIGTERM)
    end = threading.Timer(PATIENCE, send, (group, signal.SIGKILL))
    end.daemon = True
    end.start()


def reap_until_gone(pid):
    """Reaps whatever of the tree ends, until `pid` does; returns its exit code."""
    while True:
        reaped, status = os.waitpid(-1, 0)
        if reaped == pid:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def reap_rest():
    """Reaps the killed remains. A daemon that left the tree's process group is not ours to wait for."""
    for _ in range(100):
        try:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(0.02)
        except ChildProcessError:
            return


def guard(lock_file, program):
    os.setsid()  # Ctrl-C and a closing terminal are for `sluicegate`, which then lets go of the lifeline
    adopt_orphans()
    lock = hold(lock_file)
    # A session of its own: its process group is exactly the tree.
    group = subprocess.Popen(
        program, stdin=subprocess.DEVNULL, start_new_session=True, pass_fds=[lock.fileno()]
    ).pid
    signal.signal(signal.SIGTERM, lambda *_: end_politely(group))
    threading.Thread(target=watch_lifeline, args=(group,), daemon=True).start()
    code = reap_until_gone(group)
    send(group, signal.SIGKILL)
    reap_rest()
    return code


if __name__ == "__main__":
    sys.exit(guard(sys.argv[1], sys.argv[2:]))
