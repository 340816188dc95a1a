import { describe, expect, it } from 'vitest';
import { endsCamera, noticeLine } from '../src/run/camera/notices.ts';

const apart = { kind: 'clocks-apart', from: 'a', serverUs: 1.7e15 + 37e6, hostUs: 1.7e15 } as const;

describe('a server on this very host', () => {
  const step = { kind: 'regrid', from: 'a', reason: 'step' } as const;
  const difference = { kind: 'clock-difference', from: 'a', differenceUs: -104_000 } as const;

  it.each([step, difference])('has no clock that differs, however late its messages are: $kind', (notice) => {
    expect(noticeLine(notice, true, 30)).toMatchObject({ level: 'warning' });
    const line = noticeLine(notice, true, 30, true);
    expect(line).toEqual({ level: 'info', text: expect.stringMatching(/this computer is busy$/) });
  });

  it('may begin anew all the same', () => {
    expect(noticeLine({ ...step, reason: 'restart' }, true, 30, true).level).toBe('warning');
  });
});

describe('a server whose clock is 37 s off', () => {
  it('ends a camera of a take before it records, and a lone one never: anybody may have sent it', () => {
    expect(endsCamera(apart, { recording: false, inTake: true })).toBe(true);
    expect(endsCamera(apart, { recording: true, inTake: true })).toBe(false);
    expect(endsCamera(apart, { recording: false, inTake: false })).toBe(false);
    expect(endsCamera(apart, { recording: true, inTake: false })).toBe(false);
  });

  it('is a warning that names both clocks, and says what the camera waits for', () => {
    const { level, text } = noticeLine(apart, false, 30);
    expect(level).toBe('warning');
    expect(text).toMatch(/37\.0 s ahead of this host's.*waiting for a server whose clock is within a second/);
  });
});
