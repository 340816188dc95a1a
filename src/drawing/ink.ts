/**
 * A colour to paint with: Y, U and V as they stand in a picture, and how much of what lies below it hides (0 to 256).
 */
export interface Ink {
  readonly y: number;
  readonly u: number;
  readonly v: number;
  readonly alpha: number;
}
