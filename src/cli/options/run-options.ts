import { resolve } from 'node:path';
import { UsageError } from '../../errors.ts';
import { resolveInterface } from '../../host/interfaces.ts';
import { SYNC_GROUP, SYNC_PORT } from '../../host/sync-defaults.ts';
import { parseRate } from '../../options/parse.ts';
import { CIRCULAR_MB } from '../../record/segments/circular.ts';
import { isStream } from '../../record/segments/name-pattern.ts';
import { segmentFrames } from '../../record/segments/segment-plan.ts';
import type { SyncTuning } from '../../rpicam/tuning-file.ts';
import type { CameraRunOptions } from '../../run/camera/run-options.ts';
import { slotsFor } from '../../run/camera/slots.ts';
import { SYNC_DEFAULTS } from '../../sync/controller.ts';
import { controllerNamed } from '../../sync/controllers/index.ts';
import type { FrameRate } from '../../time/frame-rate.ts';
import { cameraRequest } from './camera-request.ts';
import { unavailableLines } from './lines.ts';
import type { Asked } from './read.ts';
import type { OptionValues } from './table.ts';
import { readTuningFile, tuningLine } from './tuning-file.ts';
import { videoOptions } from './video.ts';
import { withoutEffect } from './without-effect.ts';

/** A camera's run, and what is to be said before it: what was asked for and can't be had. */
export interface VidRun {
  readonly options: CameraRunOptions;
  readonly lines: readonly string[];
}

const NO_TUNING = '-';

/**
 * What a command line asks for, as a camera's run takes it.
 * @throws UsageError: one line that names the option and what would be right.
 */
export function vidRun(asked: Asked): VidRun {
  const { values } = asked;
  const frameRate = frameRateOf(asked);
  checkFiles(asked);
  checkTogether(asked);
  checkTimes(asked);
  const tuningFile = values['tuning-file'];
  const tuning = tuningFile === NO_TUNING ? undefined : readTuningFile(tuningFile);
  const files = filesOf(asked, frameRate);
  const aboutTuning = tuning && values.sync !== 'off' && tuningLine(tuningFile, tuning);
  return {
    options: {
      camera: cameraRequest(asked, frameRate),
      ...syncOptions(asked, tuning?.sync ?? {}),
      ...lengthOf(asked, frameRate),
      initial: values.initial,
      joinLocked: values['join-locked'],
      files,
    },
    lines: [...unavailableLines(asked), ...(aboutTuning ? [aboutTuning] : []), ...withoutEffect(asked, files.video)],
  };
}

/** How much is recorded: a count of frames, a time that pauses count in, or up to a frame of the timeline. */
export function lengthOf({ values }: Asked, frameRate: FrameRate) {
  const endFrame = values['end-frame'];
  if (endFrame !== undefined) return { frames: undefined, countPauses: false, endFrame };
  const { frames, timeout } = values;
  return { frames: frames > 0 ? frames : slotsFor(timeout, frameRate), countPauses: frames === 0 };
}

/** The frame rate, exactly. */
export function frameRateOf({ values, given }: Asked): FrameRate {
  const { framerate, sync } = values;
  return framerate === 'variable' ? parseRate('--framerate', given.get('framerate') ?? '0', sync !== 'off') : framerate;
}

/** Options win over the tuning file, which wins over the defaults. */
export function syncOptions({ values }: Asked, tuning: SyncTuning) {
  const { sync } = values;
  return {
    sync,
    syncSettings: {
      syncPeriod: values['sync-period'] ?? tuning.syncPeriod ?? SYNC_DEFAULTS.syncPeriod,
      readyFrame: values['ready-frames'] ?? tuning.readyFrame ?? SYNC_DEFAULTS.readyFrame,
      minAdjustmentUs: values['min-adjustment'] ?? tuning.minAdjustmentUs ?? SYNC_DEFAULTS.minAdjustmentUs,
    },
    controller: controllerNamed(values['sync-controller']),
    align: values['sync-align'],
    phaseWithinUs: values['phase-within'],
    openReady: values['open-ready'],
    network: {
      group: values['sync-group'] ?? tuning.group ?? SYNC_GROUP,
      port: values['sync-port'] ?? tuning.port ?? SYNC_PORT,
      interface: sync === 'off' ? undefined : resolveInterface(values['sync-interface']),
    },
  };
}

function filesOf(asked: Asked, frameRate: FrameRate) {
  const { segment, split, circular, wrap, metadata, encoder, ...values } = asked.values;
  const segments = {
    ...(segment > 0 && { segmentFrames: segmentFrames(segment / 1000, frameRate) }),
    ...(split && { split }),
    ...(circular > 0 && { circularBytes: circular * CIRCULAR_MB }),
    ...(wrap > 0 && { wrap }),
  };
  return {
    video: videoOptions(asked, frameRate),
    encoder,
    framesCsv: values['frames-csv'],
    metadata,
    metadataFormat: values['metadata-format'],
    savePts: values['save-pts'],
    onOverload: values['on-overload'],
    ...(Object.keys(segments).length > 0 && { segments }),
  };
}

/** @throws UsageError where two options write one file. */
export function checkFiles({ values }: Asked): void {
  for (const [file, flags] of byFile(values)) {
    if (flags.length < 2) continue;
    const names = flags.join(' and ');
    if (file === '-') throw new UsageError(`${names}: only one of them can go to stdout; give the others a file`);
    throw new UsageError(`${names}: both write ${file}; give each a file of its own`);
  }
}

/** @throws UsageError for options that exclude each other. */
function checkTogether({ values }: Asked): void {
  if (values.circular > 0 && values.output !== '-' && isStream(values.output ?? '')) {
    throw new UsageError(
      `--circular: is saved into files or to stdout; give --output a file's name or - in place of ${values.output}`,
    );
  }
  if (values.circular > 0 && values.segment > 0) {
    throw new UsageError('--circular and --segment: give one or the other; a circular buffer is saved as one file');
  }
}

function checkTimes({ values }: Asked): void {
  if (values.timestamps !== 'true' || values.circular === 0) return;
  throw new UsageError(
    '--circular and --timestamps true: a circular buffer keeps no times; --save-pts and --frames-csv do',
  );
}

/** The options that write files, by where they write; what is thrown away (/dev/null) can be named by all of them. */
function byFile(values: OptionValues): Map<string, string[]> {
  const files = new Map<string, string[]>();
  for (const name of ['output', 'metadata', 'save-pts', 'frames-csv'] as const) {
    const file = values[name] ?? '';
    if (file === '' || file.startsWith('/dev/')) continue;
    const place = isStream(file) ? file : resolve(file);
    files.set(place, [...(files.get(place) ?? []), `--${name}`]);
  }
  return files;
}
