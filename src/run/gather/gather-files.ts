import { existsSync } from 'node:fs';
import { size } from '../../amounts.ts';
import { FailureError, UsageError } from '../../errors.ts';
import type { HostState } from '../../hosts/control/host-state.ts';
import type { FetchProgress } from '../../hosts/files/fetcher.ts';
import { BrokenWay } from '../../hosts/files/remote-files.ts';
import type { Membership } from '../../hosts/key/membership.ts';
import { liesElsewhere, liesOn, partsOf, type Take, type TakeCamera } from '../../record/take.ts';
import { takePath } from '../../record/take-path.ts';
import { freeBytes, RESERVE_BYTES } from '../files/disk-watch.ts';
import { nameOf } from '../files/folder.ts';
import { GatherHost } from './gather-host.ts';

/** Hosts that are fetched from at a time: a disk that is written in more places becomes slower, not faster. */
const MOST_HOSTS = 8;

/** How files are gathered, and who hears of it. */
export interface GatherOptions {
  /** The rig that this host is of. */
  readonly own: Membership;
  /** The hosts of the rig, by their names. */
  readonly hosts: ReadonlyMap<string, HostState>;
  /** Leaves the files on their hosts, too. */
  readonly keepRemote?: boolean | undefined;
  /** Ends it when aborted: what came stays for the next time. */
  readonly signal?: AbortSignal | undefined;
  /** Many times a second. */
  readonly onProgress?: ((progress: GatherProgress) => void) | undefined;
  /** What is waited for, or was left where it lies: a line. */
  readonly onNote?: ((text: string) => void) | undefined;
  /** All files of this camera are here now. */
  readonly onGathered?: ((camera: string) => void) | undefined;
}

/** How far the files are that come, in bytes. */
export interface GatherProgress {
  /** Here of all of them, what was here before included. */
  readonly done: number;
  /** Of all of them. */
  readonly of: number;
  /** The one that came on just now. */
  readonly file: FetchProgress;
}

/** What became of the files that lay elsewhere. */
export interface GatheredFiles {
  /** Cameras whose files are all here now that were not before, by name. */
  readonly gathered: readonly string[];
  /** What is not here and why, a line each, each naming its camera. */
  readonly missing: readonly string[];
}

/** The cameras of one host. */
interface Part {
  readonly host: string;
  readonly cameras: readonly TakeCamera[];
}

/**
 * Fetches the files of a take that lie on other hosts into its folder, and removes them there once they are whole here.
 * `take.json` is neither read nor written. A host that is not there, or breaks off, keeps nobody from the others; what
 * came of its files is gone on with the next time.
 * @throws FailureError where the disk has no room for them; the signal's reason.
 */
export async function gatherFiles(folder: string, take: Take, options: GatherOptions): Promise<GatheredFiles> {
  const gathering = new Gathering(folder, take, options);
  try {
    return await gathering.run();
  } finally {
    gathering.close();
  }
}

class Gathering {
  private readonly folder: string;
  private readonly take: Take;
  private readonly options: GatherOptions;
  private readonly reached: { readonly part: Part; readonly from: GatherHost }[] = [];
  private readonly gathered: string[] = [];
  private readonly missing: string[] = [];

  constructor(folder: string, take: Take, options: GatherOptions) {
    this.folder = folder;
    this.take = take;
    this.options = options;
  }

  async run(): Promise<GatheredFiles> {
    const parts = partsElsewhere(this.take);
    await Promise.all(parts.map((part) => this.reach(part)));
    await this.checkRoom();
    const turn = [...this.reached];
    const work = async (): Promise<void> => {
      for (let next = turn.shift(); next !== undefined; next = turn.shift()) await this.fetch(next.part, next.from);
    };
    // Whoever is aborted ends with the others, not before them.
    const done = await Promise.allSettled(Array.from({ length: MOST_HOSTS }, work));
    const failed = done.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
    if (failed !== undefined) throw failed.reason;
    return { gathered: this.gathered, missing: this.missing };
  }

