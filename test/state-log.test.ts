import { describe, expect, it } from 'vitest';
import { StateLog } from '../src/run/take/state-log.ts';

const at = (second: number): Date => new Date(Date.UTC(2026, 0, 2, 3, 4, second));

describe('the changes of a camera', () => {
  it('are those of its state and of its recording, with the moment and the frame', () => {
    const log = new StateLog();
    log.saw({ state: 'waiting', recording: false }, at(0));
    log.saw({ state: 'locked', recording: false, index: -3 }, at(1));
    log.saw({ state: 'locked', recording: false, index: -2 }, at(2));
    log.saw({ state: 'locked', recording: true, index: 0 }, at(3));
    log.saw({ state: 'done', recording: true, index: 59 }, at(4));
    expect(log.describe()).toEqual({
      states: [
        { at: '2026-01-02T03:04:00.000Z', state: 'waiting', recording: false },
        { at: '2026-01-02T03:04:01.000Z', state: 'locked', recording: false, index: -3 },
        { at: '2026-01-02T03:04:03.000Z', state: 'locked', recording: true, index: 0 },
        { at: '2026-01-02T03:04:04.000Z', state: 'done', recording: true, index: 59 },
      ],
    });
  });

  it('are kept up to a bound: the first and the last fifty, with the count of those between', () => {
    const log = new StateLog();
    for (let i = 0; i < 1000; i++) {
      log.saw({ state: i % 2 === 0 ? 'locked' : 'acquiring', recording: true, index: i }, at(0));
    }
    const { states, statesLeftOut } = log.describe();
    expect(statesLeftOut).toBe(900);
    expect(states?.map(({ index }) => index)).toEqual(Array.from({ length: 100 }, (_, i) => (i < 50 ? i : 900 + i)));
  });

  it('are worth being written down at once as long as they are few, and where the recording begins', () => {
    const log = new StateLog();
    const saw = (i: number, recording: boolean): boolean =>
      log.saw({ state: i % 2 === 0 ? 'locked' : 'acquiring', recording }, at(0));
    expect(saw(0, false)).toBe(true);
    expect(saw(0, false)).toBe(false);
    for (let i = 1; i < 80; i++) saw(i, false);
    expect(saw(80, false)).toBe(false);
    expect(saw(80, true)).toBe(true);
  });
});
