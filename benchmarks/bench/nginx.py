"""nginx, which does the same work as the server: it serves files, and takes them by PUT."""

import os
import pathlib
import socket
import time

from .jobs import Failed
from .stores import Process

CONFIGURATION = """
daemon off; worker_processes {workers}; pid {root}/pid; error_log {root}/error.log; {user}
events {{ worker_connections 4096; }}
http {{
  access_log off; sendfile on; tcp_nopush on; client_max_body_size 0; client_body_temp_path {root}/body;
  proxy_temp_path {root}/p; fastcgi_temp_path {root}/f; uwsgi_temp_path {root}/u; scgi_temp_path {root}/s;
  server {{ listen 127.0.0.1:{port}; root {root}/files; location / {{ dav_methods PUT; }} }}
}}
"""


class Nginx(Process):
    """One that serves `files` of a directory, with as many workers as there are cores."""

    def __init__(self, program, directory):
        root = pathlib.Path(directory)
        self.files = root / "files"
        self.files.mkdir(parents=True)
        (root / "body").mkdir()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        configuration = root / "nginx.conf"
        configuration.write_text(CONFIGURATION.format(
            workers=os.cpu_count(), root=root, port=self.port, user="user root;" if os.getuid() == 0 else ""))
        super().__init__(program, "-e", root / "error.log", "-p", root, "-c", configuration)

    def announcement(self):
        """nginx prints nothing: it listens once it can be connected to."""
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return f"http://127.0.0.1:{self.port}"
            except OSError:
                time.sleep(0.05)
        raise Failed("nginx does not listen")
