import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** Raises a process of its own, and says its niceness: before, as returned, after, of a child, and once given back. */
const SCRIPT = `
  import os from 'node:os';
  import { execFileSync } from 'node:child_process';
  import { lowerPriority, raisePriority } from ${JSON.stringify(new URL('../src/host/priority.ts', import.meta.url).href)};
  if (process.argv[1] === 'nobody') process.setuid(65534);
  const before = os.getPriority();
  const returned = raisePriority();
  const child = Number(execFileSync(process.execPath, ['-p', 'os.getPriority()'], { encoding: 'utf8' }));
  const after = os.getPriority();
  lowerPriority(before);
  console.log(JSON.stringify({ before, returned, after, child, lowered: os.getPriority() }));
`;

interface Niceness {
  before: number;
  returned: number;
  after: number;
  child: number;
  lowered: number;
}

function raised(...args: string[]): Niceness {
  const node = ['--import', 'tsx', '--input-type=module', '-e', SCRIPT, ...args];
  return JSON.parse(execFileSync(process.execPath, node, { encoding: 'utf8' }));
}

describe('a raised priority', () => {
  it('returns the niceness that the process has', () => {
    const { returned, after } = raised();
    expect(returned).toBe(after);
  });

  it('stays what it was for a user who may not raise it, without a word', (context) => {
    if (process.getuid?.() !== 0) context.skip('becoming a user who may not needs root');
    const { before, after } = raised('nobody');
    expect(after).toBe(before);
  });

  it('can be given back, raised or not', () => {
    for (const args of process.getuid?.() === 0 ? [[], ['nobody']] : [[]]) {
      const { before, lowered } = raised(...args);
      expect(lowered).toBe(before);
    }
  });

  it('is the process its own, not that of the processes it starts', (context) => {
    const { before, after, child } = raised();
    if (after === before) context.skip('this user may not raise a priority');
    expect(after).toBe(-10);
    expect(child).toBe(0);
  });
});
