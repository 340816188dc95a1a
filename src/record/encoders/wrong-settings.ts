import { UsageError } from '../../errors.ts';

/** @param where Whose encoders were looked through. */
export const noEncoder = (encoder: string, where: string): UsageError =>
  new UsageError(`${encoder}: ${where} has no video encoder of this name`);

export const unknownOption = (encoder: string, option: string): UsageError =>
  new UsageError(`libav option ${option}: ${encoder} has no such option`);

export function badOption(encoder: string, option: string, value: string, reason: string): UsageError {
  return new UsageError(`libav option ${option}=${value}: ${encoder} does not take this value: ${reason}`);
}

export const noHardware = (encoder: string, reason: string): UsageError =>
  new UsageError(`${encoder}: this machine has no hardware for it (${reason}); libx264 needs none`);
