import { randomBytes } from 'node:crypto';
import { closeSync, constants, openSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KernelLock } from '../../host/kernel-lock.ts';
import { isAlive, ownIdentity, type ProcessIdentity } from '../../host/process-identity.ts';
import { LOCK_FILE } from './take-files.ts';

/** What stands in a claim's name where the kernel tells whether its process lives. */
const BY_KERNEL = 'k';
const UNKNOWN = '0';
/** A claim's file while the kernel's lock on it is being had. */
const MAKING = '.part';

/** Someone's wish to work in a folder alone. */
export interface Claim extends ProcessIdentity {
  /** Its file's name, which nobody else ever has. */
  readonly name: string;
  /** Its turn: the lowest one works. Undefined while it is being chosen. */
  readonly number: number | undefined;
}

/** The claim of this process: a file in the folder, and beside it one with the number of its turn. */
export class OwnClaim {
  readonly name: string;
  private readonly folder: string;
  private readonly descriptor: number;
  private ticket: number | undefined;

  private constructor(folder: string, name: string, descriptor: number) {
    this.folder = folder;
    this.name = name;
    this.descriptor = descriptor;
  }

  /** Not numbered yet. @throws what the system says where no file can be made. */
  static make(folder: string, kernel: KernelLock): OwnClaim {
    const { pid, start = UNKNOWN, boot = UNKNOWN } = ownIdentity();
    const base = [LOCK_FILE, pid, start, boot, randomBytes(4).toString('hex')].join('-');
    const made = join(folder, `${base}${MAKING}`);
    const { O_CREAT, O_EXCL, O_RDONLY } = constants;
    const descriptor = openSync(made, O_CREAT | O_EXCL | O_RDONLY, 0o644);
    try {
      const name = kernel.lock(descriptor) ? `${base}-${BY_KERNEL}` : base;
      renameSync(made, join(folder, name));
      return new OwnClaim(folder, name, descriptor);
    } catch (error) {
      closeSync(descriptor);
      rmSync(made, { force: true });
      throw error;
    }
  }

  number(number: number): void {
    writeFileSync(join(this.folder, numbered(this.name, number)), '', { flag: 'wx' });
    this.ticket = number;
  }

  /** Whether another one comes before it, or may yet. */
  waitsFor(other: Claim): boolean {
    if (other.number === undefined || this.ticket === undefined) return true;
    return other.number < this.ticket || (other.number === this.ticket && other.name < this.name);
  }

  release(): void {
    // The turn first: without it the rest claims nothing for good.
    if (this.ticket !== undefined) rmSync(join(this.folder, numbered(this.name, this.ticket)), { force: true });
    rmSync(join(this.folder, this.name), { force: true });
    closeSync(this.descriptor);
  }
}

const numbered = (name: string, number: number): string => `${name}.${number}`;

const FORM = new RegExp(
  `^(${LOCK_FILE}-(\\d+)-(\\w+)-(\\w+)-[0-9a-f]{8}(-${BY_KERNEL})?)(?:\\.(\\d{1,15})|\\${MAKING})?$`,
);

/** Whether a file says who works in a folder alone, or who did. */
export const isClaimFile = (name: string): boolean => name === LOCK_FILE || FORM.test(name);

/**
 * The claims of those who live; the files of the others are removed, which nobody else can have under the same names.
 */
export function livingClaims(folder: string, kernel: KernelLock): Claim[] {
  const claims = new Map<string, Claim>();
  for (const file of readdirSync(folder)) {
    const [, name, pid, start, boot, , number] = FORM.exec(file) ?? [];
    if (name === undefined) continue;
    const known = claims.get(name)?.number;
    claims.set(name, {
      ...{ name, pid: Number(pid) },
      start: start === UNKNOWN ? undefined : start,
      boot: boot === UNKNOWN ? undefined : boot,
      number: number === undefined ? known : Number(number),
    });
  }
  return [...claims.values()].filter((claim) => {
    if (lives(folder, claim, kernel)) return true;
    for (const rest of [claim.number === undefined ? MAKING : `.${claim.number}`, '']) {
      rmSync(join(folder, `${claim.name}${rest}`), { force: true });
    }
    return false;
  });
}

function lives(folder: string, claim: Claim, kernel: KernelLock): boolean {
  if (!claim.name.endsWith(`-${BY_KERNEL}`)) return isAlive(claim);
  let descriptor: number;
  try {
    descriptor = openSync(join(folder, claim.name), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    // Released meanwhile, or not readable for this user.
    return isAlive(claim);
  }
  try {
    return kernel.isHeld(descriptor) ?? isAlive(claim);
  } finally {
    closeSync(descriptor);
  }
}
