"""A NAT as strict as they come: each flow from inside to an outside address and port gets a public port of its own, and
only that address and port may answer (address- and port-dependent mapping and filtering, RFC 4787)."""

import struct

TCP, UDP = 6, 17

FIRST_PORT = 20_000


class Nat:
    def __init__(self, public):
        self.public = public
        self.outside = {}
        self.inside = {}
        self.next_port = FIRST_PORT

    def outward(self, packet):
        """Rewrites the source; None if it can't be translated."""
        flow = self.flow(packet)
        if flow is None:
            return None
        protocol, source, target = flow
        key = (protocol, source, target)
        if key not in self.outside:
            port = struct.pack("!H", self.next_port)
            self.next_port += 1
            self.outside[key] = self.public + port
            self.inside[(protocol, target, self.public + port)] = source
        return rewrite(packet, self.outside[key], 12, 0)

    def inward(self, packet):
        """Rewrites the target; None if nobody inside has spoken to the sender."""
        flow = self.flow(packet)
        inside = self.inside.get(flow)
        return inside and rewrite(packet, inside, 16, 2)

    @staticmethod
    def flow(packet):
        head = (packet[0] & 15) * 4
        if packet[9] not in (TCP, UDP) or packet[6] & 0x1F or packet[7]:
            return None
        return packet[9], packet[12:16] + packet[head : head + 2], packet[16:20] + packet[head + 2 : head + 4]


def rewrite(packet, to, address_at, port_at):
    """Puts an address and a port in place and mends both checksums."""
    head = (packet[0] & 15) * 4
    data = bytearray(packet)
    data[address_at : address_at + 4] = to[:4]
    data[head + port_at : head + port_at + 2] = to[4:]
    data[10:12] = b"\0\0"
    data[10:12] = checksum_of(bytes(data[:head]))
    at = head + (16 if data[9] == TCP else 6)
    data[at : at + 2] = b"\0\0"
    pseudo = bytes(data[12:20]) + struct.pack("!HH", data[9], len(data) - head)
    data[at : at + 2] = checksum_of(pseudo + bytes(data[head:]))
    return bytes(data)


def checksum_of(data):
    """The internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)
