import { hostname } from 'node:os';
import { UsageError } from '../../errors.ts';
import { ipv4Interfaces, resolveInterface } from '../../host/interfaces.ts';
import { NAME, NAME_WORDS } from '../name.ts';

/**
 * What this host is called in a rig where it is not told: as on the network, without what no name can have.
 */
export const ownName = (system = hostname()): string =>
  (system.split('.')[0] ?? '')
    .replaceAll(/[^A-Za-z0-9_-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 63) || 'host';

/** A name as it was given. @throws UsageError that names the flag. */
export function checkName(flag: string, name: string): string {
  if (NAME.test(name)) return name;
  throw new UsageError(`${flag} ${name}: must be ${NAME_WORDS}`);
}

/** The address that other hosts reach this one by: that of GENLOCK_INTERFACE, else of the first interface. */
export function ownAddress(): string {
  const given = [resolveInterface(undefined) ?? []].flat()[0];
  const found = given ?? ipv4Interfaces()[0]?.address;
  if (found !== undefined) return found;
  throw new UsageError('this host has no IPv4 address yet; connect it to the network, or say how the others reach it');
}
