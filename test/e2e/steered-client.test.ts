import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freshPort, genlock, inFolder, SMALL, start } from '../support/genlock.ts';
import { standIn } from '../support/stand-in.ts';

const PERIOD_US = 1e6 / 30;

/** Stamps of a stock camera's frames, from its metadata, in us since boot. */
const stamps = (file: string): number[] =>
  JSON.parse(readFileSync(file, 'utf8')).map((frame: { SensorTimestamp: number }) => frame.SensorTimestamp / 1000);

/** The same of a server's frames.csv; NaN where a frame was repeated, which has none. */
const rowsOf = (file: string): number[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((row) => Number(row.split(',')[2] || Number.NaN));

/** Of ten distances the ninth: a busy machine keeps an order from its frame now and then. */
function mostly(us: readonly number[]): number {
  const sizes = [...us].sort((a, b) => a - b);
  return sizes[Math.floor(0.9 * sizes.length)] as number;
}

describe('vid --camera rpicam:0 --sync client', () => {
  it.each(['ours', 'stock'])('holds a stock camera to the frames of a server (%s), from frame 0 on', (serving) =>
    inFolder(async (folder) => {
      const { program, env } = standIn(folder, { 0: 'models=imx708', 1: 'models=imx219' });
      const [own, theirs] = [join(folder, 'own'), join(folder, 'theirs')];
      const both = ['--framerate', '30', '--sync-port', freshPort(), '-n', ...SMALL];
      const files = (name: string) => ['-o', `${name}.h264`, '--metadata', `${name}.json`];
      const client = start(
        ['vid', '--camera', 'rpicam:0', '--sync', 'client', '-t', '2s', ...both, ...files(own)],
        env,
      );
      await client.says('waiting for a server');
      const server = ['--sync', 'server', '-t', '2s', '--ready-frames', '110', ...both];
      const serves =
        serving === 'ours'
          ? genlock(['vid', '--camera', '1', ...server, '-o', `${theirs}.mp4`, '--frames-csv', `${theirs}.csv`], env)
          : start([...server, '--camera', '1', ...files(theirs)], env, [program]).ended;
      expect(await serves).toMatchObject({ code: 0 });
      const { code, stderr } = await client.ended;
      expect(stderr).toContain('locked to the server');
      expect(stderr).toMatch(/recorded by rpicam-vid, [\d.]+ us rms from the server's frames/);
      expect(code).toBe(0);
      const server0 = serving === 'ours' ? rowsOf(`${theirs}.csv`) : stamps(`${theirs}.json`);
      const frames = stamps(`${own}.json`);
      expect(frames.length).toBeGreaterThan(50);
      // Frame N of either file, by the clock that both sensors live by.
      expect(Math.abs((frames[0] as number) - (server0[0] as number))).toBeLessThan(PERIOD_US / 2);
      // From the server's nearest: a busy machine loses frames on either side.
      const taken = server0.filter((us) => !Number.isNaN(us));
      const apart = frames.slice(0, 50).map((us) => Math.min(...taken.map((server) => Math.abs(us - server))));
      expect(taken.length).toBeGreaterThan(50);
      expect(mostly(apart)).toBeLessThan(40);
    }),
  );

  it('is steered by its metadata where it logs nothing, and begins with frame 0 all the same', () =>
    inFolder(async (folder) => {
      const { env } = standIn(folder, 'models=imx708,no-log,late=8');
      const [own, theirs] = [join(folder, 'own'), join(folder, 'theirs')];
      const both = ['--framerate', '30', '--sync-port', freshPort(), '-n', ...SMALL];
      const files = ['-o', `${own}.h264`, '--save-pts', `${own}.pts`, '--frames-csv', `${own}.csv`];
      const client = start(['vid', '--camera', 'rpicam:0', '--sync', 'client', '-t', '4s', ...both, ...files], env);
      await client.says('waiting for a server');
      const server = ['--sync', 'server', '-t', '4s', '--ready-frames', '150', ...both];
      const csv = ['-o', `${theirs}.mp4`, '--frames-csv', `${theirs}.csv`];
      expect(await genlock(['vid', '--camera', '1', ...server, ...csv], env)).toMatchObject({ code: 0 });
      const { code, stderr } = await client.ended;
      expect(stderr).toContain('is steered by metadata (no log within 3 s)');
      expect(stderr).toMatch(
        /recorded by rpicam-vid, [\d.]+ us rms from the server's frames .*\(a line is 13\.\d us\)/,
      );
      expect(code).toBe(0);
      const pts = readFileSync(`${own}.pts`, 'utf8').trim().split('\n').length - 1;
      const wrote = ['bin', 'ipa', 'own.csv', 'own.h264', 'own.pts', 'theirs.csv', 'theirs.mp4'];
      expect(readdirSync(folder).sort()).toEqual(wrote);
      const [rows, server0] = [readFileSync(`${own}.csv`, 'utf8').trim().split('\n').slice(1), rowsOf(`${theirs}.csv`)];
      expect(rows.length).toBe(pts);
      // It records no sooner than it was told to: else its time would be up a second earlier. A busy machine loses
      // frames on either side: their numbers tell of time, how many there are does not.
      expect(Math.abs(Number(rows.at(-1)?.split(',')[0]) - 119)).toBeLessThan(15);
      // Each has the number of the frame of the server that it is nearest to.
      const apart = rows.flatMap((row) => {
        const [index, , sensorUs] = row.split(',').map(Number) as [number, number, number];
        const us = Math.abs(sensorUs - (server0[index] ?? Number.NaN));
        return index >= server0.length - 5 || Number.isNaN(us) ? [] : us;
      });
      expect(apart.length).toBeGreaterThan(60);
      expect(Math.max(...apart)).toBeLessThan(PERIOD_US / 2);
    }));

  it('says what is wrong in a line: no program, no such camera, no sensor that is known, a file that is not there', () =>
    inFolder(async (folder) => {
      const { env } = standIn(folder, 'models=imx219');
      const vid = (...args: string[]) => ['vid', '--sync', 'client', '-o', join(folder, 'a.h264'), ...args];
      const refused = async (args: readonly string[], text: RegExp, environment: NodeJS.ProcessEnv = env) => {
        const { code, stderr } = await genlock(args, environment);
        expect(stderr).toMatch(text);
        expect([code, stderr.trim().split('\n').length]).toEqual([2, 1]);
      };
      await refused(vid('--camera', 'rpicam:0'), /--camera rpicam:0: there is no rpicam-vid on PATH/, { PATH: folder });
      await refused(vid('--camera', 'rpicam:9'), /--camera rpicam:9: no such camera; .* finds camera 0 \(imx219\)/);
      await refused(vid('--camera', 'rpicam:0', '--tuning-file', 'none.json'), /none\.json/);
      await refused(vid('--camera', 'rpicam:0', '--framerate', '900'), /900.*no mode that is so fast/);
    }));
});
