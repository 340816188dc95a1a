import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostOffset } from '../../sync/exchange/host-offset.ts';
import { makeTakeFolder } from '../files/folder.ts';
import type { ClockHost } from '../hosts/hold-messages.ts';
import type { LocalCamera } from './agent-camera.ts';

/** The clock of another host, followed from this one. */
export interface Followed {
  onOffset(listener: (offset: HostOffset) => void): void;
  close(): void;
}

/** What clocks of other hosts are followed by: `HostClocks`. */
export interface TakeClocks {
  follow(host: ClockHost): Followed;
}

/** The take that a host's cameras record. */
export class AgentTake {
  readonly name: string;
  /** Who asked for it: the end of the bus. */
  readonly asker: string;
  /** Cameras, and whoever holds the host for it. */
  users = 0;
  private readonly takes: string;
  private made: Promise<string> | undefined;
  private readonly cameras = new Set<LocalCamera>();
  private readonly followed: Followed[] = [];
  private readonly known = new Map<string, HostOffset>();

  /** @param takes the folder that takes are made in. */
  constructor(name: string, asker: string, takes: string) {
    this.name = name;
    this.asker = asker;
    this.takes = takes;
  }

  /**
   * Its folder on this host. A camera that is started again comes back to the one that its take has here already.
   * @throws UsageError where it can't be used.
   */
  folder(again: boolean): Promise<string> {
    this.made ??= this.make(again);
    return this.made;
  }

  /** Has its cameras go by the clock of another host, too. @param onOffset hears of it as well. */
  follow(host: ClockHost, clocks: TakeClocks, onOffset: (offset: HostOffset) => void): void {
    const { hostId } = host;
    const followed = clocks.follow(host);
    this.followed.push(followed);
    followed.onOffset((offset) => {
      this.known.set(hostId, offset);
      for (const camera of this.cameras) camera.send({ kind: 'hostClock', hostId, offset });
      onOffset(offset);
    });
  }

  /** A camera's process runs: it hears of the clocks, from what is known already on. */
  add(camera: LocalCamera): void {
    this.cameras.add(camera);
    for (const [hostId, offset] of this.known) camera.send({ kind: 'hostClock', hostId, offset });
  }

  remove(camera: LocalCamera): void {
    this.cameras.delete(camera);
  }

  /** It is over here. A folder in which nothing was recorded goes. */
  async close(): Promise<void> {
    for (const each of this.followed) each.close();
    const folder = await this.made?.catch(() => undefined);
    if (folder !== undefined) await rmdir(folder).catch(() => {});
  }

  private async make(again: boolean): Promise<string> {
    const folder = join(this.takes, this.name);
    if (!again) await makeTakeFolder(folder, false);
    return folder;
  }
}
