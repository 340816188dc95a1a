import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { UNIT, unitText } from '../src/run/agent/unit.ts';
import { inFolder } from './support/genlock.ts';

const has = spawnSync('systemd-analyze', ['--version']).error === undefined;

it.skipIf(!has)('the unit that runs the agent is one, as systemd-analyze says, for paths of any letters too', () =>
  inFolder(async (folder) => {
    const file = join(folder, UNIT);
    writeFileSync(file, unitText(process.execPath, '/home/a b/100%/$x/cli.js', { GENLOCK_STATE: '/a "b"' }));
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['--user', 'verify', file], {
      encoding: 'utf8',
      // A user who has not logged in has none.
      env: { ...process.env, XDG_RUNTIME_DIR: folder },
    });
    const ours = `${stdout}${stderr}`.split('\n').filter((line) => line.includes(UNIT));
    expect(ours).toEqual([]);
    expect(status).toBe(0);
  }),
);
if (!has) it.skip('systemd-analyze: it is not on this machine');

it('the unit keeps the state folder and the interface that were given', () => {
  const text = unitText('/node', '/cli.js', { GENLOCK_STATE: '/state', GENLOCK_INTERFACE: 'eth0' });
  expect(text).toContain('Environment="GENLOCK_STATE=/state" "GENLOCK_INTERFACE=eth0"\n');
  expect(unitText('/node', '/cli.js', {})).not.toContain('Environment');
});
