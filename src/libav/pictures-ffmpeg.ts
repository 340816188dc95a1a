import { spawn } from 'node:child_process';
import { UsageError } from '../errors.ts';
import { ownContent } from './file-formats.ts';
import { fitted, type Jpeg, jpegScale, type PictureFile, type PictureLimits, QSCALES } from './picture-file.ts';
import { killedBy, lastWords, runCommand, type SystemFfmpeg } from './system-ffmpeg.ts';

const QUIET = ['-hide_banner', '-nostdin', '-loglevel', 'error'];
/** A frame is sought from this much before its time, in us: times are rounded, and frames are further apart. */
const EARLY_US = 1000;

/** Opens a video file for single pictures with the system's ffmpeg. @throws UsageError that names the file. */
export async function openPicturesWithFfmpeg(
  { command }: SystemFfmpeg,
  file: string,
  signal?: AbortSignal,
): Promise<PictureFile> {
  const input = ['-copyts', ...ownContent(file), '-map', '0:v:0'];
  const list = await runCommand(command, [...QUIET, ...input, '-c', 'copy', '-f', 'framecrc', '-'], signal);
  const size = /^#dimensions 0: (\d+)x(\d+)$/m.exec(list.out);
  const base = /^#tb 0: (\d+)\/(\d+)$/m.exec(list.out);
  if (!size || !base) throw new UsageError(`${file}: not a complete video file: ${lastWords(list.err)}`);
  const [width, height] = [Number(size[1]), Number(size[2])];
  const lines = list.out.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const ptsUs = lines
    .map((line) => (Number(line.split(',')[2]) * Number(base[1]) * 1e6) / Number(base[2]))
    .sort((a, b) => a - b);
  return {
    ptsUs,
    async jpeg(index: number, { side, bytes }: PictureLimits): Promise<Jpeg> {
      const us = ptsUs[index];
      const shape = fitted(width, height, side);
      if (us === undefined) throw new UsageError(`${file}: has no frame ${index}`);
      const at = us > EARLY_US ? ['-seek_timestamp', '1', '-ss', ((us - EARLY_US) / 1e6).toFixed(6)] : [];
      const filter = ['-vf', `scale=${jpegScale(height, shape)},format=yuvj420p`, '-frames:v', '1'];
      let data: Uint8Array = new Uint8Array(0);
      for (const qscale of QSCALES) {
        const output = ['-q:v', String(qscale), '-c:v', 'mjpeg', '-f', 'image2pipe', '-'];
        data = await outputOf(command, [...QUIET, ...at, ...input, ...filter, ...output], signal);
        signal?.throwIfAborted();
        if (data.length === 0) throw new UsageError(`${file}: frame ${index} can't be decoded`);
        if (data.length <= bytes) break;
      }
      return { ...shape, data };
    },
    async close() {},
  };
}

/** What a command writes to stdout; nothing where it fails. */
function outputOf(command: string, args: readonly string[], signal?: AbortSignal): Promise<Uint8Array> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'], detached: true, ...killedBy(signal) });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', () => resolve(new Uint8Array(0)));
    child.on('close', (code) => resolve(code === 0 ? Buffer.concat(chunks) : new Uint8Array(0)));
  });
}
