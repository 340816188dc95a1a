import type { CameraRunOptions } from '../../run/camera/run-options.ts';
import { formatFrameRate } from '../../time/frame-rate.ts';
import type { OptionDefinition } from './definition.ts';
import type { Asked } from './read.ts';
import { optionList } from './table.ts';

/** What was asked for and can't be had, a line for each reason; what is asked for as it is by default is no matter. */
export function unavailableLines({ given }: Asked): string[] {
  const found: (readonly [string, string])[] = [];
  for (const [name, definition] of optionList) {
    const text = given.get(name);
    if (text === undefined || typeof definition.does !== 'object' || isDefault(definition, text)) continue;
    found.push([`--${name}`, `not available: ${definition.does.unavailable}`]);
  }
  return byReason(found);
}

/** A line for each reason, with the options that it holds for. */
export function byReason(found: readonly (readonly [flag: string, reason: string])[]): string[] {
  const reasons = new Map<string, string[]>();
  for (const [flag, reason] of found) reasons.set(reason, [...(reasons.get(reason) ?? []), flag]);
  return [...reasons].map(([reason, flags]) => {
    const many = flags.length > 1 ? reason.replace(/^acts /, 'act ') : reason;
    return `${flags.join(', ')}: ${many}`;
  });
}

/** True where an option is given with what holds anyway. */
export function isDefault(definition: OptionDefinition, text: string): boolean {
  const { value, default: usual = '', parse } = definition;
  return value === 'none' ? parse('', text) === parse('', usual) : text === usual;
}

/** Options that say how to start, not how to record. */
const NOT_IN_FORCE: readonly string[] = ['help', 'version', 'list-cameras', 'config'];

/** The options in force, for `-v 2`, in the shape of rpicam-vid's list. */
export function optionsInForce({ given, values }: Asked, run: CameraRunOptions): string {
  const { camera, network, syncSettings } = run;
  const used: Partial<Record<string, string>> = {
    timeout: `${values.timeout / 1000}ms`,
    framerate: formatFrameRate(camera.frameRate),
    width: String(camera.width),
    height: String(camera.height),
    name: camera.name,
    'sync-group': network.group,
    'sync-port': String(network.port),
    'sync-period': String(syncSettings.syncPeriod),
    'ready-frames': String(syncSettings.readyFrame),
    'min-adjustment': `${syncSettings.minAdjustmentUs}us`,
    'libav-video-codec': run.files.video.libavCodec ?? 'libx264',
  };
  const lines = optionList
    .filter(([name, { hidden, sameAs, does }]) => {
      return !hidden && sameAs === undefined && typeof does === 'string' && !NOT_IN_FORCE.includes(name);
    })
    .map(([name, { default: usual = '' }]) => `    ${name}: ${used[name] ?? given.get(name) ?? usual}`.trimEnd());
  return ['Options:', ...lines, ''].join('\n');
}
