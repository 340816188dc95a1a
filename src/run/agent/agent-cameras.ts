import { join } from 'node:path';
import { UsageError } from '../../errors.ts';
import type { ControlBus, HostChannel } from '../../hosts/control/bus.ts';
import { makeTakeFolder } from '../files/folder.ts';
import { type CameraOrder, optionsOfOrder } from '../hosts/camera-order.ts';
import { CAMERA_CHANNEL } from '../hosts/messages.ts';
import type { TakeOptions } from '../plan/options.ts';
import { checkRoom } from '../take/disk.ts';
import { ForkedCamera } from '../take/forked-camera.ts';
import { vidArguments } from '../take/vid-arguments.ts';
import { AgentCamera, type LocalCamera } from './agent-camera.ts';

/** The take that a host's cameras record. */
interface CurrentTake {
  readonly name: string;
  /** Who asked for it: the end of the bus. */
  readonly asker: string;
  /** The take's folder on this host, once it is made. */
  readonly folder: Promise<string>;
  cameras: number;
}

/** What an agent runs its cameras with. */
export interface AgentCamerasOptions {
  /** The folder that takes are made in, each in one of its own. */
  readonly takes: string;
  /** Starts a process of a camera. Default: `genlock vid`, as `record` runs it. */
  start?(args: readonly string[], tie: CameraOrder['tie'] & { readonly name: string }): LocalCamera;
  /** The host's cameras record this take now; undefined: they are free. */
  onBusy?(take: { readonly take: string; readonly asker: string } | undefined): void;
}

/**
 * The cameras of a host, for takes that are asked for on other hosts: each channel that comes for one is a process, as
 * `record` runs it. One take at a time, from one asker.
 */
export class AgentCameras {
  private readonly options: AgentCamerasOptions;
  private readonly leave: () => void;
  private readonly running = new Set<AgentCamera>();
  private current: CurrentTake | undefined;

  constructor(bus: Pick<ControlBus, 'onChannel'>, options: AgentCamerasOptions) {
    this.options = options;
    this.leave = bus.onChannel((channel, from) => {
      if (channel.name.startsWith(CAMERA_CHANNEL)) this.open(channel, from);
    });
  }

  /** Takes no more; resolves when no process runs. Those that do go on to their end, or until told to stop. */
  async close(): Promise<void> {
    this.leave();
    for (const camera of this.running) camera.giveUp();
    await Promise.all([...this.running].map(({ ended }) => ended));
  }

  /** Takes no more, and waits for none: those that record go on to the end that was agreed, by themselves. */
  release(): void {
    this.leave();
    for (const camera of this.running) camera.release();
  }

  private open(channel: HostChannel, from: string): void {
    let take: CurrentTake | undefined;
    const camera = new AgentCamera(channel, async (order) => {
      take = this.admit(order, from);
      return this.run(order, await take.folder);
    });
    this.running.add(camera);
    void camera.ended.then(() => {
      this.running.delete(camera);
      if (take !== undefined && --take.cameras === 0) this.free();
    });
  }

  /** @throws UsageError where the cameras record another take. */
  private admit(order: CameraOrder, asker: string): CurrentTake {
    const { current } = this;
    if (current !== undefined && (current.name !== order.take || current.asker !== asker)) {
      const { name, asker: other } = current;
      throw new UsageError(`records the take ${name}, which ${hostOf(other)} asked for: wait until it is over`);
    }
    this.current ??= { name: order.take, asker, folder: this.makeFolder(order), cameras: 0 };
    this.current.cameras++;
    if (current === undefined) this.options.onBusy?.({ take: order.take, asker: hostOf(asker) });
    return this.current;
  }

  private free(): void {
    this.current = undefined;
    this.options.onBusy?.(undefined);
  }

  /** A camera that is started again comes back to the folder that its take has here already. */
  private async makeFolder({ take, run }: CameraOrder): Promise<string> {
    const folder = join(this.options.takes, take);
    if (run === 0) await makeTakeFolder(folder, false);
    return folder;
  }

  private async run(order: CameraOrder, folder: string): Promise<LocalCamera> {
    const { take, number, camera, spec, run, led } = order;
    const options = optionsOfOrder(order, folder);
    await checkRoom({ ...options, specs: [spec] });
    const args = vidArguments(number, options, filesOf(camera, run, options), run > 0, options.port, led);
    const { start = (...all) => new ForkedCamera(...all) } = this.options;
    return start(args, { ...order.tie, name: take });
  }
}

function filesOf(camera: string, run: number, { folder, format }: TakeOptions): { video: string; framesCsv: string } {
  const base = join(folder, run === 0 ? camera : `${camera}-${run + 1}`);
  return { video: `${base}.${format}`, framesCsv: `${base}.frames.csv` };
}

/** The host of an end of the bus: `pi1` of `pi1.3fa2`. */
const hostOf = (end: string): string => end.split('.')[0] as string;
