/** Frame `index` of the take lies at this moment of the server's wall clock, us. */
export interface GridAnchor {
  readonly index: number;
  readonly wallUs: number;
}

/** Further than this from what the server said, nothing is concluded from it, us. */
const REACH_US = 5e6;

/** Where the server's frames really lie, by what it announced. Between two anchors time runs evenly. */
export class ServerGrid {
  private readonly anchors: readonly GridAnchor[];
  private readonly nominalUs: number;
  /** The anchor before the last question: questions come in rising order mostly. */
  private near = 0;

  constructor(anchors: readonly GridAnchor[], nominalUs: number) {
    this.anchors = [...anchors].sort((a, b) => a.wallUs - b.wallUs);
    this.nominalUs = nominalUs;
  }

  /**
   * The place of a moment among the server's frames: 12.25 is a quarter of a frame behind frame 12. Undefined far from
   * all anchors.
   */
  positionAt(wallUs: number): number | undefined {
    const anchors = this.anchors;
    while (this.near > 0 && (anchors[this.near]?.wallUs ?? 0) > wallUs) this.near--;
    while ((anchors[this.near + 1]?.wallUs ?? Number.POSITIVE_INFINITY) <= wallUs) this.near++;
    const [before, after] = [anchors[this.near], anchors[this.near + 1]];
    if (!before) return undefined;
    const inside = after !== undefined && before.wallUs <= wallUs;
    if (!inside && Math.abs(wallUs - before.wallUs) > REACH_US) return undefined;
    const frames = inside ? after.index - before.index : 0;
    const periodUs = frames > 0 && after ? (after.wallUs - before.wallUs) / frames : this.nominalUs;
    return before.index + (wallUs - before.wallUs) / periodUs;
  }
}
