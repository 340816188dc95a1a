import type { ImageSettings } from '../camera.ts';
import type { Picture, PixelRect } from '../picture.ts';
import { Saturation } from './colour.ts';
import { Curves } from './curves.ts';
import { Geometry } from './geometry.ts';
import { type Adjustments, isNeutral, settle } from './settings.ts';
import { Sharpen } from './sharpen.ts';
import { chain, gainCurve, toneCurve } from './tone.ts';

/** Writes a changed picture, or a plane of one, to `to`, which may be the data of `from`. */
interface Step {
  apply(from: Picture, to: Uint8Array): void;
}

/**
 * What is done to pictures between the sensor and the encoder, in a camera's order: flips and region, colour gains,
 * brightness and contrast, saturation, sharpness. Only what is asked for is done. A picture is never changed: a new one
 * comes out.
 */
export class ImagePipeline {
  /** What is done. */
  readonly adjustments: Adjustments;
  private readonly width: number;
  private readonly height: number;
  private readonly geometry: Geometry | undefined;
  private readonly steps: readonly Step[];

  private constructor(adjustments: Adjustments, width: number, height: number) {
    const { mirror, flip, roi, brightness, contrast, saturation, sharpness, awbGains } = adjustments;
    this.adjustments = adjustments;
    this.width = width;
    this.height = height;
    this.geometry = mirror || flip || roi ? new Geometry(adjustments) : undefined;
    const steps: Step[] = [];
    if (brightness !== 0 || contrast !== 1 || awbGains) {
      const tone = toneCurve(brightness, contrast);
      const [red = 1, blue = 1] = awbGains ?? [];
      steps.push(new Curves(chain(gainCurve(red), tone), tone, chain(gainCurve(blue), tone), height));
    }
    if (saturation !== 1) steps.push(new Saturation(saturation));
    if (sharpness !== 1) steps.push(new Sharpen(sharpness));
    this.steps = steps;
  }

  /**
   * A pipeline for pictures of one size.
   * @param notes gets a line for each setting that can't be had as it is asked for.
   * @returns undefined where pictures stay as they are.
   */
  static open(
    settings: ImageSettings | undefined,
    size: { readonly width: number; readonly height: number },
    notes: string[],
  ): ImagePipeline | undefined {
    const adjustments = settle(settings ?? {}, notes);
    return isNeutral(adjustments) ? undefined : new ImagePipeline(adjustments, size.width, size.height);
  }

  /** True where a part of the picture is still all in view afterwards. */
  shows(part: PixelRect): boolean {
    const { mirror, flip, roi } = this.adjustments;
    if (!roi) return true;
    const left = (mirror ? this.width - part.x - part.width : part.x) / this.width - roi.x;
    const top = (flip ? this.height - part.y - part.height : part.y) / this.height - roi.y;
    return (
      left >= 0 &&
      top >= 0 &&
      left + part.width / this.width <= roi.width &&
      top + part.height / this.height <= roi.height
    );
  }

  /** Where an edge at `y` pixels from the upper edge of the picture lies afterwards. */
  edgeAt(y: number): number {
    const { flip, roi } = this.adjustments;
    const share = (flip ? this.height - y : y) / this.height;
    return (roi ? (share - roi.y) / roi.height : share) * this.height;
  }

  apply(picture: Picture): Picture {
    const made = this.geometry?.apply(picture) ?? { ...picture, data: new Uint8Array(picture.data) };
    for (const step of this.steps) step.apply(made, made.data);
    return made;
  }
}
