export { isMp4, mp4Timescale, TRUE_TIMESCALE } from '../../libav/mp4.ts';
