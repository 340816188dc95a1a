import { join } from 'node:path';
import { UsageError } from '../../errors.ts';
import type { ControlBus, HostChannel } from '../../hosts/control/bus.ts';
import { type CameraOrder, optionsOfOrder } from '../hosts/camera-order.ts';
import { HOLD_CHANNEL } from '../hosts/hold-messages.ts';
import { CAMERA_CHANNEL } from '../hosts/messages.ts';
import { signingMessage } from '../hosts/signing.ts';
import type { TakeOptions } from '../plan/options.ts';
import { checkRoom } from '../take/disk.ts';
import { ForkedCamera } from '../take/forked-camera.ts';
import { vidArguments } from '../take/vid-arguments.ts';
import { AgentCamera, type LocalCamera } from './agent-camera.ts';
import { AgentHold } from './agent-hold.ts';
import { AgentTake, type TakeClocks } from './agent-take.ts';

/** What an agent runs its cameras with. */
export interface AgentCamerasOptions {
  /** The folder that takes are made in, each in one of its own. */
  readonly takes: string;
  /** Names this host's run in messages: 16 hex digits. Default: none, for cameras whose server is on this host. */
  readonly hostId?: string;
  /** Follows the clocks of servers on other hosts. Default: none is followed. */
  readonly clocks?: TakeClocks;
  /** The key that messages of a session are signed with. Default: none are signed. */
  signingKey?(session: string): Uint8Array;
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
  private readonly holds = new Set<AgentHold>();
  private current: AgentTake | undefined;

  constructor(bus: Pick<ControlBus, 'onChannel'>, options: AgentCamerasOptions) {
    this.options = options;
    this.leave = bus.onChannel((channel, from) => {
      if (channel.name.startsWith(CAMERA_CHANNEL)) this.open(channel, from);
      else if (channel.name.startsWith(HOLD_CHANNEL)) this.hold(channel, from);
    });
  }

  /** Takes no more; resolves when no process runs. Those that do go on to their end, or until told to stop. */
  async close(): Promise<void> {
    this.leave();
    for (const hold of this.holds) hold.end();
    for (const camera of this.running) camera.giveUp();
    await Promise.all([...this.running].map(({ ended }) => ended));
  }

  /** Takes no more, and waits for none: those that record go on to the end that was agreed, by themselves. */
  release(): void {
    this.leave();
    for (const hold of this.holds) hold.end();
    for (const camera of this.running) camera.release();
  }

  private open(channel: HostChannel, from: string): void {
    let take: AgentTake | undefined;
    const camera = new AgentCamera(channel, async (order) => {
      take = this.admit(order.take, from);
      const local = await this.run(order, await take.folder(order.run > 0));
      take.add(local);
      void camera.ended.then(() => take?.remove(local));
      return local;
    });
    this.running.add(camera);
    void camera.ended.then(() => {
      this.running.delete(camera);
      this.leaveTake(take);
    });
  }

  private hold(channel: HostChannel, from: string): void {
    let take: AgentTake | undefined;
    const hold = new AgentHold(
      channel,
      ({ take: name, clocks }, tell) => {
        take = this.admit(name, from);
        const { clocks: own, hostId: ownId } = this.options;
        for (const host of clocks) {
          const { hostId } = host;
          if (own === undefined || hostId === ownId) continue;
          take.follow(host, own, (offset) => tell({ kind: 'clock', hostId, offset }));
        }
      },
      () => {
        this.holds.delete(hold);
        this.leaveTake(take);
      },
    );
    this.holds.add(hold);
  }

  /** @throws UsageError where the cameras record another take. */
  private admit(name: string, asker: string): AgentTake {
    const { current } = this;
    if (current !== undefined && (current.name !== name || current.asker !== asker)) {
      const { name: other, asker: by } = current;
      throw new UsageError(`records the take ${other}, which ${hostOf(by)} asked for: wait until it is over`);
    }
    this.current ??= new AgentTake(name, asker, this.options.takes);
    this.current.users++;
    if (current === undefined) this.options.onBusy?.({ take: name, asker: hostOf(asker) });
    return this.current;
  }

  private leaveTake(take: AgentTake | undefined): void {
    if (take === undefined || --take.users > 0) return;
    this.current = undefined;
    void take.close();
    this.options.onBusy?.(undefined);
  }

  private async run(order: CameraOrder, folder: string): Promise<LocalCamera> {
    const { take, number, camera, spec, run, led } = order;
    const options = optionsOfOrder(order, folder);
    await checkRoom({ ...options, specs: [spec] });
    const args = vidArguments(number, options, filesOf(camera, run, options), run > 0, options.port, led);
    const { start = (...all) => new ForkedCamera(...all), hostId, signingKey } = this.options;
    const { session, signed = false } = order.tie;
    const local = start(args, { ...order.tie, name: take, ...(signed && hostId !== undefined && { hostId }) });
    if (signed && session !== undefined && signingKey !== undefined)
      local.send(signingMessage(signingKey(session), run));
    return local;
  }
}

function filesOf(camera: string, run: number, { folder, format }: TakeOptions): { video: string; framesCsv: string } {
  const base = join(folder, run === 0 ? camera : `${camera}-${run + 1}`);
  return { video: `${base}.${format}`, framesCsv: `${base}.frames.csv` };
}

/** The host of an end of the bus: `pi1` of `pi1.3fa2`. */
const hostOf = (end: string): string => end.split('.')[0] as string;
