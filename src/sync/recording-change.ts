export type { RecordingChange } from '../wire/recording-change.ts';