  close(): void {
    for (const { from } of this.reached) from.close();
  }

  private async reach(part: Part): Promise<void> {
    const { own, hosts, signal, onNote } = this.options;
    const { folder, take } = this;
    const names = namesOf(part);
    try {
      const from = await GatherHost.reach(part.host, () => hosts.get(part.host), own, {
        ...{ folder, take: take.name ?? nameOf(folder), names: take.cameras.map(({ name }) => name), signal },
        onNote: (text) => onNote?.(text),
      });
      if (from === undefined) return this.nothingThere(part);
      this.reached.push({ part, from });
      await from.untilWritten(names);
    } catch (error) {
      this.failed(part, error);
    }
  }

  /** Files that were removed there are here: whoever fetched them last was ended before it could say so. */
  private nothingThere({ host, cameras }: Part): void {
    const lacking = cameras.map((camera) => this.lacking(camera));
    const came = lacking.includes(undefined);
    for (const [i, camera] of cameras.entries()) {
      const file = lacking[i];
      if (file !== undefined) {
        this.missing.push(`${camera.name}: ${file} is neither here nor on ${host}, which has nothing of the take`);
      }
      if (came) this.isHere(camera);
    }
  }

  private async checkRoom(): Promise<void> {
    let needed = 0;
    for (const { part, from } of this.reached) needed += await from.room(namesOf(part));
    const free = await freeBytes(this.folder);
    if (needed === 0 || free === undefined || needed + RESERVE_BYTES <= free) return;
    throw new FailureError(
      `${this.folder}: ${size(needed)} are to come from other hosts, and its disk has ${size(free)} left; make room`,
    );
  }

  private async fetch(part: Part, from: GatherHost): Promise<void> {
    const { keepRemote = false, signal } = this.options;
    try {
      await from.fetch(namesOf(part), keepRemote, (file) => this.tell(file));
    } catch (error) {
      this.failed(part, error);
      return;
    }
    signal?.throwIfAborted();
    for (const camera of part.cameras) {
      const lacking = this.lacking(camera);
      if (lacking !== undefined) this.missing.push(`${camera.name}: ${lacking} is neither here nor on ${part.host}`);
      // Nothing more can come: what is missing is missing.
      this.isHere(camera);
    }
  }

  private lacking(camera: TakeCamera): string | undefined {
    const files = partsOf(camera).flatMap(({ file, framesCsv }) => [file, framesCsv]);
    return files.find((name) => !existsSync(takePath(this.folder, name)));
  }

  private isHere({ name }: TakeCamera): void {
    this.gathered.push(name);
    this.options.onGathered?.(name);
  }

  /** Of these cameras nothing more comes this time; what is no failure of host, way or disk goes on. */
  private failed({ host, cameras }: Part, error: unknown): void {
    this.options.signal?.throwIfAborted();
    const known = error instanceof FailureError || error instanceof UsageError || error instanceof BrokenWay;
    if (!known) throw error;
    const why = error.message.startsWith(`${host}: `) ? error.message.slice(host.length + 2) : error.message;
    for (const { name } of cameras) {
      this.missing.push(`${liesElsewhere(name, host)}: ${why}; genlock gather ${this.folder} goes on with it`);
    }
  }

  private tell(file: FetchProgress): void {
    let [done, of] = [0, 0];
    for (const { part, from } of this.reached) {
      const is = from.progress(namesOf(part));
      done += is.done;
      of += is.of;
    }
    this.options.onProgress?.({ done, of, file });
  }
}

const namesOf = ({ cameras }: Part): string[] => cameras.map(({ name }) => name);

function partsElsewhere({ cameras }: Take): Part[] {
  const parts = new Map<string, TakeCamera[]>();
  for (const camera of cameras) {
    const host = liesOn(camera);
    if (host !== undefined) parts.set(host, [...(parts.get(host) ?? []), camera]);
  }
  return [...parts].map(([host, cameras]) => ({ host, cameras }));
}
