import { OptionError } from '../errors.ts';
import { SYNC_GROUP, SYNC_PORT } from '../host/sync-defaults.ts';
import { TAKE_FORMATS, type TakeFormat } from '../record/take-format.ts';
import { SYNC_DEFAULTS } from '../sync/controller.ts';
import { type CamerasAsked, cameras } from './cameras.ts';
import {
  choice,
  choiceInAnyCase,
  type GivenTo,
  hosts,
  type Kind,
  note,
  number,
  onOff,
  text,
  time,
  type ValueOf,
  whole,
  word,
} from './kinds.ts';
import { MAX_REPEATS, parseMaxRepeats, parseRate, parseTolerance } from './parse.ts';
import { type OptionBasics, SHARED, type Steer } from './shared.ts';
import { withSides } from './sizes.ts';

/** One option of a take. */
export interface TakeOption<Value, Given = Value> extends OptionBasics<Value, Given> {
  /** What holds where it is not given. */
  readonly default?: NoInfer<Value>;
  /** The same for the help, where no one value says it. */
  readonly otherwise?: string;
  /** What on a command line stands for "not given". */
  readonly none?: NoInfer<Value>;
  /** True where the flag takes away what holds otherwise: `--no-verify`. */
  readonly negated?: boolean;
  /** True for what is asked of one take, and not of all that a rig records: no rig file has it. */
  readonly once?: boolean;
  /** True where each camera's process is told of it, by the flag of the same name. */
  readonly cameras?: boolean;
  /** True where the flag takes any number of values, or none. */
  readonly list?: boolean;
}

/** An option that always has a value: its default, where nothing is given. */
type WithDefault<Value> = { readonly default: NoInfer<Value> };

function option<Value, Given = Value>(
  given: TakeOption<Value, Given> & WithDefault<Value>,
): TakeOption<Value, Given> & WithDefault<Value>;
function option<Value, Given = Value>(given: TakeOption<Value, Given>): TakeOption<Value, Given>;
function option<Value, Given = Value>(given: TakeOption<Value, Given>): TakeOption<Value, Given> {
  return given;
}

/** The longest that a timer of Node's waits, in s. */
const LONGEST_TIMER_S = Math.floor((2 ** 31 - 1) / 1000);
/** The longest take with an end, in s: three years. */
const LONGEST_TAKE_S = 1e8;

/** A time beyond the longest is the longest. */
const atMost = (longest: number, kind: Kind<number>): Kind<number> => ({
  ...kind,
  read: (flag, given) => Math.min(kind.read(flag, given), longest),
  check: (given) => {
    const value = kind.check(given);
    return value === undefined ? undefined : Math.min(value, longest);
  },
});

/**
 * How a take is synchronised unless told otherwise: as stock cameras are, but for the dead band. The stock 50 us let a
 * client drift to about 100 us between corrections; 20 us is one line of an imx219, the smallest step that a correction
 * can make.
 */
export const TAKE_SYNC = { ...SYNC_DEFAULTS, minAdjustmentUs: 20 };

/** Codecs whose files hold a time for each frame. */
const TAKE_CODECS = ['h264', 'mjpeg'] as const;
type TakeCodec = (typeof TAKE_CODECS)[number];

/** Whose frames the others are held to. */
const LEAD = ['camera', 'grid'] as const;
type Lead = (typeof LEAD)[number];

/**
 * Everything that can be asked of a take. The command line's parser and help, the Node API's type and checks, and what
 * each camera's process is told are made from this table: a new option is one entry, and its use.
 */
