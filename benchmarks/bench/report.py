"""What is printed and written of the measurements."""

import datetime
import json
import os
import platform
import subprocess

from . import peers, settings
from .jobs import quiet


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), platform.machine())
    commit = subprocess.run(["git", "-C", settings.ROOT, "describe", "--always", "--dirty"], text=True, check=False,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    disk = settings.DISK if settings.DISK.exists() else settings.ROOT
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "machine": f"{model}, {os.cpu_count()} cores, "
                   f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB",
        "system": f"{platform.freedesktop_os_release()['PRETTY_NAME']}, Linux {platform.release()}",
        "file_system": quiet("stat", "-f", "-c", "%T", disk).strip(),
        "load": os.getloadavg()[0], "commit": commit.stdout.strip(), "runs": settings.RUNS,
        "stream_bytes": settings.STREAM, "memory_bytes": settings.MEMORY, "pgbench_scale": settings.SCALE,
        "listed_blobs": settings.BLOBS,
    }


def print_facts(facts):
    for name, value in facts.items():
        print(f"{name:20} {value}")
    print(flush=True)


HEADINGS = (f"{'':40}{'wall s':>8}{'lowest–highest':>16}{'MB/s':>8}{'CPU s/GB':>10}{'peak MB':>9}{'store CPU':>11}"
            f"{'store MB':>10}{'times':>8}")
HEADINGS_OF_REQUESTS = f"{'':40}{'requests/s':>12}{'lowest–highest':>18}{'store CPU µs':>14}{'store MB':>10}"


def print_rows(rows):
    """A table for each thing that was done; the first row that was measured is what the others are compared with."""
    what, reference = None, None
    for row in rows:
        if row["what"] != what:
            what = row["what"]
            measured = [each for each in rows if each["what"] == what and "runs" in each]
            reference = measured[0]["bytes_per_second"] if measured else None
            counts = any("requests" in each for each in measured)
            print(f"\n{row['part']}: {what}\n{HEADINGS_OF_REQUESTS if counts else HEADINGS}")
        print(_line(row, reference), flush=True)


def _line(row, reference):
    if "failure" in row:
        return f"{row['who']:40}failed: {row['failure']}"
    memory = f"{row['store_peak_bytes'] / 1e6:10.0f}" if "store_peak_bytes" in row else " " * 10
    if "requests" in row:
        rates = [run["requests"] / run["seconds"] for run in row["runs"]]
        return (f"{row['who']:40}{row['requests_per_second']:12.0f}{f'{min(rates):.0f}–{max(rates):.0f}':>18}"
                f"{row['store_cpu_microseconds']:14.1f}{memory}")
    seconds = [run["seconds"] for run in row["runs"]]
    digits = 2 if row["seconds"] >= 1 else 3
    start = f"{row['who']:40}{row['seconds']:8.{digits}f}" \
            f"{f'{min(seconds):.{digits}f}–{max(seconds):.{digits}f}':>16}"
    if not row["bytes"]:
        return f"{start}{'':38}{memory}".rstrip()
    used, peak = row.get("cpu_seconds_per_gb"), row.get("peak_bytes")
    store = row.get("store_cpu_seconds_per_gb")
    return (f"{start}{row['bytes_per_second'] / 1e6:8.0f}{'' if used is None else f'{used:.2f}':>10}"
            f"{'' if peak is None else f'{peak / 1e6:.0f}':>9}{'' if store is None else f'{store:.2f}':>11}{memory}"
            f"{reference / row['bytes_per_second']:8.2f}")


def print_targets(judged):
    if not judged:
        return
    print(f"{'target':58}{'wanted':>14}{'measured':>10}")
    for row in judged:
        wanted = "" if row["wanted"] is None else f"{'≤' if row['bound'] == 'at most' else '≥'} {row['wanted']:g}"
        measured = "" if row["measured"] is None else f"{row['measured']:.{2 if row['measured'] < 100 else 0}f}"
        why = f": {row['why']}" if "why" in row else ""
        print(f"{row['target']:58}{wanted:>14}{measured:>10}  {row['verdict']}{why}")


def write(path, facts, rows, judged):
    """Written anew after every part, so that what is done is kept whatever happens next."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(
        {**facts, "versions": peers.versions(), "targets": judged, "results": rows}, indent=2) + "\n")
    beside.replace(path)


def result_path(facts, parts):
    """A name that says when and what."""
    stamp = facts["date"].replace(":", "").removesuffix("+0000")
    return settings.BENCHMARKS / "results" / f"{stamp}-{'-'.join(parts)}.json"
