import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readTake } from '../../src/record/take.ts';
import { freshPort, inFolder, LENIENT, processesNaming, SMALL, sleep, start } from '../support/genlock.ts';

it('records takes in a row while their cameras stay open: the second begins before the first is proved, and a camera whose process is killed between takes comes back', () =>
  inFolder(async (folder) => {
    const cameras = ['--camera', 'left=virtual:imx219', 'right=virtual:imx477'];
    const args = ['record', '--session', ...cameras, ...SMALL, ...LENIENT, '--sync-port', freshPort(), '-o', folder];
    const { child, ended, says } = start(args, {}, undefined, 'pipe');
    const key = (text: string) => child.stdin?.write(text);
    await says('ready: ');
    const open = (name: string) => processesNaming(`--name ${name}`).filter((pid) => parentOf(pid) === child.pid);
    const [right] = open('right');
    key('\n');
    await says(/recording \S+Z\n/);
    await sleep(1200);
    key('\n');
    await says('the next may begin');
    key('n jump\n\n');
    await says(/recording \S+-jump\n/);
    await sleep(1200);
    key('\n');
    await says(/recorded \S+-jump;/);
    process.kill(right as number, 'SIGKILL');
    await says(/right: .*SIGKILL.*is opened again/);
    key('n\n\n');
    await says(/(^recording \S+Z\S*\n[\s\S]*){3}/m);
    await sleep(1500);
    const last = [...open('left'), ...open('right')];
    expect(last).toHaveLength(2);
    key('q\n');
    const { code, stdout, stderr } = await ended;
    expect({ code, locked: stdout.match(/^LOCKED: /gm)?.length }, stderr).toEqual({ code: 0, locked: 3 });

    const takes = readdirSync(folder).sort();
    expect(takes.map((name) => name.replace(/^.*Z/, ''))).toEqual(['', '-jump', '']);
    for (const name of takes) {
      const take = await readTake(join(folder, name));
      expect(take).toMatchObject({ state: 'complete', cameras: [{ name: 'left' }, { name: 'right' }] });
      expect(take.problems).toBeUndefined();
      expect(take.cameras.map(({ frames }) => frames)).toEqual([take.frames, take.frames]);
      for (const { framesCsv } of take.cameras) {
        const rows = readFileSync(join(folder, name, framesCsv), 'utf8')
          .trim()
          .split('\n');
        // Every take counts from 0, and has one row a frame.
        expect([rows[1]?.split(',')[0], rows.length - 1]).toEqual(['0', take.frames]);
      }
    }
    const [first = '', second = ''] = takes;
    const { started } = await readTake(join(folder, second));
    expect(Date.parse(started)).toBeLessThan(statSync(join(folder, first, 'report.json')).mtimeMs);
    expect(processesNaming('--name ').filter((pid) => last.includes(pid))).toEqual([]);
  }));

const parentOf = (pid: number): number =>
  Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' }));
