import { heeding } from '../sync/controllers/index.ts';
import type { ClientSetting } from '../sync/controllers/sync-controller.ts';

/** What is said of a setting where the controller does not heed it. */
export const actsWith = (setting: ClientSetting): string =>
  `acts with --sync-controller ${heeding(setting).join(' or ')} only`;
