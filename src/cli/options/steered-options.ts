import { statSync } from 'node:fs';
import { isStock } from '../../camera/backends.ts';
import { stockNumber } from '../../camera/rpicam/spec.ts';
import { UsageError } from '../../errors.ts';
import { containerOf, isElementary } from '../../record/encoders/container.ts';
import { isStream, literalName, parsePattern } from '../../record/segments/name-pattern.ts';
import type { SteeredClientOptions } from '../../run/steered/client.ts';
import { byReason, isDefault } from './lines.ts';
import type { Asked } from './read.ts';
import { checkFiles, frameRateOf, syncOptions } from './run-options.ts';
import { OPTIONS, type OptionName, optionList } from './table.ts';
import { readTuningFile } from './tuning-file.ts';
import { videoOptions } from './video.ts';

/** What this program does itself, or says to rpicam-vid in its own words. */
const OWN: readonly OptionName[] = [
  ...(['camera', 'sync', 'framerate', 'tuning-file', 'config', 'verbose', 'keypress', 'signal'] as const),
  ...(['sync-group', 'sync-port', 'sync-interface', 'steer', 'name', 'frames-csv'] as const),
];
const NO_TUNING = '-';

/** True for a stock camera that is to follow a server on the network. */
export const isSteered = ({ values }: Asked): boolean => isStock(values.camera) && values.sync === 'client';

/**
 * What a command line asks of a stock camera that follows a server: all that rpicam-vid has it is told as it was given.
 * @throws UsageError: one line that names the option and what would be right.
 */
export function steeredRun(asked: Asked): {
  readonly name: string;
  readonly options: SteeredClientOptions;
  readonly lines: readonly string[];
} {
  const { values, given } = asked;
  const number = stockNumber(values.camera);
  if (number === undefined)
    throw new UsageError(`--camera ${values.camera}: rpicam: is followed by the camera's number, as in rpicam:0`);
  checkFiles(asked);
  const metadata = metadataOf(asked);
  if (values.steer === 'metadata' && metadata.none !== undefined)
    throw new UsageError(`--steer metadata: ${metadata.none}`);
  const tuning = values['tuning-file'];
  if (tuning !== NO_TUNING) readTuningFile(tuning);
  const { network } = syncOptions(asked, {});
  const { mode, shutter } = values;
  return {
    name: values.name ?? `cam${number}`,
    options: {
      number,
      request: {
        frameRate: frameRateOf(asked),
        width: values.width || 640,
        height: values.height || 480,
        ...(shutter > 0 && { exposureUs: shutter }),
        ...(mode !== undefined && { sensorMode: mode }),
      },
      network,
      args: optionList.flatMap(([name]) => passed(name, given)),
      tuningFile: tuning === NO_TUNING ? undefined : tuning,
      toStdout: values.output === '-',
      steer: values.steer,
      metadata: metadata.none === undefined ? metadata : undefined,
      rows: rowsOf(asked, metadata.none),
    },
    lines: withoutEffect(asked),
  };
}

/** What cuts a recording into several files, or pauses it: its pictures and its metadata are not the same then. */
const CUTS: readonly OptionName[] = ['segment', 'split', 'circular', 'initial', 'signal'];

function rowsOf({ values, given }: Asked, noMetadata: string | undefined): SteeredClientOptions['rows'] {
  const { output, codec, 'frames-csv': file, 'save-pts': pts } = values;
  if (file === undefined) return undefined;
  if (noMetadata !== undefined) throw new UsageError(`--frames-csv ${file}: rows are made of metadata: ${noMetadata}`);
  const cut = CUTS.find((name) => given.has(name) && !isDefault(OPTIONS[name], given.get(name) as string));
  if (cut !== undefined)
    throw new UsageError(`--frames-csv ${file}: rpicam-vid's rows are of one file without pauses; leave out --${cut}`);
  const counted = output !== undefined && output !== '' && output !== '-' && !isStream(output) && codec === 'h264';
  const name = counted && !parsePattern('--output', output).varies ? literalName(output) : undefined;
  const video = name !== undefined && statOf(name)?.isFile() !== false ? name : undefined;
  return { file, video, pts: pts === '-' ? undefined : pts };
}

const statOf = (file: string) => statSync(file, { throwIfNoEntry: false });

/** Where its metadata can be read: a file of the user's own, else one that is asked for besides; or why nowhere. */
function metadataOf(
  asked: Asked,
): { readonly file?: string | undefined; readonly none?: undefined } | { readonly none: string } {
  const { metadata: file, output } = asked.values;
  // What writes containers there tells nothing of its frames.
  if (isContained(asked)) return { none: `rpicam-vid writes no metadata with ${output}; record h264` };
  if (file === '-' || (file !== undefined && statOf(file)?.isFile() === false))
    return { none: `--metadata ${file} can't be read here; give a file, or leave it out` };
  return { file };
}

function isContained(asked: Asked): boolean {
  try {
    const { file, ...video } = videoOptions(asked, frameRateOf(asked));
    return file !== undefined && file !== '-' && !isElementary(containerOf({ ...video, file }));
  } catch {
    // What is wrong with its output rpicam-vid says itself.
    return false;
  }
}

/** An option as rpicam-vid is told of it. */
function passed(name: OptionName, given: Asked['given']): string[] {
  const text = given.get(name);
  const {
    ours = false,
    value,
    sameAs,
    parse,
  } = OPTIONS[name] as (typeof OPTIONS)[OptionName] & {
    readonly ours?: boolean;
    readonly sameAs?: string;
  };
  // Where it is asked for metadata that the user did not want, their form is ours.
  if (name === 'metadata-format' && !given.has('metadata')) return [];
  if (text === undefined || ours || sameAs !== undefined || OWN.includes(name)) return [];
  if (value === 'none') return parse(`--${name}`, text) === true ? [`--${name}`] : [];
  return [`--${name}=${text}`];
}

function withoutEffect({ given, values }: Asked): string[] {
  const found = optionList
    .filter(([name, definition]) => {
      const text = given.get(name);
      return definition.ours && !OWN.includes(name) && text !== undefined && !isDefault(definition, text);
    })
    .map(
      ([name]) => [`--${name}`, 'acts on cameras that genlock reads itself; rpicam-vid has no such option'] as const,
    );
  const keys = values.keypress
    ? [['--keypress', 'no effect: rpicam-vid has no keyboard here; use --signal'] as const]
    : [];
  return byReason([...found, ...keys]);
}