export const TAKE = {
  /**
   * How many numbered cameras, or the cameras themselves: numbers or specs; the first is the server. Numbers are a
   * Raspberry Pi's own cameras where rpicam-vid finds any, else virtual ones. Default: all of its own, else two virtual
   * ones.
   */
  cameras: option<CamerasAsked>({
    flag: 'cameras',
    placeholder: 'count',
    help: "how many numbered cameras: a Raspberry Pi's own (all), else virtual ones (2); see genlock cameras",
    about: 'the cameras, the first one leads: how many numbered ones, or a number, a spec or an object for each',
    kind: cameras,
  }),
  /**
   * All cameras of these hosts of the rig behind those that are named: a list of names, or true for every host. Which
   * rig that is, `genlock join` settled on this host. Default false.
   */
  hosts: option({
    flag: 'hosts',
    placeholder: 'name',
    list: true,
    default: false,
    otherwise: 'with no name: every host of the rig',
    help: 'all cameras of these hosts, too',
    about: 'all cameras of these hosts of the rig, too; true is every host',
    kind: hosts,
  }),
  /** How long to record, in seconds; 0 is until stopped. Default 20. */
  seconds: option({
    flag: 'timeout',
    short: 't',
    placeholder: 'time',
    default: 20,
    help: 'how long to record: 20s, 1.5min; a bare number is ms; 0 is until Ctrl-C',
    about: 'how long to record, in seconds; 0 is until Ctrl-C',
    kind: time({ unit: 's', bare: 'ms', from: 0, to: LONGEST_TAKE_S }),
  }),
  /** Frames to record; overrides `seconds`. */
  frames: option({
    flag: 'frames',
    placeholder: 'count',
    none: 0,
    help: 'how many frames to record; overrides --timeout',
    about: 'how many frames to record; overrides seconds',
    kind: { ...whole(1, Number.MAX_SAFE_INTEGER), read: whole(0, Number.MAX_SAFE_INTEGER).read },
  }),
  /** Frames a second, of all cameras: 30, '29.97', '30000/1001'. Default 30. */
  frameRate: option({
    ...SHARED.frameRate,
    default: { num: 30, den: 1 },
    otherwise: '30',
    cameras: true,
    kind: { ...SHARED.frameRate.kind, read: (flag, given) => parseRate(flag, given, true) },
  }),
  /** Width of the videos, in pixels. Default 640. */
  width: option({ ...SHARED.width, default: 640, none: 0, cameras: true }),
  /** Height of the videos, in pixels. Default 480. */
  height: option({ ...SHARED.height, default: 480, none: 0, cameras: true }),
  /** Width and height by a name, in their place: `1080p`, `720p` or `480p` (640x480). */
  size: option({ ...SHARED.size }),
  /** The folder of the take. Default: takes/<UTC start>. */
  output: option({
    flag: 'output',
    short: 'o',
    placeholder: 'folder',
    otherwise: 'takes/<UTC start>',
    help: 'the folder of the take',
    about: 'the folder that takes are made in, each in one of its own; from the folder of this file on',
    kind: text,
  }),
  /** What the take is called: stands behind its start in the folder's name. Letters, digits, `-` and `_`. */
  name: option({
    flag: 'name',
    placeholder: 'word',
    help: 'what the take is called: takes/<UTC start>-<word>',
    kind: word,
  }),
  /** A note on the take, for `take.json` and the report. At most 4000 characters. */
  note: option({ flag: 'note', placeholder: 'text', help: 'a note on the take, kept in take.json', kind: note }),
  /** Replaces the take in a folder that is not empty, once the new one records. Default false. */
  force: option({
    flag: 'force',
    help: 'replace the take in a folder that is not empty, once the new one records',
    once: true,
    default: false,
    kind: onOff,
  }),
  /** Fixed exposure of all cameras, in us. Default: their own choice. */
  exposureUs: option({ ...SHARED.exposureUs, none: 0, cameras: true }),
  /** Fixed gain of all cameras, a factor. Default: their own choice. */
  gain: option({ ...SHARED.gain, none: 0, cameras: true }),
  /** Fixed colour gains of all cameras, factors: red, blue. Default: their own choice. */
  awbGains: option({ ...SHARED.awbGains, cameras: true }),
  /** Measures the server's exposure for a second before the take, and fixes it on all cameras. Default false. */
  matchExposure: option({
    flag: 'match-exposure',
    help: "measure the server's exposure for a second, and fix it on all cameras",
    default: false,
    kind: onOff,
  }),
  /**
   * The program that runs stock Raspberry Pi cameras: a path or a name. Default: rpicam-vid or libcamera-vid on PATH.
   */
  rpicamVid: option({
    flag: 'rpicam-vid',
    placeholder: 'program',
    otherwise: 'rpicam-vid or libcamera-vid on PATH',
    help: 'what runs stock Raspberry Pi cameras',
    kind: text,
  }),
  /**
   * How stock cameras are held to the server's frames: in whole lines, heard by libcamera's debug log (`log`) or by
   * their metadata (`metadata`), or as far as that goes unheard (`grid`); by their own algorithm, once a second
   * (`stock`); or the best of these that works (`auto`). Default `auto`.
   */
  steer: option<Steer>({ ...SHARED.steer, default: 'auto' }),
  /**
   * Whose frames the cameras are held to: those of the first camera, or a grid of this host's clock, which no camera
   * leads: frame N at the beginning + N periods. Default `camera`.
   */
  lead: option<Lead>({
    flag: 'lead',
    placeholder: 'who',
    default: 'camera',
    help: "whose frames all follow: the first camera's, or a grid's, on this host's clock",
    kind: choice(LEAD),
  }),
  /** Keeps what stock cameras recorded beside what was made from it. Default false. */
  keepOriginal: option({
    flag: 'keep-original',
    help: 'keep what stock cameras recorded beside what was made from it',
    default: false,
    kind: onOff,
  }),
  /** Leaves files of cameras on other hosts there, too, once they were gathered. Default false. */
  keepRemote: option({
    flag: 'keep-remote',
    default: false,
    help: 'leave the files of other hosts there, too, once they are here',
    about: 'leave the files of other hosts there, too, once they are here',
    kind: onOff,
  }),
  /** Starts a camera again whose process dies during the take; it goes on in a further file. Default false. */
  restart: option({
    flag: 'restart',
    help: 'start a camera again whose process dies during the take; it goes on in a further file',
    default: false,
    kind: onOff,
  }),
  /**
   * What pictures are encoded to: `h264`, or `mjpeg`, of which each frame stands alone (not of stock cameras). Default
   * `h264`.
   */
  codec: option<TakeCodec>({
    ...SHARED.codec,
    help: 'h264, or mjpeg, of which each frame stands alone',
    default: 'h264',
    cameras: true,
    kind: choiceInAnyCase(TAKE_CODECS),
  }),
  /** Container of the videos: `mp4`, `mov` or `mkv`. Default `mp4`. */
  format: option<TakeFormat>({
    flag: 'format',
    placeholder: 'name',
    help: 'container of the videos: mp4, mov or mkv',
    default: 'mp4',
    kind: choice(TAKE_FORMATS),
  }),
  /** Bits a second of each video. Default: constant quality. */
  bitrate: option({ ...SHARED.bitrate, none: 0, otherwise: 'constant quality', cameras: true }),
  /** H.264 profile of all videos: `baseline`, `main` or `high`. Default `high`. */
  profile: option({ ...SHARED.profile, otherwise: 'high', cameras: true }),
  /** Quality of `mjpeg`, 0 to 100. Default 50. */
  quality: option({ ...SHARED.quality, otherwise: '50', cameras: true }),
  /** What encodes: `node-av` in process, or the program `ffmpeg`. Default: the first that works. */
  encoder: option({ ...SHARED.encoder, otherwise: 'the first that works', cameras: true }),
  /**
   * Times in the files: `nominal`, slots at a constant rate, or `true`, when frames were captured. Default `nominal`.
   */
  timestamps: option({ ...SHARED.timestamps, default: 'nominal', cameras: true }),
  /** x264 preset of all cameras: `ultrafast` to `veryslow`. Default `ultrafast`. */
  preset: option({ ...SHARED.preset, otherwise: 'ultrafast', cameras: true }),
  /**
   * Where an encoder can't keep up: `drop` frames, go on with the fastest preset first (`faster`), or `fail`. Default
   * `drop`.
   */
  onOverload: option({ ...SHARED.onOverload, otherwise: 'drop', cameras: true }),
  /** A camera that is not locked for so many seconds, or a recording that does not begin, ends the take. Default 30. */
  lockTimeout: option({
    flag: 'lock-timeout',
    placeholder: 'time',
    default: 30,
    help: 'a camera that is not locked for so long, or a recording that does not begin, ends the take',
    about: 'a camera that is not locked for so many seconds, or a recording that does not begin, ends the take',
    kind: atMost(LONGEST_TIMER_S, time({ unit: 's', bare: 's', from: 0.001, to: Number.POSITIVE_INFINITY })),
  }),
  /** Proves the take from its pixels at the end. Default true. */
  verify: option({
    flag: 'no-verify',
    negated: true,
    default: true,
    help: 'leave the proof of a long take to genlock verify; exit code 0 says only that all went well',
    about: 'prove the take from its pixels at the end',
    kind: onOff,
  }),
  /** How far apart frames may be in the proof, in us. Default 1000. */
  toleranceUs: option({
    flag: 'tolerance',
    placeholder: 'time',
    default: 1000,
    help: 'how far apart frames may be in the proof; a bare number is us',
    about: 'how far apart frames may be in the proof, in us',
    kind: { ...time({ unit: 'us', bare: 'us', from: 1e-3, to: 1e9 }), read: parseTolerance },
  }),
  /** Share of a file's frames that may repeat the one before in the proof, 0 to 1. Default 0.05. */
  maxRepeats: option({
    flag: 'max-repeats',
    placeholder: 'percent',
    otherwise: MAX_REPEATS.text,
    help: MAX_REPEATS.means,
    about: 'share of frames, 0 to 1, that may repeat the one before in a take that is locked',
    kind: { ...number(0, 1), read: parseMaxRepeats, print: (share) => String(share * 100) },
  }),
  /** Multicast group of the sync messages, an IPv4 address. Default: as stock Raspberry Pi cameras send them. */
  group: option({ ...SHARED.group, default: SYNC_GROUP, cameras: true }),
  /** UDP port of the sync messages. Default: as stock Raspberry Pi cameras send them. */
  port: option({ ...SHARED.port, default: SYNC_PORT, cameras: true }),
  /**
   * Where sync messages go out: a name, an address, or several with commas between; `default` is where the routes lead.
   * Default: GENLOCK_INTERFACE, else the loopback for virtual cameras alone, else where the routes lead.
   */
  interface: option({ ...SHARED.interface }),
  /** A host whose clock is not known as closely as this can't be in a take, in us. Default 200. */
  clockLimitUs: option({
    flag: 'clock-limit',
    placeholder: 'time',
    default: 200,
    help: "a host whose clock is not known as closely can't be in the take; a bare number is us",
    about: "a host whose clock is not known as closely, in us, can't be in a take",
    kind: time({ unit: 'us', bare: 'us', from: 1, to: 1e9 }),
  }),
  /**
   * How cameras are held together: `tracking` learns rates and plans whole lines; `stock` is the algorithm of
   * rpicam-vid. Default `tracking`.
   */
  controller: option({ ...SHARED.controller, default: 'tracking', cameras: true }),
  /** What of two frames coincides: `start`, `middle` or `end` of their exposures. Default `end`. */
  align: option({ ...SHARED.align, default: 'end', cameras: true }),
  /**
   * Cameras that can't be steered are started again until their frames lie within this of the server's, in us; 0 takes
   * them as they come. Default: 2,000 for USB cameras, 0 for generated pictures; files are never started again.
   */
  phaseWithinUs: option({ ...SHARED.phaseWithinUs, otherwise: '2ms for devices, else 0', cameras: true }),
  /** From one of the server's messages to the next, in frames. Default 30. */
  syncPeriod: option({ ...SHARED.syncPeriod, default: TAKE_SYNC.syncPeriod, cameras: true }),
  /** Frames of the server to the synchronisation point. Default: the recording begins once all cameras are locked. */
  readyFrames: option({ ...SHARED.readyFrames, otherwise: 'once all cameras are locked', cameras: true }),
  /** Smaller corrections of the stock controller count as none, in us. Default 20. */
  minAdjustmentUs: option({ ...SHARED.minAdjustmentUs, default: TAKE_SYNC.minAdjustmentUs, cameras: true }),
};

