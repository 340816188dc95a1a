import { spawn } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { alone } from '../src/run/repair/lock.ts';
import { LOCK_FILE } from '../src/run/take/take-files.ts';
import { inFolder } from './support/genlock.ts';

const never = (pid: number): never => {
  throw new Error(`waited for ${pid}`);
};

describe('the repair of a take', () => {
  it('waits for another one that is at it, and says so once', () =>
    inFolder(async (home) => {
      const order: string[] = [];
      const first = alone(home, never, async () => {
        order.push('first begins');
        await new Promise((resolve) => setTimeout(resolve, 700));
        order.push('first ends');
      });
      while (!existsSync(join(home, LOCK_FILE))) await new Promise((resolve) => setTimeout(resolve, 5));
      const waited: number[] = [];
      await alone(
        home,
        (pid) => waited.push(pid),
        async () => order.push('second'),
      );
      await first;
      expect(order).toEqual(['first begins', 'first ends', 'second']);
      expect(waited).toEqual([process.pid]);
      expect(readdirSync(home)).toEqual([]);
    }));

  it('waits for none that was killed, or that left an empty file', () =>
    inFolder(async (home) => {
      const child = spawn(process.execPath, ['-e', '']);
      await new Promise((resolve) => child.on('close', resolve));
      for (const text of [`${child.pid}\n`, '', 'x']) {
        writeFileSync(join(home, LOCK_FILE), text);
        expect(await alone(home, never, async () => 'done')).toBe('done');
        expect(readdirSync(home)).toEqual([]);
      }
    }));

  it('leaves the way free where it fails', () =>
    inFolder(async (home) => {
      await expect(alone(home, never, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
      expect(readdirSync(home)).toEqual([]);
    }));

  it('goes on where no file can be made', () =>
    inFolder(async (home) => {
      expect(await alone(join(home, 'none'), never, async () => 'done')).toBe('done');
    }));
});
