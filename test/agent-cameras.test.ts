import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ControlBus } from '../src/hosts/control/bus.ts';
import type { PostBus } from '../src/hosts/control/post-bus.ts';
import { checkTake, settleTake } from '../src/options/take.ts';
import type { LocalCamera } from '../src/run/agent/agent-camera.ts';
import { AgentCameras } from '../src/run/agent/agent-cameras.ts';
import type { CameraExit } from '../src/run/camera/camera-link.ts';
import type { FromCamera, ToCamera } from '../src/run/camera/ipc.ts';
import { type CameraOrder, cameraOrder, optionsOfOrder, readCameraOrder } from '../src/run/hosts/camera-order.ts';
import { CAMERA_CHANNEL } from '../src/run/hosts/messages.ts';
import { RemoteCamera } from '../src/run/hosts/remote-camera.ts';
import type { TakeOptions } from '../src/run/plan/options.ts';
import { vidArguments } from '../src/run/take/vid-arguments.ts';
import { stateOf } from './support/bus-conformance.ts';
import { MemoryBroker } from './support/memory-broker.ts';

/** Stands for a process on the agent's host: tells what it is told to, and keeps what it hears. */
class Process implements LocalCamera {
  readonly pid = 1;
  readonly heard: ToCamera[] = [];
  readonly args: readonly string[];
  killed = false;
  released = false;
  says: (message: FromCamera) => void = () => {};
  ends: (exit: CameraExit) => void = () => {};

  constructor(args: readonly string[]) {
    this.args = args;
  }
  onMessage(listener: (message: FromCamera) => void): void {
    this.says = listener;
  }
  onExit(listener: (exit: CameraExit) => void): void {
    this.ends = listener;
  }
  send(message: ToCamera): void {
    this.heard.push(message);
  }
  kill(): void {
    this.killed = true;
  }
  release(): void {
    this.released = true;
  }
}

/** What an asker hears of one camera. */
class Heard {
  readonly messages: FromCamera[] = [];
  exit: CameraExit | undefined;
  readonly camera: RemoteCamera;

  constructor(bus: ControlBus, order: CameraOrder) {
    this.camera = new RemoteCamera(bus, 'pi2', order);
    this.camera.onMessage((message) => this.messages.push(message));
    this.camera.onExit((exit) => {
      this.exit = exit;
    });
  }
}

const orderOf = (more: Partial<CameraOrder> = {}): CameraOrder => ({
  ...{ take: 'jump-3', camera: 'cam1', number: 1, spec: 'virtual:imx219', run: 0, led: false, frames: 60 },
  ...{ options: { frameRate: '29.97', width: 160, height: 120 }, tie: { session: '00112233445566aa', channel: true } },
  ...more,
});
const ENDED: CameraExit = { clean: true, words: 'its process ended with exit code 0' };

