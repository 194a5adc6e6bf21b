"""Pieces of work, how they are run, and what each run used."""

import dataclasses
import http.client
import os
import statistics
import subprocess
import sys
import time

from . import settings


class Failed(Exception):
    """Something the measuring needs did not work."""


@dataclasses.dataclass
class Job:
    """One way of doing a piece of work: a pipeline whose counted members are the client."""

    name: str
    pipeline: list
    size: int
    environment: dict = dataclasses.field(default_factory=dict)
    before: object = None
    """Called before each run; its time does not count."""
    after: object = None
    """Called after each run; what it answers is noted with the run."""
    uncounted: tuple = ()
    """Members of the pipeline that produce or consume, by position."""
    store: object = None
    """Whose CPU time is noted, too; has `cpu_seconds()`."""
    once: bool = False
    """Too long to be run more than once."""

    def run(self):
        if self.before:
            self.before()
        spent = self.store.cpu_seconds() if self.store else None
        started = time.monotonic()
        processes = self._start()
        usages = [_ended(process) for process in processes]
        seconds = time.monotonic() - started
        self._require_success(processes)
        counted = [usage for position, usage in enumerate(usages) if position not in self.uncounted]
        used = {
            "seconds": seconds,
            "cpu_seconds": sum(usage.ru_utime + usage.ru_stime for usage in counted),
            "peak_bytes": max(usage.ru_maxrss for usage in counted) * 1024,
        }
        if self.store:
            used["store_cpu_seconds"] = self.store.cpu_seconds() - spent
            used["store_peak_bytes"] = self.store.peak_bytes()
        return {**used, **(self.after() if self.after else {})}

    def _require_success(self, processes):
        """The client is named first: when it fails, the producer's pipe breaks, too."""
        order = sorted(range(len(processes)), key=lambda position: position in self.uncounted)
        for process in (processes[position] for position in order):
            if process.returncode != 0:
                words = " ".join(map(str, process.args[:3]))
                raise Failed(f"{words} … ended with status {process.returncode}")

    def _start(self):
        environment = {**os.environ, **self.environment}
        processes, source = [], subprocess.DEVNULL
        for position, command in enumerate(self.pipeline):
            last = position == len(self.pipeline) - 1
            process = subprocess.Popen(
                [str(word) for word in command], stdin=source, env=environment,
                stdout=subprocess.DEVNULL if last else subprocess.PIPE)
            if position:
                source.close()
            source = process.stdout
            processes.append(process)
        return processes


@dataclasses.dataclass
class Load:
    """Work that is measured at the server that does it; the clients are threads of this process, or not counted."""

    name: str
    size: int
    store: object
    work: object
    """Does the work once; answers nothing, or what it found out itself: `seconds`, `requests`."""
    once: bool = False

    def run(self):
        spent, started = self.store.cpu_seconds(), time.monotonic()
        try:
            found = self.work() or {}
        except (OSError, http.client.HTTPException) as error:
            raise Failed(f"{self.name}: {error!r}") from error
        return {
            "seconds": time.monotonic() - started, "store_cpu_seconds": self.store.cpu_seconds() - spent,
            "store_peak_bytes": self.store.peak_bytes(), **found,
        }


@dataclasses.dataclass
class Timed:
    """A program that says itself how many seconds its work took, and does nothing else worth measuring."""

    name: str
    command: list
    size: int
    once: bool = False

    def run(self):
        return {"seconds": float(quiet(*self.command))}


def run_at_once(commands, environment=None):
    """Runs commands beside each other, and answers what they printed."""
    processes = [
        subprocess.Popen([str(word) for word in command], env={**os.environ, **(environment or {})}, text=True,
                         stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE)
        for command, output in commands]
    printed = [process.communicate() for process in processes]
    for process, (_, errors) in zip(processes, printed):
        if process.returncode != 0:
            raise Failed(f"{process.args[0]} ended with status {process.returncode}: {errors.strip()}")
    return [output for output, _ in printed]


def _ended(process):
    """Waits for a child; answers what it and the children it waited for have used."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage


def quiet(*command, environment=None):
    """Runs a command that only prepares something; answers what it printed."""
    done = subprocess.run(
        [str(word) for word in command], env={**os.environ, **(environment or {})}, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise Failed(f"{' '.join(map(str, command[:3]))} … ended with status {done.returncode}:\n{done.stderr}")
    return done.stdout


def measure(part, what, jobs):
    """Takes the jobs in turn, so that what else the machine does meets them all; the first round only warms up.

    Answers a row for each job: the medians, and every run. A peer that fails is left out with a word; penstock's own
    failure ends the measuring.
    """
    print(f"  {what}", file=sys.stderr, flush=True)
    runs = {job.name: [] for job in jobs}
    failures = {}
    for turn in range(settings.RUNS + 1):
        for job in jobs:
            if job.name in failures or (job.once and turn != 1):
                continue
            try:
                used = job.run()
            except Failed as failure:
                if job.name.startswith("penstock"):
                    raise
                failures[job.name] = str(failure)
                continue
            if turn:
                runs[job.name].append(used)
    return [
        {"part": part, "what": what, "who": job.name, "failure": failures[job.name]} if job.name in failures
        else _row(part, what, job, runs[job.name])
        for job in jobs
    ]


def _row(part, what, job, runs):
    median = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    row = {
        "part": part, "what": what, "who": job.name, "bytes": job.size, **median,
        "bytes_per_second": job.size / median["seconds"],
    }
    if job.size:
        row |= {f"{key}_per_gb": median[key] / job.size * 1e9 for key in ["cpu_seconds", "store_cpu_seconds"]
                if key in median}
    if "requests" in median:
        row["requests_per_second"] = statistics.median(run["requests"] / run["seconds"] for run in runs)
        row["store_cpu_microseconds"] = median["store_cpu_seconds"] / median["requests"] * 1e6
    return {**row, "runs": runs}
