import { FailureError, UsageError } from '../errors.ts';
import type { CopyOptions, VideoExtent } from './copy-options.ts';
import { ownContent } from './file-formats.ts';
import { isMp4 } from './mp4.ts';
import { lastWords, runCommand, type SystemFfmpeg } from './system-ffmpeg.ts';

const QUIET = ['-hide_banner', '-nostdin', '-loglevel', 'error'];

/** Copies with the system's ffmpeg, or only counts where there is no output. */
export async function copyWithFfmpeg(
  ffmpeg: SystemFfmpeg,
  input: string,
  output: string | undefined,
  options: Partial<CopyOptions>,
): Promise<VideoExtent> {
  const source = ['-fflags', '+discardcorrupt', '-copyts', ...ownContent(input), '-map', '0:v:0', '-c', 'copy'];
  const { ticks, timesUs, ...extent } = await extentOf(ffmpeg, input, source);
  if (output === undefined || extent.frames === 0) return extent;
  const { format = 'mp4' } = options;
  const times = isMp4(format)
    ? [
        '-use_editlist',
        '1',
        '-video_track_timescale',
        ticks,
        '-movie_timescale',
        ticks,
        '-avoid_negative_ts',
        'disabled',
      ]
    : [];
  const { tagsFrom } = options;
  const [other, tags] = tagsFrom === undefined ? [[], '0'] : [[...ownContent(tagsFrom)], '1'];
  const [copying, mapping] = [source.slice(0, source.indexOf('-map')), source.slice(source.indexOf('-map'))];
  const { code, err } = await runCommand(ffmpeg.command, [
    ...[...QUIET, ...copying, ...other, ...mapping, ...times],
    ...['-map_metadata', tags, '-map_metadata:s:v', `${tags}:s:v`],
    ...['-f', format, '-y', `file:${output}`],
  ]);
  if (code !== 0) throw new FailureError(`${output}: can't be written: ffmpeg: ${lastWords(err)}`);
  for (const us of timesUs) options.onFrame?.(us);
  options.onProgress?.(extent.frames);
  return extent;
}

/** By ffmpeg's list of the packets: stream, dts, pts, duration, size, checksum. */
async function extentOf(ffmpeg: SystemFfmpeg, input: string, source: readonly string[]) {
  const { out, err } = await runCommand(ffmpeg.command, [...QUIET, ...source, '-f', 'framecrc', '-']);
  const base = /^#tb 0: (\d+)\/(\d+)$/m.exec(out);
  if (!base) throw new UsageError(`${input}: no video file: ${lastWords(err)}`);
  const [num, den] = [Number(base[1]), Number(base[2])];
  const lines = out.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const timesUs = lines.map((line) => (Number(line.split(',')[2]) * num * 1e6) / den);
  return {
    frames: lines.length,
    firstUs: timesUs[0],
    timesUs,
    ticks: String(den),
  };
}
