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

/** Protocols by which FFmpeg writes bytes to an address; it reads what stands behind them itself. */
const AVIO = 'rtmp rtmps rtmpt rtmpts rtmpe rtmpte srt rist http https icecast ftp sftp tls'.split(' ');
/** What is a format to FFmpeg, and no protocol. */
const FORMATS = ['rtsp', 'rtp', 'srtp', 'sap'];

const QUERIES = { udp: ['pkt_size', 'ttl'], tcp: ['listen'] } as const;

/** True for what is no file: stdout and addresses. */
export const isStream = (file: string): boolean => file === '-' || /^[a-z][a-z0-9+]+:\/\//i.test(file);

const protocolOf = (file: string): string => /^([a-z][a-z0-9+]+):\/\//i.exec(file)?.[1]?.toLowerCase() ?? '';

/** True for an address that FFmpeg's own protocols write to. */
export const isAvio = (file: string): boolean => AVIO.includes(protocolOf(file));

/** True for an address of a media server by RTMP, which takes the container flv alone. */
export const isRtmp = (file: string): boolean => protocolOf(file).startsWith('rtmp');

/** Throws a UsageError that names what is wrong with an address, whatever its protocol. */
export function checkAddress(file: string): void {
  if (isAvio(file)) {
    if (!/^[^:]+:\/\/[^/?#]/.test(file))
      throw new UsageError(`${file}: has no host; such as ${protocolOf(file)}://host/path`);
    return;
  }
  if (FORMATS.includes(protocolOf(file))) {
    throw new UsageError(
      `${file}: ${protocolOf(file)} is not done here: FFmpeg opens several connections for it; a media server takes rtmp:// or srt:// too`,
    );
  }
  parseAddress(file);
}

/** Reads `udp://host:port` or `tcp://host:port`, with FFmpeg's names for further options. Throws a UsageError that names what is wrong. */
export function parseAddress(file: string): Address {
  const form = `must be udp://host:port or tcp://host:port, or an address of ${AVIO.join(', ')}`;
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
