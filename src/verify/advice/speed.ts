import { Advice } from '../../advice.ts';
import { counted } from '../../counted.ts';
import { OVERLOADED } from '../../record/overload.ts';
import type { Take, TakeCamera } from '../../record/take.ts';
import { framesPerSecond } from '../../time/frame-rate.ts';
import { listed } from './words.ts';

/** Sizes that cameras and people know, the larger first. */
const SIZES = [
  [3840, 2160],
  [2560, 1440],
  [1920, 1080],
  [1280, 720],
  [640, 360],
  [3840, 2880],
  [1920, 1440],
  [1280, 960],
  [640, 480],
  [320, 240],
] as const;
/** Rates that cameras and people know. */
const RATES = [120, 100, 60, 50, 30, 25, 20, 15, 10, 5] as const;
/** Of what a computer just managed, so much leaves it room. */
const ROOM = 0.85;
/** A disk that kept a recording waiting for so long is what held it up, in ms. */
const SLOW_DISK_MS = 1_000;
/** A camera that delivers less than this share of its frames runs at another rate. */
const OTHER_RATE = 0.8;

/** Frames that are not in the files. Where the encoder fell behind, that is what kept others from arriving as well. */
export function speedAdvice(take: Take): Advice[] {
  const behind = overloadAdvice(take);
  return behind.length > 0 ? behind : deliveryAdvice(take);
}

/** Frames that the encoder had no time for: a size or a rate that this computer manages, by the share that it did. */
function overloadAdvice(take: Take): Advice[] {
  const behind = take.cameras.filter(({ overload = 0, error }) => overload > 0 || error?.includes(OVERLOADED));
  if (behind.length === 0) return [];
  const lost = behind.reduce((sum, { overload = 0 }) => sum + overload, 0);
  // Where an overload is a failure, none is left out before it.
  const out =
    lost > 0
      ? `${counted(lost, 'frame')} left out`
      : `${listed(behind.map(({ name }) => name))} could not be encoded in time`;
  const waitedMs = Math.max(...behind.map(({ diskWaitMs = 0 }) => diskWaitMs));
  if (waitedMs >= SLOW_DISK_MS) {
    return [
      new Advice(
        'disk',
        `${out}: the disk was too slow, it kept the recording waiting for up to ${(waitedMs / 1000).toFixed(1)} s; name a folder on a faster one with {output}`,
      ),
    ];
  }
  const managed = ROOM * Math.min(...behind.map(shareManaged));
  const remedies = [
    smaller(take, managed),
    take.preset !== undefined && take.preset !== 'ultrafast' ? '{preset} ultrafast' : slower(take, managed),
  ].filter((each) => each !== undefined);
  const remedy = remedies.length > 0 ? `try ${remedies.join(', or ')}` : 'record fewer cameras on it';
  return [new Advice('overload', `${out}: this computer was too busy; ${remedy}`)];
}

/** Frames that cameras did not deliver. */
function deliveryAdvice(take: Take): Advice[] {
  const missed = take.cameras.map((camera) => ({
    camera,
    missed: Math.max(0, (camera.drops ?? 0) - (camera.overload ?? 0)),
  }));
  const some = missed.filter((each) => each.missed > 0);
  if (some.length === 0) return [];
  const fps = framesPerSecond(take.frameRate);
  const slow = some.filter(({ camera }) => camera.steered === false && shareManaged(camera) < OTHER_RATE);
  if (slow.length > 0) {
    const names = listed(slow.map(({ camera }) => camera.name));
    const delivered = Math.min(...slow.map(({ camera }) => shareManaged(camera))) * fps;
    return [
      new Advice(
        'not-delivered',
        `${names} delivered about ${Math.round(delivered)} of ${Number(fps.toFixed(2))} frames a second: give it more light, ` +
          `or a fixed {exposureUs}; or try {frameRate} ${rateBelow(delivered * 1.1)}`,
      ),
    ];
  }
  const lost = some.reduce((sum, each) => sum + each.missed, 0);
  const names = listed(some.map(({ camera }) => camera.name));
  return [
    new Advice(
      'not-delivered',
      `${counted(lost, 'frame')} of ${names} did not arrive in time: this computer was too busy, or the camera skipped them; ` +
        `record with less at work on it, or try {frameRate} ${rateBelow(fps * ROOM)}`,
    ),
  ];
}

/** Share of a camera's slots that have a frame of their own. */
function shareManaged({ frames = 0, captured, repeated = 0 }: TakeCamera): number {
  return frames === 0 ? 1 : (captured ?? frames - repeated) / frames;
}

/** The largest known size of the same shape that has at most this share of the pixels. */
function smaller({ width, height }: Take, share: number): string | undefined {
  const found = SIZES.filter(([w, h]) => w * height === h * width && w * h <= share * width * height);
  const [w, h] = found[0] ?? SIZES.find((size) => size[0] * size[1] <= share * width * height) ?? [];
  return w === undefined ? undefined : `{width} ${w} {height} ${h}`;
}

const slower = ({ frameRate }: Take, share: number): string | undefined => {
  const rate = RATES.find((each) => each <= share * framesPerSecond(frameRate));
  return rate === undefined ? undefined : `{frameRate} ${rate}`;
};

const rateBelow = (fps: number): number => RATES.find((each) => each <= fps) ?? Math.max(1, Math.floor(fps));
