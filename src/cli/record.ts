import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { isVirtual } from '../camera/open.ts';
import { UsageError } from '../errors.ts';
import { endBySignal, onEndSignal } from '../host/end-signals.ts';
import { parseClockError } from '../host/injected-clock.ts';
import { resolveInterface } from '../host/interfaces.ts';
import { FASTEST_PRESET } from '../record/encoder.ts';
import { PRESETS } from '../record/encoders/check.ts';
import { OVERLOADS } from '../record/recorder.ts';
import { readTake, TAKE_FILE } from '../record/take.ts';
import { slotsFor } from '../run/camera/slots.ts';
import { chooseCameras } from '../run/stock/choice.ts';
import { EarlierTake } from '../run/take/earlier-take.ts';
import { takeName } from '../run/take/folder.ts';
import { isStock, RECORD_SYNC, type TakeOptions, takeHeadline } from '../run/take/options.ts';
import { TakeRun } from '../run/take/take-run.ts';
import { LiveTable } from './live-table.ts';
import { TIMESTAMPS } from './options/output.ts';
import {
  ENCODERS,
  MAX_REPEATS,
  parseChoice,
  parseMaxRepeats,
  parseNumber,
  parseRate,
  parseSide,
  parseTime,
  parseTolerance,
  parseWhole,
} from './parse.ts';
import { repair } from './repair.ts';
import { reportTable } from './report-table.ts';
import { addSyncOptions, type SyncFlags, syncController, syncNetwork, syncSettings } from './sync-options.ts';
import { WorkProgress } from './work-progress.ts';

/** The longest that a timer of Node's waits, in ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** A take that was asked to end before it began, and whose folder can't be made ready meanwhile, is left after this long, in ms. */
const HUNG_MS = 4_000;

interface RecordFlags extends SyncFlags {
  cameras?: string;
  camera?: string[];
  timeout: string;
  frames: string;
  framerate: string;
  width: string;
  height: string;
  output?: string;
  force?: boolean;
  shutter: string;
  gain: string;
  awbgains: string;
  matchExposure?: boolean;
  rpicamVid?: string;
  keepOriginal?: boolean;
  restart?: boolean;
  encoder?: string;
  timestamps: string;
  preset?: string;
  onOverload?: string;
  lockTimeout: string;
  tolerance: string;
  maxRepeats: string;
  verify: boolean;
  json?: boolean;
}

