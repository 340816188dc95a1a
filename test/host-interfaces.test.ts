import { describe, expect, it } from 'vitest';
import { OptionError, UsageError } from '../src/errors.ts';
import { ipv4Interfaces, resolveInterface } from '../src/host/interfaces.ts';

const PI = [
  { name: 'eth0', address: '192.168.1.20' },
  { name: 'wlan0', address: '10.0.0.7' },
  { name: 'lo', address: '127.0.0.1' },
];
const none = {};

describe('the interface for multicast', () => {
  it.each([
    ['lo', '127.0.0.1'],
    ['eth0', '192.168.1.20'],
    [' eth0 ', '192.168.1.20'],
    ['10.0.0.7', '10.0.0.7'],
    ['127.0.0.1', '127.0.0.1'],
  ])('%j is %s', (given, address) => {
    expect(resolveInterface(given, none, PI)).toBe(address);
    expect(resolveInterface(undefined, { GENLOCK_INTERFACE: given }, PI)).toBe(address);
  });

  it("is the system's choice where none is named", () => {
    expect(resolveInterface(undefined, none, PI)).toBeUndefined();
    expect(resolveInterface(undefined, { GENLOCK_INTERFACE: '' }, PI)).toBeUndefined();
  });

  it('is what the option says, whatever the environment says', () => {
    expect(resolveInterface('wlan0', { GENLOCK_INTERFACE: 'eth0' }, PI)).toBe('10.0.0.7');
  });

  it('can be several, and default is where the routes lead', () => {
    expect(resolveInterface('default,lo', none, PI)).toEqual(['default', '127.0.0.1']);
    expect(resolveInterface('eth0, wlan0, eth0', none, PI)).toEqual(['192.168.1.20', '10.0.0.7']);
    expect(resolveInterface('default', { GENLOCK_INTERFACE: 'lo' }, PI)).toBeUndefined();
    expect(() => resolveInterface('lo,eth7', none, PI)).toThrow(/is called 'eth7'/);
  });

  it('that does not exist is an error that lists those there are', () => {
    const there = 'there are eth0 (192.168.1.20), wlan0 (10.0.0.7), lo (127.0.0.1)';
    expect(() => resolveInterface('eth1', none, PI)).toThrow(
      new OptionError(
        'interface',
        undefined,
        `no interface of this host that is up with IPv4 is called 'eth1'; ${there}`,
      ),
    );
    expect(() => resolveInterface(undefined, { GENLOCK_INTERFACE: '1.2.3.4' }, PI)).toThrow(
      new UsageError(
        `GENLOCK_INTERFACE: no interface of this host that is up with IPv4 has the address '1.2.3.4'; ${there}`,
      ),
    );
    expect(() => resolveInterface('', none, PI)).toThrow(UsageError);
    expect(() => resolveInterface('lo', none, [])).toThrow('there is none at all');
  });
});

describe('the list of interfaces', () => {
  it('has the IPv4 ones, the loopback last', () => {
    const address = (family: 'IPv4' | 'IPv6', address: string, internal = false) =>
      ({ family, address, internal, netmask: '', mac: '', cidr: null, scopeid: 0 }) as never;
    expect(
      ipv4Interfaces({
        lo: [address('IPv4', '127.0.0.1', true), address('IPv6', '::1', true)],
        tun0: [address('IPv6', 'fd00::1')],
        eth0: [address('IPv6', 'fe80::1'), address('IPv4', '192.168.1.20')],
      }),
    ).toEqual([
      { name: 'eth0', address: '192.168.1.20' },
      { name: 'lo', address: '127.0.0.1' },
    ]);
  });

  it('resolves each interface of this host by its name and by its address', () => {
    const here = ipv4Interfaces();
    expect(here.map(({ address }) => address)).toContain('127.0.0.1');
    for (const { address } of here) expect(resolveInterface(address, none)).toBe(address);
  });
});
