import { mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/verify/alignment.ts';
import { freshPort, inFolder, LENIENT, type Running, SMALL, SOON, sleep, start, twin } from '../support/genlock.ts';
import { verified } from '../support/verified.ts';

const NAMES = ['server', 'client1', 'client2'] as const;

/**
 * Three cameras on one network, each in a process of its own: a server, which is the first, and two clients, which are
 * started first. `NAME` in an argument is each one's own.
 */
async function rig(folder: string, output: string, time: string, ...more: string[]): Promise<Running[]> {
  const port = freshPort();
  const begin = (name: string, camera: number, ...own: string[]): Running =>
    start([
      ...[
        'vid',
        '-n',
        '-t',
        time,
        ...SMALL,
        '--camera',
        String(camera),
        '--name',
        name,
        '--codec',
        'libav',
        '--sync-port',
        port,
      ],
      ...['-o', join(folder, `${name}${output}`), '--frames-csv', join(folder, `${name}.csv`), ...own],
      ...more.map((argument) => argument.replace('NAME', name)),
    ]);
  const clients = [begin('client1', 1, '--sync', 'client'), begin('client2', 2, '--sync', 'client')];
  await Promise.all(clients.map((client) => client.says('waiting for a server')));
  const server = begin('server', 0, '--sync', 'server', ...SOON);
  await Promise.all([server, ...clients].map((camera) => camera.says('recording')));
  return [server, ...clients];
}

/** Pauses all by the server, and has them go on once it is paused: each takes effect once everybody can have heard. */
async function pauseAndResume([server]: Running[]): Promise<void> {
  server?.child.kill('SIGUSR1');
  await server?.says(/: paused$/m);
  server?.child.kill('SIGUSR1');
}

const ended = async (cameras: Running[]): Promise<void> => {
  const ends = await Promise.all(cameras.map((camera) => camera.ended));
  expect(ends.map(({ code, stderr }) => (code === 0 ? '' : stderr))).toEqual(cameras.map(() => ''));
};

/** What the pixels of a segment say of all three cameras. */
async function proof(folder: string, ending: string, names: readonly string[] = NAMES): Promise<Report> {
  const report = await verified(...LENIENT, ...names.map((name) => join(folder, `${name}${ending}`)));
  expect(report.reasons, ending).toEqual([]);
  return report;
}

const endingsOf = (folder: string, name: string, extension: string): string[] =>
  readdirSync(folder)
    .filter((file) => file.startsWith(name) && file.endsWith(extension))
    .map((file) => file.slice(name.length))
    .sort();

describe('three cameras, segment by segment', () => {
  it('cut their segments at the same frames', () =>
    inFolder(async (folder) => {
      await ended(
        await rig(folder, '-%02d.mp4', '2.5s', '--segment', '1000', '--save-pts', join(folder, 'NAME-%02d.pts')),
      );
      const endings = ['-00.mp4', '-01.mp4', '-02.mp4'];
      for (const name of NAMES) expect(endingsOf(folder, name, '.mp4')).toEqual(endings);
      for (const [i, ending] of endings.entries()) {
        const report = await proof(folder, ending);
        expect(report).toMatchObject({ locked: true, frames: i < 2 ? 30 : 15 });
      }
    }));

  it('pause and resume at the same frames, and begin a new file there when split', () =>
    inFolder(async (folder) => {
      const cameras = await rig(folder, '-%d.mp4', '4s', '--split', '--signal');
      await pauseAndResume(cameras);
      await ended(cameras);
      for (const name of NAMES) expect(endingsOf(folder, name, '.mp4')).toEqual(['-0.mp4', '-1.mp4']);
      const reports = [await proof(folder, '-0.mp4'), await proof(folder, '-1.mp4')];
      expect(reports).toMatchObject([{ locked: true }, { locked: true }]);
      expect((reports[0]?.frames ?? 0) + (reports[1]?.frames ?? 0)).toBeLessThan(120 - 30);
    }));

  it('pause within one file, whose frame N stays frame N', () =>
    inFolder(async (folder) => {
      const cameras = await rig(folder, '.mp4', '4s', '--signal');
      await pauseAndResume(cameras);
      await ended(cameras);
      const report = await proof(folder, '.mp4');
      expect(report).toMatchObject({ locked: true });
      expect(report.frames).toBeLessThan(120 - 30);
      const rows = NAMES.map((name) => readFileSync(join(folder, `${name}.csv`), 'utf8').split('\n'));
      const indices = rows.map((lines) => lines.map((line) => line.split(',')[0]));
      expect(indices[1]).toEqual(indices[0]);
      expect(indices[2]).toEqual(indices[0]);
    }));

  it('save their circular buffers up to the same frame, again and again', () =>
    inFolder(async (folder) => {
      const cameras = await rig(folder, '-%d.mp4', '5s', '--circular=1', '--signal', '--intra', '15');
      const [server] = cameras as [Running];
      server.child.kill('SIGUSR1');
      // A save that is asked for while another one is announced is that one.
      await Promise.all(cameras.map((camera) => camera.says(/saved \d+ frames/)));
      server.child.kill('SIGUSR1');
      await ended(cameras);
      for (const name of NAMES) expect(endingsOf(folder, name, '.mp4')).toEqual(['-0.mp4', '-1.mp4', '-2.mp4']);
      for (const ending of ['-0.mp4', '-1.mp4', '-2.mp4']) {
        expect(await proof(folder, ending)).toMatchObject({ locked: true });
      }
    }));

  it('save a circular buffer in a pause at once, and in the pause at the beginning begin to record instead', () =>
    inFolder(async (folder) => {
      const port = freshPort();
      const vid = (name: string, ...more: string[]): Running =>
        start([
          ...['vid', '-n', '-t', '0', ...SMALL, '--signal', '--initial', 'pause', '--name', name, '--sync-port', port],
          ...['--sync', name, '-o', join(folder, `${name}-%d.mp4`), ...more],
        ]);
      const client = vid('client', '--camera', '1', '--circular=1');
      await client.says('waiting for a server');
      const server = vid('server', ...SOON);
      await client.says('paused from the beginning on');
      client.child.kill('SIGUSR1');
      await client.says('ask there');
      server.child.kill('SIGUSR1');
      await client.says(/client: recording$/m);
      await sleep(500);
      server.child.kill('SIGUSR1');
      await client.says(/client: recording$[\s\S]*paused/m);
      client.child.kill('SIGUSR1');
      await client.says(/saved \d+ frames, from frame 0 on/);
      const recorded = readdirSync(folder).filter((name) => name.startsWith('client'));
      expect(recorded).toEqual(['client-0.mp4']);
      for (const camera of [server, client]) camera.child.kill('SIGINT');
      await ended([server, client]);
      expect(await proof(folder, '-0.mp4', ['server', 'client'])).toMatchObject({ locked: true });
    }));
});

describe('a camera with a circular buffer', () => {
  it('begins to record with the first signal where it is paused at first, and saves with the others', () =>
    inFolder(async (folder) => {
      const output = ['--circular', '--initial', 'pause', '--signal', '-o', join(folder, 'a%d.h264')];
      const camera = start(['vid', '-n', '-t', '0', ...SMALL, ...output]);
      await camera.says('paused from the beginning on');
      camera.child.kill('SIGUSR1');
      await camera.says(/recording from frame \d+ on/);
      await sleep(500);
      camera.child.kill('SIGUSR1');
      await camera.says(/saved \d+ frames, from frame 0 on -> .*a0\.h264/);
      camera.child.kill('SIGINT');
      expect((await camera.ended).code).toBe(0);
      expect(readdirSync(folder).sort()).toEqual(['a0.h264', 'a1.h264']);
    }));

  it('that can not save it at the end fails, and says where the frames are', () =>
    inFolder(async (folder) => {
      const gone = join(folder, 'gone');
      mkdirSync(gone);
      const camera = start(['vid', '-n', '-t', '1s', ...SMALL, '--circular', '-o', join(gone, 'a.mp4')], {
        TMPDIR: folder,
      });
      await camera.says('recording');
      rmdirSync(gone);
      const { code, stderr } = await camera.ended;
      expect(code).toBe(1);
      const [, kept = ''] = /genlock: .*gone does not exist; its 30 frames are in (\S+) instead/.exec(stderr) ?? [];
      expect(await verified(kept, twin(kept))).toMatchObject({ frames: 30 });
    }));
});
