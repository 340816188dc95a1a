import { writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { parseNumber, parseRate, parseWhole } from '../options/parse.ts';
import { linesFor, modeName, modesOf, type SensorMode, sensorModels } from '../sensor/sensor-models.ts';
import { toSvg } from '../sim/drawing.ts';
import { offsetPlot } from '../sim/plot.ts';
import type { Column, ScenarioRun } from '../sim/run-scenario.ts';
import { runScenario } from '../sim/run-scenario.ts';
import { anything } from '../sim/scenarios/anything.ts';
import { SCENARIOS, scenarioNamed } from '../sim/scenarios/index.ts';
import { ownScenario } from '../sim/scenarios/own.ts';
import { CLIENT_PPM, type Scenario, SERVER_PPM } from '../sim/scenarios/scenario.ts';
import { type Word, wordsOf } from '../sim/words.ts';
import { periodUs } from '../time/frame-rate.ts';
import { hanging } from './fold.ts';
import { paint } from './paint.ts';
import { png } from './png.ts';
import { ProgressLine } from './progress-line.ts';
import { simulationTable } from './simulation-table.ts';
import { screenColumns } from './terminal-size.ts';

interface Flags {
  readonly seed: string;
  readonly json?: boolean;
  readonly plot?: string;
  readonly variant?: string;
  readonly list?: boolean;
  readonly all?: boolean;
  readonly seeds?: string;
}

/** What makes a world of one's own; undefined where it was not given. */
interface WorldFlags {
  readonly cameras?: string;
  readonly model?: string;
  readonly serverModel?: string;
  readonly framerate?: string;
  readonly ppm?: string;
  readonly noise?: string;
  readonly loss?: string;
  readonly drop?: string;
  readonly seconds?: string;
}

const WORLD_FLAGS = [
  'cameras',
  'model',
  'serverModel',
  'framerate',
  'ppm',
  'noise',
  'loss',
  'drop',
  'seconds',
] as const;

export function simulateCommand(): Command {
  return new Command('simulate')
    .description(
      'Run cameras in virtual time: our controller and the stock one on the same world, by their true frame times.\n' +
        'Give a scenario by name or number (see --list), or make a world of your own with the options below.\n' +
        'Exit code 0 where all holds that must, 1 where something does not, 2 for unusable input.',
    )
    .argument('[scenario]', 'a scenario by name or number')
    .option('--list', 'list the scenarios and what must hold in each')
    .option('--all', 'run all scenarios')
    .option('--seed <n>', 'what is random comes from this: the same seed gives the same run', '1')
    .option(
      '--seeds <from-to>',
      'with anything: a world of each of these seeds, and how well each client keeps its word',
    )
    .option('--variant <name>', 'run this variant of the scenario alone')
    .option('--plot <file>', 'draw the offset of the first camera over time: a file ending in .svg or .png')
    .option('--json', 'the result as JSON on stdout, nothing else there')
    .optionsGroup('A world of your own:')
    .option('--cameras <n>', 'clients beside the server (default: 1)')
    .option('--model <model[:mode]>', `sensor of the clients: ${sensorModels().join(', ')} (default: imx219)`)
    .option('--server-model <model[:mode]>', 'sensor of the server (default: imx219)')
    .option('--framerate <fps>', 'frames a second (default: 30)')
    .option('--ppm <server,client>', `crystal errors; positive runs fast (default: ${SERVER_PPM},${CLIENT_PPM})`)
    .option('--noise <us>', 'timestamp noise, standard deviation (default: 3)')
    .option('--loss <share>', 'share of messages lost, 0 to 1 (default: 0)')
    .option('--drop <share>', 'share of frames dropped on both sides, 0 to 0.9 (default: 0)')
    .option('--seconds <s>', 'how long; the figures are of the second half (default: 120)')
    .action(async (name: string | undefined, flags: Flags & WorldFlags) => {
      if (flags.list) {
        process.stdout.write(`${scenarioList(screenColumns(process.stdout))}\n`);
        return;
      }
      await simulate(name, flags);
    });
}

async function simulate(name: string | undefined, flags: Flags & WorldFlags): Promise<void> {
  if (flags.seeds !== undefined) {
    surveyWorlds(name, flags);
    return;
  }
  const seed = parseWhole('--seed', flags.seed, 0, 2 ** 31);
  const scenarios = chosen(name, flags);
  const plot = flags.plot === undefined ? undefined : plotFile(flags.plot, scenarios);
  const progress = new ProgressLine();
  await progress.ready;
  const results: ScenarioRun['result'][] = [];
  for (const scenario of scenarios) {
    progress.show(`simulating ${scenario.name}`);
    const points = { ours: [] as number[], stock: [] as number[] };
    const first = scenario.variants[0]?.name;
    const run = runScenario(scenario, {
      seed,
      seconds: () => performance.now() / 1000,
      coreSeconds: () => (process.cpuUsage().user + process.cpuUsage().system) / 1e6,
      ...(plot !== undefined && {
        trace: (
          column: Column,
          { variant, client }: { variant: string; client: number },
          us: number,
          offset: number,
        ) => {
          if (client === 0 && variant === first) points[column].push(us / 1e6, offset);
        },
      }),
    });
    progress.clear();
    plot?.(scenario, run, points);
    results.push(run.result);
    if (!flags.json) process.stdout.write(`${simulationTable(scenario, run)}\n`);
  }
  if (flags.json) process.stdout.write(`${JSON.stringify(flags.all ? results : results[0], null, 2)}\n`);
  else if (flags.all) process.stdout.write(`${summary(results)}\n`);
  process.exitCode = results.every(({ pass }) => pass) ? 0 : 1;
}

/** So many worlds are surveyed at once at the most. */
const MOST_WORLDS = 100_000;
/** Clients whose share of wrong words is at least this are listed. */
const WORTH_A_LINE = 0.005;

/**
 * A world of anything of each seed: a line for each client that is close to breaking its word, and the sum.
 * @throws UsageError
 */
function surveyWorlds(name: string | undefined, flags: Flags & WorldFlags): void {
  if (name === undefined || scenarioNamed(name) !== anything)
    throw new UsageError('--seeds is of the scenario anything: genlock simulate anything --seeds 1-600');
  const [, first, last] = /^(\d+)-(\d+)$/.exec(flags.seeds ?? '') ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (!(from <= to && to <= 2 ** 31)) throw new UsageError(`--seeds ${flags.seeds}: give two seeds, such as 1-600`);
  if (to - from >= MOST_WORLDS) throw new UsageError(`--seeds ${flags.seeds}: at most ${MOST_WORLDS} worlds at once`);
  const words: Word[] = [];
  for (let seed = from; seed <= to; seed++) words.push(...wordsOf(seed));
  const kept = words.every(({ failure }) => failure === undefined);
  process.exitCode = kept ? 0 : 1;
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(words, null, 2)}\n`);
    return;
  }
  for (const { seed, camera, lockedFrames, outsideFrames, worstOutside, failure } of words) {
    const share = outsideFrames / Math.max(1, lockedFrames);
    if (failure === undefined && share < WORTH_A_LINE) continue;
    const line = `${outsideFrames} of ${lockedFrames} locked frames outside (${(100 * share).toFixed(2)} %), by ${worstOutside.toFixed(1)} x at most`;
    process.stdout.write(`world ${seed} ${camera}: ${line}${failure === undefined ? '' : '  FAILS'}\n`);
  }
  const sum = (what: 'lockedFrames' | 'outsideFrames'): number => words.reduce((all, word) => all + word[what], 0);
  const failed = words.filter(({ failure }) => failure !== undefined).length;
  process.stdout.write(
    `${to - from + 1} worlds, ${words.length} clients, ${sum('lockedFrames')} locked frames, ` +
      `${((100 * sum('outsideFrames')) / Math.max(1, sum('lockedFrames'))).toFixed(4)} % outside of their bound; ${failed} clients fail\n`,
  );
}

/** The scenarios that are asked for. @throws UsageError */
function chosen(name: string | undefined, flags: Flags & WorldFlags): readonly Scenario[] {
  const own = WORLD_FLAGS.filter((flag) => flags[flag] !== undefined);
  if (flags.all && name !== undefined) throw new UsageError(`--all and ${name}: give one or the other`);
  if ((flags.all || name !== undefined) && own.length > 0) {
    const flag = `--${own[0]?.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    throw new UsageError(`${flag} makes a world of your own; it can't be given with ${name ?? '--all'}`);
  }
  if (flags.all) {
    if (flags.plot !== undefined) throw new UsageError('--plot draws one scenario; leave --all away and name it');
    if (flags.variant !== undefined) throw new UsageError('--variant is of one scenario; leave --all away and name it');
    return SCENARIOS;
  }
  const scenario = name === undefined ? ownWorld(flags) : scenarioNamed(name);
  if (scenario === undefined) {
    throw new UsageError(
      `no scenario "${name}"; there are ${SCENARIOS.map(({ name }) => name).join(', ')} (simulate --list says more)`,
    );
  }
  if (flags.variant === undefined) return [scenario];
  const { survey: _, ...rest } = scenario;
  const variants = scenario.variants.filter(({ name }) => name === flags.variant);
  if (variants.length === 0) {
    const names = scenario.variants.map(({ name }) => name).filter((name) => name !== '');
    const there = names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`;
    throw new UsageError(`--variant ${flags.variant}: no variant of ${scenario.name}; ${there}`);
  }
  return [{ ...rest, variants }];
}

/** @throws UsageError that names the option. */
function ownWorld(flags: WorldFlags): Scenario {
  const cameras = parseWhole('--cameras', flags.cameras ?? '1', 1, 100_000);
  const mode = sensorOf('--model', flags.model ?? 'imx219');
  const serverMode = sensorOf('--server-model', flags.serverModel ?? 'imx219');
  const frameUs = periodUs(parseRate('--framerate', flags.framerate ?? '30', true));
  for (const sensor of [serverMode, mode]) {
    if (linesFor(sensor, 0) * sensor.lineUs <= frameUs) continue;
    throw new UsageError(
      `--framerate ${flags.framerate ?? 30}: ${sensor.model} in mode ${modeName(sensor)} runs at most at ` +
        `${(Math.floor(1e7 / sensor.shortestFrameUs) / 10).toFixed(1)} fps`,
    );
  }
  const ppm = (flags.ppm ?? `${SERVER_PPM},${CLIENT_PPM}`).split(',');
  if (ppm.length !== 2) throw new UsageError(`--ppm ${flags.ppm}: give two numbers, server and client, such as 15,-20`);
  const [serverPpm, clientPpm] = ppm.map((text) => parseNumber('--ppm', text, -500, 500)) as [number, number];
  const noiseUs = parseNumber('--noise', flags.noise ?? '3', 0, 10_000);
  const drop = parseNumber('--drop', flags.drop ?? '0', 0, 0.9);
  const common = { frameUs, noiseUs, ...(drop > 0 && { drop }) };
  return ownScenario({
    seconds: parseNumber('--seconds', flags.seconds ?? '120', 4, 86_400),
    link: { loss: parseNumber('--loss', flags.loss ?? '0', 0, 1) },
    server: { ...common, mode: serverMode, ppm: serverPpm },
    clients: Array.from({ length: cameras }, () => ({ ...common, mode, ppm: clientPpm })),
  });
}

function sensorOf(flag: string, text: string): SensorMode {
  const [model = '', name] = text.split(':');
  const modes = modesOf(model);
  if (modes.length === 0)
    throw new UsageError(`${flag} ${text}: no sensor "${model}"; there are ${sensorModels().join(', ')}`);
  const mode = name === undefined ? modes[0] : modes.find((mode) => modeName(mode) === name);
  if (mode === undefined)
    throw new UsageError(`${flag} ${text}: ${model} has no mode "${name}"; it has ${modes.map(modeName).join(', ')}`);
  return mode;
}

/** Prepares to draw a scenario's first variant and camera. @throws UsageError where the file can't be. */
function plotFile(
  file: string,
  scenarios: readonly Scenario[],
): (scenario: Scenario, run: ScenarioRun, points: Record<Column, number[]>) => void {
  const kind = /\.(svg|png)$/i.exec(file)?.[1]?.toLowerCase();
  if (kind === undefined) throw new UsageError(`--plot ${file}: must end in .svg or .png`);
  const write = (data: string | Uint8Array): void => {
    try {
      writeFileSync(file, data);
    } catch (error) {
      throw new UsageError(`--plot ${file}: ${(error as Error).message}`);
    }
  };
  // What can't be written is better said before than after.
  if (scenarios.some(({ variants }) => variants.length > 0)) write('');
  return (scenario, { clients }, points) => {
    const first = clients[0];
    if (first === undefined) return;
    const { variant, options } = first;
    const { server, client } = variant.ours;
    const drawing = offsetPlot({
      title: [scenario.name, variant.name, `${options.mode.model} behind ${variant.server.mode.model}`]
        .filter(Boolean)
        .join(', '),
      lineUs: options.mode.lineUs,
      frameUs: options.frameUs,
      eventSeconds: variant.eventUs === undefined ? undefined : variant.eventUs / 1e6,
      ours: {
        name: server === client ? 'genlock' : `${server.name} server, ${client.name} client`,
        points: points.ours,
      },
      stock: variant.stock === undefined ? undefined : { name: 'stock', points: points.stock },
    });
    write(kind === 'svg' ? toSvg(drawing) : png(drawing.width, drawing.height, paint(drawing)));
  };
}

/** @param columns characters a line; undefined where lines may be of any length. */
function scenarioList(columns: number | undefined): string {
  const width = Math.max(...SCENARIOS.map(({ name }) => name.length));
  return SCENARIOS.flatMap(({ name, about, limits }, i) => [
    hanging(`${String(i + 1).padStart(2)}  ${name.padEnd(width)}  `, about, columns),
    hanging('      must hold: ', limits, columns),
  ]).join('\n');
}

const summary = (results: readonly ScenarioRun['result'][]): string => {
  const failed = results.filter(({ pass }) => !pass).map(({ scenario }) => scenario);
  const passed = results.length - failed.length;
  return `${passed} of ${results.length} scenarios hold${failed.length > 0 ? `; not: ${failed.join(', ')}` : ''}`;
};
