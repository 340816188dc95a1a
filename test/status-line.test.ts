import { describe, expect, it, vi } from 'vitest';
import { StatusLine } from '../src/cli/status-line.ts';
import type { CameraSnapshot } from '../src/run/camera/snapshot.ts';

/** What is said on stderr while a client goes through states, each `ms` after the one before. */
function said(states: readonly (readonly [state: CameraSnapshot['state'], ms: number])[]): string[] {
  const lines: string[] = [];
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  let now = 1000;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
  try {
    const status = new StatusLine(1, 'cam');
    for (const [state, ms] of states) {
      now += ms;
      status.snapshot({ state, recording: false, sync: 'client' } as CameraSnapshot);
    }
  } finally {
    write.mockRestore();
    clock.mockRestore();
  }
  return lines.map((line) => line.trim().replace('cam: ', ''));
}

const START = [
  ['waiting', 0],
  ['acquiring', 500],
  ['locked', 100],
] as const;
const START_SAID = ['waiting for a server', 'server heard: closing in on its frames', 'locked to the server'];

describe('what is said of a client before it records', () => {
  it('is each state once, though it is out of its place for a moment', () => {
    expect(said([...START, ['acquiring', 33], ['locked', 66], ['acquiring', 33], ['locked', 900]])).toEqual(START_SAID);
  });

  it('is that it is no longer locked, where that lasts', () => {
    const lasting = [...START, ['acquiring', 33], ['acquiring', 600], ['acquiring', 600], ['locked', 33]] as const;
    expect(said(lasting)).toEqual([...START_SAID, ...START_SAID.slice(1)]);
  });

  it('is at once that the server is silent', () => {
    expect(said([...START, ['holdover', 33]])).toEqual([...START_SAID, 'holdover']);
  });
});
