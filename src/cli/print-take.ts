import { type TakeOptionName, type TakeValues, takeOptionList } from '../options/take.ts';
import { interfaceArgument, takeInterfaces } from '../run/plan/network.ts';
import type { TakeOptions } from '../run/plan/options.ts';
import { takeLength } from '../run/plan/options.ts';
import { type ForeseenTakeCamera, foreseeTake } from '../run/take/foresee.ts';
import { formatFrameRate } from '../time/frame-rate.ts';
import { table } from './table.ts';
import { screenColumns } from './terminal-size.ts';

/** What has a place of its own in the text. */
const SHOWN: readonly TakeOptionName[] = [
  ...([
    'cameras',
    'hosts',
    'seconds',
    'frames',
    'frameRate',
    'width',
    'height',
    'output',
    'name',
    'lead',
    'codec',
  ] as const),
  ...(['exposureUs', 'gain', 'awbGains', 'group', 'port', 'interface', 'controller', 'align'] as const),
];

/**
 * Prints what a take would be; no camera is opened, and nothing is made.
 * @param given what was asked for, of which the rest are defaults.
 * @param rig the file that some of it is from.
 * @throws UsageError where such a take would be refused.
 */
export async function printTake(
  options: TakeOptions,
  given: TakeValues,
  { json, rig }: { readonly json: boolean; readonly rig: string | undefined },
): Promise<void> {
  const cameras = await foreseeTake(options);
  process.stdout.write(
    json
      ? `${JSON.stringify(described(options, cameras, rig), null, 2)}\n`
      : text(options, cameras, given, screenColumns(process.stdout)),
  );
}

/** As JSON: options as scripts give them, with the defaults. */
function described(options: TakeOptions, cameras: readonly ForeseenTakeCamera[], rig: string | undefined) {
  const { folder, frames } = options;
  const settled = takeOptionList.flatMap(([name, { kind }]) => {
    const value: unknown = options[name as keyof TakeOptions];
    return value === undefined || name === 'frames' ? [] : [[name, kind.give?.(value) ?? value]];
  });
  const interfaces = takeInterfaces(options);
  return {
    ...(rig !== undefined && { rig }),
    folder,
    ...(frames !== undefined && { frames }),
    codec: options.codec,
    ...(interfaces !== undefined && { interface: interfaceArgument(interfaces) }),
    cameras,
    options: Object.fromEntries(settled),
  };
}

/** The cameras as a table; where it would be wider than the terminal, without what their specs say as well. */
function cameraRows(cameras: readonly ForeseenTakeCamera[], columns = Number.POSITIVE_INFINITY): string {
  const rows = cameras.map(({ name, sync, spec, backend, model, mode, ...exposure }) => [
    name,
    sync,
    spec,
    backend,
    model ?? '-',
    mode ?? '-',
    exposureText(exposure),
  ]);
  const all = [['camera', 'sync', 'spec', 'backend', 'model', 'mode', 'exposure'], ...rows];
  const whole = table(all, 7).trimEnd();
  return whole.split('\n').every((line) => line.length <= columns)
    ? whole
    : table(
        all.map((row) => row.filter((_, i) => i !== 3 && i !== 4)),
        5,
      ).trimEnd();
}

function text(
  options: TakeOptions,
  cameras: readonly ForeseenTakeCamera[],
  given: TakeValues,
  columns: number | undefined,
): string {
  const { width, height, frameRate, group, port, controller, align, folder } = options;
  const interfaces = takeInterfaces(options);
  const also = takeOptionList.flatMap(([name, { flag, kind, negated, placeholder }]) => {
    const value: unknown = SHOWN.includes(name) || name === 'size' ? undefined : given[name];
    if (value === undefined || (placeholder === undefined && value === (negated ?? false))) return [];
    return placeholder === undefined ? [`--${flag}`] : [`--${flag} ${kind.print(value)}`.trim()];
  });
  const by = interfaces === undefined ? '' : ` by ${interfaceArgument(interfaces)}`;
  return [
    cameraRows(cameras, columns),
    '',
    `video   ${width}x${height} at ${formatFrameRate(frameRate)} fps, ${takeLength(options)}, ${options.codec}`,
    `sync    ${group}:${port}${by}, ${controller}, by the ${align} of exposures${options.lead === 'grid' ? ', led by a grid' : ''}`,
    ...(also.length > 0 ? [`also    ${also.join(' ')}`] : []),
    `folder  ${folder}`,
    '',
  ].join('\n');
}

function exposureText({
  exposureUs,
  gain,
  awbGains,
}: Pick<ForeseenTakeCamera, 'exposureUs' | 'gain' | 'awbGains'>): string {
  const parts = [
    exposureUs !== undefined && `${exposureUs} us`,
    gain !== undefined && `gain ${gain}`,
    awbGains !== undefined && `colour gains ${awbGains.join(', ')}`,
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(', ') : 'its own';
}
