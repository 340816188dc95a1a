import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { size } from '../../amounts.ts';
import { backendOf } from '../../camera/backends.ts';
import { cameraSpec } from '../../camera/open.ts';
import { readBoard } from '../../host/board.ts';
import { ipv4Interfaces } from '../../host/interfaces.ts';
import { ownIdentity } from '../../host/process-identity.ts';
import { systemText } from '../../host/system-text.ts';
import type { HostCamera, HostState } from '../../hosts/control/host-state.ts';
import { version } from '../../version.ts';
import { freeBytes } from '../files/disk-watch.ts';
import { ownCameras } from '../plan/choice.ts';

/** With less room a minute of two cameras may not fit, in bytes. */
const LITTLE_ROOM = 2e9;
/** From here on a Raspberry Pi slows down: raspberrypi.com, "Frequency management and thermal control". */
const HOT_C = 80;

/** What an agent is told of its host. */
export interface HostFactsOptions {
  readonly host: string;
  /** Specs of cameras that it has; undefined is what the system lists. */
  readonly cameras?: readonly string[] | undefined;
  /** Where takes are recorded. */
  readonly folder: string;
}

/** What a part of an agent says of its host; its problems come to those of the others. */
export type HostPart = Partial<Pick<HostState, 'exchangePort' | 'filesPort' | 'clock' | 'busyWith' | 'problems'>>;

/** What an agent says of its host: cameras once, the rest as it is. */
export class HostFacts {
  /** Names the host's run. */
  readonly hostId = randomBytes(8).toString('hex');
  private readonly options: HostFactsOptions;
  private readonly parts: (() => HostPart)[] = [];
  private readonly bootId = ownIdentity().boot ?? '';
  private readonly cameras: readonly HostCamera[];
  private readonly without: string | undefined;

  private constructor(options: HostFactsOptions, cameras: readonly HostCamera[], without?: string) {
    this.options = options;
    this.cameras = cameras;
    this.without = without;
  }

  /** @throws UsageError where a camera that is named can't be one. */
  static async find(options: HostFactsOptions): Promise<HostFacts> {
    if (options.cameras !== undefined) {
      const specs = options.cameras.map((camera) => cameraSpec(camera));
      return new HostFacts(
        options,
        specs.map((spec) => ({ spec, virtual: backendOf(spec)?.virtual === true })),
      );
    }
    try {
      const own = await ownCameras();
      const cameras = own.map(({ number, spec, model }) => {
        const virtual = backendOf(spec)?.virtual === true;
        return { spec, virtual, ...(number !== undefined && { number }), ...(model !== undefined && { model }) };
      });
      return new HostFacts(options, cameras);
    } catch (error) {
      return new HostFacts(options, [], (error as Error).message);
    }
  }

  /** Has a part of the agent say what it knows, each time anew. */
  add(part: () => HostPart): void {
    this.parts.push(part);
  }

  /** As things are now. */
  async now(): Promise<HostState> {
    const [diskFreeBytes, { temperatureC }] = await Promise.all([freeOf(this.options.folder), readBoard(systemText)]);
    const addresses = ipv4Interfaces().map(({ address }) => address);
    const parts = this.parts.map((part) => part());
    const problems = [this.problems(diskFreeBytes, temperatureC), ...parts.map((part) => part.problems ?? [])].flat();
    return {
      ...{ host: this.options.host, hostId: this.hostId, version, bootId: this.bootId, addresses },
      ...{ exchangePort: 0, filesPort: 0, cameras: this.cameras, present: true },
      ...(diskFreeBytes !== undefined && { diskFreeBytes }),
      ...(temperatureC !== undefined && { temperature: temperatureC }),
      ...Object.assign({}, ...parts),
      problems: problems.map((text) => text.slice(0, 500)),
    };
  }

  private problems(diskFreeBytes: number | undefined, temperatureC: number | undefined): string[] {
    const found: string[] = [];
    if (this.without !== undefined) found.push(`no cameras: ${this.without}`);
    if (diskFreeBytes !== undefined && diskFreeBytes < LITTLE_ROOM) {
      found.push(`its disk has ${size(diskFreeBytes)} left: move takes away from ${this.options.folder}`);
    }
    if (temperatureC !== undefined && temperatureC >= HOT_C) {
      found.push(`${temperatureC.toFixed(0)} C, it slows down: give it a heat sink or a fan, and air`);
    }
    return found;
  }
}

/** Room on the disk of a folder, which may not be there yet, in bytes. */
function freeOf(folder: string): Promise<number | undefined> {
  let at = resolve(folder);
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  return freeBytes(at);
}
