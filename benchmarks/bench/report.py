"""What is printed and written of the measurements."""

import datetime
import json
import os
import platform
import subprocess

from . import peers, settings


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), platform.machine())
    commit = subprocess.run(["git", "-C", settings.ROOT, "describe", "--always", "--dirty"], text=True, check=False,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "machine": f"{model}, {os.cpu_count()} cores, "
                   f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB",
        "system": f"{platform.freedesktop_os_release()['PRETTY_NAME']}, Linux {platform.release()}",
        "load": os.getloadavg()[0], "commit": commit.stdout.strip(), "runs": settings.RUNS,
        "stream_bytes": settings.STREAM, "memory_bytes": settings.MEMORY, "pgbench_scale": settings.SCALE,
    }


def print_facts(facts):
    for name, value in facts.items():
        print(f"{name:20} {value}")
    print(flush=True)


HEADINGS = (f"{'':40}{'wall s':>8}{'lowest–highest':>16}{'MB/s':>8}{'CPU s/GB':>10}{'peak MB':>9}{'store CPU':>11}"
            f"{'times':>8}")


def print_rows(rows):
    """A table for each thing that was done; the first row that was measured is what the others are compared with."""
    what, reference = None, None
    for row in rows:
        if row["what"] != what:
            what = row["what"]
            reference = next(each["bytes_per_second"] for each in rows if each["what"] == what and "runs" in each)
            print(f"\n{row['part']}: {what}\n{HEADINGS}")
        print(_line(row, reference), flush=True)


def _line(row, reference):
    if "failure" in row:
        return f"{row['who']:40}failed: {row['failure']}"
    seconds = [run["seconds"] for run in row["runs"]]
    start = f"{row['who']:40}{row['seconds']:8.2f}{f'{min(seconds):.2f}–{max(seconds):.2f}':>16}"
    if not row["bytes"]:
        return start
    store = row.get("store_cpu_seconds_per_gb")
    return (f"{start}{row['bytes_per_second'] / 1e6:8.0f}{row['cpu_seconds_per_gb']:10.2f}"
            f"{row['peak_bytes'] / 1e6:9.0f}{'' if store is None else f'{store:.2f}':>11}"
            f"{reference / row['bytes_per_second']:8.2f}")


def print_targets(judged):
    if not judged:
        return
    print(f"{'target':58}{'wanted':>14}{'measured':>10}")
    for row in judged:
        wanted = f"{'≤' if row['bound'] == 'at most' else '≥'} {row['wanted']:g}"
        measured = "" if row["measured"] is None else f"{row['measured']:.2f}"
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
