export { matroskaFrameHeader, matroskaHeader } from '../../libav/matroska.ts';
