import { describe, expect, it } from 'vitest';
import type { CameraSnapshot } from '../src/run/camera/snapshot.ts';
import type { TakeOptions } from '../src/run/plan/options.ts';
import { type LimitedCamera, TakeLimits } from '../src/run/take/take-limits.ts';

type Changing<T> = { -readonly [K in keyof T]: T[K] };
const OPTIONS = {
  specs: ['0', '1'],
  frames: 90,
  frameRate: { num: 30, den: 1 },
  lockTimeout: 30,
  readyFrames: undefined as TakeOptions['readyFrames'],
};

/** A take of two cameras under its limits; `pass` lets time go by in steps of 100 ms. */
function take(options: Partial<typeof OPTIONS> = {}) {
  const done: string[] = [];
  const camera = (name: string): Changing<LimitedCamera> => ({
    name,
    spec: '0',
    end: undefined,
    inStep: false,
    recorded: false,
    snapshot: undefined,
    stop: (index) => void done.push(`${name} stop ${index}`),
    kill: () => void done.push(`${name} kill`),
  });
  const [server, client] = [camera('cam0'), camera('cam1')];
  const limits = new TakeLimits(
    { ...OPTIONS, ...options },
    {
      onLate: (problems) => done.push(...problems.map(({ name, text }) => `${name}: ${text}`)),
      onOver: (name, text) => done.push(`${name}: ${text}`),
    },
    1_000,
  );
  let nowMs = 1_000;
  const pass = (ms: number): string[] => {
    for (const endMs = nowMs + ms; nowMs < endMs; ) {
      nowMs += 100;
      limits.look([server, client], nowMs);
    }
    return done.splice(0);
  };
  return { server, client, limits, pass, begin: () => limits.begun(nowMs) };
}

const at = (index: number, state: CameraSnapshot['state'] = 'recording') => ({ index, state }) as CameraSnapshot;

describe('no state before the recording lasts longer than the lock timeout', () => {
  it('neither that of a client that never gets into step', () => {
    const { pass } = take();
    expect(pass(29_800)).toEqual([]);
    expect(pass(500)).toEqual(['cam1: did not lock within 30 s: no frame']);
    expect(pass(60_000)).toEqual([]);
  });

  it('nor that of one that falls out of step, because its server went silent', () => {
    const { client, pass } = take({ readyFrames: 9000 });
    client.inStep = true;
    expect(pass(100_000)).toEqual([]);
    client.inStep = false;
    client.snapshot = at(-100, 'holdover');
    expect(pass(29_000)).toEqual([]);
    expect(pass(2_000)).toEqual(['cam1: did not lock within 30 s: holdover']);
  });

  it('nor that of one that is in step now and then, so that the recording never begins', () => {
    const { client, pass } = take();
    const said: string[] = [];
    for (let i = 0; i < 40; i++) {
      client.inStep = !client.inStep;
      said.push(...pass(1_000));
    }
    expect(said).toEqual(['cam1: did not lock within 30 s: no frame']);
  });

  it('but clients that were all in step a moment ago may be so again a moment later', () => {
    const { client, pass } = take();
    client.inStep = true;
    pass(29_800);
    // Out of step for less than the timeout by itself, beyond the timeout of the take as a whole.
    client.inStep = false;
    expect(pass(1_000)).toEqual([]);
    expect(pass(1_000)).toEqual(['cam1: did not lock within 30 s: no frame']);
  });

  it('nor that of clients that are locked to something that never begins', () => {
    const { client, pass, begin } = take();
    client.inStep = true;
    pass(2_000);
    begin();
    expect(pass(31_900)).toEqual([]);
    expect(pass(200)).toHaveLength(2);
  });

  it('but the many frames that a server was told to count are waited for', () => {
    const { server, client, pass } = take({
      readyFrames: 9000,
    });
    client.inStep = true;
    expect(pass(300_000)).toEqual([]);
    server.recorded = client.recorded = true;
    expect(pass(3_000)).toEqual([]);
  });
});

describe('a take ends by its own clock', () => {
  const recording = () => {
    const made = take();
    made.client.inStep = true;
    made.pass(1_000);
    made.begin();
    made.server.recorded = made.client.recorded = true;
    return made;
  };

  it('where a camera does not begin with the others: it is ended, and named', () => {
    const { client, pass, server } = recording();
    client.recorded = false;
    server.snapshot = at(89);
    const said = pass(30_200);
    expect(said).toEqual([
      'cam1 stop 90',
      expect.stringMatching(/^cam1: has not begun to record 30 s after the recording was to begin/),
      'cam1 kill',
    ]);
  });

  it('where a camera takes frames beyond the end: it is told the end once more, and killed in the end', () => {
    const { client, pass, server } = recording();
    server.end = { ok: true, frames: 90, interrupted: false };
    client.snapshot = at(200);
    expect(pass(8_000)).toEqual([]);
    expect(pass(300)).toEqual(['cam1 stop 90']);
    expect(pass(36_000)).toEqual([
      'cam1: had not ended 40 s behind the end of the take: its process was ended',
      'cam1 kill',
    ]);
  });

  it('but a camera that is behind its last frame is left to close its file', () => {
    const { client, server, pass } = recording();
    server.snapshot = client.snapshot = at(89);
    expect(pass(20_000)).toEqual([]);
  });

  it('and not at all where no end was asked for', () => {
    const made = take({ frames: undefined as unknown as number });
    made.server.recorded = made.client.recorded = true;
    expect(made.pass(600_000)).toEqual([]);
  });
});
