import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { FailureError, UsageError } from '../src/errors.ts';
import { Broker } from '../src/hosts/control/broker.ts';
import { openBus } from '../src/hosts/control/reach.ts';
import { type Membership, writeMembership } from '../src/hosts/key/membership.ts';
import { RigKey } from '../src/hosts/key/rig-key.ts';
import { hosts } from '../src/node.ts';
import { version } from '../src/version.ts';
import { stateOf } from './support/host-state.ts';

const folder = mkdtempSync(join(tmpdir(), 'genlock-hosts-api-'));
const before = process.env.GENLOCK_STATE;
afterAll(() => {
  if (before === undefined) delete process.env.GENLOCK_STATE;
  else process.env.GENLOCK_STATE = before;
  rmSync(folder, { recursive: true, force: true });
});

it('a script is told the hosts of its rig, and what is wrong with each; else why not, by the kind of error', async () => {
  process.env.GENLOCK_STATE = folder;
  await expect(hosts()).rejects.toThrow(UsageError);
  const key = RigKey.create();
  const broker = await Broker.open({ rig: 'studio', key, host: '127.0.0.1', port: 0 });
  const own: Membership = { rig: 'studio', host: '127.0.0.1', port: broker.port, key, name: 'pc', serves: false };
  await writeMembership(own);
  const agents = ['pi2', 'pi1', 'pi3'].map((name) => {
    const theirs = name === 'pi3' ? '0.0.1' : version;
    return openBus({ ...own, name }, { state: stateOf(name, { version: theirs, temperature: 81, problems: ['hot'] }) });
  });
  try {
    await expect.poll(async () => (await hosts()).hosts.length).toBe(3);
    await agents[0]?.close();
    expect(await hosts()).toMatchObject({
      rig: 'studio',
      hosts: [
        { host: 'pi1', present: true, temperature: 81, problems: ['hot'] },
        { host: 'pi2', present: false, problems: [expect.stringMatching(/^is gone: see that it is on/)] },
        {
          host: 'pi3',
          problems: [expect.stringMatching(/^has genlock 0\.0\.1, this host .*: install the same/), 'hot'],
        },
      ],
    });
    await writeMembership({ ...own, key: RigKey.create() });
    await expect(hosts()).rejects.toThrow(FailureError);
  } finally {
    for (const agent of agents) await agent.close();
    await broker.close();
  }
});
