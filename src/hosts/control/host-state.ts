import { z } from 'zod';
import { NAME } from '../name.ts';

const name = z.string().regex(NAME);
/** What a text of a host has at most: what comes from another host is shown on terminals. */
const text = z.string().max(500);

const hostCamera = z.object({ spec: text, number: z.int().optional(), model: text.optional(), virtual: z.boolean() });

/** A camera of a host, as its agent lists it. */
export interface HostCamera {
  /** What names it on its host, for example `rpicam:0`. */
  readonly spec: string;
  /** What it is numbered there; undefined where only its spec names it. */
  readonly number?: number | undefined;
  /** The sensor, for example `imx219`; undefined where nothing tells. */
  readonly model?: string | undefined;
  /** True for one that looks at a drawn scene. */
  readonly virtual: boolean;
}

const hostState = z.object({
  host: name,
  hostId: z.string().regex(/^[0-9a-f]{16}$/),
  version: text,
  bootId: text,
  addresses: z.array(text).max(64),
  exchangePort: z.int().min(0).max(65535),
  filesPort: z.int().min(0).max(65535),
  cameras: z.array(hostCamera).max(256),
  diskFreeBytes: z.number().nonnegative().optional(),
  temperature: z.number().optional(),
  clock: z.object({ against: name, boundUs: z.number().nonnegative() }).optional(),
  busyWith: z.object({ take: text, asker: text }).optional(),
  problems: z.array(text).max(64),
  present: z.boolean(),
});

/** What an agent says of its host. The broker keeps it, so that whoever comes later knows it at once. */
export interface HostState {
  /** The host's name in its rig. */
  readonly host: string;
  /** Eight bytes in hex, of the agent's run: another one each time that an agent starts. */
  readonly hostId: string;
  /** Of genlock there. */
  readonly version: string;
  /** The kernel's, another one each time that the host boots; empty where nothing tells. */
  readonly bootId: string;
  /** Its IPv4 addresses, the best to reach it by first. */
  readonly addresses: readonly string[];
  /** UDP port of its exchange of times; 0 where it has none. */
  readonly exchangePort: number;
  /** TCP port of the files of its takes; 0 where it has none. */
  readonly filesPort: number;
  /** What can be recorded there. */
  readonly cameras: readonly HostCamera[];
  /** Room for takes, in bytes; undefined where nothing tells. */
  readonly diskFreeBytes?: number | undefined;
  /** Of the processor, in degrees Celsius; undefined where nothing tells. */
  readonly temperature?: number | undefined;
  /**
   * How well its boot clock is known: what that is ahead of the one of the host that all are compared with is known to
   * this, in us; undefined for that host itself, and as long as nothing is known.
   */
  readonly clock?: { readonly against: string; readonly boundUs: number } | undefined;
  /** The take that its cameras record, and the host that asked for it; undefined where they are free. */
  readonly busyWith?: { readonly take: string; readonly asker: string } | undefined;
  /** What is wrong there and what to do about it, a line each. */
  readonly problems: readonly string[];
  /** False once it has left, or has vanished: the broker says so in its place. */
  readonly present: boolean;
}

/** What another host said of itself; undefined where it is no such thing: it may have another version. */
export function readHostState(value: unknown): HostState | undefined {
  const read = hostState.safeParse(value);
  return read.success ? read.data : undefined;
}
