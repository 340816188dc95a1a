import { stock } from './stock.ts';
import type { ClientSetting, SyncController } from './sync-controller.ts';
import { tracking } from './tracking.ts';

/** All controllers there are, the default first, live and in the simulator. */
export const CONTROLLERS = [tracking, stock] as const satisfies readonly SyncController[];

/** The name of one of our own controllers. */
export type ControllerName = (typeof CONTROLLERS)[number]['name'];

/** The names of our own controllers, the default first. */
export const CONTROLLER_NAMES: readonly ControllerName[] = CONTROLLERS.map(({ name }) => name);

/** One of our own controllers, by its name. */
export const controllerNamed = (name: ControllerName): SyncController =>
  CONTROLLERS.find((controller) => controller.name === name) as SyncController;

/** Whether a client of a controller heeds a setting. */
export const heeds = (controller: SyncController, setting: ClientSetting): boolean =>
  controller.clientSettings.includes(setting);

/** The names of the controllers that heed a setting. */
export const heeding = (setting: ClientSetting): readonly ControllerName[] =>
  CONTROLLERS.filter((controller) => heeds(controller, setting)).map(({ name }) => name);
