import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openClock } from '../src/host/clock.ts';
import { isHalted } from '../src/host/halted.ts';
import { parsePattern } from '../src/record/segments/name-pattern.ts';
import { stallLines } from '../src/rpicam/log-lines.ts';
import type { Line } from '../src/run/camera/notices.ts';
import type { CameraSnapshot } from '../src/run/camera/snapshot.ts';
import { ServerListener } from '../src/run/files/server-listener.ts';
import { type StockRequest, stockArguments, stockTimeoutMs } from '../src/run/stock/arguments.ts';
import { StockProcess } from '../src/run/stock/process.ts';
import { encodeMessage } from '../src/wire/message.ts';
import { inFolder, sleep } from './support/genlock.ts';
import { script } from './support/scripts.ts';

const FIXTURES = 'test/fixtures/rpicam';
const RATE = { num: 30, den: 1 };

const requestIn = (folder: string, frames: number | undefined = 60): StockRequest => ({
  number: 1,
  sync: 'client',
  files: {
    video: join(folder, 'cam1.h264'),
    metadata: join(folder, 'cam1.metadata.json'),
    pts: join(folder, 'cam1.pts'),
    log: join(folder, 'cam1.log'),
  },
  width: 640,
  height: 480,
  frameRate: RATE,
  frames,
});

/** A program that does what the script says, with $pts and $out set to the files that it was given. */
function fake(folder: string, script: string): string {
  const program = join(folder, 'rpicam-vid');
  const options = 'while [ $# -gt 0 ]; do case $1 in -o) out=$2;; --save-pts) pts=$2;; esac; shift; done';
  writeFileSync(program, `#!/bin/sh\n${options}\n${script}\n`);
  chmodSync(program, 0o755);
  return program;
}

function start(folder: string, script: string, server = new ServerListener(33_333), request = requestIn(folder)) {
  const snapshots: CameraSnapshot[] = [];
  const lines: Line[] = [];
  const process = new StockProcess(
    {
      name: 'cam1',
      base: 'cam1',
      spec: 'rpicam:1',
      program: fake(folder, script),
      version: undefined,
      request,
      about: {},
      leads: false,
      server,
      format: 'mp4',
      clock: openClock({ error: undefined }),
    },
    { onSnapshot: (snapshot) => snapshots.push(snapshot), onLine: (line) => lines.push(line) },
  );
  return { process, snapshots, lines };
}

/** Lines of a real run's stderr, as a shell prints them. */
const said = (run: string, lines: RegExp): string =>
  readFileSync(join(FIXTURES, run, 'err'), 'utf8')
    .split('\n')
    .filter((line) => lines.test(line))
    .map((line) => `echo '${line.replaceAll("'", "'\\''")}' >&2`)
    .join('\n');

const states = (snapshots: readonly CameraSnapshot[]): string[] =>
  snapshots.map(({ state }) => state).filter((state, i, all) => state !== all[i - 1]);

