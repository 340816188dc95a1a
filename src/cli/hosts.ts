import { Command } from 'commander';
import { size } from '../amounts.ts';
import type { HostState } from '../hosts/control/host-state.ts';
import { listHosts } from '../hosts/control/list-hosts.ts';
import { ownMembership } from '../hosts/key/membership.ts';
import { colourOption, onStdout, type Paint } from './colours.ts';
import { table } from './table.ts';
import { NOT_TO_TERMINALS } from './terminal-signs.ts';

interface HostsFlags {
  readonly json?: boolean;
  readonly color: string;
}

export function hostsCommand(): Command {
  return new Command('hosts')
    .description(
      'List the hosts of the rig: who is there, how well its clock is known, with which\n' +
        'cameras, how much room and how warm, what is wrong and what to do about it.\n' +
        'Exit code 0 where nothing is, else 1.',
    )
    .option('--json', 'as JSON')
    .addOption(colourOption())
    .allowExcessArguments(false)
    .action(async ({ json, color }: HostsFlags) => {
      const { rig, hosts } = await listHosts(await ownMembership());
      const { stdout } = process;
      if (json) stdout.write(`${JSON.stringify({ rig, hosts }, null, 2)}\n`);
      else stdout.write(hostsTable(rig, hosts, onStdout(color).paint));
      if (hosts.length === 0 || hosts.some(({ problems }) => problems.length > 0)) process.exitCode = 1;
    });
}

/** Hosts as people read them, a line each, and what is wrong below. */
export function hostsTable(rig: string, hosts: readonly HostState[], paint: Paint): string {
  if (hosts.length === 0) return `rig ${rig}: no host is there; run genlock agent on each\n`;
  const rows = hosts.map(({ host, present, cameras, clock, diskFreeBytes, temperature, version: theirs, busyWith }) => [
    ...[host, present ? (busyWith === undefined ? 'free' : `records ${busyWith.take}`) : 'gone'],
    present && hosts.some((other) => other.present && other.clock?.against === host) ? 'reference' : boundOf(clock),
    cameras.map(({ spec }) => spec).join(' ') || '-',
    diskFreeBytes === undefined ? '-' : size(diskFreeBytes),
    ...[temperature === undefined ? '-' : `${temperature.toFixed(0)} C`, theirs],
  ]);
  const head = ['host', 'state', 'clock', 'cameras', 'room', 'warm', 'version'];
  const text = table(
    [head, ...rows].map((row) => row.map(shown)),
    3,
    (cell, y, column) => {
      if (y === 0) return paint('dim', cell);
      return column === 1 ? paint(hosts[y - 1]?.present ? 'green' : 'red', cell) : cell;
    },
  );
  const wrong = hosts.flatMap(({ host, problems }) => problems.map((problem) => `${host}: ${shown(problem)}\n`));
  return `${text}\n${wrong.length > 0 ? '\n' : ''}${wrong.join('')}`;
}

/** How well a clock is known. */
const boundOf = (clock: HostState['clock']): string =>
  clock === undefined
    ? '-'
    : clock.boundUs < 10_000
      ? `+-${clock.boundUs} us`
      : `+-${Math.round(clock.boundUs / 1000)} ms`;

/** What another host says, without what a terminal would act on. */
const shown = (text: string): string => text.replaceAll(NOT_TO_TERMINALS, '?');
