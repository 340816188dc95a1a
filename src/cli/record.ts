import { existsSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { choosesExposure, isStock } from '../camera/backends.ts';
import { counted } from '../counted.ts';
import { endBySignal, onEndSignal } from '../host/end-signals.ts';
import { parseClockError } from '../host/injected-clock.ts';
import { lowerPriority, raisePriority } from '../host/priority.ts';
import { overRig } from '../options/rig/over.ts';
import type { CheckedRig } from '../options/rig/read.ts';
import type { TakeValues } from '../options/take.ts';
import { FASTEST_PRESET } from '../record/encoder.ts';
import { readTake, TAKE_FILE } from '../record/take.ts';
import { EarlierTake } from '../run/files/earlier-take.ts';
import { leaveRig, optionsOf, type TakeOptions, takeHeadline, takeOptions } from '../run/plan/options.ts';
import { type SessionOptions, sessionOptions } from '../run/session/options.ts';
import type { TakeResult } from '../run/take/result.ts';
import { TakeRun } from '../run/take/take-run.ts';
import { controllerNamed, heeds } from '../sync/controllers/index.ts';
import { actsWith } from './acts-with.ts';
import { colourOption, paintFor } from './colours.ts';
import { addRigOptions, foundRig, type RigFlag, rigLine, withPlaces } from './found-rig.ts';
import { LiveTable } from './live-table.ts';
import { repair } from './repair.ts';
import { addTakeOptions, type TakeFlags, takeValues } from './take-flags.ts';
import { tellResult } from './take-result.ts';
import { WorkProgress } from './work-progress.ts';

/**
 * A take that was asked to end before it began, and whose folder can't be made ready meanwhile, is left after this
 * long, in ms.
 */
const HUNG_MS = 4_000;
/** What is to be said waits so long at most for the cameras to run, in ms. */
const HELD_MS = 5_000;

interface RecordFlags extends TakeFlags {
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly print?: boolean;
  readonly session?: boolean;
  readonly color: string;
}

export function recordCommand(): Command {
  const command = new Command('record').description(
    'Record any number of cameras frame for frame, each in a process of its own, then prove the take from its pixels.\n' +
      'The first camera is the server, the others follow it. Exit code 0 only if the take is good.',
  );
  addTakeOptions(command);
  addRigOptions(command);
  command.option('--print', 'say what would be recorded, and end: no camera is opened; with --json as JSON');
  command.option('--session', 'takes in a row, cameras open between them: Enter begins one and ends it, q leaves');
  command.option('-v, --verbose', 'say what else cameras tell: their command lines, and what was learned of them');
  command.option('--json', 'what came of it as JSON on stdout, nothing else there');
  command.addOption(colourOption());
  return command.allowExcessArguments(false).action(async (flags: RecordFlags) => {
    process.exitCode = await record(flags);
  });
}

async function record(flags: RecordFlags): Promise<number> {
  const given = askedTake(flags);
  const rig = await foundRig(flags.rig as RigFlag);
  return withPlaces(rig, given, () => recordAsked(flags, given, rig));
}

async function recordAsked(flags: RecordFlags, given: TakeValues, rig: CheckedRig | undefined): Promise<number> {
  const values = rig === undefined ? given : overRig(rig.values, given);
  const commandLine = process.argv.slice(2);
  const session = flags.session ? await sessionOptions(values, commandLine, rig?.takes) : undefined;
  const options = session?.options ?? (await takeOptions(values, commandLine, rig?.takes));
  try {
    return await recordSettled(options, { flags, given, values, rig, session });
  } finally {
    await leaveRig(options);
  }
}

/** What a command line asked for, and what it was settled from. */
interface Asked {
  readonly flags: RecordFlags;
  readonly given: TakeValues;
  /** With what the rig file says. */
  readonly values: TakeValues;
  readonly rig: CheckedRig | undefined;
  readonly session: SessionOptions | undefined;
}

async function recordSettled(options: TakeOptions, { flags, given, values, rig, session }: Asked): Promise<number> {
  const warnings = [
    ...shortWarning(flags, options),
    ...withoutEffect(options, given, flags),
    ...exposureWarning(options),
  ];
  if (flags.print) {
    if (rig !== undefined) process.stderr.write(`${rigLine(rig)}\n`);
    const { printTake } = await import('./print-take.ts');
    await printTake(options, values, { json: flags.json ?? false, rig: rig?.file });
    for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
    return 0;
  }
  if (session !== undefined) {
    const { recordSession } = await import('./session.ts');
    const said = warnings.map((warning) => `warning: ${warning}`);
    return recordSession(session, flags, rig === undefined ? said : [rigLine(rig), ...said]);
  }
  if (!options.force && (await isCutOff(options.folder))) return completeCutOff(options.folder, flags.json ?? false);
  const { frames, frameRate } = options;
  const paint = paintFor(flags.color, process.stderr);
  const live = new LiveTable({ frames, frameRate, paint, verbose: flags.verbose });
  const progress = new WorkProgress();
  const niceness = os.getPriority();
  let prepared = false;
  const run = new TakeRun(options, {
    onSnapshots: (snapshots) => {
      if (snapshots.length === options.specs.length) live.begin();
      live.show(snapshots);
    },
    onLine: (name, line) => live.line(name, line),
    onNote: (text) => {
      progress.clear();
      live.note(text);
    },
    onDisk: (state) => live.disk(state),
    onRecorded: () => {
      lowerPriority(niceness);
      live.begin();
      live.end();
    },
    onConformProgress: (file, done) => progress.show(`conforming ${file}`, done, frames),
    onGatherProgress: (_, done, of) => progress.show('gathering', Math.round(done / 1e6), Math.round(of / 1e6), 'MB'),
    onFinishProgress: (file, done, total) => progress.show(`finishing ${file}`, done, total),
    onVerifying: () => {
      // Nothing is lost from here on.
      leaveSignals();
      progress.clear();
      live.note('proving the take from its pixels');
    },
    onVerifyProgress: (file, done, total = frames) => progress.show(`reading ${file}`, done, total),
    onPicture: (_, done, of) => progress.show('taking pictures for the report', done, of),
  });
  const leaveSignals = onEndSignal((signal) => {
    if (!prepared) setTimeout(() => !prepared && endBySignal(signal), HUNG_MS).unref();
    const what = run.stop()
      ? 'stopping all cameras at the same frame (once more: leave at once)'
      : 'the recording is over, its files are being finished (once more: leave that to genlock repair)';
    live.begin();
    live.note(what);
  });
  for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) {
    process.on(signal, () => live.note(`${signal}: record has no pause; the take goes on (SIGINT ends it)`));
  }
  if (rig !== undefined) live.note(rigLine(rig));
  live.note(`${takeHeadline(options)} -> ${options.folder}`);
  for (const warning of warnings) live.note(`warning: ${warning}`);
  const stillSaid = setTimeout(() => live.begin(), HELD_MS).unref();
  let result: TakeResult;
  try {
    await run.prepare();
    prepared = true;
    // What cameras tell each other goes through this process: as urgent as they are, until they have recorded.
    raisePriority();
    result = await run.run();
  } finally {
    clearTimeout(stillSaid);
    live.end();
    progress.clear();
  }
  tellResult(result, options, flags);
  return result.good ? 0 : 1;
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
  return [`-t ${ms} is ${ms} ms, ${frames === 1 ? 'one frame' : counted(frames, 'frame')}; -t ${ms}s?`];
}

