"""Plays meters and gateways on a Modbus line with pymodbus, as a test describes them.

One JSON object per line. The first one that comes in describes the line, and where it is goes out:

    {"link": "tcp", "units": {"1": UNIT, …}}      -> {"port": 40123}
    {"link": "rtu", "units": {"1": UNIT, …}}      -> {"path": "/dev/pts/3"}

A UNIT is {"registers": [REGISTER, …], "coils": 8, "max": 60, "strict": true}: `coils` it has, the
largest read it takes, and whether it refuses to read what it does not have (else that is 0).
A REGISTER is {"fc": 4, "at": 72, "type": "f32", "order": "CDAB", "is": 12.5}; types are those of
`struct` with their usual names, the order is that of the value's bytes, ABCD when it is left out.

Every further line is a command, and is answered when it holds:

    {"do": "set", "unit": 1, "registers": [REGISTER, …]}
    {"do": "dead", "unit": 1, "is": true}         it answers nothing any more
    {"do": "delay", "unit": 1, "ms": 300}         it answers so much later
    {"do": "coils", "unit": 1}                    -> {"coils": [true, …]}
    {"do": "held", "unit": 1, "at": 2000, "count": 2}   -> {"registers": [0, 254]}, as written to it
    {"do": "asked", "unit": 1}                    -> {"asked": 17}: requests it has had

It ends when its input ends.
"""

import asyncio
import json
import logging
import struct
import sys

from pymodbus import FramerType
from pymodbus.constants import ExcCodes
from pymodbus.exceptions import NoSuchIdException
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from lines import back_to_back

FORMATS = {"u16": "H", "i16": "h", "u32": "I", "i32": "i", "u64": "Q", "i64": "q", "f32": "f", "f64": "d"}
REGISTERS = 65536
COILS = 1024


def words(register):
    """The 16-bit words of a value, first address first."""
    packed = struct.pack(">" + FORMATS[register["type"]], register["is"])
    pairs = [packed[at : at + 2] for at in range(0, len(packed), 2)]
    order = register.get("order", "ABCD")
    if order in ("CDAB", "DCBA"):
        pairs.reverse()
    if order in ("BADC", "DCBA"):
        pairs = [pair[::-1] for pair in pairs]
    return [int.from_bytes(pair, "big") for pair in pairs]


class Unit:
    """One device of the line."""

    def __init__(self, number, told):
        self.number = number
        self.known = {3: {}, 4: {}}
        self.coils = told.get("coils", 0)
        self.max = told.get("max", 125)
        self.strict = told.get("strict", False)
        self.dead = False
        self.delay_s = 0.0
        self.asked = 0
        self.set(told.get("registers", []))

    def set(self, registers):
        for register in registers:
            for nth, word in enumerate(words(register)):
                self.known[register["fc"]][register["at"] + nth] = word

    def device(self):
        """What pymodbus serves: everything is there, and `act` decides."""
        bits = SimData(0, values=[False] * COILS, datatype=DataType.BITS)
        inputs = SimData(0, values=[False] * 16, datatype=DataType.BITS)
        blocks = [SimData(0, count=REGISTERS, datatype=DataType.REGISTERS) for _ in range(2)]
        simdata = ([bits], [inputs], [blocks[0]], [blocks[1]])
        return SimDevice(self.number, simdata=simdata, action=self.act)

    async def act(self, function, start, address, count, current, values):
        """Called by pymodbus before it answers."""
        self.asked += 1
        if self.dead:
            # The server then says nothing at all, as a device without power.
            raise NoSuchIdException(f"unit {self.number} is dead")
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        if function in (1, 5, 15):
            # pymodbus counts words of 16 coils here.
            beyond = address + (len(values) if values else 1) > self.coils
            return ExcCodes.ILLEGAL_ADDRESS if beyond else None
        if count > self.max:
            return ExcCodes.ILLEGAL_VALUE
        # Writes go to the registers that function 3 reads; pymodbus reads them back to answer.
        known = self.known[4 if function == 4 else 3]
        if values:
            known.update((address + nth, value) for nth, value in enumerate(values))
            return None
        span = range(address, address + count)
        if self.strict and any(one not in known for one in span) or not known:
            return ExcCodes.ILLEGAL_ADDRESS
        for one in span:
            current[one - start] = known.get(one, 0)
        return None


class Nobody:
    """Every unit that is not on the line: silence, not an exception."""

    @staticmethod
    def device():
        async def silence(*_):
            raise NoSuchIdException("nobody")

        block = [SimData(0, count=REGISTERS, datatype=DataType.REGISTERS)]
        bits = [SimData(0, values=[False] * COILS, datatype=DataType.BITS)]
        return SimDevice(0, simdata=(bits, bits, block, block), action=silence)


class Line:
    """The server and its devices."""

    def __init__(self, told):
        self.told = told
        self.units = {int(number): Unit(int(number), unit) for number, unit in told["units"].items()}
        self.server = None

    async def start(self):
        devices = [unit.device() for unit in self.units.values()] + [Nobody.device()]
        silent = {"ignore_missing_devices": True}
        if self.told["link"] == "tcp":
            self.server = ModbusTcpServer(devices, address=("127.0.0.1", 0), **silent)
            await self.server.serve_forever(background=True)
            return {"port": self.server.transport.sockets[0].getsockname()[1]}
        theirs, ours = back_to_back()
        self.server = ModbusSerialServer(
            devices, framer=FramerType.RTU, port=ours, baudrate=self.told.get("baud", 9600), **silent
        )
        await self.server.serve_forever(background=True)
        return {"path": theirs}

    def obey(self, command):
        unit = self.units[command["unit"]]
        match command["do"]:
            case "set":
                unit.set(command["registers"])
            case "dead":
                unit.dead = command["is"]
            case "delay":
                unit.delay_s = command["ms"] / 1000
            case "coils":
                packed = self.server.context.devices[unit.number].block["c"][2]
                bits = [bool(packed[at // 16] >> at % 16 & 1) for at in range(unit.coils)]
                return {"coils": bits}
            case "held":
                span = range(command["at"], command["at"] + command["count"])
                return {"registers": [unit.known[3].get(one, 0) for one in span]}
            case "asked":
                return {"asked": unit.asked}
            case other:
                raise ValueError(f"no command {other}")
        return {}


async def main():
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
    loop = asyncio.get_running_loop()
    line = Line(json.loads(await loop.run_in_executor(None, sys.stdin.readline)))
    print(json.dumps(await line.start()), flush=True)
    while command := await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(line.obey(json.loads(command))), flush=True)
    await line.server.shutdown()


if __name__ == "__main__":
    asyncio.run(main())
