import { describe, expect, it } from 'vitest';
import type { CapturedFrame } from '../src/camera/camera.ts';
import type { Picture } from '../src/camera/picture.ts';
import { Recording, type RecordingOptions } from '../src/run/camera/recording.ts';
import type { RecordedFrame, RunFiles } from '../src/run/camera/run-files.ts';
import { RecordingPlan } from '../src/sync/recording-plan.ts';

const FRAME_US = 1e6 / 30;

/** Files that only tell what they are given. */
function filesOf(readyFrom = 0) {
  const told = { begun: undefined as number | undefined, positions: [] as number[], closed: undefined as unknown };
  let asked = 0;
  const files: RunFiles = {
    get ready() {
      return asked > readyFrom;
    },
    encoderName: undefined,
    written: [],
    open: async () => {
      asked++;
    },
    begin: (position) => {
      told.begun = position;
    },
    offer: (position) => told.positions.push(position) > 0,
    startsAt: () => {},
    resumeAt: () => {},
    save: () => {},
    leave: () => {},
    summary: () => undefined,
    close: async (end) => {
      told.closed = end ?? 'nothing';
    },
  };
  return { files, told };
}

/** Frames of these indices go by, until the recording is over. */
async function record(
  indices: Iterable<number>,
  options: Partial<RecordingOptions>,
  readyFrom?: number,
  stop?: [at: number, before: number],
  unnumbered?: 'following' | 'alone',
) {
  const { files, told } = filesOf(readyFrom);
  let ended = false;
  const lines: string[] = [];
  const recording = new Recording(
    files,
    new RecordingPlan(),
    { frames: undefined, countPauses: false, frameUs: FRAME_US, sync: true, earlyFrames: 12, ...options },
    {
      onEnd: () => {
        ended = true;
      },
      onLine: ({ text }) => lines.push(text),
    },
  );
  let sequence = 0;
  if (unnumbered !== undefined) {
    const frame = { sequence: sequence++, sensorUs: -FRAME_US, picture: () => ({}) } as unknown as CapturedFrame;
    recording.frame(frame, undefined, 0, () => ({}) as RecordedFrame, undefined, unnumbered === 'following');
  }
  for (const index of indices) {
    if (stop?.[0] === index && recording.endBefore(stop[1])) ended = true;
    if (ended) break;
    const frame = { sequence: sequence++, sensorUs: index * FRAME_US, picture: () => ({}) } as unknown as CapturedFrame;
    recording.frame(frame, index, index * FRAME_US, () => ({}) as RecordedFrame);
  }
  await recording.finish();
  return { ...told, ended, lines, firstIndex: recording.firstIndex };
}

const from = (first: number, count = 1000): number[] => Array.from({ length: count }, (_, i) => first + i);
const range = (first: number, end: number): number[] => from(first, end - first);

describe('a recording that ends before a frame of the timeline', () => {
  it('ends there whichever frame it began with', async () => {
    for (const first of [-40, 120, 299]) {
      const { positions, closed, ended } = await record(from(first), { endFrame: 300 });
      expect({ positions, closed, ended }).toEqual({
        ...{ positions: range(Math.max(0, first), 300), closed: 300, ended: true },
      });
    }
  });

  it('ends earlier where that is agreed on, and not later', async () => {
    expect(await record(from(-40), { endFrame: 300 }, 0, [100, 200])).toMatchObject({ closed: 200, ended: true });
    expect(await record(from(-40), { endFrame: 300 }, 0, [100, 400])).toMatchObject({ closed: 300, ended: true });
  });

  it('ends with the first frame that comes, where that is behind the end: nothing is recorded', async () => {
    const late = await record(from(350), { endFrame: 300 });
    expect(late).toMatchObject({ positions: [], ended: true });
    // What is closed has no frame either.
    expect(late.closed).toBe(late.firstIndex);
  });

  it('has its last frame repeated up to the end, where that one was dropped', async () => {
    const dropped = from(-40).filter((index) => index < 297 || index > 305);
    const { positions, closed } = await record(dropped, { endFrame: 300 });
    expect(positions).toEqual(range(0, 297));
    expect(closed).toBe(300);
  });

  it('begins with the first frame that it can name, however long its files take, and says that it joined late', async () => {
    const { begun, positions, lines } = await record(from(120), { endFrame: 300 }, 7);
    expect(begun).toBe(120);
    expect(positions).toEqual(range(120, 300));
    expect(lines).toEqual(["joined late: the recording begins with frame 120 of the server's"]);
  });

  it('keeps so many frames for its files at most', async () => {
    const { begun, positions } = await record(from(-5), { endFrame: 300, earlyFrames: 6 }, 20);
    expect(begun).toBe(0);
    // A frame that stands for those that found no room is the one before them.
    expect(positions).toEqual([...range(0, 6), ...range(16, 300)]);
  });

  it('begins with frame 0 where it followed the server all along and heard a little late which frame that is', async () => {
    const heard = (how: 'following' | 'alone') => record(from(3), { endFrame: 300 }, 0, undefined, how);
    expect(await heard('following')).toMatchObject({ begun: 0, lines: [], firstIndex: 0 });
    expect(await heard('alone')).toMatchObject({ begun: 3, firstIndex: 3 });
  });

  it('records the frames that came before it heard which they are, each in its own place', async () => {
    const { files, told } = filesOf(2);
    const pictures: unknown[] = [];
    let preroll: unknown;
    const recording = new Recording(
      {
        ...files,
        get ready() {
          return files.ready;
        },
        begin: (position, before) => {
          files.begin(position, before);
          preroll = typeof before === 'function' ? before() : before;
        },
        offer: (position, picture, row) => {
          pictures.push(typeof picture === 'function' ? picture() : picture);
          return files.offer(position, picture, row);
        },
      },
      new RecordingPlan(),
      { frames: 9, countPauses: false, frameUs: FRAME_US, sync: true, earlyFrames: 6 },
      { onEnd: () => {}, onLine: () => {} },
    );
    for (const place of range(-9, 9)) {
      const picture = () => place as unknown as Picture;
      const frame = { sequence: place + 9, sensorUs: place * FRAME_US, picture } as unknown as CapturedFrame;
      // A frame is a little off its slot, and the period is not quite the nominal one.
      const slotUs = place * FRAME_US * 1.0002;
      const row = () => ({}) as RecordedFrame;
      recording.frame(frame, place < 3 ? undefined : place, slotUs, row, undefined, true);
    }
    await recording.finish();
    expect(told.positions).toEqual(range(0, 9));
    expect(pictures).toEqual(range(0, 9));
    expect(preroll).toBe(-1);
    expect(recording.drops).toBe(0);
  });

  it('goes by the count of frames where no end is given', async () => {
    const { positions, closed } = await record(from(120), { frames: 50 });
    expect(positions).toEqual(range(120, 170));
    expect(closed).toBe(170);
  });
});
