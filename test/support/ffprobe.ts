import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { without } from './program.ts';

/**
 * Undefined where ffprobe runs here, else one line; GENLOCK_REQUIRE_ENCODERS=1 (in CI) lets its tests fail in place of
 * skipping them.
 */
export const noFfprobe = (): string | undefined => without('ffprobe');

/** What ffprobe says of a file, as its JSON. Rejects where it can't be read. */
export async function ffprobe(file: string, ...args: string[]) {
  const { stdout } = await promisify(execFile)('ffprobe', ['-v', 'error', '-of', 'json', ...args, file]);
  return JSON.parse(stdout) as Probe;
}

export interface Probe {
  readonly streams: readonly Readonly<Record<string, unknown> & { tags?: Readonly<Record<string, string>> }>[];
  readonly format?: { readonly tags?: Readonly<Record<string, string>> };
}

/** Frames that it decodes. */
export async function framesDecoded(file: string): Promise<number> {
  const { streams } = await ffprobe(
    file,
    '-count_frames',
    '-select_streams',
    'v:0',
    '-show_entries',
    'stream=nb_read_frames',
  );
  return Number(streams[0]?.nb_read_frames);
}
