import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { partsOf } from '../../src/record/take.ts';
import type { RepairResult } from '../../src/run/repair/repair.ts';
import type { Report } from '../../src/verify/alignment.ts';
import { countFrames } from '../support/count-frames.ts';
import { CLI, freshPort, genlock, inFolder, LENIENT, processesNaming, SMALL, SOON, start } from '../support/genlock.ts';
import { type Answer, inProcess } from '../support/in-process.ts';
import { standIn } from '../support/stand-in.ts';
import { takeOf } from '../support/take-schema.ts';
import { verified } from '../support/verified.ts';

/** Real processes that are really killed, real files, and the proof read from decoded pixels. */
const record = (...args: string[]) => ['record', ...SMALL, ...LENIENT, '--sync-port', freshPort(), ...args];

const rowsOf = (folder: string, name: string): string[] =>
  readFileSync(join(folder, `${name}.frames.csv`), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1);

async function repair(folder: string): Promise<RepairResult & { code: Answer['code'] }> {
  const { stdout, stderr, code } = await inProcess(['repair', folder, '--json']);
  if (stdout === '') throw new Error(stderr);
  return { ...(JSON.parse(stdout) as RepairResult), code };
}

async function proof(folder: string): Promise<Report> {
  const report = await verified(...LENIENT, folder);
  expect(report.reasons).toEqual([]);
  return report;
}

/** All bytes of a folder's files, and when they were written. */
const state = (folder: string): string[] =>
  readdirSync(folder)
    .sort()
    .map((name) => {
      const file = join(folder, name);
      const hash = createHash('sha256').update(readFileSync(file)).digest('hex');
      return `${name} ${hash} ${statSync(file).mtimeMs}`;
    });

/** Waits until so many frames of a camera are written. */
const written = (folder: string, frames: number, name = 'cam0'): Promise<void> =>
  expect
    .poll(() => (existsSync(join(folder, `${name}.frames.csv`)) ? rowsOf(folder, name).length : 0), { timeout: 60_000 })
    .toBeGreaterThanOrEqual(frames);

const kill = (text: string): void => {
  for (const pid of processesNaming(text)) process.kill(pid, 'SIGKILL');
};

