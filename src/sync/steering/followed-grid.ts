import type { BootUs } from '../../time/units.ts';
import type { ClientFrame } from '../client.ts';
import { TrackingClient } from '../tracking/client.ts';
import type { Grid } from './grid.ts';
import type { FrameReport } from './report.ts';

/** A camera whose frames tell the client how this host's clocks stand: its lengths are the steerer's business. */
export interface FollowingCamera {
  /** Duration of a line, by the nominal crystal, in us. */
  readonly lineUs: number;
  readonly shortestFrameUs: number;
  /** Duration of a frame at rest, in us. */
  readonly restUs: number;
}

/** Twice the longest that a frame may be, as a share of one at rest: of no matter to a grid. */
const LONGEST = 4;

/**
 * The grid of a server on the network, as a tracking client hears it: all that this knows of clocks that are set, of
 * servers that change, and of those that fall silent, counts here too. The frames that it is told of are those of the
 * stock camera that is steered to the grid.
 */
export class FollowedGrid implements Grid {
  /** The client that hears the server. */
  readonly client: TrackingClient;
  private readonly nominalUs: number;

  /** @param nominalUs duration of the server's frames, as far as it is known beforehand. */
  constructor(camera: FollowingCamera, nominalUs: number) {
    this.nominalUs = nominalUs;
    const { lineUs, shortestFrameUs, restUs } = camera;
    this.client = new TrackingClient(
      { lineUs, shortestFrameUs, frameUs: restUs, longestFrameUs: LONGEST * restUs, controlDelayFrames: 1 },
      nominalUs,
    );
  }

  /** Number of the recording's frame 0 on the grid; undefined as long as that is open. */
  get readyNumber(): number | undefined {
    return this.client.followed?.readyNumber;
  }

  get periodUs(): number {
    return this.client.followed?.periodUs ?? this.nominalUs;
  }

  at(number: number): number | undefined {
    return this.client.followed?.at(number);
  }

  errorAt(number: number): number {
    return this.client.followed?.errorAt(number) ?? Number.POSITIVE_INFINITY;
  }

  /** Nothing is heard of the stock camera: the moment itself tells how this host's clocks stand. */
  tick(wallUs: number, bootUs: BootUs): ClientFrame {
    return this.client.frame(wallUs, bootUs);
  }

  /** A frame of the stock camera was reported: the client takes what it heard since the one before. */
  report({ sensorUs, wallUs, lines, lineUs, durationUs }: FrameReport): ClientFrame {
    const lengthUs = lines !== undefined && lineUs !== undefined ? lines * lineUs : durationUs;
    return this.client.frame(wallUs, sensorUs, lengthUs);
  }
}
