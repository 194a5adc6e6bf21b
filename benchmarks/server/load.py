#!/usr/bin/env python3
"""Loads `penstock serve`, and nginx beside it, and prints one line for each measurement as JSON.

    benchmarks/server/load.py --penstock .build/release/penstock [--repetitions 3] [--only small-get,large-get,...]

Needs wrk, nginx (with its DAV module) and curl. Everything lies in a directory that is removed at the end; what is
measured and why is in docs/development/performance.md.
"""
import argparse
import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from sas import EMULATOR, account_token

HERE = pathlib.Path(__file__).parent
BLOCK = 8 << 20


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nothing listens on port {port}")


class Server:
    """A process that listens; its CPU seconds and memory come from /proc."""

    def __init__(self, command: list[str], port: int, log: pathlib.Path) -> None:
        self.port = port
        self.process = subprocess.Popen(command, stdout=log.open("wb"), stderr=subprocess.STDOUT)
        wait_for(port)

    def pids(self) -> list[int]:
        pid = self.process.pid
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid] + [int(child) for child in children]

    def cpu(self) -> float:
        ticks = 0
        for pid in self.pids():
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def status(self, name: str) -> int:
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{name}:\s+(\d+)", text, re.M).group(1))

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


class Stage:
    def __init__(self, penstock: str, directory: pathlib.Path) -> None:
        self.directory = directory
        account, key = EMULATOR
        self.token = account_token(account, key)
        self.base = f"/{account}/box"
        port = free_port()
        self.penstock = Server(
            [penstock, "serve", "--data", str(directory / "store"), "--port", str(port), "--quiet"], port,
            directory / "penstock.log")
        self.nginx = self.start_nginx()
        self.request("PUT", self.base + "?restype=container&" + self.token)

    def start_nginx(self) -> Server:
        root = self.directory / "nginx"
        for name in ("root", "body"):
            (root / name).mkdir(parents=True)
            (root / name).chmod(0o777)
        port = free_port()
        configuration = root / "nginx.conf"
        configuration.write_text(f"""
daemon off; worker_processes {os.cpu_count()}; pid {root}/pid; error_log {root}/error.log;
{"user root;" if os.getuid() == 0 else ""}
events {{ worker_connections 4096; }}
http {{
  access_log off; sendfile on; tcp_nopush on; client_max_body_size 0; client_body_temp_path {root}/body;
  proxy_temp_path {root}/p; fastcgi_temp_path {root}/f; uwsgi_temp_path {root}/u; scgi_temp_path {root}/s;
  server {{ listen 127.0.0.1:{port}; root {root}/root; location / {{ dav_methods PUT; }} }}
}}
""")
        return Server(["nginx", "-p", str(root), "-c", str(configuration)], port, root / "log")

    def request(self, method: str, target: str, body: bytes = b"", fields: dict | None = None) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.penstock.port)
        connection.request(method, target, body, {"x-ms-version": "2021-12-02", **(fields or {})})
        answer = connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"{method} {target.split('?')[0]}: {answer.status} {content[:300]!r}")
        return content

    def stop(self) -> None:
        self.penstock.stop()
        self.nginx.stop()

    # What is measured

    def wrk(self, script: str, arguments: list[str], seconds: int, connections: int) -> dict:
        before = self.penstock.cpu()
        output = subprocess.run(
            ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "-s", str(HERE / script),
             f"http://127.0.0.1:{self.penstock.port}", "--", *arguments],
            check=True, capture_output=True, text=True).stdout
        rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))
        bad = int(re.search(r"bad (\d+)", output).group(1))
        cpu = self.penstock.cpu() - before
        return {"per_second": rate, "bad": bad, "cpu_microseconds": round(cpu / (rate * seconds) * 1e6, 1)}

    def small_put(self) -> dict:
        return self.wrk("put.lua", [self.base, self.token, "4096"], 5, 64)

    def small_get(self) -> dict:
        for index in range(64):
            self.request("PUT", f"{self.base}/get-{index}?{self.token}", os.urandom(4096),
                         {"x-ms-blob-type": "BlockBlob"})
        return self.wrk("get.lua", [self.base, self.token, "64"], 5, 64)

    def prepare_large(self) -> None:
        """The same 2 GiB as a file for nginx, as a blob of blocks, and as a blob written in one step."""
        file = self.directory / "nginx/root/large"
        if file.exists():
            return
        block = os.urandom(BLOCK)
        with file.open("wb") as out:
            for _ in range(256):
                out.write(block)
        ids = []
        for index in range(256):
            ids.append(f"{index:08d}")
            name = urllib.parse.quote(self.id(index))
            self.request("PUT", f"{self.base}/blocks?comp=block&blockid={name}&{self.token}", block)
        document = "".join(f"<Latest>{self.id(index)}</Latest>" for index in range(256))
        self.request("PUT", f"{self.base}/blocks?comp=blocklist&{self.token}",
                     f"<?xml version='1.0'?><BlockList>{document}</BlockList>".encode())
        subprocess.run(
            ["curl", "-sSf", "-T", str(file), "-H", "x-ms-blob-type: BlockBlob", "-H", "x-ms-version: 2021-12-02",
             "-H", "Expect:", f"http://127.0.0.1:{self.penstock.port}{self.base}/whole?{self.token}"], check=True)

    @staticmethod
    def id(index: int) -> str:
        import base64
        return base64.b64encode(f"{index:08d}".encode()).decode()

    def many_curls(self, server: Server, target: str, connections: int, arguments: list[str]) -> dict:
        before, start = server.cpu(), time.monotonic()
        url = f"http://127.0.0.1:{server.port}{target}"
        running = [subprocess.Popen(["curl", "-sSf", "-o", "/dev/null", *arguments, url]) for _ in range(connections)]
        if any(process.wait() for process in running):
            raise SystemExit(f"curl failed against {target.split('?')[0]}")
        seconds = time.monotonic() - start
        total = connections * (2 << 30) / 1e9
        return {"gigabytes_per_second": round(total / seconds, 3),
                "cpu_seconds_per_gigabyte": round((server.cpu() - before) / total, 3)}

    def large_get(self, connections: int) -> dict:
        self.prepare_large()
        result = {"nginx": self.many_curls(self.nginx, "/large", connections, [])}
        for name in ("whole", "blocks"):
            found = self.many_curls(self.penstock, f"{self.base}/{name}?{self.token}", connections, [])
            found["of_nginx"] = round(found["gigabytes_per_second"] / result["nginx"]["gigabytes_per_second"], 3)
            result[name] = found
        return result

    def block_put(self, connections: int = 8, blocks: int = 48) -> dict:
        """8 MiB blocks over connections that are kept, to both servers."""
        body = os.urandom(BLOCK)

        def run(server: Server, target) -> dict:
            def client(number: int) -> None:
                connection = socket.create_connection(("127.0.0.1", server.port))
                for index in range(blocks):
                    head = (f"PUT {target(number, index)} HTTP/1.1\r\nHost: x\r\nx-ms-version: 2021-12-02\r\n"
                            f"Content-Length: {BLOCK}\r\n\r\n")
                    connection.sendall(head.encode())
                    connection.sendall(body)
                    answer = b""
                    while b"\r\n\r\n" not in answer:
                        piece = connection.recv(65536)
                        if not piece:
                            raise SystemExit("the server closed a connection")
                        answer += piece
                    status = int(answer.split(b" ", 2)[1])
                    head_end = answer.index(b"\r\n\r\n") + 4
                    length = int((re.search(rb"(?i)content-length: (\d+)", answer) or [0, 0])[1])
                    while len(answer) < head_end + length:
                        answer += connection.recv(65536)
                    if status not in (201, 204):
                        raise SystemExit(f"PUT: {answer[:400]!r}")
            before, start = server.cpu(), time.monotonic()
            threads = [threading.Thread(target=client, args=(number,)) for number in range(connections)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            seconds, total = time.monotonic() - start, connections * blocks * BLOCK / 1e9
            return {"gigabytes_per_second": round(total / seconds, 3),
                    "cpu_seconds_per_gigabyte": round((server.cpu() - before) / total, 3)}

        nginx = run(self.nginx, lambda number, index: f"/put-{number}-{index}")
        ours = run(self.penstock, lambda number, index:
                   f"{self.base}/put-{number}?comp=block&blockid={urllib.parse.quote(self.id(index % 4))}&{self.token}")
        return {"nginx": nginx, "penstock": ours,
                "of_nginx": round(ours["gigabytes_per_second"] / nginx["gigabytes_per_second"], 3)}

    def stalled(self, connections: int = 1000, sent: int = 1_000_000) -> dict:
        """Clients that stop in the middle of a block: what they cost, and how soon another is answered."""
        before = self.penstock.status("VmRSS")
        body = os.urandom(sent)
        open_ones = []
        for number in range(connections):
            client = socket.create_connection(("127.0.0.1", self.penstock.port))
            client.sendall(
                f"PUT {self.base}/stalled?comp=block&blockid={urllib.parse.quote(self.id(number))}&{self.token} HTTP/1.1\r\n"
                f"Host: x\r\nx-ms-version: 2021-12-02\r\nContent-Length: {BLOCK}\r\n\r\n".encode())
            client.sendall(body)
            open_ones.append(client)
        time.sleep(1)
        start = time.monotonic()
        self.request("PUT", f"{self.base}/at-once?{self.token}", b"x" * 4096, {"x-ms-blob-type": "BlockBlob"})
        answered = time.monotonic() - start
        result = {"connections": connections, "rss_mebibytes": round(self.penstock.status("VmRSS") / 1024, 1),
                  "rss_before_mebibytes": round(before / 1024, 1), "threads": self.penstock.status("Threads"),
                  "answered_in_milliseconds": round(answered * 1e3, 1)}
        for client in open_ones:
            client.close()
        return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--penstock", required=True)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("--directory", help="where the temporary directory is made")
    arguments = parser.parse_args()
    directory = pathlib.Path(tempfile.mkdtemp(prefix="penstock-load-", dir=arguments.directory))
    stage = Stage(arguments.penstock, directory)
    kinds = {
        "small-get": stage.small_get, "small-put": stage.small_put, "block-put": stage.block_put,
        "large-get-1": lambda: stage.large_get(1), "large-get-8": lambda: stage.large_get(8), "stalled": stage.stalled,
    }
    wanted = arguments.only.split(",") if arguments.only else list(kinds)
    try:
        for kind in wanted:
            for repetition in range(arguments.repetitions):
                print(json.dumps({"kind": kind, "repetition": repetition, **kinds[kind]()}), flush=True)
    finally:
        stage.stop()
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