export function recordCommand(): Command {
  const command = new Command('record')
    .description(
      'Record any number of cameras frame for frame, each in a process of its own, then prove the take from its pixels.\n' +
        'The first camera is the server, the others follow it. Exit code 0 only if the take is good.',
    )
    .option(
      '--cameras <count>',
      "how many numbered cameras: a Raspberry Pi's own (all), else virtual ones (2); see genlock cameras",
    )
    .option(
      '--camera <number|spec...>',
      'the cameras, in place of --cameras: numbers or specs such as rpicam:0; the first is the server',
    )
    .option('-t, --timeout <time>', 'how long to record: 20s, 1.5min; a bare number is ms; 0 is until Ctrl-C', '20s')
    .option('--frames <count>', 'how many frames to record; overrides --timeout', '0')
    .option('--framerate <fps>', 'frames a second, of all cameras', '30')
    .option('--width <pixels>', 'width of the videos', '640')
    .option('--height <pixels>', 'height of the videos', '480')
    .option('-o, --output <folder>', 'the folder of the take (takes/<UTC start>)')
    .option('--force', 'replace the take in a folder that is not empty, once the new one records')
    .option('--shutter <time>', 'fixed exposure of all cameras; a bare number is us; 0 leaves it to them', '0')
    .option('--gain <gain>', 'fixed gain of all cameras; 0 leaves it to them', '0')
    .option('--awbgains <red,blue>', 'fixed colour gains of all cameras; 0,0 leaves them to them', '0,0')
    .option('--match-exposure', "measure the server's exposure for a second, and fix it on all cameras")
    .option('--rpicam-vid <program>', 'what runs stock Raspberry Pi cameras; else rpicam-vid or libcamera-vid on PATH')
    .option('--keep-original', 'keep what stock cameras recorded beside what was made from it')
    .option('--restart', 'start a camera again whose process dies during the take; it goes on in a further file')
    .option('--encoder <name>', 'node-av (in process) or ffmpeg (the program); default: the first that works')
    .option(
      '--timestamps <kind>',
      'times in the files: nominal (constant rate), true (when frames were captured)',
      'nominal',
    )
    .option(
      '--preset <name>',
      'x264 preset of all cameras: ultrafast (default) to veryslow; slower ones make smaller files',
    )
    .option('--on-overload <what>', 'where an encoder can not keep up: drop frames (default), faster, or fail')
    .option(
      '--lock-timeout <time>',
      'a camera that is not locked for so long, or a recording that does not begin, ends the take',
      '30s',
    )
    .option('--no-verify', 'leave the proof of a long take to genlock verify; exit code 0 says only that all went well')
    .option('--tolerance <time>', 'how far apart frames may be in the proof; a bare number is us', '1000us')
    .option('--max-repeats <percent>', MAX_REPEATS.means, MAX_REPEATS.text)
    .option('--json', 'what came of it as JSON on stdout, nothing else there');
  addSyncOptions(command, RECORD_SYNC);
  return command.allowExcessArguments(false).action(async (flags: RecordFlags) => {
    process.exitCode = await record(flags, (name) => command.getOptionValueSource(name) === 'cli');
  });
}

