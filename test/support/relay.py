"""A switch for hosts in network namespaces, whose links delay, jitter, lose, reorder and stall.

Arguments: a JSON object: for each network device (a host's link) what happens to frames on their way `to` the host and
`from` it: delayUs, jitterUs (evenly spread on top), loss (0 to 1), reorder (else frames stay in their order),
stallEveryS and stallS (nothing passes for so long, so often). A further object on a line of standard input takes its
place. Or `plain DEVICE`: has a host write checksums into its frames, which what reads them here needs.
"""

import array
import fcntl
import heapq
import json
import random
import select
import socket
import struct
import sys
import time

ALL_PROTOCOLS = 3
SIOCETHTOOL = 0x8946
ETHTOOL_STXCSUM = 0x17
OUTGOING = 4
NOTHING = {}


def plain(device):
    value = array.array("B", struct.pack("II", ETHTOOL_STXCSUM, 0))
    request = struct.pack("16sP", device.encode(), value.buffer_info()[0])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s.fileno(), SIOCETHTOOL, request)


class Switch:
    def __init__(self, links):
        self.links = links
        self.random = random.Random(1)
        self.sockets = {}
        for device in links:
            self.sockets[device] = s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_PROTOCOLS))
            s.bind((device, 0))
            s.setblocking(False)
        self.places = {}
        self.waiting = []
        self.last = {}
        self.count = 0

    def due(self, now, source, target):
        at = now
        for way in (self.links[source].get("from", NOTHING), self.links[target].get("to", NOTHING)):
            if self.random.random() < way.get("loss", 0):
                return None
            at += (way.get("delayUs", 0) + self.random.random() * way.get("jitterUs", 0)) / 1e6
            every = way.get("stallEveryS", 0)
            if every and at % every < way["stallS"]:
                at += way["stallS"] - at % every
            if not way.get("reorder", False):
                at = max(at, self.last.get((source, target), 0))
        self.last[source, target] = at
        return at

    def take(self, device):
        while True:
            try:
                frame, address = self.sockets[device].recvfrom(65536)
            except OSError:
                return  # Nothing more, or the cable is out.
            if address[2] == OUTGOING:
                continue
            now = time.monotonic()
            self.places[frame[6:12]] = device
            there = self.places.get(frame[0:6])
            for target in [there] if there else [other for other in self.sockets if other != device]:
                at = self.due(now, device, target)
                if at is not None and target != device:
                    self.count += 1
                    heapq.heappush(self.waiting, (at, self.count, target, frame))

    def pass_on(self):
        while self.waiting and self.waiting[0][0] <= time.monotonic():
            _, _, target, frame = heapq.heappop(self.waiting)
            try:
                self.sockets[target].send(frame)
            except OSError:
                pass  # The cable is out.

    def run(self):
        devices = {s: device for device, s in self.sockets.items()}
        while True:
            left = max(0, self.waiting[0][0] - time.monotonic()) if self.waiting else None
            for ready in select.select([sys.stdin, *devices], [], [], left)[0]:
                if ready is sys.stdin:
                    line = sys.stdin.readline()
                    if not line:
                        return
                    self.links = json.loads(line)
                else:
                    self.take(devices[ready])
            self.pass_on()


if sys.argv[1] == "plain":
    plain(sys.argv[2])
else:
    switch = Switch(json.loads(sys.argv[1]))
    print("ready", flush=True)
    switch.run()
