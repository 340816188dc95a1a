import { afterEach, describe, expect, it } from 'vitest';
import type { CameraBackend } from '../../src/camera/backend.ts';
import { backendOf } from '../../src/camera/backends.ts';
import type { Camera, CameraRequest, CapturedFrame } from '../../src/camera/camera.ts';
import { CheckedCamera } from '../../src/camera/checked.ts';
import { pictureBytes } from '../../src/camera/picture.ts';
import { FailureError, UsageError } from '../../src/errors.ts';
import { openClock } from '../../src/host/clock.ts';
import { periodUs } from '../../src/time/frame-rate.ts';

/** A backend, and what of it there is to try on this machine. */
export interface CameraCase {
  readonly backend: CameraBackend;
  /**
   * A spec of a camera that can be opened here and delivers 30 frames a second for a second at least; undefined where
   * there is none.
   */
  readonly spec: string | undefined;
  /** Specs that can't be had, each with a word of what is wrong. */
  readonly wrong: readonly (readonly [spec: string, words: RegExp])[];
  /** A spec that keeps `open` waiting for ever, where there is one, made when it is asked for, and what ends it. */
  readonly silent?: () => Promise<{ readonly spec: string; readonly end: () => void }>;
}

const REQUEST = { name: 'cam0', width: 320, height: 240, frameRate: { num: 30, den: 1 } } as const;
const clock = openClock();
const PERIOD_US = periodUs(REQUEST.frameRate);
/**
 * So many steps of a frame's length are tried: a thirtieth of the frames of a virtual camera are lost to none of them.
 */
const TRIES = 6;
/** What a timestamp may be off, in us: a tail of an interrupt's latency. */
const LATENCY_US = 1_000;