describe('genlock repair', () => {
  it('finishes a take all of whose processes were killed: as many frames in all, at most a second lost, and twice changes nothing', () =>
    inFolder(async (home) => {
      const folder = join(home, 'take');
      const running = start(record('--cameras', '3', '-t', '30s', '-o', folder));
      await running.says('recording: ');
      await written(folder, 65);
      running.child.kill('SIGKILL');
      kill(`${folder}/cam`);
      await running.ended;
      const repaired = await repair(folder);
      expect(repaired).toMatchObject({ code: 0, state: 'interrupted', complete: false, whole: true, changed: true });
      const { frames } = repaired;
      expect(frames).toBeGreaterThan(30);
      for (const { name, file, frames: own, lostFrames } of repaired.cameras) {
        expect(own).toBe(frames);
        expect(lostFrames).toBeLessThanOrEqual(30);
        expect(await countFrames(join(folder, file))).toBe(frames);
        expect(rowsOf(folder, name)).toHaveLength(frames);
      }
      const take = takeOf(folder);
      expect(take).toMatchObject({ state: 'interrupted', frames, wanted: 900 });
      // What was known when all were killed is there.
      expect(take.software?.node).toBe(process.versions.node);
      expect(take.sync.readyTimeUs).toBeGreaterThan(0);
      for (const { states } of take.cameras) expect(states?.some(({ recording }) => recording)).toBe(true);
      const before = state(folder);
      expect(await repair(folder)).toMatchObject({ changed: false, frames, cameras: repaired.cameras });
      expect(state(folder)).toEqual(before);
      expect(await proof(folder)).toMatchObject({ verdict: 'locked', frames });
    }));

  // This one and the next two mostly wait for cameras that still record: beside each other.
  it.concurrent('lets the cameras of a killed record finish, and a second record completes their take', () =>
    inFolder(async (home) => {
      const folder = join(home, 'take');
      const running = start(record('--cameras', '2', '-t', '3s', '-o', folder));
      await running.says('recording: ');
      running.child.kill('SIGKILL');
      await running.ended;
      const { code, stderr } = await genlock(record('--cameras', '2', '-t', '3s', '-o', folder));
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(stderr).toContain('still recording; waiting until done');
      expect(takeOf(folder)).toMatchObject({ state: 'complete', frames: 90 });
      expect(await proof(folder)).toMatchObject({ verdict: 'locked', frames: 90 });
    }));

  const shown = process.platform === 'linux';
  it.skipIf(!shown).concurrent.each(['. and a link', 'its new name'])(
    `waits for cameras that still record, also where their folder is told by %s${shown ? '' : ' (skipped: it takes /proc)'}`,
    (how) =>
      inFolder(async (home) => {
        const [folder, link, renamed] = ['take', 'link', 'renamed'].map((name) => join(home, name)) as [
          string,
          string,
          string,
        ];
        const renames = how === 'its new name';
        mkdirSync(folder);
        symlinkSync(folder, link);
        const within = ['sh', '-c', `cd '${folder}' && exec '${process.execPath}' '${CLI}' "$@"`, 'sh'];
        const running = start(record('--cameras', '2', '-t', '3s', '-o', renames ? folder : '.'), {}, within);
        await running.says('recording: ');
        running.child.kill('SIGKILL');
        await running.ended;
        if (renames) renameSync(folder, renamed);
        const { stderr } = await genlock(['repair', renames ? renamed : link]);
        expect(stderr).toContain('still recording; waiting until done');
        const found = renames ? renamed : folder;
        expect(await repair(found)).toMatchObject({ changed: false, complete: true, frames: 90 });
        expect(await proof(found)).toMatchObject({ verdict: 'locked', frames: 90 });
      }),
  );

  it.concurrent('waits for the record that is at it; nor does another record replace its take', () =>
    inFolder(async (home) => {
      const folder = join(home, 'take');
      const running = start(record('--cameras', '2', '-t', '3s', '-o', folder));
      await running.says('recording: ');
      const another = await genlock(record('--cameras', '2', '-t', '3s', '-o', folder, '--force'));
      expect(another.code).toBe(2);
      expect(another.stderr).toMatch(
        /--force: .*take: the take in it is still being recorded, by cam0 \(process \d+\)/,
      );
      const repaired = await repair(folder);
      // Whatever there was to do, that record has done it.
      expect(repaired).toMatchObject({ code: 0, changed: false, complete: true, frames: 90 });
      expect((await running.ended).stderr).not.toMatch(/can't be/);
      expect(takeOf(folder)).toMatchObject({ state: 'complete', frames: 90 });
      expect(takeOf(folder).pid).toBeUndefined();
    }));

  it('changes nothing where there is nothing to read videos with, and says what is missing', () =>
    inFolder(async (home) => {
      const folder = join(home, 'take');
      const running = start(record('--cameras', '2', '-t', '30s', '-o', folder));
      await running.says('recording: ');
      await written(folder, 40);
      running.child.kill('SIGKILL');
      kill(`${folder}/cam`);
      await running.ended;
      const before = state(folder);
      const bare = join(home, 'bare.mjs');
      writeFileSync(
        bare,
        `import { register } from 'node:module';
const hook = "export const resolve = (name, context, next) => name.startsWith('node-av') ? Promise.reject(Object.assign(new Error('none'), { code: 'ERR_MODULE_NOT_FOUND' })) : next(name, context);";
register('data:text/javascript,' + encodeURIComponent(hook));
`,
      );
      const command = [process.execPath, '--import', bare, CLI];
      const { code, stderr } = await start(['repair', folder], { PATH: home }, command).ended;
      expect({ code, stderr }).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/^genlock: nothing to read video files with: node-av is not installed.*\n$/),
      });
      expect(state(folder)).toEqual(before);
    }));

  it('makes the files of stock cameras whose record was killed', () =>
    inFolder(async (home) => {
      const { env } = standIn(home, { 1: 'drop=0.02' });
      const folder = join(home, 'take');
      const cameras = ['--camera', 'virtual:imx219', 'rpicam:1', '--shutter', '4000', '--gain', '2'];
      const running = start(record(...cameras, ...SOON, '-t', '2s', '-o', folder), env);
      await running.says('recording: ');
      await written(folder, 15);
      running.child.kill('SIGKILL');
      await running.ended;
      const repaired = await repair(folder);
      expect(repaired).toMatchObject({ code: 0, whole: true, frames: 60, wanted: 60 });
      const [, stock] = takeOf(folder).cameras;
      expect(stock?.stock).toMatchObject({ original: 'cam1.h264', slotsBy: 'announced' });
      expect(await countFrames(join(folder, 'cam1.mp4'))).toBe(60);
      expect(await proof(folder)).toMatchObject({ verdict: 'locked', frames: 60 });
      const before = state(folder);
      expect(await repair(folder)).toMatchObject({ changed: false });
      expect(state(folder)).toEqual(before);
    }));

  it('says in one line what is no take', () =>
    inFolder(async (folder) => {
      const { code, stderr } = await genlock(['repair', folder]);
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: `genlock: ${folder}: no take: there is no take.json in it\n`,
      });
    }));
});

