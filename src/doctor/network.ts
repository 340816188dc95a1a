import type { Heard } from '../host/hear-oneself.ts';
import { type Finding, finding } from './finding.ts';

/** One way that sync messages take. */
export interface Route extends Heard {
  /** As `--sync-interface` takes it: `default`, `lo`, an address. */
  readonly asked: string;
  readonly wireless: boolean;
}

/** What is known of a take's messages. */
export interface Network {
  readonly group: string;
  /** The ways that this take's messages take; one that does not work lets the take fail. */
  readonly routes: readonly Route[];
  /** Where the system's routes lead to, for takes of other cameras; undefined where that is one of the routes. */
  readonly other?: Route | undefined;
}

const CONNECT = 'connect the network, or for cameras of this machine alone: sudo ip route add 239.0.0.0/8 dev lo';

/** Whether sync messages come back that this host sent. */
export function networkFinding({ group, routes, other }: Network): Finding {
  const names = [...new Set(routes.flatMap(({ name }) => name ?? []))].join(' and ');
  const silent = routes.find(({ heard }) => !heard);
  if (silent !== undefined) {
    const { name, asked } = silent;
    if (name !== undefined) {
      return finding('network', 'fail', `a message to ${group} by ${name} does not come back`, {
        advice: 'let UDP in and out to that group on that interface: a firewall stops it (sudo nft list ruleset)',
      });
    }
    return asked === 'default'
      ? finding('network', 'fail', `no route for multicast to ${group}`, {
          advice: `${CONNECT} (lasts until the next boot)`,
        })
      : finding('network', 'fail', `no multicast to ${group} by ${asked}`, {
          advice: `let it be up with an IPv4 address: sudo ip link set ${isLoopback(asked) ? 'lo' : 'NAME'} up`,
        });
  }
  const value = `a message to ${group} comes back by ${names}`;
  if (routes.some(({ wireless }) => wireless)) {
    return finding('network', 'warn', `${value}, which is Wi-Fi`, {
      advice:
        'a cable where several hosts take part: Wi-Fi is late by milliseconds, with power saving by hundreds ' +
        '(iw dev NAME set power_save off)',
    });
  }
  if (other !== undefined && !other.heard) {
    return finding('network', 'warn', value, {
      limits: ['no route leads out of this host: only virtual cameras can be recorded without --sync-interface'],
      advice: CONNECT,
    });
  }
  return finding('network', 'good', value);
}

const isLoopback = (asked: string): boolean => asked === 'lo' || asked.startsWith('127.');
