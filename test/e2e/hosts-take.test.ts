import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Take } from '../../src/record/take.ts';
import { freshPort, genlock, LENIENT, lockedInAll, type Running, sleep } from '../support/genlock.ts';
import { Hosts, type TestHost } from '../support/hosts.ts';

/** Hours apart, and 50 ppm off. */
const CLOCKS = [undefined, 'offset=-10800s,boot-offset=7200s,boot-ppm=50'];
const why = Hosts.whyNone();

describe.skipIf(why !== undefined)(`a take of two hosts of a rig${why === undefined ? '' : `: ${why}`}`, () => {
  let hosts: Hosts;
  let agents: Running[];
  let pi1: TestHost;
  let pi2: TestHost;
  let folder: string;

  beforeEach(async () => {
    hosts = await Hosts.make(2, { clocks: CLOCKS });
    agents = await hosts.rig();
    [pi1, pi2] = hosts.all as [TestHost, TestHost];
    folder = join(pi1.folder, 'jump');
  });
  afterEach(() => hosts.remove());

  /** All cameras of both; a busy machine may know its clocks less well than is the usual limit. */
  const record = (frames: number, ...more: string[]): Running => {
    const size = ['--width', '160', '--height', '120', '--sync-port', freshPort()];
    return pi1.start([
      'record',
      '--hosts',
      '--frames',
      `${frames}`,
      ...size,
      '--clock-limit',
      '5ms',
      '-o',
      folder,
      ...more,
    ]);
  };
  const take = (): Take => JSON.parse(readFileSync(join(folder, 'take.json'), 'utf8'));
  /** A file of the take, wherever it is. */
  const fileOf = (host: TestHost, name: string): string => {
    const here = join(folder, name);
    return existsSync(here) ? here : join(host.takes, 'jump', name);
  };
  const proof = async (): Promise<string> =>
    (await genlock(['verify', fileOf(pi1, 'pi1-cam0.mp4'), fileOf(pi2, 'pi2-cam0.mp4'), ...LENIENT])).stdout;

  it('is one by its pixels, whatever their clocks say, and says how well they are known', async () => {
    const { stderr } = await record(60).ended;
    expect(stderr).not.toMatch(/chronyd/);
    expect(await proof()).toMatch(lockedInAll(60));
    expect(take().cameras.map(({ name, hostClock }) => [name, hostClock !== undefined])).toEqual([
      ['pi1-cam0', false],
      ['pi2-cam0', true],
    ]);
  });

  it('is refused to who asks second, with the name of who records, and of a clock that is not known well enough', async () => {
    const first = record(0, '-t', '0');
    await first.says('recording: ');
    const second = await pi2.run('record', '--hosts', '-t', '2s');
    expect(second).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--hosts pi2: pi2 records the take jump, which pi1 asked for/),
    });
    first.child.kill('SIGINT');
    await first.ended;
    const limited = await pi2.run('record', '--hosts', '-t', '2s', '--clock-limit', '1us', '-o', join(pi2.folder, 'x'));
    expect(limited).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--clock-limit 1: the clock of pi1 is known to \d+ us/),
    });
    expect(existsSync(join(pi2.folder, 'x'))).toBe(false);
    expect(existsSync(join(pi1.takes, 'x'))).toBe(false);
  });

  it('goes on to its end in sync where whoever asked is killed', async () => {
    const asker = record(120);
    await asker.says('recording: ');
    asker.child.kill('SIGKILL');
    await agents[1]?.says('its cameras are free');
    await expect.poll(() => proof(), { timeout: 20_000, interval: 1000 }).toMatch(lockedInAll(120));
  });

  it('names a host whose cable is pulled, within 3 s and some, goes on, and is whole once it is back', async () => {
    const asker = record(300);
    await asker.says('recording: ');
    pi2.plug(false);
    const pulled = performance.now();
    await asker.says('warning: pi2 is gone: pi2-cam0 go on there');
    expect(performance.now() - pulled).toBeLessThan(6_000);
    pi2.plug(true);
    await asker.says('pi2 is there again');
    await asker.ended;
    expect(await proof()).toMatch(lockedInAll(300));
  });

  it('goes on where an agent is killed: its camera does, and the take says what is lost', async () => {
    const asker = record(120);
    await asker.says('recording: ');
    agents[1]?.child.kill('SIGKILL');
    const { code, stderr } = await asker.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/pi2-cam0: lost: pi2 is gone; what it records goes on there/);
    expect(await sleep(500).then(proof)).toMatch(lockedInAll(120));
  });
});