/** @param given tells whether an option was given, by its name in `RecordFlags`. */
async function record(flags: RecordFlags, given: (name: keyof RecordFlags) => boolean): Promise<number> {
  const options = await takeOptions(flags);
  if (!options.force && (await isCutOff(options.folder))) return completeCutOff(options.folder, flags.json ?? false);
  const live = new LiveTable();
  const progress = new WorkProgress();
  let last: Parameters<LiveTable['show']>[0] = [];
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
  for (const warning of [...withoutEffect(options, given), ...exposureWarning(options)]) {
    process.stderr.write(`warning: ${warning}\n`);
  }
  await run.prepare();
  prepared = true;
  const result = await run.run();
  progress.clear();
  const { report, problems, good, interrupted, folder, kept } = result;
  if (flags.json) process.stdout.write(`${JSON.stringify({ good, interrupted, folder, problems, report }, null, 2)}\n`);
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

async function takeOptions(flags: RecordFlags): Promise<TakeOptions> {
  if (flags.cameras !== undefined && flags.camera !== undefined) {
    throw new UsageError('--cameras and --camera: give one or the other');
  }
  // Every camera's process reads it; a wrong one is refused before any is started.
  if (process.env.GENLOCK_CLOCK) parseClockError(process.env.GENLOCK_CLOCK);
  const frameRate = parseRate('--framerate', flags.framerate, true);
  const counted = parseWhole('--frames', flags.frames, 0, Number.MAX_SAFE_INTEGER);
  const exposureUs = parseTime('--shutter', flags.shutter, 'us');
  const gain = parseNumber('--gain', flags.gain, 0, 64);
  const awbGains = parseGains(flags.awbgains);
  const cameras = flags.cameras === undefined ? undefined : parseWhole('--cameras', flags.cameras, 1, 64);
  return {
    folder: flags.output ?? join('takes', takeName(new Date())),
    force: flags.force ?? false,
    specs: await chooseCameras(flags.camera ?? cameras, flags.rpicamVid),
    frameRate,
    frames: counted > 0 ? counted : slotsFor(parseTime('--timeout', flags.timeout, 'ms'), frameRate),
    width: parseSide('--width', flags.width) || 640,
    height: parseSide('--height', flags.height) || 480,
    ...(exposureUs > 0 && { exposureUs }),
    ...(gain > 0 && { gain }),
    ...(awbGains && { awbGains }),
    matchExposure: flags.matchExposure ?? false,
    rpicamVid: flags.rpicamVid,
    keepOriginal: flags.keepOriginal ?? false,
    restart: flags.restart ?? false,
    verify: flags.verify,
    encoder: flags.encoder === undefined ? undefined : parseChoice('--encoder', flags.encoder, ENCODERS),
    timestamps: parseChoice('--timestamps', flags.timestamps, TIMESTAMPS),
    ...(flags.preset !== undefined && { preset: parseChoice('--preset', flags.preset, PRESETS) }),
    ...(flags.onOverload !== undefined && { onOverload: parseChoice('--on-overload', flags.onOverload, OVERLOADS) }),
    network: { ...syncNetwork(flags), interface: resolveInterface(flags.syncInterface) },
    syncSettings: syncSettings(flags, RECORD_SYNC),
    startWhenLocked: flags.readyFrames === undefined,
    ...syncController(flags),
    lockTimeoutMs: Math.min(parseTime('--lock-timeout', flags.lockTimeout, 's') / 1000, LONGEST_TIMER_MS),
    toleranceUs: parseTolerance('--tolerance', flags.tolerance),
    maxRepeats: parseMaxRepeats('--max-repeats', flags.maxRepeats),
    commandLine: process.argv.slice(2),
  };
}

/** Cameras that choose for themselves choose differently. */
function exposureWarning({ specs, exposureUs, gain, matchExposure }: TakeOptions): string[] {
  if (matchExposure || (exposureUs !== undefined && gain !== undefined)) return [];
  if (specs.length < 2 || !specs.some((spec) => !isVirtual(spec) && !spec.startsWith('lavfi:'))) return [];
  const missing = [exposureUs === undefined && '--shutter', gain === undefined && '--gain'].filter(Boolean);
  return [`brightness may differ from camera to camera: give ${missing.join(' and ')}, or --match-exposure`];
}

/** What was given and does nothing beside the rest. */
function withoutEffect(options: TakeOptions, given: (name: keyof RecordFlags) => boolean): string[] {
  const { specs, controller, exposureUs, gain, awbGains } = options;
  const stock = specs.some(isStock);
  const why: Partial<Record<keyof RecordFlags, string | false>> = {
    onOverload:
      options.onOverload === 'faster' &&
      (options.preset ?? FASTEST_PRESET) === FASTEST_PRESET &&
      '--on-overload faster: the preset is the fastest already; frames are dropped',
    timeout: given('frames') && options.frames !== undefined && '--timeout: --frames overrides it',
    keepOriginal: !stock && '--keep-original: acts where there are stock cameras only',
    rpicamVid: !stock && '--rpicam-vid: acts where there are stock cameras only',
    minAdjustment: controller === 'tracking' && !stock && '--min-adjustment: acts with --sync-controller stock only',
    syncAlign: controller === 'stock' && '--sync-align: acts with --sync-controller tracking only',
    matchExposure:
      exposureUs !== undefined &&
      gain !== undefined &&
      awbGains !== undefined &&
      '--match-exposure: exposure, gain and colour gains are given already',
  };
  return Object.entries(why).flatMap(([name, text]) => (text && given(name as keyof RecordFlags) ? [text] : []));
}

function parseGains(text: string): readonly [number, number] | undefined {
  const [, red, blue] = /^([\d.]+),([\d.]+)$/.exec(text.replaceAll(' ', '')) ?? [];
  const gains = [Number(red ?? Number.NaN), Number(blue ?? Number.NaN)] as const;
  if (gains.every((gain) => gain === 0)) return undefined;
  if (gains.every((gain) => gain > 0 && gain <= 32)) return gains;
  throw new UsageError(
    `--awbgains ${text}: must be the gains of red and blue, such as 1.6,1.8; 0,0 leaves them to the cameras`,
  );
}
