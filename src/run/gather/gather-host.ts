import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { FailureError } from '../../errors.ts';
import type { HostState } from '../../hosts/control/host-state.ts';
import { type FetchProgress, fetchFile } from '../../hosts/files/fetcher.ts';
import type { ListedFile } from '../../hosts/files/manifest.ts';
import { BrokenWay, ChangedFile, RemoteFiles } from '../../hosts/files/remote-files.ts';
import { versionOf } from '../../hosts/files/served-file.ts';
import type { Membership } from '../../hosts/key/membership.ts';
import { clientTls } from '../../hosts/key/tls.ts';
import { ownerOf } from '../files/take-files.ts';

/** How often a host is asked whether its cameras are done with a file, in ms. */
const LOOK_MS = 500;
/** Before a host that broke off is asked once more, in ms. */
const WAITS_MS = [250, 1_000];

/** One host's part of a take. */
export interface GatherHostOptions {
  /** The take's folder here. */
  readonly folder: string;
  /** What it is called there. */
  readonly take: string;
  /** What all cameras of the take are called. */
  readonly names: readonly string[];
  readonly signal: AbortSignal | undefined;
  /** What is waited for, in a line. */
  readonly onNote: (text: string) => void;
}

/** The files of a take that lie on one other host. */
export class GatherHost {
  readonly name: string;
  private readonly options: GatherHostOptions;
  private readonly remote: RemoteFiles;
  private files: readonly ListedFile[];
  /** What is here of each file, in bytes. */
  private readonly here = new Map<string, number>();

  private constructor(name: string, options: GatherHostOptions, remote: RemoteFiles, files: readonly ListedFile[]) {
    this.name = name;
    this.options = options;
    this.remote = remote;
    this.files = files;
  }

  /**
   * Asks a host what it has of a take, at all its addresses at once: the first one that answers is kept to.
   * @param stateOf What is known of the host by now: an agent that was started anew serves at another port.
   * @returns undefined where it has no folder of the take.
   * @throws FailureError that names the host: it is not there, or has another key.
   */
  static async reach(
    name: string,
    stateOf: () => HostState | undefined,
    own: Membership,
    options: GatherHostOptions,
  ): Promise<GatherHost | undefined> {
    const { signal } = options;
    for (const waitMs of [...WAITS_MS, undefined]) {
      const state = stateOf();
      try {
        if (state?.present !== true) throw new FailureError(`${name}: is not there`);
        return await GatherHost.ask(state, () => stateOf()?.filesPort || state.filesPort, own, options);
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof BrokenWay) || waitMs === undefined) throw error;
        await wait(waitMs, undefined, { ...(signal && { signal }) });
      }
    }
  }

  private static async ask(
    { host, addresses }: HostState,
    port: () => number,
    { rig, key }: Membership,
    options: GatherHostOptions,
  ): Promise<GatherHost | undefined> {
    const { take, signal } = options;
    const placeOf = (address: string) => ({
      ...{ host, address },
      get port() {
        return port();
      },
    });
    const tls = clientTls(rig, key, 'files');
    const remotes = addresses.map((address) => new RemoteFiles(placeOf(address), take, tls));
    const asked = remotes.map(async (remote) => ({ remote, files: await remote.list(signal) }));
    let kept: RemoteFiles | undefined;
    try {
      const { remote, files } = await Promise.any(asked);
      if (files === undefined) return undefined;
      kept = remote;
      return new GatherHost(host, options, remote, files);
    } catch (cause) {
      signal?.throwIfAborted();
      const errors = (cause as AggregateError).errors as Error[];
      const said = errors.find((error) => !(error instanceof BrokenWay));
      if (said !== undefined) throw said;
      throw new BrokenWay(`can't be reached at ${addresses.join(', ')}: ${errors[0]?.message}`, { cause });
    } finally {
      for (const remote of remotes) if (remote !== kept) remote.close();
    }
  }

  close(): void {
    this.remote.close();
  }

  /** Waits until no process there writes files of these cameras any more. */
  async untilWritten(cameras: readonly string[]): Promise<void> {
    const { signal, onNote } = this.options;
    for (let told = false; ; told = true) {
      const written = this.filesOf(cameras).filter(({ writing }) => writing);
      if (written.length === 0) return;
      if (!told)
        onNote(`${this.name}: still records ${written.map(({ name }) => name).join(', ')}; waiting until done`);
      await wait(LOOK_MS, undefined, { ...(signal && { signal }) });
      this.files = (await this.remote.list(signal)) ?? [];
    }
  }

  /** Of these cameras alone, whatever else is there. */
  filesOf(cameras: readonly string[]): readonly ListedFile[] {
    return this.files.filter(({ name }) => {
      const owner = ownerOf(this.options.names, name);
      return owner !== undefined && cameras.includes(owner);
    });
  }

  /** What it takes on the disk here to fetch the files of these cameras, in bytes. */
  async room(cameras: readonly string[]): Promise<number> {
    let room = 0;
    for (const { name, bytes } of this.filesOf(cameras)) {
      const file = join(this.options.folder, name);
      if ((await stat(file).catch(() => undefined)) !== undefined) continue;
      // Of a file that was begun, as much as it has on the disk: it may have holes.
      const { blocks = 0 } = (await stat(`${file}.gather`).catch(() => undefined)) ?? {};
      room += Math.max(0, bytes - blocks * 512);
    }
    return room;
  }

  /** How much of the files of these cameras is here, and how much there is in all, in bytes. */
  progress(cameras: readonly string[]): { readonly done: number; readonly of: number } {
    let [done, of] = [0, 0];
    for (const { name, bytes } of this.filesOf(cameras)) {
      done += Math.min(bytes, this.here.get(name) ?? 0);
      of += bytes;
    }
    return { done, of };
  }

  /**
   * Fetches all files of these cameras, and removes them there once all of them are whole here.
   * @throws as `fetchFile`.
   */
  async fetch(cameras: readonly string[], keep: boolean, onProgress: (file: FetchProgress) => void): Promise<void> {
    const { folder, signal } = this.options;
    const { remote } = this;
    const whole: { readonly name: string; readonly version: string }[] = [];
    for (const { name } of this.filesOf(cameras)) {
      const { version } = await fetchFile({
        ...{ remote, folder, name, ...(signal && { signal }) },
        onProgress: (progress) => {
          this.here.set(name, progress.here);
          onProgress(progress);
        },
      });
      whole.push({ name, version });
    }
    if (!keep) for (const { name, version } of whole) await this.remove(name, version);
  }

  private async remove(name: string, version: string): Promise<void> {
    const { folder, signal } = this.options;
    // One folder of a disk that both hosts have: it is the only one that there is.
    if (versionOf(statSync(join(folder, name), { bigint: true })) === version) return;
    try {
      await this.remote.remove(name, version, signal);
    } catch (error) {
      signal?.throwIfAborted();
      const why = error instanceof ChangedFile ? 'changed after it was fetched' : (error as Error).message;
      this.options.onNote(`${this.name}: ${name}: is left there: ${why}`);
    }
  }
}
