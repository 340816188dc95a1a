import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { script } from './support/scripts.ts';

interface Niceness {
  before: number;
  returned: number;
  after: number;
  child: number;
  lowered: number;
}

/** Raises a process of its own. */
const raised = (...args: string[]): Niceness =>
  JSON.parse(execFileSync(process.execPath, [script('raise-priority'), ...args], { encoding: 'utf8' }));

describe('a raised priority', () => {
  const root = process.getuid?.() === 0;
  let own: Niceness;
  let nobody: Niceness | undefined;
  beforeAll(() => {
    own = raised();
    if (root) nobody = raised('nobody');
  });

  it('returns the niceness that the process has', () => {
    expect(own.returned).toBe(own.after);
  });

  it('stays what it was for a user who may not raise it, without a word', (context) => {
    if (nobody === undefined) context.skip('becoming a user who may not needs root');
    const { before, after } = nobody as Niceness;
    expect(after).toBe(before);
  });

  it('can be given back, raised or not', () => {
    for (const { before, lowered } of nobody === undefined ? [own] : [own, nobody]) expect(lowered).toBe(before);
  });

  it('is the process its own, not that of the processes it starts', (context) => {
    const { before, after, child } = own;
    if (after === before) context.skip('this user may not raise a priority');
    expect(after).toBe(-10);
    expect(child).toBe(0);
  });
});
