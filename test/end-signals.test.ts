import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { script } from './support/scripts.ts';

/** A process that listens for signals. */
function listening(...args: string[]) {
  const child = spawn(process.execPath, [script('answer-signals'), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  const listeners = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    text += more;
    for (const listener of listeners) listener();
  });
  const says = (line: string): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (text.includes(line)) resolve();
      };
      listeners.add(check);
      check();
    });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.on('close', (_, signal) => resolve(signal)));
  return { child, says, ended };
}

/** Resolves when a signal that was sent is no longer pending: its handler was entered. */
async function taken(child: ChildProcess): Promise<void> {
  const pending = (): boolean =>
    /^(SigPnd|ShdPnd):\s*0*[1-9a-f]/m.test(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
  while (pending()) await new Promise((resolve) => setImmediate(resolve));
}

describe('a process that answers signals', () => {
  it('answers the first and goes on, and is ended by the second, whichever that is', async () => {
    const { child, says, ended } = listening();
    await says('ready');
    child.kill('SIGINT');
    await says('answered SIGINT');
    child.kill('SIGTERM');
    expect(await ended).toBe('SIGTERM');
  });

  it.skipIf(process.platform !== 'linux').each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'whose event loop turns in circles is ended by a second %s',
    async (signal) => {
      const { child, says, ended } = listening('spin');
      await says('ready');
      child.kill(signal);
      await taken(child);
      child.kill(signal);
      expect(await ended).toBe(signal);
    },
  );
});
