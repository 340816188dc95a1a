import { existsSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { choosesExposure, isStock } from '../camera/backends.ts';
import { counted } from '../counted.ts';
import { endBySignal, onEndSignal } from '../host/end-signals.ts';
import { parseClockError } from '../host/injected-clock.ts';
import { lowerPriority, raisePriority } from '../host/priority.ts';
import type { TakeValues } from '../options/take.ts';
import { FASTEST_PRESET } from '../record/encoder.ts';
import { readTake, TAKE_FILE } from '../record/take.ts';
import { EarlierTake } from '../run/files/earlier-take.ts';
import { type TakeOptions, takeHeadline, takeOptions } from '../run/plan/options.ts';
import { TakeRun } from '../run/take/take-run.ts';
import { controllerNamed, heeds } from '../sync/controllers/index.ts';
import { actsWith } from './acts-with.ts';
import { LiveTable } from './live-table.ts';
import { repair } from './repair.ts';
import { reportTable } from './report-table.ts';
import { addTakeOptions, type TakeFlags, takeValues } from './take-flags.ts';
import { WorkProgress } from './work-progress.ts';

/**
 * A take that was asked to end before it began, and whose folder can't be made ready meanwhile, is left after this
 * long, in ms.
 */
const HUNG_MS = 4_000;

interface RecordFlags extends TakeFlags {
  readonly json?: boolean;
  readonly verbose?: boolean;
}

export function recordCommand(): Command {
  const command = new Command('record').description(
    'Record any number of cameras frame for frame, each in a process of its own, then prove the take from its pixels.\n' +
      'The first camera is the server, the others follow it. Exit code 0 only if the take is good.',
  );
  addTakeOptions(command);
  command.option('-v, --verbose', 'say what else cameras tell: their command lines, and what was learned of them');
  command.option('--json', 'what came of it as JSON on stdout, nothing else there');
  return command.allowExcessArguments(false).action(async (flags: RecordFlags) => {
    process.exitCode = await record(flags);
  });
}

async function record(flags: RecordFlags): Promise<number> {
  const values = askedTake(flags);
  const options = await takeOptions(values, process.argv.slice(2));
  if (!options.force && (await isCutOff(options.folder))) return completeCutOff(options.folder, flags.json ?? false);
  const live = new LiveTable(flags.verbose);
  const progress = new WorkProgress();
  let last: Parameters<LiveTable['show']>[0] = [];
  const niceness = os.getPriority();
  let prepared = false;
  const run = new TakeRun(options, {
    onSnapshots: (snapshots) => {
      last = snapshots;
      live.show(snapshots);
    },
    onLine: (name, line) => live.line(name, line),
    onNote: (text) => {
      progress.clear();
      live.note(text);
    },
    onDisk: (state) => live.disk(state),
    onRecorded: () => lowerPriority(niceness),
    onConformProgress: (file, frames) => progress.show(`conforming ${file}`, frames, options.frames),
    onFinishProgress: (file, frames, total) => progress.show(`finishing ${file}`, frames, total),
    onVerifying: () => {
      // Nothing is lost from here on.
      leaveSignals();
      progress.clear();
      live.end(last);
      process.stderr.write('proving the take from its pixels\n');
    },
    onVerifyProgress: (file, frames) => progress.show(`reading ${file}`, frames, options.frames),
    onPicture: (_, done, of) => progress.show('taking pictures for the report', done, of),
  });
  const leaveSignals = onEndSignal((signal) => {
    if (!prepared) setTimeout(() => !prepared && endBySignal(signal), HUNG_MS).unref();
    const what = run.stop()
      ? 'stopping all cameras at the same frame (once more: leave at once)'
      : 'the recording is over, its files are being finished (once more: leave that to genlock repair)';
    process.stderr.write(`${what}\n`);
  });
  for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) {
    process.on(signal, () => live.note(`${signal}: record has no pause; the take goes on (SIGINT ends it)`));
  }
  process.stderr.write(`${takeHeadline(options)} -> ${options.folder}\n`);
  for (const warning of [
    ...shortWarning(flags, options),
    ...withoutEffect(options, values),
    ...exposureWarning(options),
  ]) {
    process.stderr.write(`warning: ${warning}\n`);
  }
  await run.prepare();
  prepared = true;
  // What cameras tell each other goes through this process: as urgent as they are, until they have recorded.
  raisePriority();
  const result = await run.run();
  progress.clear();
  const { report, problems, good, interrupted, folder, kept } = result;
  if (flags.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  else if (report !== undefined) process.stdout.write(`\n${reportTable(report)}`);
  for (const problem of problems) process.stderr.write(`genlock: ${problem}\n`);
  const left = kept && existsSync(join(folder, TAKE_FILE));
  if (interrupted && left && options.frames !== undefined) {
    process.stderr.write(
      `genlock: the take was interrupted after ${report?.frames ?? 0} of ${options.frames} frames\n`,
    );
  }
  if (!flags.json && left) process.stdout.write(`take: ${folder}\n`);
  return good ? 0 : 1;
}

/** Whether nothing finished the take in the folder: its `record` was killed, or is at it. */
async function isCutOff(folder: string): Promise<boolean> {
  if (!existsSync(join(folder, TAKE_FILE))) return EarlierTake.isWaiting(folder);
  return (await readTake(folder).catch(() => undefined))?.state === 'recording';
}

/** Asked for once more, a take that was cut off is completed; a new one needs a folder of its own. */
async function completeCutOff(folder: string, json: boolean): Promise<number> {
  process.stderr.write(`${folder}: holds a take that was cut off: completing it; a new take needs another folder\n`);
  return repair(folder, json);
}

/** @throws UsageError that names the flag. */
function askedTake(flags: RecordFlags): TakeValues {
  // Every camera's process reads it; a wrong one is refused before any is started.
  if (process.env.GENLOCK_CLOCK) parseClockError(process.env.GENLOCK_CLOCK);
  return takeValues(flags);
}

/** As in rpicam-vid a bare number is ms: who forgets that records next to nothing. */
function shortWarning({ timeout }: RecordFlags, { frames }: TakeOptions): string[] {
  if (typeof timeout !== 'string' || !/^\s*\d+(\.\d*)?\s*$/.test(timeout) || frames === undefined) return [];
  const ms = Number(timeout);
  if (ms === 0 || ms >= 1000) return [];
  return [`--timeout ${ms}: a bare number is ms: that is ${counted(frames, 'frame')}; ${ms} seconds are -t ${ms}s`];
}

/** Cameras that choose for themselves choose differently. */
function exposureWarning({ specs, exposureUs, gain, matchExposure }: TakeOptions): string[] {
  if (matchExposure || (exposureUs !== undefined && gain !== undefined)) return [];
  if (specs.length < 2 || !specs.some(choosesExposure)) return [];
  const missing = [exposureUs === undefined && '--shutter', gain === undefined && '--gain'].filter(Boolean);
  return [`brightness may differ from camera to camera: give ${missing.join(' and ')}, or --match-exposure`];
}

/** What was given and does nothing beside the rest. */
function withoutEffect(options: TakeOptions, given: TakeValues): string[] {
  const { specs, exposureUs, gain, awbGains } = options;
  const controller = controllerNamed(options.controller);
  const stock = specs.some(isStock);
  const why: Partial<Record<keyof TakeValues, string | false>> = {
    onOverload:
      options.onOverload === 'faster' &&
      (options.preset ?? FASTEST_PRESET) === FASTEST_PRESET &&
      '--on-overload faster: the preset is the fastest already; frames are dropped',
    name: given.output !== undefined && '--name: --output names the folder already',
    seconds: given.frames !== undefined && '--timeout: --frames overrides it',
    quality: options.codec !== 'mjpeg' && '--quality: acts with --codec mjpeg only; --bitrate makes H.264 better',
    bitrate: options.codec === 'mjpeg' && '--bitrate: no effect on mjpeg, which goes by --quality',
    profile: options.codec === 'mjpeg' && '--profile: acts on h264 only',
    keepOriginal: !stock && '--keep-original: acts where there are stock cameras only',
    steer: !stock && '--steer: acts where there are stock cameras only',
    rpicamVid: !stock && '--rpicam-vid: acts where there are stock cameras only',
    minAdjustmentUs:
      !stock && !heeds(controller, 'minAdjustmentUs') && `--min-adjustment: ${actsWith('minAdjustmentUs')}`,
    align: !heeds(controller, 'align') && `--sync-align: ${actsWith('align')}`,
    matchExposure:
      exposureUs !== undefined &&
      gain !== undefined &&
      awbGains !== undefined &&
      '--match-exposure: exposure, gain and colour gains are given already',
  };
  return Object.entries(why).flatMap(([name, text]) =>
    text && given[name as keyof TakeValues] !== undefined ? [text] : [],
  );
}
