import { describe, expect, it } from 'vitest';
import { JOIN_AFTER, JOIN_PATIENCE_S, JoinGate } from '../src/run/camera/join-gate.ts';

type Step = Parameters<JoinGate['admits']>[0];
const step = (index: number, phaseUs: number | undefined, state: Step['state'] = 'locked'): Step => ({
  ...{ index, phaseUs, state },
});

/** The index of the frame that may be the first, of steps that are 1000 frames into the recording. */
function firstOf(
  gate: JoinGate,
  steps: Iterable<[phaseUs: number | undefined, state?: Step['state']]>,
): number | undefined {
  let index = 1000;
  for (const [phaseUs, state] of steps) {
    if (gate.admits(step(index, phaseUs, state))) return index;
    index++;
  }
  return undefined;
}

const times = <T>(count: number, value: T): T[] => new Array<T>(count).fill(value);

describe('a client that joins a recording once it is locked', () => {
  it('joins when it has been in its place for some frames in a row', () => {
    expect(firstOf(new JoinGate(30), times(20, [12]))).toBe(1000 + JOIN_AFTER - 1);
    expect(firstOf(new JoinGate(30), [...times(10, [-9000]), ...times(10, [-12])] as [number][])).toBe(1014);
  });

  it('begins to count anew where a frame is out of its place', () => {
    const steps = [...times(4, [10]), [800], ...times(4, [10]), [undefined], ...times(6, [10])] as [number][];
    expect(firstOf(new JoinGate(30), steps)).toBe(1014);
  });

  it('goes by what its controller says as well', () => {
    const steps = [...times(10, [10, 'acquiring']), ...times(10, [10, 'holdover'])] as [number, Step['state']][];
    expect(firstOf(new JoinGate(30), steps)).toBe(1014);
  });

  it('that does not come into its place joins as it is, after a while', () => {
    expect(firstOf(new JoinGate(30), times(1000, [9000]))).toBe(1000 + 30 * JOIN_PATIENCE_S);
    expect(firstOf(new JoinGate(120), times(1000, [9000]))).toBe(1000 + 120 * JOIN_PATIENCE_S);
  });

  it('does not wait behind the end of the recording', () => {
    expect(firstOf(new JoinGate(30, 1003), times(1000, [9000]))).toBe(1003);
    expect(firstOf(new JoinGate(30, 10), times(1000, [9000]))).toBe(1000);
  });
});
