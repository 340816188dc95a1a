/*
 * FFmpeg's mjpeg encoder has one knob, qscale: a whole number from 1 (best) to 31, by which it multiplies MPEG-1's default matrix
 * (ISO/IEC 11172-2) over 8. libjpeg multiplies the matrix of ITU-T T.81, annex K, by a percentage that its quality stands for.
 */

const BEST_QSCALE = 1;
const WORST_QSCALE = 31;

/** The percentage of annex K's matrix that libjpeg's quality stands for (jpeg_quality_scaling in libjpeg). */
const percentage = (quality: number): number => (quality < 50 ? 5000 / Math.max(1, quality) : 200 - 2 * quality);

/**
 * The qscale whose files are about as large as libjpeg's at this quality: a tenth of the percentage, found by comparing sizes of four
 * synthetic scenes coded with either matrix: a rough match. Whole steps are coarse at the top: from 93 up all are the best, about libjpeg's 95,
 * and up to 16 all are the worst.
 * @param quality 0 to 100.
 */
export const jpegQscale = (quality: number): number =>
  Math.min(WORST_QSCALE, Math.max(BEST_QSCALE, Math.round(percentage(quality) / 10)));
