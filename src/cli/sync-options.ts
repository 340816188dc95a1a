import type { Command } from 'commander';
import { SYNC_GROUP, SYNC_PORT } from '../host/sync-defaults.ts';
import { CONTROLLERS, type ControllerName } from '../run/camera/role.ts';
import { SYNC_DEFAULTS, type SyncSettings } from '../sync/controller.ts';
import { SYNC_ALIGNS, type SyncAlign } from '../sync/tracking/client.ts';
import { usage } from './options/help.ts';
import { SYNC } from './options/sync.ts';
import { parseChoice, parseTime, parseWhole } from './parse.ts';

export interface SyncFlags {
  syncGroup?: string;
  syncPort?: string;
  syncInterface?: string;
  syncPeriod?: string;
  readyFrames?: string;
  minAdjustment?: string;
  syncController: string;
  syncAlign: string;
}

/** The options of the sync network and algorithm, with the names of a tuning file's `rpi.sync` section. */
export function addSyncOptions(command: Command, defaults: SyncDefaults = SYNC_DEFAULTS): void {
  const usual: Partial<Record<keyof typeof SYNC, string | undefined>> = {
    'sync-period': String(defaults.syncPeriod),
    'ready-frames': String(defaults.readyFrame),
    'min-adjustment': `${defaults.minAdjustmentUs}us`,
    'sync-interface': undefined,
  };
  for (const [name, definition] of Object.entries(SYNC)) {
    if (name === 'sync') continue;
    const otherwise = name in usual ? usual[name as keyof typeof SYNC] : definition.otherwise;
    const help = otherwise === undefined ? definition.help : `${definition.help} (${otherwise})`;
    command.option(usage(name, definition), help, definition.default);
  }
}

export const syncNetwork = (flags: SyncFlags): { group: string; port: number } => ({
  group: flags.syncGroup ?? SYNC_GROUP,
  port: parseWhole('--sync-port', flags.syncPort ?? String(SYNC_PORT), 1, 65_535),
});

/** The controller, and what it aligns. */
export const syncController = (flags: SyncFlags): { controller: ControllerName; align: SyncAlign } => ({
  controller: parseChoice('--sync-controller', flags.syncController, CONTROLLERS),
  align: parseChoice('--sync-align', flags.syncAlign, SYNC_ALIGNS),
});

type SyncDefaults = Omit<SyncSettings, 'frameDurationUs'>;

/** The settings of the sync algorithm, as given or by default. */
export const syncSettings = (flags: SyncFlags, defaults: SyncDefaults = SYNC_DEFAULTS): SyncDefaults => ({
  syncPeriod: parseWhole('--sync-period', flags.syncPeriod ?? String(defaults.syncPeriod), 1, 100_000),
  readyFrame: parseWhole('--ready-frames', flags.readyFrames ?? String(defaults.readyFrame), 1, 1_000_000),
  minAdjustmentUs: parseTime('--min-adjustment', flags.minAdjustment ?? String(defaults.minAdjustmentUs), 'us'),
});
