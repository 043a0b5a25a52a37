# SPDX-License-Identifier: Apache-2.0
"""A TCP relay that adds faults to a good server, and an HTTP proxy. Both count their traffic."""
from __future__ import annotations

import socket
import struct
import threading
import time


def _reset(connection: socket.socket) -> None:
    """Closes the connection with a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.shutdown(socket.SHUT_RD)  # wakes the thread that reads from it, which would keep it open
    connection.close()


class _Listener:
    """Accepts connections on a free port and serves each in a separate thread."""

    def __init__(self):
        self.connections = 0  # so far
        self.open = 0         # now
        self.peak = 0         # the most at one time
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._sockets.append(client)
                self.connections += 1
                number = self.connections
            threading.Thread(target=self._serve_counted, args=(client, number), daemon=True).start()

    def _serve_counted(self, client: socket.socket, number: int) -> None:
        with self._lock:
            self.open += 1
            self.peak = max(self.peak, self.open)
        try:
            self.serve(client, number)
        except OSError:
            pass
        finally:
            client.close()
            with self._lock:
                self.open -= 1

    def serve(self, client: socket.socket, number: int) -> None:
        raise NotImplementedError

    def _both_ways(self, client: socket.socket, server: socket.socket, first: bytes = b"") -> None:
        with self._lock:
            self._sockets.append(server)
        if first:
            server.sendall(first)
        back = threading.Thread(target=self._pump, args=(server, client, True), daemon=True)
        back.start()
        self._pump(client, server, False)
        back.join()
        server.close()

    def _pump(self, source: socket.socket, sink: socket.socket, down: bool) -> None:
        try:
            while chunk := source.recv(65536):
                if not self.pass_on(chunk, sink, down):
                    return
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            for end in (source, sink):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def pass_on(self, chunk: bytes, sink: socket.socket, down: bool) -> bool:
        sink.sendall(chunk)
        return True

    def stop(self) -> None:
        self._stopped.set()
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        with self._lock:
            for connection in self._sockets:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass


class Relay(_Listener):
    """Forwards connections to 127.0.0.1:`target`. Its faults can be changed at any time:

    answers      answers to the first connections, one each, instead of forwarding them (b"" closes at once)
    delay        seconds that every chunk waits, in both directions
    stall_after  bytes towards the client after which it sends no more, on a connection that stays open
    cut_after    bytes towards the client after which the connection is reset
    cuts         the number of connections to cut (later ones are complete)
    flip_at      the byte towards the client that is changed in each connection
    errors_after answers of a connection that stay unchanged; each later one becomes a 500
    """

    def __init__(self, target: int):
        self.target = target
        self.answers: list[bytes] = []
        self.delay = 0.0
        self.stall_after: int | None = None
        self.cut_after: int | None = None
        self.cuts = 1 << 30
        self.flip_at: int | None = None
        self.errors_after: int | None = None
        self._answers: dict[int, int] = {}
        self.sent_up = b""    # what the clients said
        self.bytes_down = 0
        self._down: dict[int, int] = {}
        super().__init__()

    def serve(self, client: socket.socket, number: int) -> None:
        if number <= len(self.answers):
            if answer := self.answers[number - 1]:
                self.sent_up += client.recv(65536)
                client.sendall(answer)
            return
        with socket.create_connection(("127.0.0.1", self.target)) as server:
            self._both_ways(client, server)

    def pass_on(self, chunk: bytes, sink: socket.socket, down: bool) -> bool:
        if self.delay:
            time.sleep(self.delay)
        if not down:
            self.sent_up += chunk
            sink.sendall(chunk)
            return True
        before = self._down.get(id(sink), 0)
        self._down[id(sink)] = before + len(chunk)
        chunk = self._spoil(chunk, before, sink)
        if self.stall_after is not None and before + len(chunk) > self.stall_after:
            sink.sendall(chunk[:max(0, self.stall_after - before)])
            self._stopped.wait()
            return False
        if self.cut_after is not None and self.cuts > 0 and before + len(chunk) > self.cut_after:
            self.cuts -= 1
            sink.sendall(chunk[:max(0, self.cut_after - before)])
            _reset(sink)
            raise OSError("cut")
        self.bytes_down += len(chunk)
        sink.sendall(chunk)
        return True

    def _spoil(self, chunk: bytes, before: int, sink: socket.socket) -> bytes:
        if chunk.startswith(b"HTTP/1.1 200 OK"):
            self._answers[id(sink)] = self._answers.get(id(sink), 0) + 1
            if self.errors_after is not None and self._answers[id(sink)] > self.errors_after:
                chunk = chunk.replace(b"200 OK", b"500 No", 1)
        if self.flip_at is not None and before <= self.flip_at < before + len(chunk):
            at = self.flip_at - before
            chunk = chunk[:at] + bytes([chunk[at] ^ 0x55]) + chunk[at + 1:]
        return chunk


class Proxy(_Listener):
    """An HTTP proxy: CONNECT, and requests with an absolute URL. `authorization`: the only value it accepts, if any."""

    def __init__(self, authorization: str = ""):
        self.authorization = authorization
        self.requests: list[str] = []  # the first line of each connection's request
        super().__init__()

    def serve(self, client: socket.socket, number: int) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            chunk = client.recv(65536)
            if not chunk:
                return
            head += chunk
        first = head.split(b"\r\n", 1)[0].decode()
        self.requests.append(first)
        if self.authorization and f"Proxy-Authorization: {self.authorization}".lower() not in head.decode().lower():
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"p\"\r\n"
                           b"Content-Length: 0\r\nConnection: close\r\n\r\n")
            return
        method, target, _ = first.split(" ")
        place = target if method == "CONNECT" else target.split("/")[2]
        host, _, port = place.partition(":")
        with socket.create_connection((host, int(port or 80))) as server:
            if method == "CONNECT":
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                self._both_ways(client, server, head.split(b"\r\n\r\n", 1)[1])
            else:
                self._both_ways(client, server, head)  # nginx takes requests with an absolute URL
