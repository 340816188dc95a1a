import { UsageError } from '../../../errors.ts';

/** Where a stream is sent to. */
export interface Address {
  readonly protocol: 'udp' | 'tcp';
  readonly host: string;
  readonly port: number;
  readonly listen: boolean;
  /** Bytes of a datagram, at most. */
  readonly packetBytes: number | undefined;
  /** Routers that a multicast datagram may pass. */
  readonly ttl: number | undefined;
}

/** What a UDP datagram can hold at most over IPv4: 65535 less 28 of headers. */
const MOST_PACKET_BYTES = 65_507;

const QUERIES = { udp: ['pkt_size', 'ttl'], tcp: ['listen'] } as const;

/** True for what is no file: stdout and addresses. */
export const isStream = (file: string): boolean => file === '-' || /^[a-z][a-z0-9+]+:\/\//i.test(file);

/** The protocol of an address, in lower case; undefined for stdout and files. */
export const schemeOf = (file: string): string | undefined => /^([a-z][a-z0-9+]+):\/\//i.exec(file)?.[1]?.toLowerCase();

/** True for addresses that FFmpeg writes to by protocols of its own. */
export const isFfmpegs = (file: string): boolean => !['udp', 'tcp', undefined].includes(schemeOf(file));

/** Protocols that are formats in FFmpeg, with connections of their own. */
const FORMATS = ['rtsp', 'rtsps', 'rtp', 'srtp', 'sap', 'whip'];

/** Checks an address, without opening it. @throws UsageError that names what is wrong, or what to do instead. */
export function checkAddress(file: string): void {
  const scheme = schemeOf(file) ?? '';
  if (FORMATS.includes(scheme)) {
    const format = scheme === 'rtsps' ? 'rtsp' : scheme;
    throw new UsageError(
      `${file}: FFmpeg's ${format} makes connections of its own; hand it the stream: -o - | ffmpeg -f h264 -i - -c copy -f ${format} ${file}`,
    );
  }
  if (!isFfmpegs(file)) parseAddress(file);
}

/**
 * Reads `udp://host:port` or `tcp://host:port`, with FFmpeg's names for further options. Throws a UsageError that names
 * what is wrong.
 */
export function parseAddress(file: string): Address {
  const form = 'must be udp://host:port or tcp://host:port';
  const url = URL.canParse(file) ? new URL(file) : undefined;
  const protocol = url?.protocol.slice(0, -1);
  if (!url || (protocol !== 'udp' && protocol !== 'tcp')) throw new UsageError(`${file}: ${form}`);
  // The name resolver wants IPv6 addresses without their brackets.
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(url.port);
  if (host === '' || port === 0 || !/^\/?$/.test(url.pathname) || url.username !== '')
    throw new UsageError(`${file}: ${form}`);
  const known: readonly string[] = QUERIES[protocol];
  for (const name of url.searchParams.keys()) {
    if (!known.includes(name))
      throw new UsageError(`${file}: unknown option ${name}; ${protocol} has ${known.join(', ')}`);
  }
  const whole = (name: string, most: number): number | undefined => {
    const text = url.searchParams.get(name);
    if (text === null) return undefined;
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= (name === 'listen' ? 0 : 1) && value <= most) return value;
    throw new UsageError(`${file}: ${name}=${text} must be a whole number up to ${most}`);
  };
  return {
    protocol,
    host,
    port,
    listen: whole('listen', 1) === 1,
    packetBytes: whole('pkt_size', MOST_PACKET_BYTES),
    ttl: whole('ttl', 255),
  };
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused: nothing listens there (start the reader first, or let this side listen for it)',
  ENOTFOUND: 'unknown host',
  EAI_AGAIN: 'unknown host: the name service does not answer',
  EADDRINUSE: 'the port is in use',
  EADDRNOTAVAIL: 'no address of this machine',
  EACCES: 'no permission',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'the host can not be reached',
  ENETUNREACH: 'the network can not be reached',
};

/** One line that says why an address can't be had. */
export function unreachable(file: string, cause: NodeJS.ErrnoException): UsageError {
  return new UsageError(`${file}: ${REASONS[cause.code ?? ''] ?? (cause.message || cause.code)}`, { cause });
}
