import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkTake } from '../../src/options/take.ts';
import { AgentCameras } from '../../src/run/agent/agent-cameras.ts';
import { cameraOrder } from '../../src/run/hosts/camera-order.ts';
import { RemoteCamera } from '../../src/run/hosts/remote-camera.ts';
import { takeOptions } from '../../src/run/plan/options.ts';
import { CameraProcess } from '../../src/run/take/camera-process.ts';
import { TakeTies } from '../../src/run/take/ties.ts';
import { stateOf } from '../support/bus-conformance.ts';
import { freshPort, genlock, inFolder, LENIENT, lockedInAll } from '../support/genlock.ts';
import { MemoryBroker } from '../support/memory-broker.ts';

const FRAMES = 60;
const before = process.env.GENLOCK_INTERFACE;

beforeAll(() => {
  process.env.GENLOCK_INTERFACE = 'lo';
});
afterAll(() => {
  if (before === undefined) delete process.env.GENLOCK_INTERFACE;
  else process.env.GENLOCK_INTERFACE = before;
});

it('cameras of two agents are one take, and go on in sync to its end when whoever asked is gone', () =>
  inFolder(async (folder) => {
    const broker = new MemoryBroker();
    const hosts = ['pi1', 'pi2'].map((host) => {
      const bus = broker.join({ rig: 'studio', host, state: stateOf(host) });
      const takes = join(folder, host);
      return { host, bus, takes, agent: new AgentCameras(bus, { takes }) };
    });
    const asker = broker.join({ rig: 'studio', host: 'pc' });
    const cameras = ['virtual:imx219?ppm=15', 'virtual:imx219?ppm=-20'];
    const small = { width: 160, height: 120, port: Number(freshPort()) };
    const options = await takeOptions(checkTake({ cameras, frames: FRAMES, name: 'agents', ...small }));
    const tie = new TakeTies(options).ofProcess(undefined);
    const own: CameraProcess[] = hosts.map(({ host }, number) => {
      const link = new RemoteCamera(asker, host, cameraOrder(number, 0, options, tie));
      const part = { file: `cam${number}.mp4`, framesCsv: `cam${number}.frames.csv` };
      return new CameraProcess(`cam${number}`, cameras[number] as string, part, link, {
        onSnapshot: () => {},
        onLine: () => {},
        onSending: (ports) => own[1]?.serverSends(ports),
        onAnnounced: (announcement) => own[1]?.serverAnnounced(announcement),
      });
    });
    const [server, client] = own as [CameraProcess, CameraProcess];
    await expect.poll(() => server.snapshot !== undefined && client.inStep, { timeout: 60_000 }).toBe(true);
    server.begin();
    await expect.poll(() => own.every(({ snapshot }) => snapshot?.recording), { timeout: 60_000 }).toBe(true);
    expect(own.map(({ end }) => end)).toEqual([undefined, undefined]);
    await asker.close();
    await Promise.all(hosts.map(({ agent }) => agent.close()));
    await Promise.all(hosts.map(({ bus }) => bus.close()));
    const files = hosts.map(({ takes }, number) =>
      join(takes, options.folder.slice('takes/'.length), `cam${number}.mp4`),
    );
    const proof = await genlock(['verify', ...files, ...LENIENT]);
    expect(proof.stdout).toMatch(lockedInAll(FRAMES));
  }));
