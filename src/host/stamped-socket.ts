import dgram from 'node:dgram';
import { readBetween } from '../time/bracket.ts';
import type { Clock } from '../time/clock.ts';
import { type BootUs, bootUs } from '../time/units.ts';
import { type Koffi, loadKoffi } from './koffi.ts';
import { openSystemClock } from './system-clock.ts';

/** linux/sockios.h: when the kernel took in what was last read, on its wall clock. */
const SIOCGSTAMPNS = 0x8907;
/** bits/socket.h and asm-generic/fcntl.h of Linux. */
const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
/** The kernel slews its wall clock by no more than this (adjtimex(2): 500 ppm), and is read to this, in us. */
const SLEWED_PPM = 500;
const READ_US = 5;
/** A datagram that waited for longer than this was not waiting: the clock was set, in us. */
const LONGEST_WAIT_US = 10e6;

/** A UDP socket that tells when a datagram came in. */
export interface StampedSocket {
  readonly socket: dgram.Socket;
  /**
   * When the datagram came in that is being handed on: asked for within its `message` event, and nowhere else. By the
   * kernel where that can be asked, else now: on a busy host that is milliseconds later.
   */
  cameUs(): BootUs;
  /**
   * Sends a datagram. What can't be sent is lost, as on the way.
   * @returns the last moment before it left that is known.
   */
  send(bytes: Uint8Array, port: number, address: string): BootUs;
  /** Who tells: `kernel` or `process`. */
  readonly stamps: 'kernel' | 'process';
}

/**
 * Opens a socket on a port of the system's choice.
 * @param address of this host; undefined: all.
 * @param clock whose boot clock is told; a wrong one on purpose too.
 * @param load How to get koffi. Default: the installed one.
 */
export async function openStampedSocket(
  clock: Clock,
  address?: string,
  load: () => Koffi | undefined = loadKoffi,
): Promise<StampedSocket> {
  const socket = dgram.createSocket({
    type: 'udp4',
    // Addresses are numbers here: what is sent leaves at once, and not a turn later.
    lookup: (host, _, found) => found(null, host, 4),
  });
  const koffi = load();
  const kernel = koffi && process.platform === 'linux' ? new KernelStamps(koffi, clock) : undefined;
  const descriptor = kernel?.open(address);
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    const bound = (): void => {
      socket.off('error', reject);
      resolve();
    };
    if (descriptor !== undefined) socket.bind({ fd: descriptor }, bound);
    else socket.bind({ port: 0, ...(address !== undefined && { address }) }, bound);
  });
  if (kernel === undefined || descriptor === undefined) {
    const send = (bytes: Uint8Array, port: number, to: string): BootUs => {
      const leftUs = clock.boot();
      socket.send(bytes, port, to, () => {});
      return leftUs;
    };
    return { socket, cameUs: () => clock.boot(), send, stamps: 'process' };
  }
  kernel.cameUs(descriptor); // From the first question on the kernel stamps.
  return {
    socket,
    cameUs: () => kernel.cameUs(descriptor),
    send: (bytes, port, to) => kernel.send(descriptor, bytes, port, to),
    stamps: 'kernel',
  };
}

/** A socket's address as the kernel has it: netinet/in.h. */
function nameOf(address: string, port: number): Uint8Array {
  const name = new Uint8Array(16);
  new Uint16Array(name.buffer)[0] = AF_INET;
  name.set([port >> 8, port & 0xff, ...address.split('.').map(Number)], 2);
  return name;
}

/**
 * The kernel's stamps, of sockets that it opened by itself: Node gives no socket's number. They send by themselves as
 * well: on its way through Node a datagram grows older by some 50 us.
 */
class KernelStamps {
  private readonly clock: Clock;
  /** The machine's own clock: what the kernel stamps by, whatever this process stands for. */
  private readonly own: Clock | undefined;
  private readonly socket: (family: number, type: number, protocol: number) => number;
  private readonly bind: (descriptor: number, address: Uint8Array, length: number) => number;
  private readonly ioctl: (descriptor: number, what: number, into: Uint8Array) => number;
  private readonly sendTo: (
    descriptor: number,
    bytes: Uint8Array,
    length: number,
    flags: number,
    address: Uint8Array,
    addressLength: number,
  ) => number;
  private readonly stamp: () => number;
  private readonly bytes: Uint8Array;
  private before: { bootUs: number; aheadUs: number } | undefined;

  constructor(koffi: Koffi, clock: Clock) {
    this.clock = clock;
    this.own = openSystemClock(koffi);
    const c = koffi.load(null);
    this.socket = c.func('int socket(int, int, int)');
    this.bind = c.func('int bind(int, void *, unsigned int)');
    this.ioctl = c.func('int ioctl(int, unsigned long, void *)');
    this.sendTo = c.func('long sendto(int, const void *, size_t, int, const void *, unsigned int)');
    const buffer = new ArrayBuffer(16);
    this.bytes = new Uint8Array(buffer);
    const long = koffi.sizeof('long') === 4 ? new Int32Array(buffer) : new BigInt64Array(buffer);
    this.stamp = () => Number(long[0]) * 1e6 + Number(long[1]) / 1000;
  }

  /** @returns its number; undefined where it can't be had: the other way says why not, or works. */
  open(address = '0.0.0.0'): number | undefined {
    if (this.own === undefined) return undefined;
    const descriptor = this.socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return undefined;
    const name = nameOf(address, 0);
    return this.bind(descriptor, name, name.length) === 0 ? descriptor : undefined;
  }

  send(descriptor: number, bytes: Uint8Array, port: number, address: string): BootUs {
    const name = nameOf(address, port);
    const leftUs = this.clock.boot();
    this.sendTo(descriptor, bytes, bytes.length, 0, name, name.length);
    return leftUs;
  }

  cameUs(descriptor: number): BootUs {
    const asked = this.ioctl(descriptor, SIOCGSTAMPNS, this.bytes) === 0;
    const { own } = this;
    const now = readBetween(
      () => this.clock.boot(),
      () => own?.wall() ?? Number.NaN,
    );
    const aheadUs = now.inner - now.outer;
    const { before } = this;
    this.before = { bootUs: now.outer, aheadUs };
    const waitedUs = now.inner - this.stamp();
    if (!asked || !(waitedUs >= 0 && waitedUs < LONGEST_WAIT_US)) return bootUs(now.outer);
    // A wall clock that was set meanwhile would make the wait another one.
    const most = before && READ_US + SLEWED_PPM * 1e-6 * (now.outer - before.bootUs);
    if (before && most !== undefined && Math.abs(aheadUs - before.aheadUs) > most) return bootUs(now.outer);
    return bootUs(now.outer - waitedUs);
  }
}
