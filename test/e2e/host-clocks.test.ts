import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { RigKey } from '../../src/hosts/key/rig-key.ts';
import type { HostOffset } from '../../src/sync/exchange/host-offset.ts';
import type { Running } from '../support/genlock.ts';
import { Hosts } from '../support/hosts.ts';

const NODE = [process.execPath, '--import', 'tsx', resolve('test/support/clocks-host.ts')];
/** To pi2 all takes so much longer, in us, which nobody can measure: the offset looks half of it less. */
const SLOWER_US = 500;
const links = [{}, { to: { delayUs: SLOWER_US, jitterUs: 200, loss: 0.05 }, from: { jitterUs: 200, reorder: true } }];
const clocks = ['offset=-86400s,boot-offset=3600s,boot-ppm=30', 'offset=7200s,boot-offset=60s,boot-ppm=-50'];
const missing = Hosts.whyNone({ links });

/** What it printed so far. */
function printed({ child }: Running): { port?: number; offset?: HostOffset }[] {
  const lines: { port?: number; offset?: HostOffset }[] = [];
  let text = '';
  child.stderr?.on('data', (piece: string) => {
    const all = (text + piece).split('\n');
    text = all.pop() ?? '';
    lines.push(...all.map((line) => JSON.parse(line)));
  });
  return lines;
}

it('hosts with clocks of their own, one way slower than back: the truth is within the bound, which hosts shows', async (context) => {
  if (missing !== undefined) context.skip(missing);
  const hosts = await Hosts.make(2, { clocks, links });
  try {
    const key = RigKey.create().secret().toString('hex');
    const ids = ['00000000000000aa', '00000000000000bb'];
    const [first, second] = hosts.all.map((host, i) => host.startCommand(NODE, [key, ids[i] as string], 'pipe'));
    const [theirs, ours] = [printed(first as Running), printed(second as Running)];
    await expect.poll(() => [theirs[0]?.port, ours[0]?.port], { timeout: 60_000 }).not.toContain(undefined);
    const host = { hostId: ids[0], addresses: ['10.77.0.9', '10.77.0.1'], exchangePort: theirs[0]?.port };
    second?.child.stdin?.write(`${JSON.stringify(host)}\n`);
    const told = () => ours.flatMap(({ offset }) => offset ?? []);
    await expect.poll(() => told().length, { timeout: 60_000 }).toBeGreaterThan(12);
    for (const { offsetUs, boundUs, atBootUs } of told()) {
      const machineUs = (atBootUs - 60e6) / (1 - 50e-6);
      const truthUs = machineUs * (1 + 30e-6) + 3600e6 - atBootUs;
      expect(Math.abs(truthUs - offsetUs)).toBeLessThanOrEqual(boundUs);
    }
    const last = told().at(-1) as HostOffset;
    const machineUs = (last.atBootUs - 60e6) / (1 - 50e-6);
    const errorUs = machineUs * (1 + 30e-6) + 3600e6 - last.atBootUs - last.offsetUs;
    // The relay is in between: what a path hides is wrong in the estimate.
    expect(Math.abs(errorUs)).toBeGreaterThan(SLOWER_US / 5);

    await hosts.rig();
    const state = async () => {
      const { hosts: all } = JSON.parse((await hosts.all[0]?.run('hosts', '--json'))?.stdout ?? '{}');
      return all.map(({ clock }: { clock?: { against: string } }) => clock?.against);
    };
    await expect.poll(state, { timeout: 30_000 }).toEqual([undefined, 'pi1']);
    const { stdout } = (await hosts.all[1]?.run('hosts')) ?? {};
    expect(stdout).toMatch(/^pi1 +free +reference /m);
    expect(stdout).toMatch(/^pi2 +free +\+-\d+ us /m);
  } finally {
    await hosts.remove();
  }
});
