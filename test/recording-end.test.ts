import { describe, expect, it } from 'vitest';
import type { CapturedFrame } from '../src/camera/camera.ts';
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
    { frames: undefined, countPauses: false, frameUs: FRAME_US, sync: true, ...options },
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
      const begun = Math.max(0, first + (first < 0 ? 0 : 1));
      expect({ positions, closed, ended }).toEqual({ positions: range(begun, 300), closed: 300, ended: true });
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

  it('begins with the frame that its files are ready for, and says that it joined late', async () => {
    const { begun, positions, lines } = await record(from(120), { endFrame: 300 }, 7);
    expect(begun).toBe(128);
    expect(positions).toEqual(range(128, 300));
    expect(lines).toEqual(["joined late: the recording begins with frame 128 of the server's"]);
  });

  it('begins with frame 0 where it followed the server all along and heard a little late which frame that is', async () => {
    const heard = (how: 'following' | 'alone') => record(from(3), { endFrame: 300 }, 0, undefined, how);
    expect(await heard('following')).toMatchObject({ begun: 0, lines: [], firstIndex: 0 });
    expect(await heard('alone')).toMatchObject({ begun: 4, firstIndex: 4 });
  });

  it('goes by the count of frames where no end is given', async () => {
    const { positions, closed } = await record(from(120), { frames: 50 });
    expect(positions).toEqual(range(121, 171));
    expect(closed).toBe(171);
  });
});
