import { UsageError } from '../errors.ts';
import { openClock } from '../host/clock.ts';
import { containerOf, isElementary } from '../record/encoders/container.ts';
import { type Brackets, MetadataFile } from '../record/metadata.ts';
import { literalName, literalPattern } from '../record/pieces/name-pattern.ts';
import { lateStart } from '../rpicam/late-start.ts';
import { CameraRun, type CameraRunOptions } from '../run/camera/camera-run.ts';
import type { FileSetOptions } from '../run/camera/file-set.ts';
import type { StandIn } from '../run/camera/stand-in.ts';
import { StandInFiles } from '../run/camera/stand-in-files.ts';
import { stock } from '../sync/controllers/stock.ts';
import { periodUs } from '../time/frame-rate.ts';
import { version } from '../version.ts';
import type { Asked } from './options/read.ts';
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
 * Records one camera as stock rpicam-vid does: its algorithm, its words, only the frames that were captured, and an end by its own clock.
 * @returns the exit code.
 * @throws UsageError where stock refuses the options.
 */
export async function recordAsStock(asked: CameraRunOptions, length: StandInLength, standIn: StandIn): Promise<number> {
  const clock = openClock();
  const voice = new StandInVoice(clock, asked);
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
  const run = new CameraRun(asStock(asked, length, standIn, voice), clock, {
    onOpened: () => voice.opened(),
    onSnapshot: (snapshot) => voice.snapshot(snapshot),
    onLine: () => {},
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

function fitsContainer({ files: { pieces = {}, savePts }, initial }: CameraRunOptions): boolean {
  const { circularBytes, segmentFrames, split = false } = pieces;
  return (circularBytes ?? segmentFrames ?? savePts) === undefined && !split && initial !== 'pause';
}

/** On stdout stock writes the closing one alone. */
const brackets = (metadata: string): Brackets => (metadata === '-' ? 'closing' : 'both');

function asStock(
  options: CameraRunOptions,
  { frames, timeoutUs }: StandInLength,
  standIn: StandIn,
  voice: StandInVoice,
): CameraRunOptions {
  const { spec } = options.camera;
  const drop = standIn.drop === 0 ? '' : `${spec.includes('?') ? '&' : '?'}drop=${standIn.drop}`;
  // Behind a wait for the synchronisation point stock records one frame less than asked for.
  const count = frames === 0 ? undefined : frames - (options.sync === 'off' ? 0 : 1);
  const late = options.sync === 'off' ? 0 : lateStart(periodUs(options.camera.frameRate));
  const durationUs = frames > 0 || timeoutUs === 0 ? undefined : timeoutUs;
  return {
    ...options,
    camera: { ...options.camera, spec: `${spec}${drop}` },
    controller: stock,
    openReady: false,
    frames: undefined,
    files: {
      ...options.files,
      ...(isContained(options.files.video) && { metadata: undefined }),
      metadataBrackets: brackets(options.files.metadata ?? ''),
    },
    wrapFiles: (files, end) => {
      const over = (): void => {
        if (durationUs !== undefined) voice.halting(durationUs);
        end();
      };
      return new StandInFiles(files, standIn, {
        durationUs,
        frames: count,
        late,
        end: over,
        onStall: () => voice.stalled(),
      });
    },
  };
}