/** Cameras that choose for themselves choose differently. */
function exposureWarning(options: TakeOptions): string[] {
  const { specs, matchExposure } = options;
  if (matchExposure || specs.length < 2 || !specs.some(choosesExposure)) return [];
  const chosen = specs.map((_, number) => optionsOf(number, options));
  const open = (name: 'exposureUs' | 'gain'): boolean => chosen.some((each) => each[name] === undefined);
  const missing = [open('exposureUs') && '--shutter', open('gain') && '--gain'].filter(Boolean);
  if (missing.length === 0) return [];
  return [`brightness may differ from camera to camera: give ${missing.join(' and ')}, or --match-exposure`];
}

/** What was given and does nothing beside the rest. */
function withoutEffect(options: TakeOptions, given: TakeValues, flags: RecordFlags): string[] {
  const { specs, exposureUs, gain, awbGains } = options;
  const controller = controllerNamed(options.controller);
  const stock = specs.some(isStock);
  const why: Partial<Record<keyof TakeValues, string | false>> = {
    onOverload:
      options.onOverload === 'faster' &&
      (options.preset ?? FASTEST_PRESET) === FASTEST_PRESET &&
      '--on-overload faster: the preset is the fastest already; frames are dropped',
    name: !flags.session && given.output !== undefined && '--name: --output names the folder already',
    force: flags.session === true && '--force: takes in a row have new folders each',
    seconds: given.frames !== undefined && '--timeout: --frames overrides it',
    clockLimitUs: options.rig === undefined && '--clock-limit: acts where there are cameras of other hosts only',
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
