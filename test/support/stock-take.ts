import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Take } from '../../src/record/take.ts';
import { freshPort, genlock, inFolder, LENIENT, type Outcome, processesNaming, SMALL, SOON } from './genlock.ts';
import { type Faults, standIn } from './stand-in.ts';
import { takeOf } from './take-schema.ts';

/**
 * Takes of stock cameras, which stand-ins play: real processes with stock's options, formats, words and algorithm, real
 * UDP on the loopback, and the proof read from decoded pixels.
 */
export async function record(
  faults: Faults,
  cameras: readonly string[],
  args: readonly string[],
  look: (result: Outcome & { folder: string; take: Take; report: Report }) => unknown,
): Promise<void> {
  await inFolder(async (home) => {
    const { env } = standIn(home, faults);
    const folder = join(home, 'take');
    const specs = cameras.flatMap((camera) => ['--camera', camera]);
    const fixed = args.includes('--match-exposure') ? [] : ['--shutter', '4000', '--gain', '2'];
    const soon = args.includes('--ready-frames') ? [] : SOON;
    const outcome = await genlock(
      ['record', ...SMALL, ...LENIENT, ...specs, '--sync-port', freshPort(), '-o', folder, ...fixed, ...soon, ...args],
      env,
    );
    const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
    if (!existsSync(join(folder, 'report.json'))) throw new Error(`no report: ${outcome.stdout}${outcome.stderr}`);
    await look({
      ...outcome,
      folder,
      take: takeOf(folder),
      report: read('report.json') as Report,
    });
    expect(processesNaming(home)).toEqual([]);
  });
}

interface Report {
  verdict: string;
  source: string;
  frames: number;
  cameras: { file: string; frames: number; repeated: number; unreadable: number }[];
  pairs: { matched: number; compared: number; maxUs: number; rmsUs: number }[];
}

/** The rows of a camera's frames.csv. */
export const rowsOf = (folder: string, name: string): string[] =>
  readFileSync(join(folder, `${name}.frames.csv`), 'utf8')
    .trim()
    .split('\n')
    .slice(1);