describe('the cameras of a host, for takes that are asked for on others', () => {
  let takes: string;
  let broker: MemoryBroker;
  let agentBus: PostBus;
  let asker: PostBus;
  let agent: AgentCameras;
  let processes: Process[];
  let busy: unknown[];
  const open: PostBus[] = [];
  const busOf = (host: string, state = false): PostBus => {
    const bus = broker.join({ rig: 'studio', host, ...(state && { state: stateOf(host) }) });
    open.push(bus);
    return bus;
  };

  beforeEach(async () => {
    takes = mkdtempSync(join(tmpdir(), 'genlock-agent-'));
    broker = new MemoryBroker(3);
    processes = [];
    busy = [];
    agentBus = busOf('pi2', true);
    asker = busOf('pi1');
    agent = new AgentCameras(agentBus, {
      takes,
      start: (args) => {
        const process = new Process(args);
        processes.push(process);
        return process;
      },
      onBusy: (take) => busy.push(take),
    });
    await expect.poll(() => asker.hosts().get('pi2')?.present).toBe(true);
  });
  afterEach(async () => {
    for (const process of processes) process.ends(ENDED);
    await agent.close();
    await Promise.all(open.splice(0).map((bus) => bus.close()));
    rmSync(takes, { recursive: true, force: true });
  });

  /** The process of an order that was taken. */
  const started = async (count = 1): Promise<Process> => {
    await expect.poll(() => processes.length).toBe(count);
    return processes[count - 1] as Process;
  };

  it('runs what `record` runs for the same options, with files in a folder of its own', async () => {
    const asked = { frameRate: '29.97', width: 320, height: 240, exposureUs: 4000, awbGains: [1.5, 2] as const };
    const {
      cameras: _,
      seconds: __,
      frames: ___,
      output: ____,
      interface: _____,
      ...settled
    } = settleTake(checkTake({ ...asked, frames: 60, format: 'mov' }));
    const options: TakeOptions = {
      ...{ ...settled, folder: 'elsewhere', frames: 60, interfaces: ['default'] },
      ...{ specs: ['virtual:imx219', 'virtual:imx708'], names: ['cam0', 'cam1'] },
      own: [undefined, { exposureUs: 9000 }],
    };
    const order = cameraOrder(1, 0, options, orderOf().tie);
    // As it comes over a channel.
    new Heard(asker, JSON.parse(JSON.stringify(order)) as CameraOrder);
    const folder = join(takes, 'elsewhere');
    const files = { video: join(folder, 'cam1.mov'), framesCsv: join(folder, 'cam1.frames.csv') };
    const { interfaces } = optionsOfOrder(order, folder);
    expect((await started()).args).toEqual(vidArguments(1, { ...options, interfaces }, files));
    expect(existsSync(folder)).toBe(true);
  });

  it('carries what is said both ways, in order, and the end of the process behind its last words', async () => {
    const heard = new Heard(asker, orderOf());
    heard.camera.send({ kind: 'sending', ports: [5000] });
    heard.camera.send({ kind: 'begin' });
    const process = await started();
    heard.camera.send({ kind: 'stop', index: 30 });
    await expect.poll(() => process.heard.length).toBe(3);
    expect(process.heard).toEqual([{ kind: 'sending', ports: [5000] }, { kind: 'begin' }, { kind: 'stop', index: 30 }]);
    const said = Array.from({ length: 20 }, (_, i): FromCamera => ({ kind: 'sending', ports: [i] }));
    for (const message of said) process.says(message);
    process.ends(ENDED);
    await expect.poll(() => heard.exit).toEqual(ENDED);
    expect(heard.messages).toEqual(said);
  });

  it('passes nothing on that names files, and starts one process a channel', async () => {
    const channel = asker.channel('pi2', `${CAMERA_CHANNEL}cam1/0`);
    channel.send({ kind: 'begin' });
    channel.send({ kind: 'run', order: orderOf() });
    const take = { number: 1, name: 'x', video: '/etc/x', framesCsv: '/etc/y', from: 0 };
    for (const message of [
      null,
      7,
      { kind: 'take', order: take },
      { kind: 'run', order: orderOf({ camera: 'cam2' }) },
    ]) {
      channel.send(message);
    }
    channel.send({ kind: 'stop' });
    const process = await started();
    await expect.poll(() => process.heard).toEqual([{ kind: 'stop' }]);
    expect(processes.length).toBe(1);
  });

  it('kills the process when it is told to', async () => {
    const heard = new Heard(asker, orderOf());
    const process = await started();
    heard.camera.kill();
    await expect.poll(() => process.killed).toBe(true);
  });

  it('lets the process go on to its end when whoever asked closes the channel or is gone', async () => {
    const channel = asker.channel('pi2', `${CAMERA_CHANNEL}cam1/0`);
    channel.send({ kind: 'run', order: orderOf() });
    const process = await started();
    channel.close();
    await expect.poll(() => process.released).toBe(true);
    expect(process.killed).toBe(false);
    expect(busy).toEqual([{ take: 'jump-3', asker: 'pi1' }]);
    process.ends(ENDED);
    await expect.poll(() => busy.at(-1)).toBe(undefined);
  });

  it('lets processes go on to their end when the agent goes, and waits for none', async () => {
    const heard = new Heard(asker, orderOf());
    const process = await started();
    agent.release();
    expect(process.released).toBe(true);
    expect(process.killed).toBe(false);
    await agentBus.close();
    await expect.poll(() => heard.exit?.words).toMatch(/^lost: .*goes on there/);
    process.ends(ENDED);
  });

  it('goes on while the broker is away, and tells all of it afterwards', async () => {
    const heard = new Heard(asker, orderOf());
    const process = await started();
    broker.stop();
    process.says({ kind: 'sending', ports: [1] });
    process.says({ kind: 'sending', ports: [2] });
    broker.start();
    await expect.poll(() => heard.messages.length).toBe(2);
    expect(process.released).toBe(false);
  });

  it('records one take at a time: who asks second is told who records', async () => {
    new Heard(asker, orderOf());
    await started();
    const other = busOf('pi3');
    await expect.poll(() => other.hosts().get('pi2')?.present).toBe(true);
    const refused = new Heard(other, orderOf({ take: 'other' }));
    await expect.poll(() => refused.exit?.clean).toBe(false);
    const message = 'records the take jump-3, which pi1 asked for: wait until it is over';
    expect(refused.messages).toEqual([{ kind: 'failed', message, usage: true }]);
    // A further camera of the same take is none of another.
    new Heard(asker, orderOf({ camera: 'cam2', number: 2 }));
    await started(2);
    for (const process of processes) process.ends(ENDED);
    await expect.poll(() => busy.at(-1)).toBe(undefined);
    new Heard(other, orderOf({ take: 'other' }));
    await started(3);
  });

  it('starts a camera again in the folder that the take has, with files of their own', async () => {
    new Heard(asker, orderOf());
    const first = await started();
    writeFileSync(join(takes, 'jump-3', 'cam1.mp4'), 'frames');
    first.ends({ clean: false, words: 'its process was ended by SIGKILL' });
    await expect.poll(() => busy.at(-1)).toBe(undefined);
    new Heard(asker, orderOf({ run: 1 }));
    const { args } = await started(2);
    expect(args).toContain('--join-locked');
    expect(args.join(' ')).toContain('cam1-2.mp4');
  });

  it('refuses a folder that holds something, and says so as no option of whoever asks', async () => {
    const first = new Heard(asker, orderOf());
    const process = await started();
    writeFileSync(join(takes, 'jump-3', 'cam1.mp4'), 'frames');
    process.ends(ENDED);
    await expect.poll(() => first.exit).toEqual(ENDED);
    const again = new Heard(asker, orderOf());
    await expect.poll(() => again.exit?.clean).toBe(false);
    expect(again.messages).toMatchObject([{ kind: 'failed', usage: true }]);
    expect(again.messages[0]).toHaveProperty('message', expect.stringContaining('is not empty'));
    expect(again.messages[0]).not.toHaveProperty('fault');
    expect(processes.length).toBe(1);
  });

  it('refuses an option that the table does not take, by its name', async () => {
    const heard = new Heard(asker, orderOf({ options: { frameRate: 0 } }));
    await expect.poll(() => heard.exit?.clean).toBe(false);
    expect(heard.messages).toMatchObject([{ kind: 'failed', usage: true, fault: { option: 'frameRate' } }]);
    expect(processes).toEqual([]);
  });

  it.each([
    ['a take that is no name', { take: '../../etc' }, /take must be a name/],
    ['a camera that is no name', { camera: 'a/b' }, /camera must be a name/],
    ['a stock camera', { spec: 'rpicam:0' }, /stock cameras of other hosts/],
    ['a session that is none', { tie: { session: 'x' } }, /tie\.session/],
  ])('refuses %s', (_, more, words) => {
    expect(() => readCameraOrder({ ...orderOf(), ...more })).toThrow(words);
  });
});
