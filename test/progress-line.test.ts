import { afterEach, describe, expect, it, vi } from 'vitest';

describe('progress on a terminal', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });

  it('listens for no signal: a command that is busy can be ended', async () => {
    const terminal = Object.entries({ isTTY: true, columns: 80, rows: 24 }).map(([name, value]) => {
      const before = Object.getOwnPropertyDescriptor(process.stderr, name);
      Object.defineProperty(process.stderr, name, { value, configurable: true });
      return { name, before };
    });
    vi.stubEnv('TERM', 'xterm');
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      const { ProgressLine } = await import('../src/cli/progress-line.ts');
      const line = new ProgressLine();
      await line.ready;
      line.show('half of it');
      expect(write.mock.calls.flat().join('')).toContain('half of it');
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) expect(process.listenerCount(signal)).toBe(0);
    } finally {
      for (const { name, before } of terminal) {
        if (before === undefined) Reflect.deleteProperty(process.stderr, name);
        else Object.defineProperty(process.stderr, name, before);
      }
      vi.unstubAllEnvs();
    }
  });
});
