import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { joinLine, readJoinLine } from '../src/hosts/key/join-line.ts';
import {
  type Membership,
  membershipFile,
  ownMembership,
  readMembership,
  removeMembership,
  stateFolder,
  writeMembership,
} from '../src/hosts/key/membership.ts';
import { KEY_BYTES, RigKey } from '../src/hosts/key/rig-key.ts';

const folder = mkdtempSync(join(tmpdir(), 'genlock-key-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const key = new RigKey(Buffer.alloc(KEY_BYTES, 0xab), 3);
const membership: Membership = { rig: 'studio', host: '10.0.0.1', port: 8883, key, name: 'pi1', serves: true };
/** The key in any form that it may come out in. */
const FORMS = ['ab'.repeat(8), 'q6ur', 'q6urq6ur', '171,171', '171, 171', 'ab ab'];

describe('the key of a rig', () => {
  it('is another one each time, and the next has the next number', () => {
    const [one, two] = [RigKey.create(), RigKey.create()];
    expect(one.secret().equals(two.secret())).toBe(false);
    expect(one.next().epoch).toBe(2);
    expect(one.next().secret().equals(one.secret())).toBe(false);
  });

  it('derives keys that differ by use, by what within it, and by epoch, as HKDF does', () => {
    const again = new RigKey(key.secret(), 3);
    expect(again.derive('control').equals(key.derive('control'))).toBe(true);
    const all = [
      key.secret(),
      key.derive('control'),
      key.derive('files'),
      key.derive('sync', 'session 1'),
      key.derive('sync', 'session 2'),
      new RigKey(key.secret(), 4).derive('control'),
    ].map((bytes) => bytes.toString('hex'));
    expect(new Set(all).size).toBe(all.length);
    // `openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt hexkey:abab... -kdfopt salt:'genlock rig key'
    // -kdfopt info:'genlock control 3 ' HKDF`
    expect(key.derive('control').toString('hex')).toBe(
      'd267fd8bf3932812e5a19ab6f23deb63d31fef0d0a9b1f7cb43ae4a8eabdcbee',
    );
  });

  it('shows itself to nobody who prints what it is in', () => {
    const shown = [
      ...[inspect(membership, { depth: 9, showHidden: true }), JSON.stringify(membership), String(key), `${key}`],
      ...[inspect(key), Object.values(key).join(), JSON.stringify({ ...key })],
    ];
    for (const text of shown) for (const form of FORMS) expect(text).not.toContain(form);
  });
});

describe('the line to join with', () => {
  it('comes back as it was made', () => {
    const names = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,20}$/);
    const hosts = fc.oneof(fc.ipV4(), fc.ipV6(), fc.constant('pi1.local'));
    const bytes = fc.uint8Array({ minLength: KEY_BYTES, maxLength: KEY_BYTES });
    const [ports, epochs] = [fc.integer({ min: 1, max: 65_535 }), fc.integer({ min: 1, max: 65_535 })];
    fc.assert(
      fc.property(names, hosts, ports, bytes, epochs, (rig, host, port, secret, epoch) => {
        const line = joinLine({ rig, host, port, key: new RigKey(secret, epoch) });
        const read = readJoinLine(` ${line}\n`);
        expect(read).toMatchObject({ rig, host, port });
        expect(read.key.epoch).toBe(epoch);
        expect(read.key.secret().equals(secret)).toBe(true);
      }),
    );
  });

  it('leaves out the usual port', () => {
    expect(joinLine(membership)).toMatch(/^genlock:\/\/10\.0\.0\.1\/studio#[A-Za-z0-9_-]{48}$/);
    expect(joinLine({ ...membership, port: 9000 })).toMatch(/^genlock:\/\/10\.0\.0\.1:9000\/studio#/);
  });

  it('is refused with what is wrong with it, and nothing of the key', () => {
    const line = joinLine(membership);
    const wrong: readonly (readonly [string, string])[] = [
      ['', 'must be genlock://HOST:PORT/RIG#KEY'],
      [line.replace('genlock:', 'https:'), 'must be genlock://HOST:PORT/RIG#KEY'],
      [line.replace('10.0.0.1', '10.0.0.1:70000'), 'port must be from 1 to 65535'],
      [line.replace('studio', 'stu dio'), "rig's name must be letters"],
      [line.slice(0, -1), 'its key is not whole'],
      [`${line}A`, 'its key is not whole'],
      [line.replace('studio', 'studia'), 'its key is not whole'],
    ];
    for (const [text, why] of wrong) {
      const error = refused(text);
      expect(error).toContain(why);
      for (const form of FORMS) expect(error).not.toContain(form);
    }
  });

  it('is refused where any one sign of the key is another', () => {
    const line = joinLine(membership);
    const at = line.indexOf('#') + 1;
    for (let i = at; i < line.length; i++) {
      const sign = line[i] === 'A' ? 'B' : 'A';
      expect(refused(`${line.slice(0, i)}${sign}${line.slice(i + 1)}`)).toContain('its key is not whole');
    }
  });

  const refused = (text: string): string => {
    try {
      readJoinLine(text);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('it was taken');
  };
});

describe('what a host keeps of its rig', () => {
  it('stands in a file that nobody else may read, and comes back', async () => {
    const state = join(folder, 'deep', 'state');
    expect(await readMembership(state)).toBeUndefined();
    await expect(ownMembership(state)).rejects.toThrow('this host is of no rig; genlock rig create NAME');
    await writeMembership(membership, state);
    expect(statSync(membershipFile(state)).mode & 0o777).toBe(0o600);
    expect(statSync(state).mode & 0o777).toBe(0o700);
    const read = await ownMembership(state);
    expect({ ...read, key: undefined }).toEqual({ ...membership, key: undefined });
    expect(read.key.secret().equals(key.secret())).toBe(true);
    await writeMembership({ ...membership, key: key.next() }, state);
    expect((await ownMembership(state)).key.epoch).toBe(4);
    await removeMembership(state);
    expect(await readMembership(state)).toBeUndefined();
  });

  it('is refused where others may read it, or where it is damaged, and nothing of the key is said', async () => {
    const state = join(folder, 'state');
    await writeMembership(membership, state);
    const file = membershipFile(state);
    const text = readFileSync(file, 'utf8');
    chmodSync(file, 0o640);
    const errors = [await ownMembership(state).catch((error: Error) => error.message)];
    expect(errors[0]).toContain(`${file}: holds the rig's key and others may read it; chmod 600 it`);
    chmodSync(file, 0o600);
    for (const damaged of [text.slice(0, -3), text.replace('8883', '-1'), text.replace('abab', 'abxx'), '']) {
      writeFileSync(file, damaged);
      const error = await ownMembership(state).catch((error: Error) => error.message);
      expect(error).toContain(file);
      errors.push(error as string);
    }
    for (const error of errors) for (const form of FORMS) expect(error).not.toContain(form);
  });

  it('is in the folder that the environment names', () => {
    expect(stateFolder({ GENLOCK_STATE: '/a', XDG_STATE_HOME: '/b' })).toBe('/a');
    expect(stateFolder({ XDG_STATE_HOME: '/b' })).toBe('/b/genlock');
    expect(stateFolder({ XDG_STATE_HOME: 'b' })).toMatch(/\/\.local\/state\/genlock$/);
    expect(() => stateFolder({ GENLOCK_STATE: 'a' })).toThrow("GENLOCK_STATE: must be an absolute path, not 'a'");
  });
});
