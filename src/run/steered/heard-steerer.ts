import type { FrameReport } from '../../sync/steering/report.ts';
import { Steerer } from '../../sync/steering/steerer.ts';

/** A steerer that somebody else hears the camera with. */
export class HeardSteerer extends Steerer {
  /** Told of each frame before it is steered by. */
  onReport: (report: FrameReport) => void = () => {};

  override report(report: FrameReport, nowUs: number): void {
    this.onReport(report);
    super.report(report, nowUs);
  }
}
