import { BlockList, isIPv4 } from 'node:net';
import os from 'node:os';
import { DEFAULT_INTERFACE, resolveInterface } from '../../host/interfaces.ts';

/**
 * The interfaces, by their addresses, on which a rig may be told of and looked for: those of GENLOCK_INTERFACE, else
 * the one in whose network the broker's address is. No other is ever used; none where that names none.
 * @param broker its address, or name, as it was given.
 */
export function givenInterfaces(broker: string, env = process.env, interfaces = os.networkInterfaces()): string[] {
  const all = Object.values(interfaces).flatMap((each) => each ?? []);
  if (env.GENLOCK_INTERFACE?.trim()) {
    try {
      const given = [resolveInterface(undefined, env) ?? []].flat();
      return given.filter((address) => address !== DEFAULT_INTERFACE);
    } catch {
      // It is not there now.
      return [];
    }
  }
  if (!isIPv4(broker)) return [];
  const near = all.filter(({ family, address, cidr }) => {
    const network = new BlockList();
    if (family === 'IPv4' && cidr !== null) network.addSubnet(address, Number(cidr.split('/')[1]));
    return network.check(broker);
  });
  return near.slice(0, 1).map(({ address }) => address);
}
