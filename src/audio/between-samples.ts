/** Samples to each side that the sound between two of them is made of. */
export const REACH = 16;
/** Places between two samples that weights are kept for; a place between those is weighted between theirs. */
const PLACES = 512;

/** Weights of the `2 x REACH` samples around each place: a sinc under a Hann window, its sum 1. */
const WEIGHTS: readonly Float64Array[] = Array.from({ length: PLACES + 1 }, (_, place) => {
  const weights = Float64Array.from({ length: 2 * REACH }, (_, i) => {
    const away = i - REACH + 1 - place / PLACES;
    const sinc = away === 0 ? 1 : Math.sin(Math.PI * away) / (Math.PI * away);
    return sinc * Math.cos((Math.PI * away) / (2 * REACH)) ** 2;
  });
  const sum = weights.reduce((all, weight) => all + weight, 0);
  return weights.map((weight) => weight / sum);
});

/**
 * The sound between samples.
 * @param samples Interleaved channels.
 * @param place Where, in samples of a channel from the first one on. What lies beyond either end is silence.
 */
export function between(samples: Float32Array, channels: number, channel: number, place: number): number {
  const whole = Math.floor(place);
  const at = (place - whole) * PLACES;
  const [lower, share] = [Math.floor(at), at - Math.floor(at)];
  const [low, high] = [WEIGHTS[lower] as Float64Array, WEIGHTS[Math.min(lower + 1, PLACES)] as Float64Array];
  // Only samples that are there: a typed array that is read beyond its ends makes this several times slower.
  const first = Math.max(0, REACH - 1 - whole);
  const end = Math.min(2 * REACH, Math.ceil((samples.length - channel) / channels) + REACH - 1 - whole);
  let sum = 0;
  for (let i = first, at = (whole - REACH + 1 + first) * channels + channel; i < end; i++, at += channels) {
    const weight = low[i] as number;
    sum += (samples[at] as number) * (weight + share * ((high[i] as number) - weight));
  }
  return sum;
}
