"""A serial line without hardware: a pseudo terminal, or two of them back to back."""

import os
import threading
import tty


class Terminal:
    """A pseudo terminal. `path` is what a program opens as a serial port, `end` is the other side."""

    def __init__(self):
        self.end, self._port = os.openpty()
        # Raw from the begin, so that no byte is echoed or taken for a command; and kept open, so that
        # the line outlives who is connected to it.
        tty.setraw(self._port)
        self.path = os.ttyname(self._port)


def back_to_back():
    """The paths of two serial ports that are wired to each other."""
    here, there = Terminal(), Terminal()
    for source, sink in ((here.end, there.end), (there.end, here.end)):
        threading.Thread(target=_copy, args=(source, sink), daemon=True).start()
    return here.path, there.path


def _copy(source, sink):
    while True:
        rest = os.read(source, 4096)
        while rest:
            rest = rest[os.write(sink, rest) :]
