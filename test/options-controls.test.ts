import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { setImmediate as tick } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type ControlOptions, listenForControls } from '../src/cli/controls.ts';

/** A recording, and a process whose keys and signals come from the test. */
function controlled(options: Partial<ControlOptions>) {
  const calls: string[] = [];
  const said: string[] = [];
  const stdin = new PassThrough();
  const signals = new EventEmitter();
  const recording = {
    toggle: () => {
      calls.push('toggle');
      return 'paused';
    },
    save: () => {
      calls.push('save');
      return undefined;
    },
    stop: () => {
      calls.push('stop');
    },
  };
  const all = { keypress: false, signal: false, circular: false, ...options };
  const leave = listenForControls(all, recording, (text) => said.push(text), { stdin, signals });
  return { calls, said, stdin, signals, leave };
}

describe('keys', () => {
  it('Enter pauses and resumes, x ends, and the answer is said', async () => {
    const { calls, said, stdin } = controlled({ keypress: true });
    stdin.write('\n\nq\nX\n');
    await tick();
    expect(calls).toEqual(['toggle', 'toggle', 'stop']);
    expect(said).toEqual(['paused', 'paused']);
  });

  it('Enter saves a circular buffer, and what answers nothing says nothing', async () => {
    const { calls, said, stdin } = controlled({ keypress: true, circular: true });
    stdin.write('\n');
    await tick();
    expect(calls).toEqual(['save']);
    expect(said).toEqual([]);
  });

  it('that end or break are none', async () => {
    const { calls, stdin } = controlled({ keypress: true });
    stdin.destroy(new Error('read EIO'));
    await tick();
    expect(calls).toEqual([]);
    const closed = controlled({ keypress: true });
    closed.stdin.end();
    await tick();
    expect(closed.calls).toEqual([]);
  });

  it('are not read unless asked for', () => {
    const { stdin } = controlled({ signal: true });
    expect(stdin.listenerCount('data') + stdin.listenerCount('readable')).toBe(0);
  });
});

describe('signals', () => {
  it('SIGUSR1 pauses and resumes, or saves; SIGUSR2 ends', () => {
    const pausing = controlled({ signal: true });
    pausing.signals.emit('SIGUSR1');
    pausing.signals.emit('SIGUSR2');
    expect(pausing.calls).toEqual(['toggle', 'stop']);
    const saving = controlled({ signal: true, circular: true });
    saving.signals.emit('SIGUSR1');
    saving.signals.emit('SIGUSR1');
    expect(saving.calls).toEqual(['save', 'save']);
  });

  it('are answered with what is missing unless asked for, and change nothing', () => {
    const { calls, said, signals } = controlled({ keypress: true });
    signals.emit('SIGUSR1');
    signals.emit('SIGUSR2');
    expect(calls).toEqual([]);
    expect(said).toEqual([
      'SIGUSR1: acts with --signal only; recording goes on',
      'SIGUSR2: acts with --signal only; recording goes on',
    ]);
  });

  it('are left as they are afterwards', () => {
    for (const signal of [true, false]) {
      const { signals, leave } = controlled({ signal });
      expect(signals.eventNames()).toEqual(['SIGUSR1', 'SIGUSR2']);
      leave();
      expect(signals.eventNames()).toEqual([]);
    }
  });
});
