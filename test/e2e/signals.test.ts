import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freshPort, inFolder, processesNaming, SMALL, sleep, start } from '../support/genlock.ts';

describe('SIGTERM', () => {
  it.each<[string, string[], string | undefined]>([
    ['simulate, whose event loop is busy', ['simulate', '--seconds', '1000000'], undefined],
    ['clock', ['clock', '--port', '0'], 'pixel clock: open it'],
    ['vid that waits for a server', ['vid', '--sync', 'client', '-t', '1s'], 'waiting for a server'],
    ['vid that records', ['vid', ...SMALL, '-t', '0'], 'recording'],
    ['record that records', ['record', ...SMALL, '-t', '0', '--no-verify'], 'recording: '],
  ])(
    'ends %s',
    (_, args, text) =>
      inFolder(async (folder) => {
        const output = args[0] === 'vid' ? ['-o', join(folder, 'a.mp4')] : args[0] === 'record' ? ['-o', folder] : [];
        const port = output.length > 0 ? ['--sync-port', freshPort()] : [];
        const run = start([...args, ...output, ...port]);
        await (text === undefined ? sleep(1_500) : run.says(text));
        run.child.kill('SIGTERM');
        const { code, signal } = await run.ended;
        expect(code ?? signal).not.toBe('SIGKILL');
      }),
    20_000,
  );

  it.each<[string, string[], 'stdout' | 'stderr', RegExp]>([
    ['clock', ['clock', '--port', '0'], 'stdout', /pixel clock: open it/],
    ['vid', ['vid', '-t', '0'], 'stderr', /stopped before the recording began: nothing written/],
    ['record', ['record', '-t', '0', '--no-verify'], 'stderr', /stopping all cameras/],
  ])('that comes with the first word of %s is answered', (_, args, stream, answer) =>
    inFolder(async (folder) => {
      const output = args[0] === 'clock' ? [] : ['-o', join(folder, 'a.mp4'), '--sync-port', freshPort()];
      const env = { NODE_OPTIONS: `--import=${resolve('test/support/end-at-first-word.js')}`, SAID_ON: stream };
      const { signal, stderr } = await start([...args, ...output], env).ended;
      expect(stderr).toMatch(answer);
      expect(signal).toBe(null);
    }),
  );

  it('a second time ends a record at once, whatever it finishes', () =>
    inFolder(async (folder) => {
      const take = join(folder, 'take');
      mkdirSync(take);
      const run = start(['record', ...SMALL, '-t', '0', '-o', take, '--sync-port', freshPort()]);
      await run.says('recording: ');
      run.child.kill('SIGTERM');
      await run.says('stopping all cameras at the same frame');
      run.child.kill('SIGTERM');
      expect(await run.ended).toMatchObject({ code: null, signal: 'SIGTERM' });
      // Its cameras finish by themselves.
      while (processesNaming(take).length > 0) await sleep(100);
    }));
});
