import type { ScenarioRun } from '../sim/run-scenario.ts';
import type { ClientRun, Scenario } from '../sim/scenarios/scenario.ts';
import type { Observed } from '../sim/watch.ts';
import type { SyncController } from '../sync/controllers/sync-controller.ts';
import { tracking } from '../sync/controllers/tracking.ts';
import { table } from './table.ts';

/** Of more cameras than this in one variant the worst is shown. */
const SHOWN = 8;

/** A scenario's outcome for people: a row for each camera and controller, and what does not hold. */
export function simulationTable(scenario: Scenario, { result, clients }: ScenarioRun): string {
  const rows = scenario.variants.flatMap((variant) =>
    shown(clients.filter((client) => client.variant === variant)).flatMap(([name, client]) => clientRows(name, client)),
  );
  const header = [
    'variant',
    'camera',
    'sensor',
    'controllers',
    'lock',
    'rms',
    'p99',
    'max',
    'rms/limit',
    'corrections',
    'slots wrong',
  ];
  const speed = result.framesPerSecond === null ? '' : `, ${formatSpeed(result.framesPerSecond)}`;
  const failures = result.failures.map((failure) => `FAIL  ${failure}`);
  return [
    `${scenario.name}: ${scenario.about}`,
    `must hold: ${scenario.limits}`,
    '',
    table(dropEmpty([header, ...rows]), scenario.variants.some(({ name }) => name !== '') ? 4 : 3),
    '',
    ...failures.slice(0, 20),
    ...(failures.length > 20 ? [`FAIL  and ${failures.length - 20} more`] : []),
    `${result.pass ? 'pass' : 'FAIL'}  seed ${result.seed}${speed}`,
    '',
  ].join('\n');
}

function shown(clients: readonly ClientRun[]): (readonly [name: string, client: ClientRun])[] {
  if (clients.length <= SHOWN) return clients.map((client) => [client.camera, client] as const);
  const worst = clients.reduce((a, b) => ((b.ours?.rmsUs ?? 0) > (a.ours?.rmsUs ?? 0) ? b : a));
  return [[`${worst.camera}, worst of ${clients.length}`, worst]];
}

/** Our own controller goes by the program's name. */
const title = ({ name }: SyncController): string => (name === tracking.name ? 'genlock' : name);

function clientRows(name: string, { variant, options, limitRmsUs, refused, ours, stock }: ClientRun): string[][] {
  const sensor = options.mode.model;
  const { server, client } = variant.ours;
  const rows: string[][] = [];
  if (refused !== null) {
    const words = `refused, at most ${refused.highestSafeFps.toFixed(1)} fps`;
    rows.push([variant.name, name, sensor, words, '', '', '', '', '', '', '']);
  } else if (ours !== null) {
    const words = server === client ? title(server) : `${title(server)} -> ${title(client)}`;
    rows.push([variant.name, name, sensor, words, ...cells(ours, limitRmsUs)]);
  }
  if (stock !== null) {
    const again = rows.length > 0;
    rows.push([
      again ? '' : variant.name,
      again ? '' : name,
      again ? '' : sensor,
      'stock',
      ...cells(stock, limitRmsUs),
    ]);
  }
  return rows;
}

function cells(observed: Observed, limitRmsUs: number): string[] {
  const { lockSeconds, rmsUs, p99Us, maxUs, corrections, slotsWrong } = observed;
  return [
    lockSeconds === null ? 'never' : `${lockSeconds.toFixed(2)} s`,
    offset(rmsUs),
    offset(p99Us),
    offset(maxUs),
    rmsUs === null ? '-' : (rmsUs / limitRmsUs).toFixed(2),
    String(corrections),
    String(slotsWrong),
  ];
}

function offset(us: number | null): string {
  if (us === null) return '-';
  return us < 10_000 ? `${us.toFixed(1)} us` : us < 1e6 ? `${(us / 1000).toFixed(1)} ms` : `${(us / 1e6).toFixed(1)} s`;
}

const formatSpeed = (framesPerSecond: number): string =>
  `${(framesPerSecond / 1e6).toFixed(2)} million camera frames a second`;

/** A column without a word in it says nothing. */
function dropEmpty(rows: readonly (readonly string[])[]): string[][] {
  const full = (rows[0] ?? []).map((_, column) => rows.slice(1).some((row) => row[column] !== ''));
  return rows.map((row) => row.filter((_, column) => full[column]));
}
