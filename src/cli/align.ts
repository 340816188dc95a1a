import { basename } from 'node:path';
import { Command, Option } from 'commander';
import { type Alignment, type AlignOptions, align } from '../align/align.ts';
import { ALIGN_BY, type AlignBy } from '../align/align-by.ts';
import type { Written, WrittenFile } from '../align/write/write.ts';
import { counted } from '../counted.ts';
import { type FrameRate, formatFrameRate, framesPerSecond } from '../time/frame-rate.ts';
import { DEFAULT_MAX_REPEATS } from '../verify/repeats.ts';
import { table } from './table.ts';
import { untilSignal } from './until-signal.ts';
import { WorkProgress } from './work-progress.ts';

export function alignCommand(): Command {
  return new Command('align')
    .description(
      'Put video files from anywhere on one timeline, that of the first: by a pixel clock in view (genlock clock), by the times that were\n' +
        'written beside them (frames.csv, or --metadata of rpicam-vid), by claps that are heard in all, or by flashes that are seen in all.\n' +
        'Prints where each file begins, how exactly that is known, and what to cut off so that all begin together; --write cuts them.',
    )
    .argument('<files...>', 'two or more video files')
    .addOption(new Option('--by <what>', 'by this alone (default: the first that all have)').choices(ALIGN_BY))
    .option(
      '--write <folder>',
      'write aligned copies there, with sound: all begin together, and frame N of each is frame N',
    )
    .option('--rate <fps>', 'frames a second of the copies (default: the rate of the first file with pictures)')
    .option('--force', 'replace copies that are there already')
    .option('--json', 'the same as JSON on stdout, nothing else there')
    .action(async (files: string[], { json = false, ...asked }: AlignFlags) => {
      const progress = new WorkProgress();
      const ending = asked.write === undefined ? undefined : untilSignal();
      const alignment = await align(files, {
        ...asked,
        ...(ending && { signal: ending.signal }),
        onProgress: (file, ...progressed) => progress.show(`reading ${file}`, ...progressed),
        onWritten: (file, ...progressed) => progress.show(`writing the copy of ${file}`, ...progressed),
      }).finally(() => {
        progress.clear();
        ending?.leave();
      });
      process.stdout.write(json ? `${JSON.stringify(alignment, null, 2)}\n` : alignTable(alignment));
    });
}

interface AlignFlags extends Pick<AlignOptions, 'by' | 'write' | 'force'> {
  readonly rate?: string;
  readonly json?: boolean;
}

const OF: Record<AlignBy, string> = { clock: 'frames', sidecar: 'frames', clap: 'claps', flash: 'flashes' };

/** Where each file begins, as a short table; notes below. */
export function alignTable({ by, files, notes, written }: Alignment): string {
  const rows = [['file', 'begins at', '+-', 'rate', OF[by], 'cut off']];
  for (const { file, startUs, sigmaUs, ratePpm, points, cutUs } of files) {
    rows.push([
      file,
      seconds(startUs),
      sigmaUs === 0 ? '' : spread(sigmaUs),
      ratePpm === undefined ? '?' : `${ratePpm < 0 ? '-' : '+'}${Math.abs(ratePpm).toFixed(1)} ppm`,
      String(points),
      seconds(cutUs),
    ]);
  }
  const said = `${table(rows)}\n\nby ${by}${notes.map((note) => `\nnote: ${note}`).join('')}\n`;
  return written === undefined ? said : `${said}\n${writtenTable(written)}`;
}

/** What the copies hold. */
function writtenTable({ folder, frameRate, files }: Written): string {
  const rows = [['copy', 'frames', 'pictures', 'repeated', 'left out', 'off at most', 'sound']];
  for (const { output, frames, encoded, repeated, dropped, awayUs, sound } of files) {
    const how = encoded === 0 ? 'copied' : encoded === frames ? 'encoded' : `copied but ${encoded}`;
    const pictures =
      frames === 0 ? ['', '', '', '', ''] : [String(frames), how, String(repeated), String(dropped), spread(awayUs)];
    rows.push([basename(output), ...pictures, sound ? 'yes' : 'none']);
  }
  const frames = Math.max(...files.map((each) => each.frames));
  const said = files.flatMap((each) => aboutCopy(each, frameRate)).map((line) => `${line}\n`);
  const all = `${counted(frames, 'frame')} each at ${formatFrameRate(frameRate)} fps, in ${folder}`;
  return `${table(rows)}\n\n${said.join('')}${all}\n`;
}

/** What a person would not expect of a copy. */
function aboutCopy(copy: WrittenFile, frameRate: FrameRate): string[] {
  const { output, frames, encoded, why, repeated, ownRate, soundsLeft } = copy;
  const name = basename(output);
  const anew = encoded === frames ? '' : `${counted(encoded, 'frame')} `;
  const slower = ownRate !== undefined && framesPerSecond(ownRate) < framesPerSecond(frameRate);
  const left = frames === 0 ? 'further sound track' : 'sound track';
  const whyLeft = frames === 0 ? 'a WAV has one' : 'not to be decoded';
  return [
    ...(why === undefined ? [] : [`${name}: ${anew}encoded again: ${why}`]),
    ...(slower && repeated > DEFAULT_MAX_REPEATS * frames
      ? [
          `${name}: ${repeated} of ${counted(frames, 'frame')} are repeats, more than verify allows: it has ` +
            `${formatFrameRate(ownRate)} fps, and --rate ${formatFrameRate(ownRate)} makes copies with none`,
        ]
      : []),
    ...(soundsLeft === 0 ? [] : [`${name}: ${counted(soundsLeft, left)} left out: ${whyLeft}`]),
  ];
}

const seconds = (us: number): string => `${(us / 1e6).toFixed(6)} s`;
const spread = (us: number): string => (us < 1000 ? `${us.toFixed(0)} us` : `${(us / 1000).toFixed(1)} ms`);
