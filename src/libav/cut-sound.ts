import { rm } from 'node:fs/promises';
import { UsageError } from '../errors.ts';
import { checkRegular } from '../regular-file.ts';
import { readContainer } from './container.ts';
import { cutSoundWithNodeAv } from './cut-sound-node-av.ts';
import { ownContent } from './file-formats.ts';
import { SOUND_BITS, SOUND_KINDS, type SoundCut, soundFilters } from './sound-cut.ts';
import { lastWords, runCommand, type SystemFfmpeg } from './system-ffmpeg.ts';
import { viaFfmpeg } from './way.ts';

/**
 * Writes a part of a sound track of a file into a file of its own, which begins with it to the sample. The output is
 * replaced where it exists.
 * @returns false where the file holds no such track, or none that can be decoded; nothing is written then.
 * @throws UsageError that names the file where it can't be read; no output is left behind then.
 */
export async function cutSound(input: string, output: string, cut: SoundCut): Promise<boolean> {
  cut.signal?.throwIfAborted();
  await checkRegular(input);
  try {
    return await viaFfmpeg(
      'cut sound',
      {
        nodeAv: (libav) => cutSoundWithNodeAv(libav, input, output, cut),
        system: (ffmpeg) => cutWithFfmpeg(ffmpeg, input, output, cut),
      },
      cut.way,
    );
  } catch (error) {
    await rm(output, { force: true });
    throw error;
  }
}

async function cutWithFfmpeg(
  { command }: SystemFfmpeg,
  input: string,
  output: string,
  cut: SoundCut,
): Promise<boolean> {
  const { track = 0 } = cut;
  const { sounds } = await readContainer(input, 'ffmpeg');
  if (track >= sounds) return false;
  const { format, codec } = SOUND_KINDS[cut.as];
  const source = ['-hide_banner', '-nostdin', '-loglevel', 'error', '-copyts', ...ownContent(input)];
  const coded = [
    '-map',
    `0:a:${track}`,
    '-af',
    soundFilters(cut),
    '-c:a',
    codec,
    ...(cut.as === 'aac' ? ['-b:a', String(SOUND_BITS)] : []),
  ];
  const target = ['-map_metadata', '-1', '-f', format, '-y', `file:${output}`];
  const { code, err } = await runCommand(command, [...source, ...coded, ...target], cut.signal);
  cut.signal?.throwIfAborted();
  if (/Output file #?0? ?(does not contain|is empty)|received no packets/.test(err)) return false;
  if (code !== 0) throw new UsageError(`${input}: its sound can't be cut: ffmpeg: ${lastWords(err)}`);
  return true;
}
