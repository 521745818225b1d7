"""Plays a data centre of the Chinese building-energy protocol, or writes what a collector would send.

Shares no code with the product and uses nothing but Python itself; AES-128 is written out from FIPS 197
and checked against its example before anything else. One JSON object per line; the first one that comes
in describes the centre, and where it is goes out:

    {"link": "tcp", "dialect": "g", "auth": "<32 hex>", "aes": "<32 hex>"}        -> {"port": 40123}

Commands, one per line, answered when they hold:

    {"do": "rows"}                       -> {"rows": [["310101D064", "1", "1", "20140602091500", "675.171000"], …]}
    {"do": "mute", "is": true}           keeps data, and does not acknowledge it
    {"do": "cut"}                        closes every connection
    {"do": "query"}                      asks every collector that is logged in; counts replies
    {"do": "counts"}                     -> {"logins": 1, "failed": 0, "beats": 3, "reports": 5, …}

`mohurd.py --vectors DIALECT` prints fixed messages as frames: name, command sequence, hexadecimal. It
ends when its input ends.
"""

import hashlib
import json
import re
import socket
import sys
import threading

# --- AES-128, FIPS 197 ---------------------------------------------------------------------------


def _times2(byte):
    return (byte << 1) ^ (0x11B if byte & 0x80 else 0)


def _times(a, b):
    product = 0
    while b:
        if b & 1:
            product ^= a
        a, b = _times2(a), b >> 1
    return product


def _sbox():
    box = []
    for value in range(256):
        inverse = next((x for x in range(256) if _times(value, x) == 1), 0)
        out = 0x63
        for turn in range(5):
            out ^= ((inverse << turn) | (inverse >> (8 - turn))) & 0xFF
        box.append(out)
    return box


SBOX = _sbox()
UNBOX = [SBOX.index(value) for value in range(256)]
MUL = {factor: [_times(value, factor) for value in range(256)] for factor in (1, 2, 3, 9, 11, 13, 14)}


def _round_keys(key):
    words = [list(key[at : at + 4]) for at in range(0, 16, 4)]
    constant = 1
    for at in range(4, 44):
        word = list(words[at - 1])
        if at % 4 == 0:
            word = [SBOX[byte] for byte in word[1:] + word[:1]]
            word[0] ^= constant
            constant = _times2(constant)
        words.append([a ^ b for a, b in zip(words[at - 4], word)])
    return [sum(words[at : at + 4], []) for at in range(0, 44, 4)]


def _mixed(state, factors):
    out = []
    for column in range(0, 16, 4):
        for row in range(4):
            byte = 0
            for at in range(4):
                byte ^= MUL[factors[(at - row) % 4]][state[column + at]]
            out.append(byte)
    return out


def block_encrypt(keys, block):
    state = [a ^ b for a, b in zip(block, keys[0])]
    for turn in range(1, 11):
        state = [SBOX[state[(at + 4 * (at % 4)) % 16]] for at in range(16)]
        if turn < 10:
            state = _mixed(state, (2, 3, 1, 1))
        state = [a ^ b for a, b in zip(state, keys[turn])]
    return bytes(state)


def block_decrypt(keys, block):
    state = [a ^ b for a, b in zip(block, keys[10])]
    for turn in range(9, -1, -1):
        state = [UNBOX[state[(at - 4 * (at % 4)) % 16]] for at in range(16)]
        state = [a ^ b for a, b in zip(state, keys[turn])]
        if turn:
            state = _mixed(state, (14, 11, 13, 9))
    return bytes(state)


def _check_aes():
    keys = _round_keys(bytes(range(16)))
    plain = bytes.fromhex("00112233445566778899aabbccddeeff")
    cipher = bytes.fromhex("69c4e0d86a7b0430d8cdb78070b4c55a")
    assert block_encrypt(keys, plain) == cipher and block_decrypt(keys, cipher) == plain


_check_aes()


