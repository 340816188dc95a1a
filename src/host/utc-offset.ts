/** What this host's local time is ahead of UTC at a moment of the wall clock (us since 1970), in minutes. */
export const utcOffsetMinutes = (wallUs: number): number =>
  Math.round(-new Date(wallUs / 1000).getTimezoneOffset()) || 0;
