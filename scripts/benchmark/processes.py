"""Processes under test: started in a folder of their own, measured through /proc, and gone at the end."""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def tool(name):
    return os.path.join(REPOSITORY, ".tools", name)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(url, method="GET", timeout=30):
    """The body of an answer, as bytes; an OSError for anything but 2xx."""
    request = urllib.request.Request(url, method=method)
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        return answer.read()


def wait_until(is_so, what, seconds=30.0, pause=0.02):
    """Looks again and again until `is_so`; a TimeoutError that names `what` when it never is."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if result := is_so():
                return result
        except (OSError, ValueError):
            pass
        time.sleep(pause)
    raise TimeoutError(f"{what} did not happen within {seconds:.0f} s")


class Folder:
    """A folder for one system's files, removed at the end."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="gateway-bench-")
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)

    def write(self, name, text):
        path = os.path.join(self.path, name)
        with open(path, "w") as file:
            file.write(text)
        return path


class Process:
    """One process that ends with this script, whatever ends the script."""

    #: What `end_all` is still to end.
    running = []

    def __init__(self, command, folder, environment=None, **pipes):
        self.log = os.path.join(folder, os.path.basename(command[0]) + ".log")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                command, cwd=folder, env={**os.environ, **(environment or {})},
                stdin=pipes.get("stdin", subprocess.DEVNULL), stdout=pipes.get("stdout", log), stderr=log)
        self.pid = self.process.pid
        Process.running.append(self)

    def cpu(self):
        """Seconds of CPU used so far, in user and kernel mode, by all its threads.

        From the clock of the process (clock_getcpuclockid(3)): what /proc gives too, but not in steps of 10 ms.
        """
        return time.clock_gettime((~self.pid << 3) | 2)

    def memory(self):
        """MiB that are resident now."""
        with open(f"/proc/{self.pid}/status") as file:
            for line in file:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) / 1024
        raise OSError(f"process {self.pid} has ended; its last words: {self.last_words()}")

    def last_words(self):
        with open(self.log, errors="replace") as file:
            return file.read()[-2000:]

    def kill(self, sign=signal.SIGKILL):
        if self.process.poll() is None:
            self.process.send_signal(sign)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self in Process.running:
            Process.running.remove(self)

    def stop(self):
        self.kill(signal.SIGTERM)


@atexit.register
def end_all():
    for process in list(Process.running):
        process.kill()
