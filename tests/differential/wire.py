"""Bytes to two servers and back: requests with a fence behind each, and replies taken apart by them.

A fence is a request that is always answered in the same way: `mn`, or a NOOP with a number of its
own. What stands between two fences is the reply to one request, whatever it is: nothing, a line,
values, or an error too many.
"""

import socket
import struct

DEADLINE_S = 5
BINARY_HEADER = struct.Struct(">BBHBBHI4sQ")
NOOP = 0x0A
TEXT_FENCE = b"mn\r\n"


class Closed(Exception):
    """The server has closed the connection."""


def packet(opcode, extras=b"", key=b"", value=b"", cas=0, opaque=b"\0\0\0\0"):
    body = extras + key + value
    return BINARY_HEADER.pack(0x80, opcode, len(key), len(extras), 0, 0, len(body), opaque, cas) + body


class Connection:
    """A connection to one server, and what it has sent that was not looked at yet."""

    def __init__(self, port):
        self._socket = socket.create_connection(("127.0.0.1", port), DEADLINE_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray()

    def close(self):
        self._socket.close()

    def send(self, data, cuts):
        """Sends `data` in pieces that end at the offsets `cuts`."""
        begin = 0
        for end in [*cuts, len(data)]:
            try:
                self._socket.sendall(data[begin:end])
            except (BrokenPipeError, ConnectionResetError):
                return  # reading will tell
            begin = end

    def _fill(self):
        try:
            piece = self._socket.recv(1 << 18)
        except ConnectionResetError:
            piece = b""
        if not piece:
            raise Closed()
        self._buffer += piece

    def _take(self, size):
        while len(self._buffer) < size:
            self._fill()
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def take_line(self):
        while (end := self._buffer.find(b"\n")) < 0:
            self._fill()
        return self._take(end + 1)

    def take_text(self):
        """One reply of the text dialect: a line, and the value that it announces."""
        line = self.take_line()
        words = line.split()
        if words[:1] == [b"VALUE"] and len(words) >= 4 and words[3].isdigit():
            return line + self._take(int(words[3]) + 2)
        if words[:1] == [b"VA"] and len(words) >= 2 and words[1].isdigit():
            return line + self._take(int(words[1]) + 2)
        return line

    def take_packet(self):
        header = self._take(BINARY_HEADER.size)
        return header + self._take(BINARY_HEADER.unpack(header)[6])


class TextWire:
    """The text dialect's fences and replies."""

    @staticmethod
    def fence(_number):
        return TEXT_FENCE

    @staticmethod
    def read(connection, _number):
        """The replies up to the fence."""
        replies = []
        while (reply := connection.take_text()) != b"MN\r\n":
            replies.append(reply)
        return replies


class BinaryWire:
    """The binary dialect's."""

    @staticmethod
    def fence(number):
        return packet(NOOP, opaque=b"f" + number.to_bytes(3, "big"))

    @staticmethod
    def read(connection, number):
        replies = []
        opaque = b"f" + number.to_bytes(3, "big")
        while True:
            reply = connection.take_packet()
            fields = BINARY_HEADER.unpack(reply[:BINARY_HEADER.size])
            if fields[1] == NOOP and fields[7] == opaque:
                return replies
            replies.append(reply)
