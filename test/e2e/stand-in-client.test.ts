import dgram from 'node:dgram';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openClock } from '../../src/host/clock.ts';
import { MetadataReader } from '../../src/rpicam/metadata-reader.ts';
import type { FrameLog } from '../../src/rpicam/steering-log.ts';
import { nsToUs } from '../../src/time/units.ts';
import { encodeMessage } from '../../src/wire/message.ts';
import { genlock, inFolder, start } from '../support/genlock.ts';
import { StockClientProcess } from '../support/stock-client.ts';

/** "30 fps" of an imx219, and one line of it. */
const REST = 1763;
const LINE_US = 18.90352;

async function client(
  behaviour: string,
  look: (client: StockClientProcess) => Promise<unknown>,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<void> {
  const process = new StockClientProcess(behaviour, args, env);
  try {
    await look(process);
  } finally {
    await process.end();
  }
}

/**
 * Has one frame shortened, by about so many us.
 * @returns from the frame that took that to the one that was shaped; lines of that one; and how many lines the
 *   correction asks for, which is no whole number.
 */
async function probe(
  process: StockClientProcess,
  correctionUs = -9 * LINE_US,
): Promise<{ x: number; lines: number; asked: number }> {
  await process.next(2);
  const taken = await process.taking(process.correct(correctionUs));
  await process.next(7);
  const shaped = process.frames.findIndex(({ lines }, i) => i > taken && lines !== REST);
  const { correctionUs: told = Number.NaN } = process.frames[taken]?.taken ?? {};
  return { x: shaped - taken, lines: process.frames[shaped]?.lines ?? 0, asked: (33_333 - told) / LINE_US };
}

describe('a stand-in that is a client', () => {
  it("says in libcamera's words what its frames are, what it took, and what came of it", () =>
    client('on', async (process) => {
      const { x, lines, asked } = await probe(process);
      expect({ x, lines }).toEqual({ x: 3, lines: Math.floor(asked) });
      const [frame] = process.frames as [FrameLog];
      expect(frame).toMatchObject({ lines: REST, exposureUs: 1000 });
      expect(Math.abs(frame.lineUs - LINE_US)).toBeLessThan(1e-5);
      // Its sensor has done what is said of it: within the latency of two stamps.
      const shaped = process.frames.findIndex((each) => each.lines !== REST);
      const gapUs = process.gapsUs[shaped] ?? 0;
      expect(Math.abs(gapUs - lines * LINE_US)).toBeLessThan(15);
    }));

  it('that is not asked for its log, or has none, says nothing of it', async () => {
    for (const [behaviour, levels] of [
      ['on', undefined],
      ['on', 'RPiSync:INFO,*:1'],
      ['no-log', 'RPiSync:DEBUG,IPARPI:DEBUG,ClockRec:DEBUG'],
    ] as const) {
      const env = { GENLOCK_STAND_IN: behaviour, ...(levels !== undefined && { LIBCAMERA_LOG_LEVELS: levels }) };
      const { code, stderr } = await genlock(['vid', '-n', '--frames', '3'], env);
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringMatching(/DEBUG/) });
    }
    const asked = { GENLOCK_STAND_IN: 'on', LIBCAMERA_LOG_LEVELS: '*:0' };
    expect((await genlock(['vid', '-n', '--frames', '3'], asked)).stderr).toMatch(/DEBUG IPARPI .* Frame length: 1763/);
  });

  it('acts on an order x frames after the one that took it', () =>
    client('x=5', async (process) => expect((await probe(process)).x).toBe(5)));

  it('acts a frame later after a while, where x moves', () =>
    client('x-moves=1s', async (process) => {
      expect((await probe(process)).x).toBe(3);
      await process.next(30);
      process.frames.splice(0);
      expect((await probe(process)).x).toBe(4);
    }));

  it.each([
    ['floors', 'on', Math.floor],
    ['rounds, where it is told to,', 'rounds', Math.round],
  ] as const)('%s to lines', (_, behaviour, whole) =>
    client(behaviour, async (process) => {
      const telling = new Set<boolean>();
      // Of orders a quarter of a line apart, one in two is rounded to another length than it is floored to.
      for (let i = 0; i < 16 && telling.size < 2; i++) {
        process.frames.splice(0);
        const { lines, asked } = await probe(process, -(9 + (i % 4) / 4) * LINE_US);
        expect(lines).toBe(whole(asked));
        telling.add(Math.floor(asked) !== Math.round(asked));
      }
      expect(telling.size).toBe(2);
    }),
  );

  it("is held to its mode's shortest frame by the kernel, and reports what was ordered", () =>
    client('on', async (process) => {
      const { lines, asked } = await probe(process, 15_000);
      expect(lines).toBe(Math.floor(asked));
      expect(lines * LINE_US).toBeLessThan(19_000);
      expect(Math.min(...process.gapsUs)).toBeGreaterThan(23_880);
      expect(Math.min(...process.gapsUs)).toBeLessThan(23_980);
    }));

  it.each([
    ['every second one', 'on', undefined, 2],
    ['every one, where frames are left out below less', 'skip-below=10ms', undefined, 1],
    ['every one, where its configuration says so', 'on', 10_000, 1],
  ] as const)('at 50 fps runs its algorithm on %s', (_, behaviour, minUs, every) =>
    inFolder(async (folder) => {
      const config = join(folder, 'rpi.yaml');
      const text = `{ "pipeline_handler": {\n    "controller_min_frame_duration_us": ${minUs}\n} }\n`;
      if (minUs !== undefined) writeFileSync(config, text);
      const env = minUs === undefined ? {} : { LIBCAMERA_RPI_CONFIG_FILE: config };
      const look = async (process: StockClientProcess): Promise<void> => {
        await process.next(2);
        const sending = setInterval(() => process.correct(0), 5);
        const gaps: number[] = [];
        // Counted by time: a busy machine drops frames, and sends orders late.
        for (let i = 0; i < 10 && !gaps.includes(every); i++) {
          await process.next(20);
          const took = process.frames.filter(({ taken }) => taken !== undefined);
          const us = took.map(({ wallNs }) => nsToUs(wallNs));
          gaps.push(...us.slice(1).map((at, i) => Math.round((at - (us[i] as number)) / 20_000)));
        }
        clearInterval(sending);
        expect(Math.min(...gaps)).toBe(every);
      };
      await client(behaviour, look, ['--framerate', '50'], env);
    }),
  );

  it('hears whatever comes to its port: by unicast, and for a group that somebody else on the host has joined', () =>
    client('on', async (process) => {
      await process.next(2);
      const group = '239.255.77.1';
      const other = dgram.createSocket({ type: 'udp4', reuseAddr: true });
      await new Promise<void>((resolve) => other.bind(0, resolve));
      other.addMembership(group, '127.0.0.1');
      other.setMulticastInterface('127.0.0.1');
      try {
        const { wallNs } = process.frames.at(-1) as FrameLog;
        const wallClockUs = Math.round(nsToUs(wallNs)) - 100_000;
        const message = { frameDurationUs: 33_327, wallClockUs, readyTimeUs: wallClockUs + 3600e6 };
        other.send(encodeMessage(message), process.port, group);
        expect(await process.taking(wallClockUs)).toBeGreaterThan(0);
      } finally {
        other.close();
      }
    }));

  it('does what a stranger says, whatever it is', () =>
    client('on', async (process) => {
      await process.next(2);
      const { wallNs } = process.frames.at(-1) as FrameLog;
      // A frame of an hour: it is 25 minutes ahead of the nearest such.
      const wallClockUs = Math.round(nsToUs(wallNs)) + 1_500_000_000;
      process.send(encodeMessage({ frameDurationUs: 4e9, wallClockUs, readyTimeUs: wallClockUs + 1 }));
      const taken = await process.taking(wallClockUs);
      expect(process.frames[taken]?.taken?.correctionUs).toBeLessThan(-1_499_000_000);
      await process.next(6);
      // As long as its sensor can.
      expect(Math.max(...process.gapsUs)).toBeGreaterThan(990_000);
      process.send(Uint8Array.of(7));
      expect(await process.taking(0)).toBeGreaterThan(taken);
    }));

  it('writes metadata as late as its encoder has frames', () =>
    inFolder(async (folder) => {
      const latenciesUs = async (behaviour: string): Promise<number> => {
        const args = ['vid', '-n', '--frames', '40', '-o', join(folder, `${behaviour}.h264`)];
        const live = ['--metadata', '-', '--metadata-format', 'txt'];
        const run = start([...args, ...live], { GENLOCK_STAND_IN: behaviour });
        const reader = new MetadataReader();
        const latencies: number[] = [];
        const clock = openClock();
        run.child.stdout?.on('data', (text: string) => {
          for (const { sensorNs = 0n } of reader.push(text)) latencies.push(clock.boot() - nsToUs(sensorNs));
        });
        expect((await run.ended).code).toBe(0);
        // The last ones come when the encoder is emptied.
        const running = latencies.slice(5, 30).sort((a, b) => a - b);
        return running[running.length >> 1] as number;
      };
      const frames = ((await latenciesUs('late=8')) - (await latenciesUs('on'))) / 33_327;
      expect(Math.abs(frames - 8)).toBeLessThan(1.5);
    }));

  it('tells its wall clock in us, as up to libcamera 0.5.1, and is read as if it were in ns', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'm.json');
      const args = ['vid', '-n', '--frames', '3', '--metadata', file, '-o', join(folder, 'a.h264')];
      await genlock(args, { GENLOCK_STAND_IN: 'wallclock-us' });
      const text = readFileSync(file, 'utf8');
      expect(text).toMatch(/"FrameWallClock": \d{16},/);
      const [entry] = new MetadataReader().push(text);
      expect(Math.abs(nsToUs(entry?.wallNs ?? 0n) - openClock().wall())).toBeLessThan(60e6);
    }));
});
