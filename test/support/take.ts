import type { Take, TakeCamera } from '../../src/record/take.ts';
import { RATE } from './cut-off.ts';

/** How the cameras of a take that nobody recorded were held together. */
export const SYNTHETIC_SYNC: Take['sync'] = {
  controller: 'tracking',
  group: '239.255.255.250',
  port: 10_000,
  periodFrames: 30,
  readyFrames: 100,
  minAdjustmentUs: 20,
};

/** `take.json` of so many cameras, as `record` writes it before it knows anything of them. */
export function syntheticTake(cameras: number, more: Partial<Take> = {}): Take {
  return {
    format: 'genlock take',
    version: 1,
    genlock: '0.1.0',
    state: 'recording',
    started: '2026-01-02T03:04:05.000Z',
    frameRate: RATE,
    frames: 300,
    wanted: 300,
    width: 160,
    height: 128,
    sync: SYNTHETIC_SYNC,
    cameras: Array.from({ length: cameras }, (_, i) => syntheticCamera(i)),
    ...more,
  };
}

export const syntheticCamera = (number: number, more: Partial<TakeCamera> = {}): TakeCamera => ({
  name: `cam${number}`,
  sync: number === 0 ? 'server' : 'client',
  spec: String(number),
  file: `cam${number}.mp4`,
  framesCsv: `cam${number}.frames.csv`,
  ...more,
});
