import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { type IsTakeFile, takeFileTest } from './take-files.ts';

/** A process that has a file open to write it. */
export interface Writer {
  readonly pid: number;
  /** By its name in the folder. */
  readonly file: string;
}

/** Of open(2): O_WRONLY and O_RDWR. */
const WRITABLE = 0b11;
/** How often writers are looked for, and for how long they are waited for, ms. */
const LOOK_MS = 50;
const PATIENCE_MS = 5_000;

/**
 * Other processes that write files of a take; none where the system does not tell (it takes Linux, and processes of the
 * same user).
 * @param test Which files count. Default: those of the take in the folder, by its description.
 */
export async function writersIn(folder: string, test?: IsTakeFile): Promise<Writer[]> {
  const place = `${await realpath(folder).catch(() => folder)}/`;
  const isTakeFile = test ?? (await takeFileTest(folder));
  const writers: Writer[] = [];
  for (const entry of entries('/proc')) {
    const pid = Number(entry);
    if (!Number.isSafeInteger(pid) || pid === process.pid) continue;
    for (const descriptor of entries(`/proc/${pid}/fd`)) {
      const path = attempt(() => readlinkSync(`/proc/${pid}/fd/${descriptor}`));
      if (!path?.startsWith(place) || !isTakeFile(path.slice(place.length))) continue;
      if (isWritable(pid, descriptor)) writers.push({ pid, file: path.slice(place.length) });
    }
  }
  return writers;
}

/** Waits for those who outlive the process that they work for, and have its last frames yet to write; not for ever. */
export async function untilUnwritten(folder: string): Promise<void> {
  for (let waited = 0; waited < PATIENCE_MS && (await writersIn(folder)).length > 0; waited += LOOK_MS) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function isWritable(pid: number, descriptor: string): boolean {
  const info = attempt(() => readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, 'utf8'));
  const flags = /^flags:\s*([0-7]+)$/m.exec(info ?? '')?.[1];
  return flags !== undefined && (Number.parseInt(flags, 8) & WRITABLE) !== 0;
}

const entries = (folder: string): string[] => attempt(() => readdirSync(folder)) ?? [];

/** Processes come and go, and those of others are closed. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