describe('the process of a stock camera', () => {
  it('is told nothing that rpicam-vid has no option for, and to use no B-frames', () => {
    const options = JSON.parse(readFileSync(join(FIXTURES, 'options.json'), 'utf8')) as { name: string }[];
    const args = stockArguments({
      ...requestIn('/take'),
      exposureUs: 4000,
      gain: 2,
      awbGains: [1.5, 1.75],
      bitrate: 8_000_000,
      profile: 'main',
      tuningFile: '/take/cam1.tuning.json',
    });
    const given = args.filter((arg) => /^--/.test(arg)).map((arg) => arg.slice(2));
    expect(given.filter((name) => !options.some((option) => option.name === name))).toEqual([]);
    expect(args.join(' ')).toContain('--libav-video-codec-opts bf=0');
    expect(args.join(' ')).toContain('--shutter 4000us --gain 2 --awbgains 1.5,1.75');
    expect(args.join(' ')).toContain('--bitrate 8000000bps --profile main');
  });

  it('is told the name of its video so that rpicam-vid, which formats that one, gets it as it is', () => {
    const args = stockArguments(requestIn('/data/100%/take %d'));
    const told = (flag: string): string => args[args.indexOf(flag) + 1] as string;
    expect(told('-o')).toBe('/data/100%%/take %%d/cam1.h264');
    const segment = { number: 7, startUs: 0 };
    expect(parsePattern('--output', told('-o')).name(segment)).toBe('/data/100%/take %d/cam1.h264');
    expect(told('--metadata')).toBe('/data/100%/take %d/cam1.metadata.json');
    expect(told('--save-pts')).toBe('/data/100%/take %d/cam1.pts');
  });

  it('records longer than asked, since it stops on its own clock; without an end it has none', () => {
    expect(stockTimeoutMs(300, RATE)).toBeGreaterThan(10_500);
    expect(stockTimeoutMs(300, RATE)).toBeLessThan(12_000);
    expect(stockTimeoutMs(undefined, RATE)).toBe(0);
  });

  it('waits once its log says so, records once it is in sync, and its frames are the lines of the PTS file', () =>
    inFolder(async (folder) => {
      const { process, snapshots, lines } = start(
        folder,
        [
          said('sync-meta-client', /Adding camera|configuring streams|Sync mode/),
          'sleep 0.4',
          said('sync-meta-client', /Sync achieved/),
          `head -31 ${FIXTURES}/sync-meta-client/client.pts > "$pts"; sleep 0.6`,
          `cp ${FIXTURES}/sync-meta-client/client.pts "$pts"`,
          said('sync-meta-client', /Halting/),
        ].join('\n'),
      );
      expect(await process.ended).toEqual({ ok: true, frames: 89, interrupted: false });
      expect(states(snapshots)).toEqual(['waiting', 'recording', 'done']);
      expect(snapshots.map(({ frames }) => frames)).toContain(30);
      // Nothing outside tells what it corrected or dropped.
      expect(
        snapshots.every(({ corrections, drops, offsetUs }) => (corrections ?? drops ?? offsetUs) === undefined),
      ).toBe(true);
      expect(lines).toContainEqual({ level: 'info', text: expect.stringContaining('Sync achieved! Difference 1us') });
      const log = readFileSync(join(folder, 'cam1.log'), 'utf8');
      expect(log.split('\n')[0]).toMatch(/^\$ \/.*rpicam-vid -n --camera 1 --sync client /);
      expect(log).toContain('Adding camera');
    }));

  it('that is told of no such camera was asked for what there is not', () =>
    inFolder(async (folder) => {
      const { process, snapshots } = start(folder, `${said('bad-camera', /./)}\nexit 255`);
      expect(await process.ended).toMatchObject({
        ok: false,
        usage: true,
        error: expect.stringMatching(/exit code 255: .*selected camera is not available/),
      });
      expect(snapshots).toEqual([]);
    }));

  it('that finds its camera in use fails, with the words of rpicam-vid', () =>
    inFolder(async (folder) => {
      const { process } = start(folder, "echo 'ERROR: *** failed to acquire camera /base/imx219@10 ***' >&2\nexit 255");
      expect(await process.ended).toMatchObject({
        ok: false,
        usage: false,
        error: expect.stringMatching(/another program uses the camera.*failed to acquire camera \/base\/imx219@10/),
      });
    }));

  it.each([
    ['all was well', ''],
    ['[1:36:02.7] [907]  INFO RPiSync sync.cpp:281 *** Sync achieved! Difference 1us', ''],
    ['[libx264 @ 0x55] malloc of size 70000 failed', ': [libx264 @ 0x55] malloc of size 70000 failed'],
    ['[1:36:02.7] [907]  WARN V4L2 v4l2.cpp:1 No space for it', ': WARN V4L2 v4l2.cpp:1 No space for it'],
    ['ERROR: *** failed to queue request ***', ': failed (rpicam-vid: failed to queue request)'],
  ])('that dies behind the line "%s" is told by its signal, and by what it complained of alone', (line, told) =>
    inFolder(async (folder) => {
      const { process } = start(folder, `echo '${line}' >&2\necho 'Adding camera' >&2\nkill -KILL $$`);
      expect(await process.ended).toMatchObject({ ok: false, error: `rpicam-vid was ended by SIGKILL${told}` });
    }),
  );

  it.skipIf(process.platform !== 'linux')('that is stopped for good is ended and named, asked to end or not', () =>
    inFolder(async (folder) => {
      // Each with a program of its own: one that is written anew can't be run at the same moment.
      const started = ['one', 'two'].map((name) => {
        const own = join(folder, name);
        mkdirSync(own);
        return start(own, 'echo >"$out"; sleep 60');
      });
      for (const { process: camera } of started) {
        process.kill(camera.pid as number, 'SIGSTOP');
        while (!isHalted(camera.pid as number)) await sleep(5);
      }
      started[1]?.process.stop();
      for (const { process: camera } of started) {
        expect(await camera.ended).toEqual({
          ok: false,
          error: 'its process was stopped for 3 s, and was ended',
          usage: false,
        });
      }
    }),
  );

  it('that waits for a server is ended by SIGINT, as rpicam-vid ends it: without a file, and well', () =>
    inFolder(async (folder) => {
      const { process, snapshots } = start(
        folder,
        `trap 'exit 0' INT; trap 'exit 9' TERM\n${said('sync-meta-client', /Sync mode/)}\nwhile :; do sleep 0.05; done`,
      );
      while (snapshots.length === 0) await sleep(20);
      process.stop();
      expect(await process.ended).toEqual({ ok: true, frames: 0, interrupted: true });
    }));

  it('that has not begun long after the server did is ended and named', () =>
    inFolder(async (folder) => {
      const server = new ServerListener(33_333);
      const nowUs = openClock({ error: undefined }).wall();
      const message = {
        frameDurationUs: 33_333,
        wallClockUs: Math.round(nowUs),
        readyTimeUs: Math.round(nowUs - 10e6),
      };
      server.receive(encodeMessage(message), 'pi', nowUs);
      const { process } = start(
        folder,
        `trap 'exit 0' INT\n${said('sync-meta-client', /Sync mode/)}\nwhile :; do sleep 0.05; done`,
        server,
      );
      expect(await process.ended).toMatchObject({ ok: false, error: expect.stringMatching(/has not begun/) });
    }));

  it('tells of a stall once, in the words of rpicam-vid, and not the advice behind it', () =>
    inFolder(async (folder) => {
      const place = { bootNs: 15_000_000_000_000n, thread: 77 };
      const stall = stallLines(place)
        .map((line) => `echo '${line}' >&2`)
        .join('\n');
      const { process, lines } = start(folder, `${stall}\nexit 255`);
      expect(await process.ended).toMatchObject({ ok: false });
      expect(lines).toEqual([
        { level: 'info', text: expect.stringMatching(/^\$ .*rpicam-vid -n --camera 1 --sync client /) },
        { level: 'warning', text: expect.stringMatching(/stopped sending pictures.*rpicam-vid: /) },
      ]);
    }));

  it('does not outlive the one that started it', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'pid');
      const program = fake(folder, `trap 'rm ${file}; exit 0' INT; echo $$ > ${file}; while :; do sleep 0.05; done`);
      const parent = spawn(process.execPath, [script('spawn-watched'), program]);
      const over = new Promise((resolve) => parent.once('close', resolve));
      while (!existsSync(file)) await sleep(20);
      parent.kill('SIGKILL');
      await over;
      while (existsSync(file)) await sleep(20);
    }));
});
