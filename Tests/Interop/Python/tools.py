"""Command-line clients, run as their documentation says and never through a shell."""

import json
import os
import subprocess

import checks

# The virtual environments of the clients lie here.
CLIENTS = os.environ["CLIENTS"]


class Tool:
    """A program with the environment it needs; each call counts that it ended as it should."""

    def __init__(self, program, environment, limit=120):
        self.program = program
        self.environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **environment}
        self.limit = limit

    def run(self, *arguments, content=None):
        return subprocess.run([self.program, *arguments], input=content or b"",
                              capture_output=True, env=self.environment, timeout=self.limit)

    def __call__(self, *arguments, content=None):
        """What it writes to standard output, where it ends well."""
        result = self.run(*arguments, content=content)
        checks.that(result.returncode == 0, f"{self.named(arguments)} ends well: {self.said(result)}")
        return result.stdout

    def text(self, *arguments):
        return self(*arguments).decode().strip()

    def json(self, *arguments):
        return json.loads(self(*arguments) or b"null")

    def refused(self, words, *arguments):
        """It must end badly, and say those words."""
        result = self.run(*arguments)
        checks.that(result.returncode != 0 and words in self.said(result),
                    f"{self.named(arguments)} says {words}: {result.returncode}, {self.said(result)}")

    def named(self, arguments):
        return " ".join([os.path.basename(self.program), *arguments])[:200]

    @staticmethod
    def said(result):
        return (result.stdout[-500:] + result.stderr[-2000:]).decode(errors="replace").strip()
