"""Where upload and download spend their CPU time, by sampling."""

import os
import shutil
import subprocess

from . import peers, settings
from .jobs import Failed
from .stores import raw_sink, serving

# Virtual machines often count no cycles: the clock is sampled instead, which works everywhere.
RECORD = ["perf", "record", "--quiet", "--event", "cpu-clock", "--freq", "2000", "--call-graph", "fp", "--output"]
SHOWN = 20


def profile(work):
    """Prints the costliest functions of the two transfers and of the plain loop, and keeps the recordings."""
    if not shutil.which("perf"):
        raise Failed("perf was not found; install it: apt-get install linux-perf")
    size = settings.STREAM
    with serving("--data", f"{work}/profile") as store, raw_sink(peers.RAW_PIPE) as sink:
        place = store.place("profiled")
        for name, before, command, after in [
            ("upload", peers.raw_pipe("produce", size), store.command("upload", place), ["cat"]),
            ("download", ["true"], store.command("download", place), ["cat"]),
            ("raw-pipe", peers.raw_pipe("produce", size), peers.raw_pipe("send", sink.line, 8), ["cat"]),
        ]:
            recording = settings.BUILD / f"profile-{name}.data"
            _pipeline(before, [*RECORD, recording, "--", *command], after, store.environment)
            print(f"\n{name} ({recording.relative_to(settings.ROOT)})", flush=True)
            _show(recording)


def _pipeline(before, command, after, environment):
    both = {**os.environ, **environment}
    words = [[str(word) for word in each] for each in (before, command, after)]
    first = subprocess.Popen(words[0], stdout=subprocess.PIPE, env=both)
    second = subprocess.Popen(words[1], stdin=first.stdout, stdout=subprocess.PIPE, env=both)
    third = subprocess.Popen(words[2], stdin=second.stdout, stdout=subprocess.DEVNULL)
    first.stdout.close()
    second.stdout.close()
    if any([process.wait() != 0 for process in (first, second, third)]):
        raise Failed(f"{' '.join(words[1][-4:-1])} … did not end well under perf")


def _show(recording):
    text = subprocess.run(
        ["perf", "report", "--input", str(recording), "--no-children", "--call-graph", "none", "--sort", "dso,symbol"],
        text=True, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    print("\n".join(lines[:SHOWN]), flush=True)
