/** libcamera's bound of a colour gain, of red as of blue. */
export const MOST_COLOUR_GAIN = 32;
