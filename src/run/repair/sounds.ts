import { lstatSync } from 'node:fs';
import { UsageError } from '../../errors.ts';
import type { Take, TakeSound } from '../../record/take.ts';
import { takePath } from '../../record/take-path.ts';
import { finishWav } from '../../record/wav.ts';
import { writeReason } from '../../record/write-failure.ts';
import { periodUs } from '../../time/frame-rate.ts';

/** What became of a take's sounds. */
export interface CompletedSounds {
  readonly sounds: readonly TakeSound[];
  readonly changed: boolean;
  /** What is missing, and what could not be done, a line each. */
  readonly missing: readonly string[];
}

/**
 * Finishes the sounds of a take: each file's header is true, and it is as long as the pictures. What a microphone that
 * died has not recorded is silence. Again it changes nothing.
 * @param frames of every camera.
 */
export async function completeSounds(
  folder: string,
  { sounds = [], frameRate }: Pick<Take, 'sounds' | 'frameRate'>,
  frames: number,
): Promise<CompletedSounds> {
  const missing: string[] = [];
  const completed: TakeSound[] = [];
  let changed = false;
  for (const { pid: _, ...sound } of sounds) {
    completed.push(sound);
    const file = takePath(folder, sound.file);
    if (lstatSync(file, { throwIfNoEntry: false }) === undefined) {
      if (frames > 0) missing.push(`${sound.name}: ${sound.file}: there is no such file`);
      continue;
    }
    try {
      const samples = (rate: number): number => Math.round((frames * periodUs(frameRate) * rate) / 1e6);
      const finished = await finishWav(file, frames > 0 ? samples : undefined);
      const { facts, before } = finished;
      const { rate, channels } = facts;
      changed ||= finished.changed;
      // Less than a frame is what a clock is off by.
      const short = (facts.samples - before) / rate > periodUs(frameRate) / 1e6;
      const silentFromS = sound.silentFromS ?? (short ? Number((before / rate).toFixed(3)) : undefined);
      completed[completed.length - 1] = { ...sound, rate, channels, ...(silentFromS !== undefined && { silentFromS }) };
    } catch (cause) {
      const why = cause instanceof UsageError ? cause.message : writeReason(cause as NodeJS.ErrnoException);
      missing.push(`${sound.name}: ${why}`);
    }
  }
  return { sounds: completed, changed, missing };
}
