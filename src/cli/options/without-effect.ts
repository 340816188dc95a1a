import { codecOf, encoderName, isIntraOnly } from '../../record/encoders/encoder-name.ts';
import { spareOptions } from '../../record/encoders/x264.ts';
import { isStream, parsePattern } from '../../record/segments/name-pattern.ts';
import { controllerNamed, heeds } from '../../sync/controllers/index.ts';
import { actsWith } from '../acts-with.ts';
import { byReason, isDefault } from './lines.ts';
import type { Asked } from './read.ts';
import { OPTIONS, type OptionName, type OptionValues } from './table.ts';
import { isTcp, isX264, type VideoOptions } from './video.ts';

/** Why options do nothing beside the others that were given. */
interface Rule {
  readonly names: readonly OptionName[];
  /** Undefined where they act. */
  readonly why: string | false | undefined;
}

/** What was asked for and has no effect, because of what else was, a line for each reason. */
export function withoutEffect(asked: Asked, video: VideoOptions): string[] {
  const { output = '' } = asked.values;
  const rules = [
    ...generalRules(asked),
    ...syncRules(asked),
    ...pauseRules(asked),
    { names: ['epoch', 'phase'] as const, why: 'acts with --camera none only' },
    { names: ['steer'] as const, why: 'acts with --camera rpicam:N --sync client only' },
    ...(output === '' ? [] : [...segmentRules(asked, output), ...encodingRules(asked, video)]),
  ];
  const given = (name: OptionName): boolean => {
    const text = asked.given.get(name);
    return text !== undefined && !isDefault(OPTIONS[name], text);
  };
  const found = rules.flatMap(({ names, why }) =>
    names.filter((name) => Boolean(why) && given(name)).map((name) => [flag(name), why as string] as const),
  );
  return [...(output === '' ? ['no --output: no video is saved'] : []), ...byReason(found)];
}

const flag = (name: OptionName): string => (name === 'initial' ? '--initial pause' : `--${name}`);

function generalRules({ values }: Asked): Rule[] {
  const { output, frames, metadata } = values;
  return [
    { names: ['timeout'], why: frames > 0 && '--frames overrides it' },
    { names: ['listen'], why: !isTcp(output) && 'acts with --output tcp://HOST:PORT only' },
    { names: ['metadata-format'], why: metadata === undefined && 'acts with --metadata only' },
  ];
}

function syncRules({ values }: Asked): Rule[] {
  const { sync } = values;
  const controller = controllerNamed(values['sync-controller']);
  if (sync === 'off') {
    const network: OptionName[] = ['sync-group', 'sync-port', 'sync-interface', 'tuning-file'];
    const names: OptionName[] = [
      'sync-controller',
      'sync-align',
      'sync-period',
      'ready-frames',
      'min-adjustment',
      'phase-within',
    ];
    return [{ names: [...network, ...names], why: 'acts with --sync server or client only' }];
  }
  if (sync === 'server')
    return [{ names: ['sync-align', 'min-adjustment', 'phase-within'], why: 'acts on a client only' }];
  return [
    { names: ['sync-period'], why: !heeds(controller, 'syncPeriod') && 'acts on a server only' },
    { names: ['ready-frames'], why: !heeds(controller, 'readyFrame') && 'acts on a server only' },
    { names: ['min-adjustment'], why: !heeds(controller, 'minAdjustmentUs') && actsWith('minAdjustmentUs') },
    { names: ['sync-align'], why: !heeds(controller, 'align') && actsWith('align') },
  ];
}

/** Something can pause and resume it. */
const pausable = ({ keypress, signal, sync }: OptionValues): boolean => keypress || signal || sync === 'client';

function pauseRules({ values }: Asked): Rule[] {
  const { initial, sync, circular } = values;
  const nothing = !pausable(values);
  const paused = initial === 'pause';
  return [
    {
      names: ['initial'],
      why:
        (sync === 'client' && 'a client begins as its server does') ||
        (nothing && 'nothing can resume it; add --keypress or --signal'),
    },
    {
      names: ['split'],
      why:
        (circular > 0 && 'a circular buffer is not cut') ||
        (nothing && !paused && 'nothing pauses the recording; add --keypress or --signal'),
    },
  ];
}

function segmentRules({ values }: Asked, output: string): Rule[] {
  const { segment, split, circular } = values;
  const cut: OptionName[] = ['segment', 'split', 'wrap'];
  const sidecars = [values.metadata, values['save-pts'], values['frames-csv']];
  if (isStream(output)) {
    const beside = sidecars.some((file) => file !== undefined && parsePattern('', file).varies);
    return [{ names: cut, why: !beside && 'a stream is not cut' }];
  }
  const { varies, counts } = parsePattern('--output', output);
  return [
    {
      names: ['wrap'],
      why:
        (segment === 0 &&
          !(split && pausable(values)) &&
          circular === 0 &&
          'there is one file; it acts with --segment, --split or --circular') ||
        (varies && !counts && `${output} does not count files; add %03d`),
    },
  ];
}

function encodingRules({ values }: Asked, video: VideoOptions): Rule[] {
  const { codec } = values;
  const encoder = encoderName(video);
  const own = codec === 'h264' || codec === 'libav';
  const bare = isIntraOnly(encoder) && `no effect on ${encoder === 'rawvideo' ? 'yuv420' : encoder}`;
  const headers = /^libx26[45]/.test(encoder);
  return [
    { names: ['quality'], why: codec !== 'mjpeg' && 'acts with --codec mjpeg only' },
    { names: ['bitrate', 'intra'], why: bare },
    { names: ['inline'], why: bare || (!headers && 'acts with libx264 and libx265 only') },
    { names: ['profile', 'level'], why: bare || (codecOf(encoder) !== 'h264' && 'acts on H.264 only') },
    { names: ['preset'], why: bare || (!headers && 'acts with libx264 and libx265 only') },
    {
      names: ['on-overload'],
      why:
        values['on-overload'] === 'faster' &&
        ((!isX264(video) && 'faster: acts with libx264 only; frames are dropped') ||
          (spareOptions({ ...video, file: '', spare: true }) === undefined &&
            'faster: the preset is the fastest already; frames are dropped')),
    },
    { names: ['low-latency'], why: !isX264(video) && 'acts with libx264 only' },
    { names: ['libav-video-codec'], why: !own && 'acts with --codec h264 or libav only' },
    { names: ['libav-video-codec-opts'], why: encoder === 'rawvideo' && bare },
    ...overriddenRules(values),
  ];
}

/** Options of ours, and those of the encoder that go over them. */
const OVER: Partial<Record<OptionName, readonly string[]>> = {
  bitrate: ['b', 'crf'],
  intra: ['g'],
  profile: ['profile'],
  level: ['level'],
  'low-latency': ['tune'],
};

function overriddenRules(values: OptionValues): Rule[] {
  const own = values['libav-video-codec-opts'] ?? {};
  return (Object.keys(OVER) as OptionName[]).map((name) => {
    const over = OVER[name]?.find((key) => own[key] !== undefined);
    return { names: [name], why: over !== undefined && `--libav-video-codec-opts ${over}=${own[over]} overrides it` };
  });
}
