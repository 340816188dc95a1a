import { literalPattern } from '../../record/segments/name-pattern.ts';
import { type FrameRate, framesPerSecond } from '../../time/frame-rate.ts';

/** The files that a stock camera writes, and that are made from them. */
export interface StockFiles {
  /** Elementary H.264, as recorded. */
  readonly video: string;
  readonly metadata: string;
  readonly pts: string;
  /** All that the program said. */
  readonly log: string;
}

/** What a stock camera is asked for. */
export interface StockRequest {
  /** The camera's number, as the program counts them. */
  readonly number: number;
  readonly sync: 'off' | 'server' | 'client';
  readonly files: StockFiles;
  readonly width: number;
  readonly height: number;
  readonly frameRate: FrameRate;
  /** Frames that are wanted; undefined goes on until stopped. */
  readonly frames: number | undefined;
  /** It may begin this much sooner than the take, in ms: it records so much longer, unless it is stopped. */
  readonly earlyMs?: number | undefined;
  readonly exposureUs?: number | undefined;
  readonly gain?: number | undefined;
  readonly awbGains?: readonly [number, number] | undefined;
  /** Of its H.264. */
  readonly bitrate?: number | undefined;
  readonly profile?: string | undefined;
  readonly tuningFile?: string | undefined;
  /** Libcamera's configuration, where it needs one to be steered. */
  readonly configFile?: string | undefined;
  /** Of one that is steered: the mode, and the frames a second by which its frames come to whole lines. */
  readonly steered?: { readonly mode: string; readonly framesPerSecond: number } | undefined;
}

/** Each stock process stops on its own clock, so it records this much more, in ms, and a share of its time besides. */
const SPARE_MS = 1_000;
const SPARE_SHARE = 0.001;

/** How long a stock process is told to record, in ms; 0 has no end. @param earlyMs it may begin so much sooner. */
export function stockTimeoutMs(frames: number | undefined, frameRate: FrameRate, earlyMs = 0): number {
  if (frames === undefined) return 0;
  return Math.ceil((frames / framesPerSecond(frameRate)) * 1000 * (1 + SPARE_SHARE) + SPARE_MS + earlyMs);
}

/** What of them a process that is steered is told for that. */
export const argumentsForSteering = ({
  steered,
  tuningFile,
}: Pick<StockRequest, 'steered' | 'tuningFile'>): string[] => [
  ...(steered === undefined ? [] : ['--framerate', steered.framesPerSecond.toFixed(6), '--mode', steered.mode]),
  ...(tuningFile === undefined ? [] : ['--tuning-file', tuningFile]),
];

/**
 * The arguments of `rpicam-vid` for one camera of a take: elementary H.264, since with mp4 it writes no metadata, and
 * without B-frames, since with them PTS and metadata are out of step. An encoder in hardware has none and takes no
 * notice.
 */
export function stockArguments(request: StockRequest): string[] {
  const { files, frameRate, exposureUs, gain, awbGains, bitrate, profile, tuningFile, steered } = request;
  const fps = framesPerSecond(frameRate);
  return [
    ...['-n', '--camera', String(request.number), '--sync', request.sync],
    ...['--width', String(request.width), '--height', String(request.height)],
    ...(steered === undefined ? ['--framerate', String(fps)] : argumentsForSteering(request)),
    ...['-t', `${stockTimeoutMs(request.frames, frameRate, request.earlyMs)}ms`],
    ...['--codec', 'h264', '--libav-video-codec-opts', 'bf=0', '--intra', String(Math.max(1, Math.round(fps)))],
    ...(bitrate === undefined ? [] : ['--bitrate', `${bitrate}bps`]),
    ...(profile === undefined ? [] : ['--profile', profile]),
    // Headers before each keyframe: what is behind a hole stays decodable when it is cut off there.
    '--inline',
    ...(exposureUs === undefined ? [] : ['--shutter', `${Math.round(exposureUs)}us`]),
    ...(gain === undefined ? [] : ['--gain', String(gain)]),
    ...(awbGains === undefined ? [] : ['--awbgains', awbGains.join(',')]),
    ...(steered !== undefined || tuningFile === undefined ? [] : ['--tuning-file', tuningFile]),
    // Written through at once: from outside, its growth is the only sign of life.
    '--flush',
    ...['--metadata', files.metadata, '--metadata-format', 'json', '--save-pts', files.pts],
    // Of all its files it formats the name of this one alone.
    ...['-o', literalPattern(files.video)],
  ];
}
