import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Hosts } from '../support/hosts.ts';
import { freshPort, LENIENT, lockedInAll } from '../support/genlock.ts';

const FRAMES = 60;
/** Hours apart, and 50 ppm off. */
const CLOCKS = [undefined, 'offset=-10800s,boot-offset=7200s,boot-ppm=50'];
const why = Hosts.whyNone();

describe.skipIf(why !== undefined)(`a take of hosts of a rig${why === undefined ? '' : `: ${why}`}`, () => {
  let hosts: Hosts;
  const small = () => ['--width', '160', '--height', '120', '--sync-port', freshPort()];

  afterEach(() => hosts.remove());

  it('is one by its pixels, whatever their clocks say', async () => {
    hosts = await Hosts.make(2, { clocks: CLOCKS });
    await hosts.rig();
    const [pi1] = hosts.all as [Hosts['all'][0]];
    const folder = join(pi1.folder, 'jump');
    const outcome = await pi1.run('record', '--hosts', '--frames', String(FRAMES), ...small(), '-o', folder);
    console.log(outcome.stderr, outcome.stdout);
    expect(existsSync(folder)).toBe(true);
  });
});
