import type { HostClock } from '../../host/clock.ts';
import { type HeldPort, holdFreePort } from '../../host/free-port.ts';
import { FollowedGrid } from '../../sync/steering/followed-grid.ts';
import { Steerer } from '../../sync/steering/steerer.ts';
import type { TakeOptions } from '../plan/options.ts';
import type { Lead } from '../steering/lead.ts';
import type { StockSteering } from './process-steering.ts';
import type { SteeredRun } from './steered-camera.ts';
import type { SteeringPlan } from './steering-plan.ts';

/** The stock cameras of a take that are steered: the port of each, and what writes to it. */
export class SteeredCameras {
  private readonly plan: SteeringPlan;
  private readonly clock: HostClock;
  private readonly ports = new Map<string, HeldPort>();
  /** Grids of the take's server, where that is a process of its own. */
  private readonly followed = new Map<string, FollowedGrid>();
  private lead: Lead | undefined;

  constructor(plan: SteeringPlan, clock: HostClock) {
    this.plan = plan;
    this.clock = clock;
  }

  /** True where any is. */
  get any(): boolean {
    return this.plan.runs.size > 0;
  }

  /** @param lead who makes the grid, where `record` does. */
  async open(lead: Lead | undefined): Promise<void> {
    this.lead = lead;
    for (const spec of this.plan.runs.keys()) this.ports.set(spec, await holdFreePort());
  }

  /** How a camera is run; undefined where it is not steered. */
  runOf(spec: string): SteeredRun | undefined {
    return this.plan.runs.get(spec);
  }

  /** The port that a camera's process hears alone. */
  portOf(spec: string): number | undefined {
    return this.ports.get(spec)?.port;
  }

  /** A message of the take's server came in from `from`. */
  hear(bytes: Uint8Array, from: string): void {
    const { wallUs, bootUs } = this.clock.pair();
    for (const { client } of this.followed.values()) client.receive(bytes, from, wallUs, bootUs);
  }

  /**
   * What steers a process that is started now. Its port is let go of, since it would not hear what another holds.
   * @param run how often the camera was started before: what is started again follows, whatever it was.
   */
  steering(
    spec: string,
    number: number,
    run: number,
    { steer }: Pick<TakeOptions, 'steer'>,
    earlyFrames: number,
  ): StockSteering | undefined {
    const steered = this.plan.runs.get(spec);
    const held = this.ports.get(spec);
    if (steered === undefined || held === undefined || steer === 'stock') return undefined;
    void held.close();
    const { lead } = this;
    const leads = number === 0 && run === 0 && this.plan.leads ? lead?.grid : undefined;
    const followed = lead === undefined ? this.follow(spec, steered) : undefined;
    const grid = lead?.grid ?? (followed as FollowedGrid);
    return {
      steerer: new Steerer(steered.camera, grid, { channel: steer, ...(leads && { leads }) }),
      grid,
      readyNumber: () => lead?.readyNumber ?? followed?.readyNumber,
      followed,
      port: held.port,
      earlyFrames,
      leads: leads !== undefined,
      joins: run > 0,
    };
  }

  async close(): Promise<void> {
    for (const held of this.ports.values()) await held.close();
  }

  private follow(spec: string, { camera, restUs }: SteeredRun): FollowedGrid {
    const followed = new FollowedGrid({ ...camera, restUs }, this.plan.gridUs);
    this.followed.set(spec, followed);
    return followed;
  }
}
