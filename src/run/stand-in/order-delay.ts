/** After how many frames an order shapes one: a fixed number, or one that moves by a frame again and again. */
export class OrderDelay {
  private readonly frames: number;
  private readonly movesUs: number;
  private firstUs: number | undefined;

  constructor(frames: number, movesUs: number) {
    this.frames = frames;
    this.movesUs = movesUs;
  }

  /** For an order that was taken with a frame of this stamp. */
  at(sensorUs: number): number {
    this.firstUs ??= sensorUs;
    const moves = Math.floor((sensorUs - this.firstUs) / this.movesUs);
    return this.frames + (moves % 2);
  }
}
