"""Plays meters of DL/T 645-2007 on a serial line or behind a serial server, as a test describes them.

Shares no code with the product and uses nothing but Python itself. One JSON object per line; the first
one that comes in describes the line, and where it is goes out:

    {"link": "pty", "meters": {"000102030425": {"00010000": "001206.42"}}}   -> {"path": "/dev/pts/3"}
    {"link": "tcp", "meters": {…}}                                           -> {"port": 40123}

A value is written as the display shows it, with all its digits: it is packed as binary-coded decimals,
low byte first. A leading `-` sets the highest bit. Commands, one per line, answered when they hold:

    {"do": "set", "meter": "000102030425", "values": {"00010000": "001206.50"}}
    {"do": "dead", "meter": "000102030425", "is": true}
    {"do": "asked"}                                                          -> {"asked": 5}

It ends when its input ends.
"""

import json
import os
import socket
import sys
import threading

from lines import Terminal

PREAMBLE = b"\xfe" * 4
READ, READ_ADDRESS = 0x11, 0x13
# Error byte of the standard: bit 1 says "no such data".
NO_SUCH_DATA = 0x02


def frame(address, control, data=b""):
    """A frame with its check sum; `address` low byte first, `data` before 0x33 is added."""
    body = b"\x68" + address + b"\x68" + bytes([control, len(data)])
    body += bytes((byte + 0x33) % 256 for byte in data)
    return body + bytes([sum(body) % 256, 0x16])


def packed(shown):
    """Binary-coded decimals of what the display shows, low byte first."""
    digits = shown.lstrip("-").replace(".", "")
    if len(digits) % 2:
        digits = "0" + digits
    data = bytearray(bytes.fromhex(digits)[::-1])
    if shown.startswith("-"):
        data[-1] |= 0x80
    return bytes(data)


def take_request(held):
    """The first whole request in `held`, as address, control and data; and what comes behind it."""
    while len(held) >= 12:
        length = held[9]
        end = 12 + length
        starts = held[0] == 0x68 and held[7] == 0x68
        if starts and len(held) < end:
            return None, held
        if starts and held[end - 1] == 0x16 and sum(held[: end - 2]) % 256 == held[end - 2]:
            data = bytes((byte - 0x33) % 256 for byte in held[10 : end - 2])
            return (bytes(held[1:7]), held[8], data), held[end:]
        held = held[1:]
    return None, held


def by_identifier(values):
    """Identifiers are hexadecimal, in either case."""
    return {identifier.lower(): shown for identifier, shown in values.items()}


class Meters:
    """All meters of the line."""

    def __init__(self, meters):
        self.meters = {bytes.fromhex(name)[::-1]: by_identifier(of) for name, of in meters.items()}
        self.dead = set()
        self.asked = 0
        self.lock = threading.Lock()

    def answer(self, address, control, data):
        """The frame that answers; nothing when nobody is meant."""
        with self.lock:
            self.asked += 1
            alive = [one for one in self.meters if one not in self.dead]
            if control == READ_ADDRESS:
                # Everybody answers this at once; on a line of two that is noise, here it is silence.
                return frame(alive[0], 0x93, alive[0]) if len(alive) == 1 else b""
            if address == b"\xaa" * 6 and len(alive) == 1:
                address = alive[0]
            if address not in alive or control != READ:
                return b""
            shown = self.meters[address].get(data[3::-1].hex() if len(data) >= 4 else "")
            if shown is None:
                return frame(address, 0xD1, bytes([NO_SUCH_DATA]))
            return frame(address, 0x91, data[:4] + packed(shown))

    def obey(self, command):
        with self.lock:
            if command["do"] == "asked":
                return {"asked": self.asked}
            meter = bytes.fromhex(command["meter"])[::-1]
            if command["do"] == "set":
                self.meters[meter].update(by_identifier(command["values"]))
            elif command["is"]:
                self.dead.add(meter)
            else:
                self.dead.discard(meter)
            return {}


def serve(meters, read, write):
    """Answers until the other side is gone."""
    held = b""
    while received := read():
        held += received
        while True:
            request, held = take_request(held)
            if request is None:
                break
            if answer := meters.answer(*request):
                write(PREAMBLE + answer)


def listen(meters, server):
    while True:
        connection, _ = server.accept()
        args = (meters, lambda c=connection: c.recv(4096), connection.sendall)
        threading.Thread(target=serve, args=args, daemon=True).start()


def start(told, meters):
    if told["link"] == "tcp":
        server = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=listen, args=(meters, server), daemon=True).start()
        return {"port": server.getsockname()[1]}
    terminal = Terminal()
    end = terminal.end
    args = (meters, lambda: os.read(end, 4096), lambda data: os.write(end, data))
    threading.Thread(target=serve, args=args, daemon=True).start()
    # Kept, or the line would be gone.
    meters.terminal = terminal
    return {"path": terminal.path}


def main():
    told = json.loads(sys.stdin.readline())
    meters = Meters(told["meters"])
    print(json.dumps(start(told, meters)), flush=True)
    for command in sys.stdin:
        print(json.dumps(meters.obey(json.loads(command))), flush=True)


if __name__ == "__main__":
    main()
