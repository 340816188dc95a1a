import { SYNC_GROUP, SYNC_PORT } from '../../host/sync-defaults.ts';
import { parseChoiceInAnyCase } from '../../options/parse.ts';
import { SHARED } from '../../options/shared.ts';
import { SYNC_DEFAULTS } from '../../sync/controller.ts';
import { oneOf, option, shared } from './definition.ts';

const TUNING = 'Also `rpi.sync` of a `--tuning-file`; the option wins.';

/** What holds cameras together. */
export const SYNC = {
  sync: option({
    value: 'required',
    placeholder: 'mode',
    default: 'off',
    group: 'sync',
    help: 'off, server or client: a server says when its frames start, a client follows',
    differs:
      'Works with stock cameras on either side. Ours also hold a client within one line of the sensor, keep frame numbers over ' +
      'a restart of the server, and refuse a server at another frame rate (docs/sync.md).',
    ...oneOf(['off', 'server', 'client'] as const, parseChoiceInAnyCase),
  }),
  'sync-group': option({
    ...shared(SHARED.group),
    otherwise: SYNC_GROUP,
    group: 'sync',
    ours: true,
    differs: TUNING,
  }),
  'sync-port': option({
    ...shared(SHARED.port),
    otherwise: String(SYNC_PORT),
    group: 'sync',
    ours: true,
    differs: TUNING,
  }),
  'sync-controller': option({
    ...shared(SHARED.controller),
    default: 'tracking',
    group: 'sync',
    ours: true,
  }),
  'sync-align': option({
    ...shared(SHARED.align),
    default: 'end',
    group: 'sync',
    ours: true,
  }),
  'phase-within': option({
    ...shared(SHARED.phaseWithinUs),
    otherwise: '2ms for devices, else 0',
    group: 'sync',
    ours: true,
  }),
  steer: option({
    ...shared(SHARED.steer),
    default: 'auto',
    group: 'sync',
    ours: true,
    differs: 'Of `--camera rpicam:N --sync client` ([steered in whole lines](raspberry-pi.md#steered-in-whole-lines)).',
  }),
  'sync-interface': option({
    ...shared(SHARED.interface),
    otherwise: 'GENLOCK_INTERFACE, else the default route',
    group: 'sync',
    ours: true,
  }),
  'sync-period': option({
    ...shared(SHARED.syncPeriod),
    otherwise: String(SYNC_DEFAULTS.syncPeriod),
    group: 'sync',
    ours: true,
    differs: TUNING,
  }),
  'ready-frames': option({
    ...shared(SHARED.readyFrames),
    otherwise: String(SYNC_DEFAULTS.readyFrame),
    group: 'sync',
    ours: true,
    differs: TUNING,
  }),
  'min-adjustment': option({
    ...shared(SHARED.minAdjustmentUs),
    otherwise: `${SYNC_DEFAULTS.minAdjustmentUs}us`,
    group: 'sync',
    ours: true,
    differs: TUNING,
  }),
};