export type TakeOptionName = keyof typeof TAKE;

/**
 * What a script, a page or another host asks of a take: JSON. What is left out is as the table says.
 * @interface
 */
export type TakeAsked = { readonly [Name in keyof typeof TAKE]?: GivenTo<(typeof TAKE)[Name]['kind']> | undefined };

/** What is asked for, checked; a size by its name is a width and a height. */
export type TakeValues = {
  readonly [Name in Exclude<keyof typeof TAKE, 'size'>]?: ValueOf<(typeof TAKE)[Name]['kind']> | undefined;
};

/** What a take is recorded with: what was asked for, and the defaults for the rest. */
export type SettledTake = {
  readonly [Name in keyof TakeValues]-?: (typeof TAKE)[Name] extends WithDefault<unknown>
    ? ValueOf<(typeof TAKE)[Name]['kind']>
    : ValueOf<(typeof TAKE)[Name]['kind']> | undefined;
};

/** Fills in the defaults. */
export const settleTake = (values: TakeValues): SettledTake =>
  Object.fromEntries(
    takeOptionList.flatMap(([name, { default: usual }]) => (name === 'size' ? [] : [[name, values[name] ?? usual]])),
  ) as unknown as SettledTake;

/** The options with their names, in the order of the help. */
export const takeOptionList = Object.entries(TAKE) as unknown as readonly (readonly [
  TakeOptionName,
  TakeOption<unknown>,
])[];

/** How a command line writes an option of a take: `--output`. */
export const flagOf = (name: string): string | undefined =>
  Object.hasOwn(TAKE, name) ? `--${TAKE[name as TakeOptionName].flag}` : undefined;

/**
 * Checks what a script asks for.
 * @throws OptionError that names the option, what it was given and what it takes.
 */
export function checkTake(asked: TakeAsked): TakeValues {
  const values: Partial<Record<string, unknown>> = {};
  for (const [name, given] of Object.entries(asked)) {
    if (!Object.hasOwn(TAKE, name)) throw unknownOption(name);
    if (given === undefined) continue;
    const { kind } = TAKE[name as TakeOptionName] as TakeOption<unknown>;
    const value = kind.check(given);
    if (value === undefined) throw new OptionError(name, given, `must be ${kind.takes}`);
    values[name] = value;
  }
  return withSides(values);
}

const unknownOption = (name: string): OptionError =>
  new OptionError(name, undefined, `is no option; there are ${Object.keys(TAKE).join(', ')}`, {
    code: 'unknown-option',
  });
