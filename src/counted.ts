/** `1 frame`, `150 frames`. */
export const counted = (value: number, one: string, many = `${one}s`): string => `${value} ${value === 1 ? one : many}`;
