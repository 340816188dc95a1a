import { readFileSync } from 'node:fs';
import { UsageError } from '../errors.ts';
import { openClock } from '../host/clock.ts';
import { containerOf, isElementary } from '../record/encoders/container.ts';
import { type Brackets, MetadataFile } from '../record/metadata.ts';
import { literalName, literalPattern } from '../record/segments/name-pattern.ts';
import { skipBelowUs } from '../rpicam/min-frame-duration.ts';
import type { FileSetOptions } from '../run/camera/file-set.ts';
import type { CameraRunOptions } from '../run/camera/run-options.ts';
import type { StandIn } from '../run/stand-in/behaviour.ts';
import type { StandInLength as RecordedLength } from '../run/stand-in/files.ts';
import { version } from '../version.ts';
import type { Asked } from './options/read.ts';
import { standInSpec } from './stand-in-cameras.ts';
import { StandInVoice } from './stand-in-voice.ts';

/** How long stock records, by the command line: until `frames`, or for a time. */
export interface StandInLength {
  /** 0 where the time counts. */
  readonly frames: number;
  /** In us; 0 is without end. */
  readonly timeoutUs: number;
}

/** What `rpicam-vid --version` prints: the version whose formats are spoken, and who speaks them. */
export const standInVersion = (): string =>
  [
    `rpicam-apps build: v1.12.0 stand-in-of-genlock-${version}`,
    'rpicam-apps capabilites: egl:0 qt:0 drm:0 libav:1', // spelt as there
    'libcamera build: v0.7.1',
  ].join('\n');

/** Stock formats the name of its output alone; those of other files are taken as they are. */
export const withLiteralNames = (asked: Asked): Asked => ({
  ...asked,
  values: {
    ...asked.values,
    metadata: asked.values.metadata && literalPattern(asked.values.metadata),
    'save-pts': asked.values['save-pts'] && literalPattern(asked.values['save-pts']),
  },
});

/**
 * Records one camera as stock rpicam-vid does: its algorithm, its words, only the frames that were captured, and an end
 * by its own clock.
 * @returns the exit code.
 * @throws UsageError where stock refuses the options.
 */
export async function recordAsStock(asked: CameraRunOptions, length: StandInLength, standIn: StandIn): Promise<number> {
  const clock = openClock();
  const voice = new StandInVoice(clock, asked, standIn.log);
  const { metadata, metadataFormat } = asked.files;
  const contained = isContained(asked.files.video);
  if (contained && !fitsContainer(asked)) {
    voice.incompatible();
    throw new UsageError('libav: Incompatible options selected.');
  }
  // What writes containers there never tells of its frames.
  const empty =
    contained && metadata !== undefined
      ? await MetadataFile.open(literalName(metadata), metadataFormat, brackets(metadata))
      : undefined;
  // The cameras' own code is loaded where it is used.
  const { StandInRun } = await import('../run/stand-in/run.ts');
  const run = new StandInRun(asStock(asked, standIn), lengthOf(asked, length), standIn, skipped(), clock, {
    onOpened: () => voice.opened(),
    onLog: (lines) => voice.debug(lines),
    onAchieved: (differenceUs) => voice.achieved(differenceUs),
    onStall: () => voice.stalled(),
    onHalting: (durationUs) => voice.halting(durationUs),
  });
  const stop = (): void => run.stop();
  process.once('SIGINT', stop);
  for (const name of ['SIGUSR1', 'SIGUSR2'] as const) process.on(name, () => voice.received(name));
  try {
    await run.run();
    return 0;
  } finally {
    process.off('SIGINT', stop);
    await empty?.close();
  }
}

function isContained({ file, ...video }: FileSetOptions['video']): boolean {
  return file !== undefined && !isElementary(containerOf({ ...video, file }));
}

function fitsContainer({ files: { segments = {}, savePts }, initial }: CameraRunOptions): boolean {
  const { circularBytes, segmentFrames, split = false } = segments;
  return (circularBytes ?? segmentFrames ?? savePts) === undefined && !split && initial !== 'pause';
}

/** On stdout stock writes the closing one alone. */
const brackets = (metadata: string): Brackets => (metadata === '-' ? 'closing' : 'both');

/** Behind a wait for the synchronisation point stock records one frame less than asked for. */
function lengthOf({ sync }: CameraRunOptions, { frames, timeoutUs }: StandInLength): RecordedLength {
  if (frames > 0) return { frames: frames - (sync === 'off' ? 0 : 1), durationUs: undefined };
  return { frames: undefined, durationUs: timeoutUs === 0 ? undefined : timeoutUs };
}

/** What libcamera is told of how often its algorithms run. */
function skipped(): number {
  const file = process.env.LIBCAMERA_RPI_CONFIG_FILE;
  return skipBelowUs(file === undefined ? undefined : readFileSync(file, 'utf8'));
}

function asStock(options: CameraRunOptions, standIn: StandIn): CameraRunOptions {
  const spec = standInSpec(options.camera.spec, standIn);
  return {
    ...options,
    camera: { ...options.camera, spec },
    files: {
      ...options.files,
      ...(isContained(options.files.video) && { metadata: undefined }),
      metadataBrackets: brackets(options.files.metadata ?? ''),
    },
  };
}
