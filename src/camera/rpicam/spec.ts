/** For `rpicam:N`, and `rpicam`, which is `rpicam:0`: the number of the camera as rpicam-vid counts them. */
export function stockNumber(spec: string): number | undefined {
  const match = /^rpicam(?::(\d{1,3}))?$/.exec(spec);
  return match === null ? undefined : Number(match[1] ?? 0);
}

/** The spec of the camera with this number. */
export const stockSpec = (number: number): string => `rpicam:${number}`;
