import { UsageError } from '../errors.ts';

/** A virtual microphone: what is not said of it is as it should be. */
export interface VirtualSpec {
  readonly kind: 'virtual';
  /** The spec as it was given. */
  readonly text: string;
  /** Samples a second, nominally. */
  readonly rate: number;
  readonly channels: number;
  /** How much faster its crystal runs than it should, in ppm. */
  readonly ppm: number;
  /** Standard deviation of its stamps, in us. */
  readonly jitterUs: number;
  /** Share of blocks that are lost, 0 to 1. */
  readonly lost: number;
  readonly seed: number;
}

/** A microphone that FFmpeg opens, or a file in its place. */
export interface CapturedSpec {
  readonly kind: 'device' | 'file';
  /** The spec as it was given. */
  readonly text: string;
  /** FFmpeg's name of the input's format; undefined has it find out. */
  readonly format: string | undefined;
  /** What FFmpeg opens. */
  readonly input: string;
  /** Options of FFmpeg's input, by name. */
  readonly options: Readonly<Record<string, string>>;
}

export type MicrophoneSpec = VirtualSpec | CapturedSpec;

/** What specs look like, for help and refusals. */
export const MICROPHONE_FORMS =
  'alsa:DEVICE, pulse:SOURCE, avfoundation:NUMBER, dshow:audio=NAME, libav:FILE or virtual:';

/** Prefixes of specs, and what FFmpeg calls such inputs. */
const DEVICES: Readonly<Record<string, string>> = {
  alsa: 'alsa',
  pulse: 'pulse',
  avfoundation: 'avfoundation',
  dshow: 'dshow',
};

/** What may be asked of a device, and what each format of FFmpeg's calls it. */
const ASKED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  alsa: { rate: 'sample_rate', channels: 'channels' },
  pulse: { rate: 'sample_rate', channels: 'channels' },
  dshow: { rate: 'sample_rate', channels: 'channels' },
  avfoundation: {},
};

const RATES = { from: 8000, to: 192_000 };
const MOST_CHANNELS = 32;
/** As crystals are, and far more: what is corrected is at most a thousandth. */
const MOST_PPM = 1000;

/**
 * Reads the spec of a microphone: `alsa:hw:1`, `pulse:default`, `avfoundation:0`, `dshow:audio=NAME`, a file
 * `libav:clip.wav`, which is played in real time, or `virtual:`. Behind a device `?rate=48000&channels=1` say what to
 * ask it for; behind `virtual:` also `ppm`, `jitter` (us), `lost` (percent of blocks) and `seed`.
 * @throws UsageError that names the spec and what would be right.
 */
export function parseMicrophone(text: string): MicrophoneSpec {
  const [, scheme, rest] = /^([a-z]+):(.*)$/s.exec(text) ?? [];
  if (scheme === undefined || rest === undefined || !(scheme in DEVICES || ['libav', 'virtual'].includes(scheme)))
    throw new UsageError(`sound ${text}: is no microphone: give ${MICROPHONE_FORMS}`);
  if (scheme === 'libav') {
    if (rest === '') throw new UsageError(`sound ${text}: nothing behind libav:`);
    return { kind: 'file', text, format: undefined, input: rest, options: {} };
  }
  const mark = rest.lastIndexOf('?');
  const input = mark < 0 ? rest : rest.slice(0, mark);
  const query = mark < 0 ? '' : rest.slice(mark + 1);
  if (scheme === 'virtual') return parseVirtual(text, input, query);
  if (input === '') throw new UsageError(`sound ${text}: nothing behind ${scheme}:`);
  const options: Record<string, string> = {};
  for (const [name, value] of pairs(text, query)) {
    const known = ASKED[scheme]?.[name];
    if (known === undefined) {
      const may = Object.keys(ASKED[scheme] ?? {});
      throw new UsageError(
        `sound ${text}: ${name}: ${may.length === 0 ? `nothing can be asked of ${scheme}` : `give ${may.join(' or ')}`}`,
      );
    }
    const [from, to] = name === 'rate' ? [RATES.from, RATES.to] : [1, MOST_CHANNELS];
    options[known] = String(within({ text, name, value }, from, to, true));
  }
  const opened = scheme === 'avfoundation' ? `:${input}` : input;
  return { kind: 'device', text, format: DEVICES[scheme], input: opened, options };
}

function parseVirtual(text: string, named: string, query: string): VirtualSpec {
  if (named !== '')
    throw new UsageError(`sound ${text}: give virtual: alone, or with a ? behind it, as virtual:?ppm=40`);
  const values = { rate: 48_000, channels: 1, ppm: 0, jitter: 200, lost: 0, seed: 1 };
  const bounds = {
    rate: [RATES.from, RATES.to],
    channels: [1, MOST_CHANNELS],
    ppm: [-MOST_PPM, MOST_PPM],
    jitter: [0, 100_000],
    lost: [0, 90],
    seed: [0, 2 ** 31],
  } as const;
  for (const [name, value] of pairs(text, query)) {
    if (!Object.hasOwn(values, name))
      throw new UsageError(`sound ${text}: ${name}: give ${Object.keys(values).join(', ')}`);
    const key = name as keyof typeof values;
    const whole = ['rate', 'channels', 'seed'].includes(name);
    values[key] = within({ text, name, value }, bounds[key][0], bounds[key][1], whole);
  }
  const { jitter, lost, ...rest } = values;
  return { kind: 'virtual', text, ...rest, jitterUs: jitter, lost: lost / 100 };
}

function pairs(text: string, query: string): (readonly [string, string])[] {
  return (query === '' ? [] : query.split('&')).map((pair) => {
    const [, name, value] = /^(\w+)=(.+)$/.exec(pair) ?? [];
    if (name === undefined || value === undefined) throw new UsageError(`sound ${text}: ${pair} is not NAME=VALUE`);
    return [name, value];
  });
}

function within(
  { text, name, value }: { readonly text: string; readonly name: string; readonly value: string },
  from: number,
  to: number,
  whole: boolean,
): number {
  const number = /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  if (number >= from && number <= to && (!whole || Number.isInteger(number))) return number;
  const kind = whole ? 'a whole number' : 'a number';
  throw new UsageError(`sound ${text}: ${name}=${value}: must be ${kind} from ${from} to ${to}`);
}
