/**
 * Something that happens to a recording at a frame which all cameras agree on. `pause`: frame `index` is the first that
 * is not recorded; `resume`: the first that is recorded again; `save`: a circular buffer is saved, up to the frame
 * before `index`.
 */
export interface RecordingChange {
  /** What changes. */
  readonly kind: 'pause' | 'resume' | 'save';
  /** On the server's timeline: a whole number from 0, the first frame of the recording. */
  readonly index: number;
}