/** What the pixels of two of a take's files say. */
function lockedOf(folder: string, ...names: string[]): Promise<Report> {
  return verified(...LENIENT, ...names.map((name) => join(folder, `${name}.mp4`)));
}

describe('a camera that dies during the take', () => {
  it('takes nothing from the others: its lost frames are marked repeats, and named', () =>
    inFolder(async (home) => {
      const folder = join(home, 'take');
      const running = start(record('--cameras', '3', '-t', '3s', '-o', folder));
      await running.says('recording: ');
      await written(folder, 30, 'cam1');
      kill(`${folder}/cam1.mp4`);
      const { code, stderr } = await running.ended;
      expect(code).toBe(1);
      expect(stderr).toMatch(/warning: cam1: its process was ended by SIGKILL; the others go on/);
      expect(stderr).toMatch(/cam1: frames \d+ to 89 are lost: repeats of the frame before stand for them/);
      const take = takeOf(folder);
      expect(take).toMatchObject({ state: 'failed', frames: 90 });
      for (const { name, frames } of take.cameras) {
        expect(frames).toBe(90);
        expect(await countFrames(join(folder, `${name}.mp4`))).toBe(90);
        expect(rowsOf(folder, name)).toHaveLength(90);
      }
      const lost = rowsOf(folder, 'cam1').filter((row) => row.endsWith(',lost'));
      expect(lost).toHaveLength(take.cameras[1]?.lost ?? 0);
      expect(lost.length).toBeGreaterThan(15);
      expect(await lockedOf(folder, 'cam0', 'cam2')).toMatchObject({ verdict: 'locked', frames: 90 });
    }));

  it('leaves the others locked where it is the server: record carries on its frames', () =>
    inFolder(async (home) => {
      const folder = join(home, 'take');
      const running = start(record('--cameras', '3', '-t', '4s', '-o', folder));
      await running.says('recording: ');
      await written(folder, 30);
      kill(`${folder}/cam0.mp4`);
      const { code, stderr } = await running.ended;
      expect(code).toBe(1);
      expect(stderr).toMatch(/cam0: its process was ended by SIGKILL/);
      expect(stderr).toContain('it was the server: record carries on its frames for the others');
      expect(stderr).not.toMatch(/server is silent|stepped/);
      expect(await lockedOf(folder, 'cam1', 'cam2')).toMatchObject({ verdict: 'locked', frames: 120 });
      expect(takeOf(folder).cameras.map(({ frames }) => frames)).toEqual([120, 120, 120]);
    }));

  it('comes back with --restart, server or client, at the right index in a further file', () =>
    inFolder(async (home) => {
      const folder = join(home, 'take');
      const running = start(record('--cameras', '3', '-t', '60s', '-o', folder, '--restart'));
      await running.says('recording: ');
      await written(folder, 40);
      kill(`${folder}/cam1.mp4`);
      await running.says(/cam1: warning: joined late/);
      kill(`${folder}/cam0.mp4`);
      await running.says(/cam0: warning: joined late/);
      await written(folder, 20, 'cam0-2');
      running.child.kill('SIGINT');
      expect((await running.ended).code).toBe(1);
      const take = takeOf(folder);
      const { frames: taken = 0 } = take;
      for (const camera of take.cameras.slice(0, 2)) {
        const parts = partsOf(camera);
        expect(parts.map(({ file }) => file)).toEqual([`${camera.name}.mp4`, `${camera.name}-2.mp4`]);
        const [first, second] = parts;
        expect((second?.firstIndex ?? 0) + (second?.frames ?? 0)).toBe(taken);
        expect(camera.lost).toBe((second?.firstIndex ?? 0) - (first?.frames ?? 0));
        const states = camera.states?.map(({ state }) => state) ?? [];
        expect(states.indexOf('failed')).toBeGreaterThan(0);
        expect(states[states.indexOf('failed') + 1]).toBe('starting');
        expect(states.at(-1)).toBe('done');
        for (const { file, frames } of parts) expect(await countFrames(join(folder, file))).toBe(frames);
      }
      const report = await proof(folder);
      expect(report).toMatchObject({ verdict: 'locked', frames: taken });
      for (const { matched, compared } of report.pairs) expect(matched).toBe(compared);
      expect(await repair(folder)).toMatchObject({ changed: false, frames: taken });
    }));
});

