export { isMp4, mp4Timescale } from '../../libav/mp4.ts';
