import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { FailureError } from '../errors.ts';
import { periodUs } from '../time/frame-rate.ts';
import { withLengths } from './avc.ts';
import { tagArguments } from './file-tags.ts';
import { matroskaFrameHeader, matroskaHeader } from './matroska.ts';
import type { RemuxJob } from './remux-job.ts';
import { lastWords, type SystemFfmpeg } from './system-ffmpeg.ts';

/** Copies with the system's ffmpeg: the pictures go through a pipe in Matroska, which holds each one's time. */
export async function remuxWithFfmpeg(ffmpeg: SystemFfmpeg, job: RemuxJob): Promise<number> {
  const settings = Object.entries(job.settings).flatMap(([name, value]) => [`-${name}`, value]);
  const tags = tagArguments(job.tags);
  const args = [
    ...['-hide_banner', '-loglevel', 'error', '-progress', 'pipe:1', '-copyts', '-f', 'matroska', '-i', 'pipe:0'],
    ...['-map', '0:v:0', '-c', 'copy', '-avoid_negative_ts', 'disabled', ...settings, ...tags],
    ...(job.format === undefined ? [] : ['-f', job.format]),
    ...['-y', `file:${job.output}`],
  ];
  const child = spawn(ffmpeg.command, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  let [progress, words] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    progress = (progress + text).slice(-4000);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-4000);
  });
  // A broken pipe shows in the process's end.
  child.stdin.on('error', () => {});
  const ended = new Promise<number>((resolve) => {
    child.on('error', (error) => {
      words += `\n${error.message}`;
      resolve(-1);
    });
    child.on('close', (code) => resolve(code ?? -1));
  });
  try {
    const frames = await feed(child.stdin, ended, job);
    child.stdin.end();
    if ((await ended) !== 0) throw new FailureError(`${job.output}: can't be written: ffmpeg: ${lastWords(words)}`);
    const written = Number(/frame=\s*(\d+)(?![\s\S]*frame=)/.exec(progress)?.[1] ?? 0);
    if (written !== frames) throw new FailureError(`${job.output}: ffmpeg wrote ${written} of ${frames} frames`);
    return frames;
  } finally {
    child.kill();
  }
}

async function feed(stdin: Writable, ended: Promise<number>, job: RemuxJob): Promise<number> {
  const { parameters, frameRate, firstSlot } = job;
  const { width, height, avcC } = parameters;
  stdin.write(matroskaHeader({ width, height, frameRate, avcC }));
  let frames = 0;
  for await (const { bytes, keyframe } of job.units) {
    if (frames >= job.frames || stdin.destroyed) break;
    const data = withLengths(bytes);
    const us = job.timesUs?.[frames] ?? Math.round((firstSlot + frames) * periodUs(frameRate));
    stdin.write(matroskaFrameHeader(us, data.length, keyframe));
    frames++;
    if (frames % 64 === 0) job.onProgress(frames);
    if (!stdin.write(data)) await Promise.race([once(stdin, 'drain').catch(() => {}), ended]);
  }
  return frames;
}