const mountable = process.platform === 'linux' && process.getuid?.() === 0;

describe.skipIf(!mountable)(
  `a disk that fills up${mountable ? '' : ' (skipped: mounting a small one takes root on Linux)'}`,
  () => {
    const onSmallDisk = (work: (disk: string) => Promise<void>): Promise<void> =>
      inFolder(async (home) => {
        const disk = join(home, 'disk');
        mkdirSync(disk);
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=9m', 'tmpfs', disk]);
        try {
          await work(disk);
        } finally {
          execFileSync('umount', ['-l', disk]);
        }
      });

    it('stops all cameras at one frame while there is room to close their files', () =>
      onSmallDisk(async (disk) => {
        const folder = join(disk, 'take');
        const running = start(record('--cameras', '2', '-t', '60s', '-o', folder));
        await running.says('recording: ');
        await written(folder, 40);
        writeFileSync(join(disk, 'other'), Buffer.alloc(4.8e6));
        const { code, stderr } = await running.ended;
        expect({ code, stderr }).toMatchObject({ code: 1 });
        expect(stderr).toMatch(
          /the disk is nearly full \([\d.]+ MB free\): all cameras were stopped at the same frame/,
        );
        const { state, frames, cameras } = takeOf(folder);
        expect(state).toBe('interrupted');
        expect(cameras.map((camera) => camera.frames)).toEqual([frames, frames]);
        expect(await proof(folder)).toMatchObject({ verdict: 'locked', frames });
      }));
  },
);

describe('a folder that vanishes', () => {
  it('is there again with all that was recorded, where it was removed', () =>
    inFolder(async (home) => {
      const folder = join(home, 'take');
      const running = start(record('--cameras', '2', '-t', '30s', '-o', folder));
      await running.says('recording: ');
      await written(folder, 40);
      rmSync(folder, { recursive: true });
      const { code, stderr } = await running.ended;
      expect({ code, stderr }).toMatchObject({ code: 1 });
      expect(stderr).toContain(`${folder}: the folder is gone`);
      const { state, frames, cameras } = takeOf(folder);
      expect(state).toBe('interrupted');
      expect(frames).toBeGreaterThan(30);
      for (const { file } of cameras) expect(await countFrames(join(folder, file))).toBe(frames);
      expect(await proof(folder)).toMatchObject({ verdict: 'locked', frames });
    }));

  it('ends the take with a line that says so; what it holds stays with it', () =>
    inFolder(async (home) => {
      const folder = join(home, 'take');
      const moved = join(home, 'moved');
      const running = start(record('--cameras', '2', '-t', '30s', '-o', folder));
      await running.says('recording: ');
      await written(folder, 40);
      renameSync(folder, moved);
      const { code, stderr } = await running.ended;
      expect({ code, stderr }).toMatchObject({ code: 1 });
      expect(stderr).toContain(`${folder}: the folder is gone`);
      const repaired = await repair(moved);
      expect(repaired).toMatchObject({ code: 0, whole: true });
      expect(repaired.frames).toBeGreaterThan(30);
      expect(await proof(moved)).toMatchObject({ verdict: 'locked' });
      rmSync(moved, { recursive: true });
    }));
});
