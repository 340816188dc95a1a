import { stock } from './stock.ts';
import type { ClientSetting, SyncController } from './sync-controller.ts';
import { tracking } from './tracking.ts';

/** All controllers there are, the default first: what `--sync-controller` offers, live and in the simulator. */
export const CONTROLLERS = [tracking, stock] as const satisfies readonly SyncController[];

export type ControllerName = (typeof CONTROLLERS)[number]['name'];

export const CONTROLLER_NAMES: readonly ControllerName[] = CONTROLLERS.map(({ name }) => name);

export const controllerNamed = (name: ControllerName): SyncController =>
  CONTROLLERS.find((controller) => controller.name === name) as SyncController;

/** Whether a client of a controller heeds a setting. */
export const heeds = (controller: SyncController, setting: ClientSetting): boolean =>
  controller.clientSettings.includes(setting);

/** What is said of a setting where the controller does not heed it. */
export function actsWith(setting: ClientSetting): string {
  const names = CONTROLLERS.filter((controller) => heeds(controller, setting)).map(({ name }) => name);
  return `acts with --sync-controller ${names.join(' or ')} only`;
}