/** What every camera does, whatever it is. Each backend is tried with it, those of others as well. */
export function cameraConformance({ backend, spec, wrong, silent }: CameraCase): void {
  const opened: Camera[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((camera) => camera.close()));
  });
  const open = async (more: Partial<CameraRequest> & { spec: string }): Promise<Camera> => {
    const request = { ...REQUEST, ...more };
    const camera = new CheckedCamera(await backend.open(request, clock), request);
    opened.push(camera);
    return camera;
  };

  describe(`the backend ${backend.scheme}`, () => {
    it('has a scheme that its specs begin with, and no other backend has', () => {
      expect(backend.scheme).toMatch(/^[a-z][a-z0-9]*$/);
      expect(backend.help.form).toMatch(new RegExp(`^${backend.scheme}(:|$)`));
      expect(backendOf(backend.help.form, [backend])).toBe(backend);
      expect(backendOf(backend.help.form) ?? backend).toBe(backend);
      expect(backend.help.about).toMatch(/^[^\n]{4,120}$/);
    });

    it('lists cameras by different numbers and by specs of its own that it takes', async () => {
      const { cameras } = (await backend.list?.()) ?? { cameras: [] };
      const numbers = cameras.flatMap(({ number }) => number ?? []);
      expect(new Set(numbers).size).toBe(numbers.length);
      for (const camera of cameras) {
        expect(backendOf(camera.spec, [backend])).toBe(backend);
        expect(backend.check?.(camera.spec) ?? camera.spec).toBe(camera.spec);
      }
      for (const [number, each] of (backend.numbered ?? []).entries()) {
        expect(cameras.find((camera) => camera.number === number)?.spec).toBe(each);
      }
    });

    it.each(wrong)('refuses %s in one line that names it', async (text, words) => {
      const refused = await open({ spec: text }).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(UsageError);
      expect((refused as Error).message).toContain(text);
      expect((refused as Error).message).toMatch(words);
      expect((refused as Error).message).not.toContain('\n');
    });

    if (silent === undefined) return;
    it('gives up opening when the signal fires', async () => {
      const { spec: waits, end } = await silent();
      try {
        const signal = AbortSignal.timeout(200);
        const given = await open({ spec: waits, signal }).catch((error: unknown) => error);
        expect(signal.aborted).toBe(true);
        expect(given).toBeInstanceOf(FailureError);
        expect((given as Error).message).toContain(waits);
      } finally {
        end();
      }
    });
  });

  if (spec === undefined) return;
  describe(`a camera ${spec}`, () => {
    it('says what it is: the size that is asked for, and a spec that opens it again', async () => {
      const { info } = await open({ spec });
      expect([info.width, info.height]).toEqual([REQUEST.width, REQUEST.height]);
      expect(info.model).not.toBe('');
      const again = await open({ spec: info.spec });
      expect(again.info).toEqual(info);
    });

    it('has the exposure and gain that are asked for, or says in a note why not', async () => {
      const { info } = await open({ spec, exposureUs: 5_000, gain: 2 });
      const notes = info.notes?.join('\n') ?? '';
      if (info.exposureUs === undefined) expect(notes).toContain('shutter');
      else expect(Math.abs(info.exposureUs - 5_000)).toBeLessThan(100);
      if (info.gain === undefined) expect(notes).toContain('gain');
      else expect(info.gain).toBe(2);
    });

    it('delivers frames whose numbers and times rise together, none from the future', async () => {
      const frames: { sequence: number; sensorUs: number }[] = [];
      await first(await open({ spec }), 15, ({ sequence, sensorUs }) => {
        expect(sensorUs).toBeLessThanOrEqual(clock.boot());
        frames.push({ sequence, sensorUs });
      });
      for (const [i, { sequence, sensorUs }] of frames.slice(1).entries()) {
        const before = frames[i] as (typeof frames)[number];
        expect(sequence).toBeGreaterThan(before.sequence);
        const periods = (sensorUs - before.sensorUs) / PERIOD_US;
        expect(periods / (sequence - before.sequence)).toBeGreaterThan(0.8);
        expect(periods / (sequence - before.sequence)).toBeLessThan(1.2);
      }
    });

    it('gives out pictures of the size that is asked for, which stay as they are', async () => {
      const pictures: { data: Uint8Array; before: Uint8Array }[] = [];
      await first(await open({ spec }), 4, (frame) => {
        const picture = frame.picture();
        expect(Buffer.compare(frame.picture().data, picture.data)).toBe(0);
        expect([picture.width, picture.height]).toEqual([REQUEST.width, REQUEST.height]);
        expect(picture.data.length).toBeGreaterThanOrEqual(pictureBytes(REQUEST.width, REQUEST.height));
        pictures.push({ data: picture.data, before: picture.data.slice() });
      });
      for (const { data, before } of pictures) expect(Buffer.compare(data, before)).toBe(0);
    });

    it('acts on a frame length after as many frames as it says, or says why it never does', async () => {
      const camera = await open({ spec });
      const { steering } = camera.info;
      if (steering.kind === 'timestamped') {
        expect(steering.reason).toMatch(/\S/);
        expect(() => camera.setFrameDuration(PERIOD_US)).not.toThrow();
        return;
      }
      const { frameUs, controlDelayFrames, lineUs, longestFrameUs } = steering;
      const longer = Math.min(frameUs * 1.1, longestFrameUs);
      const [frames, calls] = await steered(camera, [longer, frameUs], controlDelayFrames);
      const acted = calls.flatMap(({ us, beforeUs, afterUs }) => {
        const during = frames.findLast(({ sensorUs }) => sensorUs <= beforeUs);
        // A call on the border of two frames, or in one that was lost, tells nothing.
        if (
          !during ||
          frames.some(
            ({ sensorUs }) =>
              Math.abs(sensorUs - beforeUs) < LATENCY_US || (sensorUs > beforeUs && sensorUs < afterUs + LATENCY_US),
          )
        )
          return [];
        const lengthOf = (sequence: number): number | undefined => {
          const [a, b] = [sequence, sequence + 1].map((each) => frames.find((frame) => frame.sequence === each));
          return a && b && b.sensorUs - a.sensorUs;
        };
        const [old, changed] = [-1, 0].map((off) => lengthOf(during.sequence + controlDelayFrames + off));
        return old === undefined || changed === undefined ? [] : [{ us, old, changed }];
      });
      expect(acted.length).toBeGreaterThanOrEqual(2);
      for (const { us, old, changed } of acted) {
        expect(Math.abs(changed - us)).toBeLessThan(lineUs + LATENCY_US);
        expect(Math.abs(old - us)).toBeGreaterThan(lineUs + LATENCY_US);
      }
    });

    it('ends when it is closed: nothing is delivered afterwards, however often it is closed', async () => {
      const camera = await open({ spec });
      let [delivered, closed] = [0, false];
      let closing: Promise<void> | undefined;
      await camera.run(() => {
        expect(closed).toBe(false);
        delivered++;
        if (delivered === 3) {
          closing = camera.close();
          closed = true;
        }
      });
      await closing;
      expect(delivered).toBe(3);
      await expect(camera.close()).resolves.toBeUndefined();
    });

    it('that is closed before it runs delivers nothing', async () => {
      const camera = await open({ spec });
      await camera.close();
      await expect(camera.run(() => expect.unreachable())).resolves.toBeUndefined();
    });
  });
}

/** Runs a camera for so many frames. */
async function first(camera: Camera, count: number, onFrame: (frame: CapturedFrame) => void): Promise<void> {
  let left = count;
  let failure: unknown;
  await camera.run((frame) => {
    if (left <= 0) return;
    left--;
    try {
      onFrame(frame);
    } catch (error) {
      failure = error;
    }
    if (left === 0 || failure !== undefined) void camera.close();
  });
  if (failure !== undefined) throw failure;
  expect(left).toBe(0);
}

interface Call {
  readonly us: number;
  /** The clock before and behind it. */
  readonly beforeUs: number;
  readonly afterUs: number;
}

/** Asks for frame lengths in turn, each once the one before has acted. @returns the frames, and the calls. */
async function steered(camera: Camera, lengths: readonly number[], delay: number): Promise<[CapturedFrame[], Call[]]> {
  const frames: CapturedFrame[] = [];
  const calls: Call[] = [];
  const apart = delay + 3;
  await first(camera, (TRIES + 1) * apart, (frame) => {
    frames.push(frame);
    if (frames.length % apart !== 0 || calls.length >= TRIES) return;
    const us = lengths[calls.length % lengths.length] as number;
    const beforeUs = clock.boot();
    camera.setFrameDuration(us);
    calls.push({ us, beforeUs, afterUs: clock.boot() });
  });
  return [frames, calls];
}
