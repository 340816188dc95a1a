/** When the rows of a picture are exposed. */
export interface Readout {
  /** From the sensor's first row to the picture's, in us. */
  readonly topUs: number;
  /** From one row of the picture to the next, in us; 0 where all are exposed at once. */
  readonly rowUs: number;
}
