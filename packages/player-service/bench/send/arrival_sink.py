"""A UDP port to which voice is sent and where nobody listens: RTP is counted and timed, unopened, and IP discovery answered.

It looks every few milliseconds instead of sleeping until a packet comes, so that no sender pays for waking it; the times
are the kernel's, taken when a packet was handed over, so that its own sleep does not count.

stdin, a line each: `count` begins, `arrivals` ends and is answered with a line of JSON. The first line out is the port.
Reckoning up takes about a second for 200,000 packets, in which no discovery is answered: counts are for windows of seconds.
"""

import json
import select
import socket
import struct
import sys
import time

LOOK_EVERY_S = 0.004
FRAME_NS = 20_000_000
RECEIVE_BUFFER_BYTES = 64 * 1024 * 1024
SO_RCVBUFFORCE = 33
SO_TIMESTAMPNS = 35
DISCOVERY_BYTES = 74
# Enough for an IP discovery request, and for the header of anything else.
READ_BYTES = DISCOVERY_BYTES
ANCILLARY_BYTES = socket.CMSG_SPACE(16)
RTP = struct.Struct("!BBHII")
TIMESPEC = struct.Struct("@qq")


def open_socket():
    sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sink.bind(("127.0.0.1", 0))
    sink.setblocking(False)
    try:
        sink.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES)
    except PermissionError:
        sink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    sink.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    return sink


def answer_discovery(sink, request, remote):
    reply = bytearray(request)
    struct.pack_into("!H", reply, 0, 2)
    address = remote[0].encode()
    reply[8 : 8 + len(address)] = address
    struct.pack_into("!H", reply, DISCOVERY_BYTES - 2, remote[1])
    sink.sendto(reply, remote)


def drain(sink, seen):
    """Takes what came; `seen` is None while nothing is counted."""
    while True:
        try:
            head, ancillary, _flags, remote = sink.recvmsg(READ_BYTES, ANCILLARY_BYTES)
        except BlockingIOError:
            return
        first = head[0]
        if first >> 6 == 2 and len(head) >= RTP.size:  # a keepalive counts its way through every first byte
            if seen is not None:
                seen.append((head[:12], ancillary[0][2]))
        elif len(head) == DISCOVERY_BYTES and first == 0 and head[1] == 1:
            answer_discovery(sink, head, remote)


class Stream:
    """One SSRC: where its packets came on its own grid of 20 ms."""

    def __init__(self, sequence):
        self.last = sequence
        self.step = 0
        self.offsets_ns = []

    def take(self, sequence, at_ns):
        self.step += (sequence - self.last) % 2**16
        self.last = sequence
        self.offsets_ns.append(at_ns - self.step * FRAME_NS)


def summarize(seen):
    streams = {}
    for head, timespec in seen:
        _version, _payload, sequence, _timestamp, ssrc = RTP.unpack(head)
        seconds, nanoseconds = TIMESPEC.unpack(timespec[:16])
        stream = streams.setdefault(ssrc, Stream(sequence))
        stream.take(sequence, seconds * 1_000_000_000 + nanoseconds)
    lateness_ns = sorted(
        offset - best
        for stream in streams.values()
        for best in (min(stream.offsets_ns),)
        for offset in stream.offsets_ns
    )

    def percentile(share):
        return lateness_ns[int(len(lateness_ns) * share)] / 1e6 if lateness_ns else None

    return {
        "packets": len(lateness_ns),
        "lost": sum(stream.step + 1 - len(stream.offsets_ns) for stream in streams.values()),
        "latenessP50Ms": percentile(0.5),
        "latenessP99Ms": percentile(0.99),
        "latenessP999Ms": percentile(0.999),
    }


def main():
    sink = open_socket()
    print(sink.getsockname()[1], flush=True)
    seen = None
    while True:
        readable, _, _ = select.select([sys.stdin], [], [], 0)
        if readable:
            line = sys.stdin.readline()
            if line == "":
                return
            drain(sink, seen)
            if line == "count\n":
                seen = []
            else:
                print(json.dumps(summarize(seen or [])), flush=True)
                seen = None
        drain(sink, seen)
        time.sleep(LOOK_EVERY_S)


main()
