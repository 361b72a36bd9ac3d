"""An OpenAI-compatible server on this machine that answers, or misbehaves, by a script."""

import gzip
import json
import re
import socket
import struct
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def say(content, finish="stop", **more):
    """A whole reply that says ``content``."""
    message = {"role": "assistant", "content": content}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return give({"object": "chat.completion", "choices": [choice]} | more)


def give(value, status=200, **headers):
    """A whole reply of that status, JSON or bytes."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()

    def act(handler):
        handler.reply(status, data, len(data), headers)

    return act


def error(status, message="no", **headers):
    return give({"error": {"message": message}}, status, **headers)


def cut(handler):
    """Fewer bytes than were announced, then the end of the connection."""
    handler.reply(200, b'{"choices": [{"mess', 1000, {})
    handler.close_connection = True


def reset(handler):
    """The connection is reset by the peer."""
    linger = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.rfile.close()
    handler.connection.close()
    handler.close_connection = True


def drip(handler):
    """A good reply, a byte now and then, each well within the time for one: a second in all."""
    choice = {"message": {"content": '{"score": 1}'}}
    data = b" " * 10 + json.dumps({"choices": [choice]}).encode()
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(data))
    for i in range(10):
        handler.wfile.write(data[i : i + 1])
        time.sleep(0.1)
    handler.wfile.write(data[10:])
    handler.close_connection = True


def drip_headers(handler):
    """Headers without end, a line now and then, each well within the time for one."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    _as_long_as_it_listens(handler, lambda i: b"X-Header-%d: x\r\n" % i)


def go_on(handler):
    """ "100 Continue", for ever, and now and then."""
    _as_long_as_it_listens(handler, lambda i: b"HTTP/1.1 100 Continue\r\n\r\n")


def _as_long_as_it_listens(handler, line):
    handler.close_connection = True
    try:
        for i in range(200):
            handler.wfile.write(line(i))
            time.sleep(0.02)
    except OSError:
        pass


def packed(value, encoding="gzip", times=1):
    """A whole reply that comes packed, though nobody asked for that; ``times``: over and over."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    for _ in range(times):
        data = gzip.compress(data, 9)
    return give(data, Content_Encoding=encoding)


def after(seconds, act):
    def slowly(handler):
        time.sleep(seconds)
        act(handler)

    return slowly


def shown(body) -> list[str]:
    """The texts of a request, as a judge who obeys the system message finds them."""
    system, user = (message["content"] for message in body["messages"])
    (mark,) = re.findall(r"carry the mark (\w+)", system)
    return re.findall(rf"^BEGIN(?: \w)? {mark}\n(.*?)\nEND(?: \w)? {mark}$", user, re.S | re.M)


def outside(body) -> str:
    """All of a request that is not data."""
    system, user = (message["content"] for message in body["messages"])
    for text in shown(body):
        user = user.replace(text, "")
    return system + user


class Stub:
    """``with Stub(script) as stub``: ``script(body, times)`` gives the act that answers a request,
    ``times`` being how often the same one came before."""

    def __init__(self, script):
        self.script, self.lock = script, threading.Lock()
        self.bodies, self.headers, self.arrived, self.paths = [], [], [], []
        self.answered = Counter()  # of whole replies of status 200, by request
        self.came = Counter()
        self.under_way, self.most = Counter(), 0

    def __enter__(self):
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                stub.serve(self)

            def reply(self, status, data, length, headers):
                lines = [f"HTTP/1.1 {status} said", f"Content-Length: {length}"]
                lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
                if status == 200 and length == len(data) and data:
                    with stub.lock:
                        stub.answered[self.asked] += 1
                stub.settle(self)
                # In one piece: a second write would wait 40 ms for the first one's receipt.
                self.wfile.write("\r\n".join([*lines, "", ""]).encode() + data)

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 64

            def handle_error(self, *_):
                pass  # clients that are gone

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def serve(self, handler):
        data = handler.rfile.read(int(handler.headers["Content-Length"]))
        handler.asked, handler.settled = data.decode(), False
        with self.lock:
            times = self.came[handler.asked]
            self.came[handler.asked] += 1
            self.arrived.append(time.monotonic())
            self.bodies.append(json.loads(data))
            self.headers.append(dict(handler.headers))
            self.paths.append(handler.path)
            self.under_way[handler.asked] += 1
            self.most = max(self.most, self.under_way.total())
        try:
            self.script(json.loads(data), times)(handler)
        finally:
            self.settle(handler)

    def settle(self, handler):
        """It is under way no more; said before the reply, or a quick client would be next."""
        with self.lock:
            self.under_way.subtract([handler.asked] if not handler.settled else [])
            handler.settled = True
