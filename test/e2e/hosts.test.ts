import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readJoinLine } from '../../src/hosts/key/join-line.ts';
import { CLI, genlock, type Outcome, type Running, start } from '../support/genlock.ts';
import { freePort } from '../support/pipe.ts';

/** A state, as `hosts --json` says it. */
interface Told {
  readonly host: string;
  readonly present: boolean;
  readonly cameras: readonly { readonly spec: string }[];
  readonly problems: readonly string[];
}

describe('a rig of two hosts, each with a state folder of its own', () => {
  let home = '';
  let port = 0;
  let line = '';
  const running: Running[] = [];
  /** All that any command printed. */
  const printed: string[] = [];

  const env = (host: string) => ({ GENLOCK_STATE: join(home, host), XDG_CONFIG_HOME: join(home, `${host}-config`) });
  const run = async (host: string, ...args: string[]): Promise<Outcome> => {
    const outcome = await genlock(args, env(host));
    printed.push(outcome.stderr, args[1] === 'create' || args[1] === 'key' ? '' : outcome.stdout);
    return outcome;
  };
  const agent = (host: string, ...args: string[]): Running => {
    const begun = start(['agent', ...args], env(host));
    running.push(begun);
    return begun;
  };
  const join_ = async (host: string, text: string, ...args: string[]): Promise<Outcome> => {
    const begun = start(['join', '-', ...args], env(host), [process.execPath, CLI], 'pipe');
    begun.child.stdin?.end(`${text}\n`);
    const outcome = await begun.ended;
    printed.push(outcome.stderr, outcome.stdout);
    return outcome;
  };
  const hosts = async (host = 'pi1'): Promise<readonly Told[]> =>
    JSON.parse((await run(host, 'hosts', '--json')).stdout).hosts;
  const present = async (): Promise<unknown> =>
    Object.fromEntries((await hosts()).map((each) => [each.host, each.present]));

  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'genlock-hosts-'));
    port = await freePort();
    const created = await run('pi1', 'rig', 'create', 'studio', '--as', 'pi1', '--port', String(port));
    expect(created.code).toBe(0);
    line = created.stdout.trim();
  });
  afterEach(async () => {
    for (const { child } of running) child.kill('SIGKILL');
    const outcomes = await Promise.all(running.splice(0).map(({ ended }) => ended));
    printed.push(...outcomes.flatMap(({ stdout, stderr }) => [stdout, stderr]));
    rmSync(home, { recursive: true, force: true });
  });

  it('shows both, names one that was killed, and has them back when the broker was away; the key is nowhere', async () => {
    const first = agent('pi1', '--camera', 'virtual:imx219', 'virtual:imx708');
    await first.says('is pi1 of the rig studio');
    const joined = await join_('pi2', line, '--as', 'pi2', '--install');
    expect(joined).toMatchObject({ code: 0, stderr: expect.stringContaining('this host is pi2 of the rig studio') });
    const second = agent('pi2', '--camera', 'virtual:imx477');
    await second.says('is pi2 of the rig studio');
    expect(await hosts('pi2')).toMatchObject([
      { host: 'pi1', present: true, cameras: [{ spec: 'virtual:imx219' }, { spec: 'virtual:imx708' }] },
      { host: 'pi2', present: true, cameras: [{ spec: 'virtual:imx477' }] },
    ]);
    const table = await run('pi1', 'hosts');
    expect(table.stdout).toMatch(/^pi2 +free +(-|\+-\d+ us) +virtual:imx477 /m);

    // Neither another host nor a second agent gets a name that is taken.
    const twice = agent('pi2');
    expect(await twice.ended).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('pi2: a host of this name is in the rig studio'),
    });
    const other = await join_('pi3', line, '--as', 'pi2');
    expect(other).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('pi2: a host of the rig studio is called'),
    });

    const key = readJoinLine(line).key.secret();
    const forms = [key.toString('hex'), key.toString('base64url').slice(0, 40), line.split('#')[1] as string];
    for (const text of [...commandLines(), ...printed]) for (const form of forms) expect(text).not.toContain(form);
    for (const host of ['pi1', 'pi2']) {
      expect(statSync(join(home, host, 'rig.json')).mode & 0o777).toBe(0o600);
      expect(readdirSync(join(home, host))).toEqual(['rig.json']);
    }
    const unit = readFileSync(join(home, 'pi2-config/systemd/user/genlock-agent.service'), 'utf8');
    expect(unit).toContain(`"GENLOCK_STATE=${join(home, 'pi2')}"`);
    expect(unit).not.toContain(forms[0]);

    second.child.kill('SIGKILL');
    await second.ended;
    await expect.poll(present, { timeout: 20_000 }).toEqual({ pi1: true, pi2: false });
    const gone = await run('pi1', 'hosts');
    expect(gone).toMatchObject({ code: 1, stdout: expect.stringContaining('pi2: is gone: see that it is on') });
    const again = agent('pi2', '--camera', 'virtual:imx477');
    await again.says('is pi2 of the rig studio');

    first.child.kill('SIGKILL');
    await again.says("the rig's broker is lost");
    await agent('pi1', '--camera', 'virtual:imx219').says('is pi1 of the rig studio');
    await expect.poll(present, { timeout: 20_000 }).toEqual({ pi1: true, pi2: true });
  });

  it('has nobody in with another key; a new key puts all out until they join anew; who leaves is forgotten', async () => {
    await agent('pi1', '--camera', 'virtual:imx219').says('is pi1 of the rig studio');
    mkdirSync(join(home, 'other'));
    const other = await run('other', 'rig', 'create', 'studio', '--as', 'evil', '--port', String(port));
    const refused = await join_('pi2', other.stdout.trim(), '--as', 'pi2');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("refuses this host's key") });
    expect(readdirSync(home)).not.toContain('pi2');

    await join_('pi2', line, '--as', 'pi2');
    const second = agent('pi2', '--camera', 'virtual:imx477');
    await second.says('is pi2 of the rig studio');
    const rotated = (await run('pi1', 'rig', 'key', '--rotate')).stdout.trim();
    await second.says("refuses this host's key");
    expect(await run('pi2', 'hosts')).toMatchObject({ code: 1, stdout: '' });
    expect(await join_('pi2', line, '--as', 'pi2')).toMatchObject({ code: 1 });
    expect(await join_('pi2', rotated, '--as', 'pi2')).toMatchObject({ code: 0 });
    await second.says('this host has another key');
    await expect.poll(present, { timeout: 20_000 }).toEqual({ pi1: true, pi2: true });

    expect(await run('pi1', 'leave')).toMatchObject({ code: 2, stderr: expect.stringContaining('leave --force') });
    expect(await run('pi2', 'leave')).toMatchObject({ code: 0 });
    expect(await second.ended).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('this host has left its rig'),
    });
    expect(await present()).toEqual({ pi1: true });
    expect(await run('pi2', 'hosts')).toMatchObject({ code: 2, stderr: expect.stringContaining('is of no rig') });
  });
});

/** What any process of this machine shows in lists. */
function commandLines(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        // It ended meanwhile.
        return '';
      }
    });
}
