import { spawn } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kernelLock, NO_KERNEL_LOCK } from '../src/host/kernel-lock.ts';
import { ownIdentity } from '../src/host/process-identity.ts';
import { alone } from '../src/run/files/lock.ts';
import { LOCK_FILE } from '../src/run/files/take-files.ts';
import { inFolder } from './support/genlock.ts';
import { script } from './support/scripts.ts';
import { samples } from './support/thorough.ts';

const never = (pid: number): never => {
  throw new Error(`waited for ${pid}`);
};

const LOCK = { kernel: kernelLock(), own: NO_KERNEL_LOCK };
const LOCKS = ['kernel', 'own'] as const;

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

  it('waits for none whose number belongs to another process now, or that was at it before the system was started anew', () =>
    inFolder(async (home) => {
      const { pid, start, boot } = ownIdentity();
      const stale = [
        `${LOCK_FILE}-1-1-${boot}-00000001`,
        `${LOCK_FILE}-${process.ppid}-${start}-${boot}-00000002`,
        `${LOCK_FILE}-${pid}-${start}-000000000000-00000003`,
        `${LOCK_FILE}-${pid}-${start}-${boot}-00000004-k`,
      ];
      for (const name of stale.slice(0, kernelLock() === NO_KERNEL_LOCK ? 3 : 4)) {
        for (const ending of ['', '.1']) writeFileSync(join(home, `${name}${ending}`), '');
        writeFileSync(join(home, LOCK_FILE), `${process.ppid}\n`);
        expect(await alone(home, never, async () => 'done')).toBe('done');
        expect(readdirSync(home)).toEqual([]);
      }
    }));

  it.each(LOCKS)('waits for one that lives, and not once it is killed: %s', (lock) =>
    inFolder(async (home) => {
      const first = run('repair-until-killed', home, lock);
      await first.said;
      const waited: number[] = [];
      const mine = alone(
        home,
        (pid) => waited.push(pid),
        async () => 'done',
        LOCK[lock],
      );
      while (waited.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      expect(waited).toEqual([first.child.pid]);
      first.child.kill('SIGKILL');
      expect(await mine).toBe('done');
      await first.ended;
      expect(readdirSync(home)).toEqual([]);
    }),
  );

  it("waits for one that has the kernel's word where it has none itself, and the other way round", () =>
    inFolder(async (home) => {
      for (const [theirs, own] of [
        ['kernel', 'own'],
        ['own', 'kernel'],
      ] as const) {
        const first = run('repair-until-killed', home, theirs);
        await first.said;
        const waited: number[] = [];
        const mine = alone(
          home,
          (pid) => waited.push(pid),
          async () => 'done',
          LOCK[own],
        );
        while (waited.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
        expect(waited).toEqual([first.child.pid]);
        first.child.stdin.end('\n');
        expect(await mine).toBe('done');
        await first.ended;
        expect(readdirSync(home)).toEqual([]);
      }
    }));

  it.each(['kernel', 'own', 'both'] as const)(
    'of many at once is never two at the same time, and each has its turn: %s',
    (lock) =>
      inFolder(async (home) => {
        // What the dead have left is removed by all of them.
        for (const number of [1, 2, 3]) {
          writeFileSync(join(home, `${LOCK_FILE}-1-1-000000000000-0000000${number}`), '');
          writeFileSync(join(home, `${LOCK_FILE}-1-1-000000000000-0000000${number}.${number}`), '');
        }
        const runs = Array.from({ length: samples(6, 4) }, (_, i) =>
          run('work-alone', home, '8', lock === 'both' ? (i % 2 === 0 ? 'kernel' : 'own') : lock),
        );
        expect(await Promise.all(runs.map(({ ended }) => ended))).toEqual(runs.map(() => 'worked\n'));
        expect(readdirSync(home)).toEqual([]);
      }),
  );
});

/** A script of test/support; `ended` has what it said in all, and what went wrong. */
function run(name: Parameters<typeof script>[0], ...args: readonly string[]) {
  const child = spawn(process.execPath, [script(name), ...args]);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (data) => (text += data));
  const said = new Promise((resolve) => child.stdout.once('data', resolve));
  return { child, said, ended: new Promise<string>((resolve) => child.once('close', () => resolve(text))) };
}
