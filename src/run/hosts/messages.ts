import type { CameraExit } from '../camera/camera-link.ts';
import type { FromCamera, ToCamera } from '../camera/ipc.ts';
import type { CameraOrder } from './camera-order.ts';

/** How channels are called on which an agent runs cameras: this, and the camera with the number of its run. */
export const CAMERA_CHANNEL = 'camera/';

/** What a process is told from another host: neither what names files, nor clocks and keys, which its host has. */
const PASSED = ['stop', 'begin', 'sending', 'announced', 'peers'] as const;
type Passed = Extract<ToCamera, { kind: (typeof PASSED)[number] }>;

/** What an agent is told over the channel of one process: first what to run, then what the process is told. */
export type ToAgent = { kind: 'run'; order: CameraOrder } | { kind: 'kill' } | Passed;

/** What it tells: what the process tells, and how it ended, behind which nothing comes. */
export type FromAgent = FromCamera | { kind: 'exit'; exit: CameraExit };

const KINDS: ReadonlySet<unknown> = new Set<ToAgent['kind']>(['run', 'kill', ...PASSED]);

/** Whether a process on another host is told this from here. */
export const isPassed = (message: ToCamera): message is Passed => PASSED.some((kind) => kind === message.kind);

/** What came over such a channel; undefined for what no agent is told. The order itself is not looked at. */
export function readToAgent(given: unknown): ToAgent | undefined {
  const known = typeof given === 'object' && given !== null && 'kind' in given && KINDS.has(given.kind);
  return known ? (given as ToAgent) : undefined;
}
