import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { remuxH264 } from '../../src/libav/remux.ts';
import { formatTake } from '../../src/record/take.ts';
import { takeOf } from './take-schema.ts';

/**
 * Makes of a take of two cameras one whose second was started again: it has its frames before `gap[0]` and those from
 * `gap[1]`, the first of a group of pictures, on; in two files.
 */
export async function restartedTake(take: string, restarted: string, gap: readonly [number, number]): Promise<void> {
  mkdirSync(restarted);
  const of = (name: string): string => join(restarted, name);
  const from = (name: string): string => join(take, name);
  for (const name of ['cam0.mp4', 'cam0.frames.csv']) copyFileSync(from(name), of(name));
  const description = takeOf(take);
  const [server, client] = description.cameras;
  const { frameRate, frames = 0 } = description;
  if (!server || !client) throw new Error(`${take}: two cameras are needed`);
  const ffmpeg = (...args: string[]): void => void execFileSync('ffmpeg', ['-v', 'error', '-y', ...args]);
  ffmpeg('-i', from('cam1.mp4'), '-frames:v', String(gap[0]), '-c', 'copy', of('cam1.mp4'));
  const second = String((gap[1] * frameRate.den) / frameRate.num);
  ffmpeg('-ss', second, '-i', from('cam1.mp4'), '-c', 'copy', of('cam1-2.h264'));
  await remuxH264(of('cam1-2.h264'), of('cam1-2.mp4'), { frameRate, firstSlot: gap[1] });
  rmSync(of('cam1-2.h264'));
  const [header = '', ...rows] = readFileSync(from('cam1.frames.csv'), 'utf8').trimEnd().split('\n');
  const csv = (lines: readonly string[]): string => `${[header, ...lines].join('\n')}\n`;
  writeFileSync(of('cam1.frames.csv'), csv(rows.slice(0, gap[0])));
  writeFileSync(of('cam1-2.frames.csv'), csv(rows.slice(gap[1])));
  const files = [
    { file: 'cam1.mp4', framesCsv: 'cam1.frames.csv', firstIndex: 0, frames: gap[0] },
    { file: 'cam1-2.mp4', framesCsv: 'cam1-2.frames.csv', firstIndex: gap[1], frames: frames - gap[1] },
  ];
  const cameras = [server, { ...client, files, lost: gap[1] - gap[0] }];
  writeFileSync(of('take.json'), formatTake({ ...description, state: 'failed', cameras }));
}
