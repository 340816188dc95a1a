import { afterEach, describe, expect, it, vi } from 'vitest';

describe('progress on a terminal', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });

  it('listens for no signal: a command that is busy can be ended', async () => {
    const before = Object.getOwnPropertyDescriptor(process.stderr, 'isTTY');
    Object.defineProperty(process.stderr, 'isTTY', { value: true, configurable: true });
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      const { ProgressLine } = await import('../src/cli/progress-line.ts');
      const line = new ProgressLine();
      await line.ready;
      line.show('half of it');
      expect(write.mock.calls.flat().join('')).toContain('half of it');
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) expect(process.listenerCount(signal)).toBe(0);
    } finally {
      if (before === undefined) Reflect.deleteProperty(process.stderr, 'isTTY');
      else Object.defineProperty(process.stderr, 'isTTY', before);
    }
  });
});
