"""nginx in the client's namespace of a lab: it answers "hello" and logs each request."""

import contextlib

import lab
from lab import CLIENT4


@contextlib.contextmanager
def serving(net, *before):
    """Gives the log, without what was asked to see whether it answers. before: what starts it."""
    lab.need("nginx", "curl")
    log = net.folder / "access.log"
    config = net.folder / "nginx.conf"
    config.write_text(
        f"daemon off; master_process off; pid {net.folder}/nginx.pid; error_log {net.folder}/error.log;\n"
        "events {}\n"
        f"http {{ access_log {log}; server {{ listen {CLIENT4}:80; location / {{ return 200 hello; }} }} }}\n"
    )
    process = net.client.start(*before, "nginx", "-c", config, start_new_session=True)
    lab.until(lambda: net.client.run("curl", "-s", "--noproxy", "*", lab.url(CLIENT4)).stdout == "hello", 10, "nginx answers")
    lab.until(lambda: log.read_text(), 5, "nginx logs")
    known = len(log.read_text().splitlines())
    try:
        yield lambda: log.read_text().splitlines()[known:]
    finally:
        lab.end(process)
