import { chmod, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../../errors.ts';
import { makeFolder } from '../../record/make-folder.ts';
import { writeWhole } from '../../record/whole-file.ts';
import { parseJson, readText } from '../../regular-file.ts';
import { NAME } from '../name.ts';
import { type JoinLine, joinLine } from './join-line.ts';
import { type OtherBroker, readAuthority } from './other-broker.ts';
import { MOST_EPOCH, RigKey } from './rig-key.ts';

/** What makes this host one of a rig. */
export interface Membership extends Omit<JoinLine, 'known'> {
  /** What the rig calls this host. */
  readonly name: string;
  /** True on the rig's first host, whose agent serves the broker where there is no other. */
  readonly serves: boolean;
  /** A broker that no agent serves. */
  readonly broker?: OtherBroker | undefined;
}

const FILE = 'rig.json';
const OTHERS = 0o077;

const form = z.object({
  rig: z.string().regex(NAME),
  host: z.string().min(1).max(255),
  port: z.int().min(1).max(65_535),
  name: z.string().regex(NAME),
  serves: z.boolean(),
  broker: z.object({ ca: z.string().min(1).optional() }).optional(),
  epoch: z.int().min(1).max(MOST_EPOCH),
  key: z.string().regex(/^[0-9a-f]{64}$/),
});

/**
 * The folder of what this host keeps: GENLOCK_STATE, else `genlock` in XDG_STATE_HOME or in ~/.local/state.
 * @throws UsageError where GENLOCK_STATE is no absolute path: agents are started from anywhere.
 */
export function stateFolder(env: NodeJS.ProcessEnv = process.env): string {
  const { GENLOCK_STATE: own, XDG_STATE_HOME: xdg } = env;
  if (own && !isAbsolute(own)) throw new UsageError(`GENLOCK_STATE: must be an absolute path, not '${own}'`);
  if (own) return own;
  // What is relative there is to be ignored (XDG Base Directory Specification).
  return join(xdg && isAbsolute(xdg) ? xdg : join(homedir(), '.local', 'state'), 'genlock');
}

/** The file in which this host keeps which rig it is of, and the key: nobody else may read it. */
export const membershipFile = (folder = stateFolder()): string => join(folder, FILE);

/**
 * @returns undefined where this host is of no rig.
 * @throws UsageError that names the file where others may read it, or where it is none; never with what it holds.
 */
export async function readMembership(folder = stateFolder()): Promise<Membership | undefined> {
  const file = membershipFile(folder);
  const is = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new UsageError(`${file}: can't be read: ${error.code}`);
  });
  if (is === undefined) return undefined;
  if (process.platform !== 'win32' && (is.mode & OTHERS) !== 0) {
    throw new UsageError(`${file}: holds the rig's key and others may read it; chmod 600 it, or make another key`);
  }
  const read = form.safeParse(await jsonOf(file));
  if (!read.success) {
    const field = read.error.issues[0]?.path.join('.') || 'it';
    throw new UsageError(`${file}: ${field} is not what genlock join writes there; join anew`);
  }
  const { key, epoch, broker, ...rest } = read.data;
  const ca = broker?.ca === undefined ? undefined : await readAuthority(`${file}: broker.ca`, broker.ca);
  return { ...rest, key: new RigKey(Buffer.from(key, 'hex'), epoch), ...(broker !== undefined && { broker: { ca } }) };
}

/** The line that others join with. */
export function lineOf({ broker, ...rest }: Membership): string {
  return joinLine({ ...rest, ...(broker !== undefined && { known: broker.ca === undefined ? 'psk' : 'ca' }) });
}

/** What this host is of. @throws UsageError where it is of no rig. */
export async function ownMembership(folder = stateFolder()): Promise<Membership> {
  const found = await readMembership(folder);
  if (found !== undefined) return found;
  throw new UsageError('this host is of no rig; genlock rig create NAME makes one, genlock join LINE joins one');
}

/** Writes it, for this user alone, in the place of an earlier one. */
export async function writeMembership(membership: Membership, folder = stateFolder()): Promise<void> {
  const { rig, host, port, name, serves, key, broker } = membership;
  const file = membershipFile(folder);
  await makeFolder(folder).catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError(`${folder}: can't be made: ${cause.code}`, { cause });
  });
  await chmod(folder, 0o700);
  const other = broker === undefined ? {} : { broker: { ca: broker.ca?.file } };
  const text = { rig, host, port, name, serves, ...other, epoch: key.epoch, key: key.secret().toString('hex') };
  await writeWhole(file, `${JSON.stringify(text, null, 2)}\n`, { mode: 0o600 });
}

/** This host is of no rig any more. */
export const removeMembership = (folder = stateFolder()): Promise<void> => rm(membershipFile(folder), { force: true });

async function jsonOf(file: string): Promise<unknown> {
  const text = await readText(file, 1 << 16).catch((cause: NodeJS.ErrnoException) => {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(`${file}: can't be read: ${cause.code}`);
  });
  try {
    return parseJson(text, file);
  } catch {
    // What the parser says quotes the text.
    throw new UsageError(`${file}: is no JSON; join anew`);
  }
}
