import { describe, expect, it } from 'vitest';
import { endsCamera, noticeLine } from '../src/run/camera/notices.ts';

const apart = { kind: 'clocks-apart', from: 'a', serverUs: 1.7e15 + 37e6, hostUs: 1.7e15 } as const;

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
