import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SYNC_GROUP } from '../../src/host/sync-defaults.ts';
import { readSyncTuning } from '../../src/rpicam/tuning-file.ts';
import { encodeMessage } from '../../src/wire/message.ts';
import {
  freshPort,
  genlock,
  inFolder,
  LENIENT,
  lockedInAll,
  processesNaming,
  SMALL,
  sleep,
  start,
} from '../support/genlock.ts';
import { standIn } from '../support/stand-in.ts';
import { stranger } from '../support/stranger.ts';
import { takeOf } from '../support/take-schema.ts';

const record = (folder: string, port: string, ...more: string[]): string[] => [
  ...['record', '--sync-port', port, '-o', folder, ...SMALL, ...LENIENT, ...more],
];
const ANOTHER = /^another server sends here: .*$/gm;

const pidOf = (folder: string, name: string): number => {
  const [pid] = processesNaming(join(folder, name));
  if (pid === undefined) throw new Error(`no process writes ${name}`);
  return pid;
};

describe('takes on one network', () => {
  it('do not hear a server that counts for minutes, and name it once', () =>
    inFolder(async (folder) => {
      const port = freshPort();
      const args = ['vid', '--sync', 'server', '--ready-frames', '9000', '--framerate', '25', '-t', '0', ...SMALL];
      const foreign = start([...args, '--sync-port', port]);
      await foreign.says(/counting|server/);
      const { code, stdout, stderr } = await genlock(record(folder, port, '--cameras', '3', '-t', '3s'));
      foreign.child.kill('SIGINT');
      await foreign.ended;
      expect(code, stdout + stderr).toBe(0);
      expect(stdout).toMatch(lockedInAll(90));
      expect(stderr.match(ANOTHER)).toEqual([
        expect.stringMatching(/127\.0\.0\.1:\d+, session [0-9a-f]{16}, 25\.\d\d fps/),
      ]);
      expect(stderr).not.toMatch(/warning: a (second )?server/);
    }));

  it('with stock cameras are both locked: each has a port of its own for them', () =>
    inFolder(async (home) => {
      const port = freshPort();
      const { env } = standIn(home);
      const cameras = [
        ['rpicam:0', 'rpicam:1'],
        ['virtual:imx219?seed=9', 'rpicam:1', 'virtual:imx219?seed=3'],
      ];
      const takes = cameras.map((each, i) =>
        start(record(join(home, `take${i}`), port, '-t', '3s', '--keep-original', '--camera', ...each), env),
      );
      const ends = await Promise.all(takes.map(({ ended }) => ended));
      for (const { code, stdout, stderr } of ends) {
        expect(code, stdout + stderr).toBe(0);
        expect(stdout).toMatch(lockedInAll(90));
      }
      const ports = [0, 1].map((i) => {
        const file = join(home, `take${i}`, 'cam1.tuning.json');
        return readSyncTuning(readFileSync(file, 'utf8'), file)?.port;
      });
      expect(new Set([...ports, Number(port)]).size).toBe(3);
    }));
});

describe('a stranger on the network', () => {
  it('moves no take, waiting, locked or recording, whatever he says, with its session or another', () =>
    inFolder(async (folder) => {
      const port = freshPort();
      const seed = 7;
      const other = await stranger(Number(port), seed);
      const { code, stdout, stderr } = await genlock(record(folder, port, '--cameras', '3', '-t', '5s'));
      const sent = await other.leave();
      expect({ code, stderr, seed }).toMatchObject({ code: 0 });
      expect(stdout).toMatch(lockedInAll(150));
      expect(sent).toBeGreaterThan(1_000);
      // They were really heard.
      expect(takeOf(folder).cameras[1]?.refused?.['not of this take']).toBeGreaterThan(500);
      expect(stderr.match(ANOTHER) ?? []).toHaveLength(1);
    }));

  it('at another rate ends no client that waits: it goes on waiting, and says so once', () =>
    inFolder(async (folder) => {
      const port = Number(freshPort());
      const args = ['vid', '-t', '1s', '--sync-port', String(port), '-o', join(folder, 'a.mp4'), ...SMALL];
      const client = start([...args, '--sync', 'client', '--camera', '1']);
      await client.says('waiting for a server');
      const socket = createSocket('udp4');
      await new Promise<void>((resolve) => socket.bind(0, resolve));
      socket.setMulticastInterface('127.0.0.1');
      const startUs = Date.now() * 1000;
      for (let i = 0; i < 6; i++) {
        const message = { frameDurationUs: 40_000, wallClockUs: startUs + i * 240_000, readyTimeUs: startUs + 4e6 };
        await sleep(Math.max(0, (message.wallClockUs - Date.now() * 1000) / 1000));
        socket.send(encodeMessage(message), port, SYNC_GROUP);
      }
      await client.says('a server at 25.00 fps is sending');
      const server = start([...args.slice(0, -6), '--sync', 'server', ...SMALL]);
      const ends = await Promise.all([client.ended, server.ended]);
      socket.close();
      expect(ends.map(({ code }) => code)).toEqual([0, 0]);
      expect(ends[0].stderr.match(/a server at 25.00 fps/g)).toHaveLength(1);
    }));
});

// They wait for a watchdog for most of their time: beside each other.
describe.concurrent('a camera that is stopped for good', () => {
  it('is named and ended, its file is finished, and the others go on', () =>
    inFolder(async (folder) => {
      const run = start(record(folder, freshPort(), '--cameras', '3', '-t', '6s'));
      await run.says('recording: ');
      await sleep(1500);
      process.kill(pidOf(folder, 'cam1.mp4'), 'SIGSTOP');
      const { code, stderr } = await run.ended;
      expect(code).toBe(1);
      expect(stderr).toMatch(/cam1: said nothing for \d s \(stopped, or hanging\): its process was ended/);
      const take = takeOf(folder);
      expect(take).toMatchObject({ state: 'failed', frames: 180 });
      expect(take.cameras.map(({ frames }) => frames)).toEqual([180, 180, 180]);
    }));

  it('does not hold up Ctrl-C', () =>
    inFolder(async (folder) => {
      const run = start(record(folder, freshPort(), '--cameras', '2', '-t', '60s', '--no-verify'));
      await run.says('recording: ');
      await sleep(1000);
      process.kill(pidOf(folder, 'cam1.mp4'), 'SIGSTOP');
      run.child.kill('SIGINT');
      const { code, stderr } = await run.ended;
      expect(code).toBe(1);
      expect(stderr).toMatch(/cam1: said nothing for 3 s/);
    }));

  it('ends a take whose server it is, before anything is recorded', () =>
    inFolder(async (folder) => {
      const run = start(record(folder, freshPort(), '--ready-frames', '9000', '-t', '3s'));
      await run.says(/cam1 locked/);
      process.kill(pidOf(folder, 'cam0.mp4'), 'SIGSTOP');
      const { code, stderr } = await run.ended;
      expect(code).toBe(1);
      expect(stderr).toMatch(/cam0: said nothing for \d s/);
    }));
});