def cbc_encrypt(key, iv, plain):
    keys, out, last = _round_keys(key), b"", iv
    for at in range(0, len(plain), 16):
        last = block_encrypt(keys, [a ^ b for a, b in zip(plain[at : at + 16], last)])
        out += last
    return out


def cbc_decrypt(key, iv, cipher):
    keys, out, last = _round_keys(key), b"", iv
    for at in range(0, len(cipher), 16):
        block = cipher[at : at + 16]
        out += bytes(a ^ b for a, b in zip(block_decrypt(keys, block), last))
        last = block
    return out


# --- dialects: written from docs/integrate/mohurd.md, not from the product's files -----------------


def xmodem(data):
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = ((crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


class Guideline:
    """header | length LE | command LE | AES body | CRC LE | tail; everything encrypted."""

    def __init__(self, header, tail, order, encoding, declared, auth, aes):
        self.header, self.tail, self.order = header, tail, order
        self.encoding, self.declared, self.auth, self.aes = encoding, declared, auth, aes
        self.element_type, self.meters_element, self.items, self.decimals = False, False, False, 6

    def frame(self, kind, command, xml):
        plain = xml.encode(self.encoding)
        plain += b"\0" * (-len(plain) % 16)
        counted = command.to_bytes(4, "little") + cbc_encrypt(self.aes, self.aes, plain)
        crc = xmodem(counted).to_bytes(2, "little")
        return self.header + len(counted).to_bytes(4, "little") + counted + crc + self.tail

    def unframe(self, read):
        """The next XML text; `read(n)` gives exactly n bytes."""
        assert read(4) == self.header
        length = int.from_bytes(read(4), "little")
        counted, crc, tail = read(length), read(2), read(4)
        assert tail == self.tail and xmodem(counted) == int.from_bytes(crc, "little")
        return cbc_decrypt(self.aes, self.aes, counted[4:]).rstrip(b"\0").decode(self.encoding)

    def md5(self, challenge):
        parts = {"key": self.auth, "sequence": challenge.encode()}
        return hashlib.md5(b"".join(parts[part] for part in self.order)).hexdigest()


class Typed(Guideline):
    """1F 1F | type | length BE | body; login and heartbeat in clear."""

    TYPES = {"id_validate": 1, "heart_beat": 2, "data": 3, "config": 5}

    def __init__(self, auth, aes):
        super().__init__(b"\x1f\x1f", b"", ("key", "sequence"), "utf-8", "utf-8", auth, aes)
        self.element_type, self.meters_element, self.items, self.decimals = True, True, True, 4

    def frame(self, kind, command, xml):
        body = xml.encode(self.encoding)
        if self.TYPES[kind] >= 3:
            fill = 16 - len(body) % 16
            body = cbc_encrypt(self.aes, bytes(16), body + bytes([fill]) * fill)
        return self.header + bytes([self.TYPES[kind]]) + len(body).to_bytes(4, "big") + body

    def unframe(self, read):
        assert read(2) == self.header
        kind = read(1)[0]
        body = read(int.from_bytes(read(4), "big"))
        if kind >= 3:
            body = cbc_decrypt(self.aes, bytes(16), body)
            body = body[: -body[-1]]
        return body.decode(self.encoding)


def dialect(name, auth, aes):
    g, prime = bytes.fromhex("68681616"), bytes.fromhex("55aa55aa")
    if name == "g":
        return Guideline(g, prime, ("key", "sequence"), "utf-8", "utf-8", auth, aes)
    if name == "g-prime":
        return Guideline(prime, g, ("sequence", "key"), "gbk", "GBK", auth, aes)
    assert name == "s", name
    return Typed(auth, aes)


def message(spoken, element, operation, inner, building="310101D064", gateway="01", says=None):
    """A whole XML text; `inner` is what stands in the element, `None` for an empty one."""
    kind = element if spoken.element_type else (says or operation)
    said = f'<{element} operation="{operation}"/>'
    if inner is not None:
        said = f'<{element} operation="{operation}">{inner}</{element}>'
    return (
        f'<?xml version="1.0" encoding="{spoken.declared}"?><root><common><building_id>{building}</building_id>'
        f"<gateway_id>{gateway}</gateway_id><type>{kind}</type></common>{said}</root>"
    )


# --- what is printed for `--vectors` --------------------------------------------------------------


def data(spoken, operation, sequence, time, progress=""):
    places = spoken.decimals
    items = f'<energy_items><energy_item code="01A10">{12.8:.{places}f}</energy_item></energy_items>'
    meters = (
        '<meter id="1" addr="000000000001" tp="06" name="照明 &amp; 插座 &lt;1&gt;">'
        f'<function id="1" coding="01A10" error="192">{12.8:.{places}f}</function>'
        '<function id="2" coding="" error="0"></function></meter>'
    )
    if spoken.meters_element:
        meters = f"<meters>{meters}</meters>"
    inner = f"<sequence>{sequence}</sequence><parser>yes</parser><time>{time}</time>{progress}"
    return message(spoken, "data", operation, inner + (items if spoken.items else "") + meters)


def acknowledgement(spoken, operation, sequence, time):
    """As the centres whose code was read write it."""
    if spoken.items:
        return message(spoken, "data", operation, f"<time>{time}</time><ack>OK</ack>")
    if spoken.encoding == "gbk":
        return message(spoken, "report_config", f"{operation}_ack", "<report_ack>pass</report_ack>")
    empty = message(spoken, "data", f"{operation}_ack", None)
    root = f"<sequence>{sequence}</sequence><result>1</result>"
    return re.sub(r"<data [^>]*/>", root, empty)


def vectors(name):
    auth, aes = b"0123456789ABCDEF", bytes(range(16))
    spoken = dialect(name, auth, aes)
    progress = "<total>1277</total><current>462</current>"
    texts = [
        ("request", "id_validate", message(spoken, "id_validate", "request", None)),
        ("sequence", "id_validate", message(spoken, "id_validate", "sequence", "<sequence>25247777</sequence>")),
        ("md5", "id_validate", message(spoken, "id_validate", "md5", f"<md5>{spoken.md5('25247777')}</md5>")),
        ("pass", "id_validate", message(spoken, "id_validate", "result", "<result>pass</result><time>20140602091520</time>")),
        ("fail", "id_validate", message(spoken, "id_validate", "result", "<result>fail</result>")),
        ("notify", "heart_beat", message(spoken, "heart_beat", "notify", None)),
        ("time", "heart_beat", message(spoken, "heart_beat", "time", "<time>20140602091520</time>")),
        ("query", "data", message(spoken, "data", "query", None)),
        ("reply", "data", data(spoken, "reply", 476, "20140602091500")),
        ("report", "data", data(spoken, "report", 477, "20140602091500")),
        ("continuous", "data", data(spoken, "continuous", 478, "20140601233000", progress)),
        ("report_ack", "data", acknowledgement(spoken, "report", 477, "20140602091500")),
        ("continuous_ack", "data", acknowledgement(spoken, "continuous", 478, "20140601233000")),
        ("period", "config", message(spoken, "config", "period", "<period>15</period>")),
        ("period_ack", "config", message(spoken, "config", "period_ack", "<period_ack>pass</period_ack>")),
    ]
    for command, (what, kind, xml) in enumerate(texts, start=256):
        print(what, command, spoken.frame(kind, command, xml).hex())


# --- the centre -----------------------------------------------------------------------------------


def within(xml, name):
    found = re.search(rf"<{name}>([^<]*)</{name}>", xml)
    return found.group(1) if found else None


class Centre:
    def __init__(self, told):
        auth, aes = bytes.fromhex(told["auth"]), bytes.fromhex(told["aes"])
        self.spoken = dialect(told["dialect"], auth, aes)
        self.rows, self.mute, self.lock, self.open = {}, False, threading.Lock(), []
        self.counts = dict.fromkeys(
            ["logins", "failed", "beats", "report", "continuous", "reply", "again", "differ"], 0
        )
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            connection, _ = self.listener.accept()
            with self.lock:
                self.open.append([connection, False, 0, None])
                end = self.open[-1]
            threading.Thread(target=self._serve, args=(end,), daemon=True).start()

    def _serve(self, end):
        stream = end[0].makefile("rb")

        def read(count):
            got = stream.read(count)
            if len(got) < count:
                raise EOFError
            return got

        try:
            while True:
                self._hear(end, self.spoken.unframe(read))
        except (EOFError, OSError, AssertionError, UnicodeDecodeError, IndexError):
            end[1] = False
            end[0].close()

    def _send(self, end, kind, xml):
        end[2] += 1
        end[0].sendall(self.spoken.frame(kind, end[2], xml))

    def _hear(self, end, xml):
        whose = {"building": within(xml, "building_id"), "gateway": within(xml, "gateway_id")}
        element, operation = re.search(r'<(id_validate|heart_beat|data) operation="(\w+)"', xml).groups()
        spoken = self.spoken
        if (element, operation) == ("id_validate", "request"):
            end[3] = str(10_000_000 + len(self.open) * 7919)
            inner = f"<sequence>{end[3]}</sequence>"
            self._send(end, element, message(spoken, element, "sequence", inner, **whose))
        elif (element, operation) == ("id_validate", "md5"):
            end[1] = end[3] is not None and within(xml, "md5") == spoken.md5(end[3])
            end[4:] = [whose]
            self.counts["logins" if end[1] else "failed"] += 1
            inner = f"<result>{'pass' if end[1] else 'fail'}</result>"
            self._send(end, element, message(spoken, element, "result", inner, **whose))
        elif element == "heart_beat":
            self.counts["beats"] += 1
            inner = "<time>20140602091520</time>"
            self._send(end, element, message(spoken, element, "time", inner, **whose))
        elif end[1]:
            self._keep(end, xml, operation, whose)

    def _keep(self, end, xml, operation, whose):
        time = within(xml, "time")
        with self.lock:
            self.counts[operation] += 1
            for meter, inner in re.findall(r'<meter id="([^"]*)"[^>]*>(.*?)</meter>', xml):
                for function, error, value in re.findall(
                    r'<function id="([^"]*)"[^>]*error="(\d*)"[^>]*>([^<]*)</function>', inner
                ):
                    if error == "192":
                        key = (whose["building"], meter, function, time)
                        self.counts["again"] += key in self.rows
                        self.counts["differ"] += self.rows.get(key, value) != value
                        self.rows[key] = value
        if not self.mute and operation != "reply":
            text = acknowledgement(self.spoken, operation, within(xml, "sequence"), time)
            text = text.replace("310101D064", whose["building"])
            self._send(end, "data", text)

    def do(self, what):
        if what["do"] == "rows":
            with self.lock:
                return {"rows": sorted([*key, value] for key, value in self.rows.items())}
        if what["do"] == "counts":
            return self.counts
        if what["do"] == "mute":
            self.mute = what["is"]
        if what["do"] == "cut":
            for end in self.open:
                try:
                    end[0].shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        if what["do"] == "query":
            for end in [end for end in self.open if end[1]]:
                try:
                    self._send(end, "data", message(self.spoken, "data", "query", None, **end[4]))
                except OSError:
                    pass
        return {}


def main():
    if sys.argv[1:2] == ["--vectors"]:
        vectors(sys.argv[2])
        return
    centre = Centre(json.loads(sys.stdin.readline()))
    print(json.dumps({"port": centre.listener.getsockname()[1]}), flush=True)
    for line in sys.stdin:
        print(json.dumps(centre.do(json.loads(line))), flush=True)


main()
