import { UsageError } from '../../errors.ts';
import type { GridRunOptions } from '../../run/grid/grid-run.ts';
import { byReason, isDefault } from './lines.ts';
import type { Asked } from './read.ts';
import { frameRateOf, lengthOf, syncOptions } from './run-options.ts';
import { OPTIONS, type OptionName, optionList } from './table.ts';

/** What `--camera` says where there is none. */
export const NO_CAMERA = 'none';

/** Options that write what there is not. */
const FILES: readonly OptionName[] = ['output', 'metadata', 'save-pts', 'frames-csv'];
/** Options of its groups that act all the same. */
const ACTING: readonly OptionName[] = ['framerate', 'circular'];
const SYNC: readonly OptionName[] = ['sync-controller', 'sync-align', 'min-adjustment', 'steer'];
const PICTURES = ['output', 'encoding', 'camera', 'image', 'preview', 'audio'];

/**
 * What a command line without a camera asks for.
 * @throws UsageError: one line that names the option and what would be right.
 */
export function gridRun(asked: Asked): { readonly options: GridRunOptions; readonly lines: readonly string[] } {
  const { values, given } = asked;
  if (values.sync !== 'server')
    throw new UsageError(`--camera ${NO_CAMERA}: there are no frames to record; add --sync server, or name a camera`);
  const file = FILES.find((name) => named(asked, name));
  if (file !== undefined)
    throw new UsageError(
      `--${file} ${given.get(file)}: --camera ${NO_CAMERA} records nothing; leave it out, or name a camera`,
    );
  const rate = frameRateOf(asked);
  const { network, syncSettings } = syncOptions(asked, {});
  const { frames, countPauses } = lengthOf(asked, rate);
  const endless = !named(asked, 'timeout') && values.frames === 0;
  return {
    options: {
      name: values.name ?? 'grid',
      rate,
      epoch: values.epoch,
      phase: values.phase,
      network,
      syncSettings,
      frames: endless ? undefined : frames,
      countPauses,
      initial: values.initial,
    },
    lines: withoutEffect(asked),
  };
}

function withoutEffect(asked: Asked): string[] {
  const { values } = asked;
  const pictures = optionList
    .filter(([name, { group }]) => PICTURES.includes(group) && !ACTING.includes(name))
    .map(([name]) => [name, `acts with a camera only, not with --camera ${NO_CAMERA}`] as const);
  const sync = SYNC.map((name) => [name, `acts with a camera only, not with --camera ${NO_CAMERA}`] as const);
  const phase = values.epoch ? [] : [['phase', 'acts with --epoch only'] as const];
  return byReason(
    [...sync, ...pictures, ...phase]
      .filter(([name]) => named(asked, name))
      .map(([name, why]) => [`--${name}`, why] as const),
  );
}

/** True where it was given, and not as it is by default. */
function named({ given }: Asked, name: OptionName): boolean {
  const text = given.get(name);
  return text !== undefined && (name === 'timeout' || !isDefault(OPTIONS[name], text));
}
