import { SYNC_GROUP, SYNC_PORT } from '../../host/sync-defaults.ts';
import { CONTROLLERS } from '../../run/camera/role.ts';
import { SYNC_DEFAULTS } from '../../sync/controller.ts';
import { SYNC_ALIGNS } from '../../sync/tracking/client.ts';
import { parseChoice, parseChoiceInAnyCase, parseTime, parseWhole } from '../parse.ts';
import { option } from './definition.ts';
import { parseText } from './values.ts';

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
    parse: (flag, text) => parseChoiceInAnyCase(flag, text, ['off', 'server', 'client'] as const),
  }),
  'sync-group': option({
    value: 'required',
    placeholder: 'address',
    otherwise: SYNC_GROUP,
    group: 'sync',
    ours: true,
    help: 'multicast group of the messages',
    differs: TUNING,
    parse: parseText,
  }),
  'sync-port': option({
    value: 'required',
    placeholder: 'port',
    otherwise: String(SYNC_PORT),
    group: 'sync',
    ours: true,
    help: 'their UDP port',
    differs: TUNING,
    parse: (flag, text) => parseWhole(flag, text, 1, 65_535),
  }),
  'sync-controller': option({
    value: 'required',
    placeholder: 'name',
    default: 'tracking',
    group: 'sync',
    ours: true,
    help: 'tracking learns rates and plans whole lines; stock is the algorithm of rpicam-vid',
    parse: (flag, text) => parseChoice(flag, text, CONTROLLERS),
  }),
  'sync-align': option({
    value: 'required',
    placeholder: 'what',
    default: 'end',
    group: 'sync',
    ours: true,
    help: 'what of two frames coincides: the start, middle or end of their exposures',
    parse: (flag, text) => parseChoice(flag, text, SYNC_ALIGNS),
  }),
  'sync-interface': option({
    value: 'required',
    placeholder: 'name|address',
    otherwise: 'GENLOCK_INTERFACE, else the default route',
    group: 'sync',
    ours: true,
    help: 'network interface of the messages, or several: default,lo',
    parse: parseText,
  }),
  'sync-period': option({
    value: 'required',
    placeholder: 'frames',
    otherwise: String(SYNC_DEFAULTS.syncPeriod),
    group: 'sync',
    ours: true,
    help: 'server: frames from one message to the next',
    differs: TUNING,
    parse: (flag, text) => parseWhole(flag, text, 1, 100_000),
  }),
  'ready-frames': option({
    value: 'required',
    placeholder: 'frames',
    otherwise: String(SYNC_DEFAULTS.readyFrame),
    group: 'sync',
    ours: true,
    help: 'server: frames to the synchronisation point',
    differs: TUNING,
    parse: (flag, text) => parseWhole(flag, text, 1, 1_000_000),
  }),
  'min-adjustment': option({
    value: 'required',
    placeholder: 'time',
    otherwise: `${SYNC_DEFAULTS.minAdjustmentUs}us`,
    group: 'sync',
    ours: true,
    help: 'client: smaller corrections count as none; a bare number is us',
    differs: TUNING,
    parse: (flag, text) => parseTime(flag, text, 'us'),
  }),
};
