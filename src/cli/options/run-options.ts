import { UsageError } from '../../errors.ts';
import { resolveInterface } from '../../host/interfaces.ts';
import { SYNC_GROUP, SYNC_PORT } from '../../host/sync-defaults.ts';
import { CIRCULAR_MB } from '../../record/pieces/circular.ts';
import { segmentFrames } from '../../record/pieces/piece-plan.ts';
import type { CameraRunOptions } from '../../run/camera/camera-run.ts';
import { slotsFor } from '../../run/camera/slots.ts';
import { SYNC_DEFAULTS } from '../../sync/controller.ts';
import type { FrameRate } from '../../time/frame-rate.ts';
import { parseRate } from '../parse.ts';
import { cameraRequest } from './camera-request.ts';
import { unavailableLines } from './lines.ts';
import type { Asked } from './read.ts';
import { readTuningFile, type TuningSync, tuningLine } from './tuning-file.ts';
import { isTcp, isX264, type VideoOptions, videoOptions } from './video.ts';

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
  checkTogether(asked);
  checkTimes(asked);
  const tuningFile = values['tuning-file'];
  const tuning = tuningFile === NO_TUNING ? undefined : readTuningFile(tuningFile);
  const files = filesOf(asked, frameRate);
  const aboutTuning = tuning && tuningLine(tuningFile, tuning);
  return {
    options: {
      camera: cameraRequest(asked, frameRate),
      ...syncOptions(asked, tuning?.sync ?? {}),
      frames: values.frames > 0 ? values.frames : slotsFor(values.timeout, frameRate),
      countPauses: values.frames === 0,
      initial: values.initial,
      files,
    },
    lines: [
      ...unavailableLines(asked),
      ...(aboutTuning === undefined ? [] : [aboutTuning]),
      ...withoutEffect(asked, files.video),
    ],
  };
}

function frameRateOf({ values, given }: Asked): FrameRate {
  const { framerate, sync } = values;
  return framerate === 'variable' ? parseRate('--framerate', given.get('framerate') ?? '0', sync !== 'off') : framerate;
}

/** Options win over the tuning file, which wins over the defaults. */
function syncOptions({ values }: Asked, tuning: TuningSync) {
  const { sync } = values;
  return {
    sync,
    syncSettings: {
      syncPeriod: values['sync-period'] ?? tuning.syncPeriod ?? SYNC_DEFAULTS.syncPeriod,
      readyFrame: values['ready-frames'] ?? tuning.readyFrame ?? SYNC_DEFAULTS.readyFrame,
      minAdjustmentUs: values['min-adjustment'] ?? tuning.minAdjustmentUs ?? SYNC_DEFAULTS.minAdjustmentUs,
    },
    controller: values['sync-controller'],
    align: values['sync-align'],
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
  const pieces = {
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
    ...(Object.keys(pieces).length > 0 && { pieces }),
  };
}

/** @throws UsageError for options that exclude each other. */
function checkTogether({ values }: Asked): void {
  const onStdout = (['output', 'metadata', 'save-pts', 'frames-csv'] as const).filter((name) => values[name] === '-');
  if (onStdout.length > 1) {
    const names = onStdout.map((name) => `--${name}`).join(' and ');
    throw new UsageError(`${names}: only one of them can go to stdout; give the others a file`);
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

/** Options that do nothing beside the others that were given. */
function withoutEffect({ values }: Asked, video: VideoOptions): string[] {
  const { output = '', listen, initial, keypress, signal, sync } = values;
  const lines: string[] = [];
  if (output === '') lines.push('no --output: no video is saved');
  if (listen && !isTcp(output)) lines.push('--listen: acts with --output tcp://HOST:PORT only');
  if (initial === 'pause' && !keypress && !signal && sync !== 'client') {
    lines.push('--initial pause: nothing can resume it; add --keypress or --signal');
  }
  if (values['low-latency'] && !isX264(video)) lines.push('--low-latency: acts with libx264 only');
  return lines;
}
